"""Text to sound. The door: engines, the catalogue of voices, and the sound type."""

from voices.catalogue import Voice, best, catalogue, find, fingerprint, load, pack_lines, why_unavailable
from voices.engine import (
    MAX_LINE_CHARS,
    Engine,
    EngineFailed,
    EngineIdentity,
    HubUnavailable,
    Line,
    LineTooLong,
    NotAgreed,
    Spoken,
    UnknownVoice,
    Unspeakable,
    VoiceError,
    VoiceUnavailable,
    WeightsRefused,
    WordTime,
)
from voices.waveform import Waveform

__all__ = [
    "MAX_LINE_CHARS",
    "Engine",
    "EngineFailed",
    "EngineIdentity",
    "HubUnavailable",
    "Line",
    "LineTooLong",
    "NotAgreed",
    "Spoken",
    "UnknownVoice",
    "Unspeakable",
    "Voice",
    "VoiceError",
    "VoiceUnavailable",
    "Waveform",
    "WeightsRefused",
    "WordTime",
    "best",
    "catalogue",
    "find",
    "fingerprint",
    "load",
    "pack_lines",
    "why_unavailable",
]
