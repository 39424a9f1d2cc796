"""Text to sound. The door: engines, the catalogue of voices, and the sound type."""

from voices.catalogue import Voice, best, catalogue, find, fingerprint, load, pack_lines, why_unavailable
from voices.engine import (
    MAX_LINE_CHARS,
    Engine,
    EngineFailed,
    EngineIdentity,
    Line,
    LineTooLong,
    Spoken,
    UnknownVoice,
    Unspeakable,
    VoiceError,
    VoiceUnavailable,
    WordTime,
)
from voices.waveform import Waveform

__all__ = [
    "MAX_LINE_CHARS",
    "Engine",
    "EngineFailed",
    "EngineIdentity",
    "Line",
    "LineTooLong",
    "Spoken",
    "UnknownVoice",
    "Unspeakable",
    "Voice",
    "VoiceError",
    "VoiceUnavailable",
    "Waveform",
    "WordTime",
    "best",
    "catalogue",
    "find",
    "fingerprint",
    "load",
    "pack_lines",
    "why_unavailable",
]
