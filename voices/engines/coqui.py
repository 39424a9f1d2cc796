"""Lines -> speech by a model of coqui-tts: any VITS voice, and XTTS-v2. Extra `coqui`; weights installed or a folder.

This file says what is there and what is missing, without torch; `voices/neural/` speaks. The package's own way of
speaking (`TTS.api.TTS.tts`) isn't used: it starts a program for every sentence and never batches.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from voices.consent import digest_of as digest_of_sound
from voices.engine import MAX_LINE_CHARS, EngineIdentity, Line, Spoken, VoiceUnavailable
from voices.engines.espeak import find_espeak
from voices.neural import NO_ESPEAK
from voices.neural.folders import CONFIG, digest_of, folder_of, read_config, why_not_installed
from voices.neural.placing import BatchingEngine, Placing, place, start_torch, why_unusable
from voices.reference import read_reference

if TYPE_CHECKING:
    from voices.catalogue import Voice

#: Part of the version: raise it when the same line becomes other tokens or other noise.
_READING = 1
_PACKAGES = {"torch": "torch", "TTS": "coqui-tts", "six": "six"}
_WEIGHTS = re.compile(r"(model|model_file|best_model)\.(safetensors|pth|pth\.tar)")


class _Speaker(Protocol):
    rate_hz: int

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]: ...


class Engine(BatchingEngine):
    """A model of coqui's, on the GPU if there is one. The same line is the same sound within one step of 16 bits."""

    name = "coqui"
    max_chars = MAX_LINE_CHARS
    speaks_pronunciations: ClassVar[bool] = True
    deterministic: ClassVar[bool] = False  # another batch may round the last bit otherwise

    def __init__(self, voice: Voice) -> None:
        if (reason := self.missing(voice)) is not None:
            raise VoiceUnavailable(reason)
        identity, placing = self.identity(voice), place()
        self.version = identity.version
        self.weights_digest = identity.weights_digest
        self.rate_hz = identity.rate_hz
        self._speaker = _load(voice, placing)

    @classmethod
    def missing(cls, voice: Voice) -> str | None:
        lacking = [package for module, package in _PACKAGES.items() if find_spec(module) is None]
        if lacking:
            return f"{', '.join(lacking)} not installed, so {voice.id!r} can't speak; run: pip install 'narrate[coqui]'"
        if find_espeak() is None:
            return NO_ESPEAK
        if (why := why_not_installed(voice)) is not None:
            return why
        try:
            _read_rate_hz(folder_of(voice))
            if voice.reference:
                _check_cloned(voice)
        except VoiceUnavailable as error:
            return str(error)
        return why_unusable(place())

    @classmethod
    def identity(cls, voice: Voice) -> EngineIdentity:
        folder = folder_of(voice)
        try:
            package = version_of("coqui-tts")
        except PackageNotFoundError as cause:
            raise VoiceUnavailable("coqui-tts isn't installed; run: pip install 'narrate[coqui]'") from cause
        digest = digest_of(voice, _files_in)
        if voice.reference:  # the sound decides as much as the weights do
            digest = hashlib.sha256(f"{digest} {digest_of_sound(Path(voice.reference))}".encode()).hexdigest()
        return EngineIdentity(
            name=cls.name,
            version=f"{package}-{_READING}",
            weights_digest=digest,
            rate_hz=_read_rate_hz(folder),
            precision="float32" if _is_xtts(folder) else place().precision,
        )

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        return self._speaker.speak(lines)


def _load(voice: Voice, placing: Placing) -> _Speaker:
    """Only here torch is imported."""
    start_torch(placing)
    folder = folder_of(voice)
    if _is_xtts(folder):
        from voices.neural.xtts_voice import XttsVoice

        return XttsVoice(
            folder, placing, {voice.speaker: read_reference(Path(voice.reference))} if voice.reference else {}
        )
    from voices.neural.vits_voice import VitsVoice

    return VitsVoice(folder, placing)


def _check_cloned(voice: Voice) -> None:
    """VoiceUnavailable unless the model can be shown a voice, and this one's sound."""
    if not _is_xtts(folder_of(voice)):
        raise VoiceUnavailable(f"{voice.id!r} has a reference sound, and a VITS model hears none; give XTTS's weights")
    read_reference(Path(voice.reference))


def _files_in(folder: Path) -> Iterator[Path]:
    """The files that decide how a local model sounds."""
    return (path for path in folder.iterdir() if path.name == CONFIG or _WEIGHTS.fullmatch(path.name))


def _read_model_config(folder: Path) -> dict[str, Any]:
    config = read_config(folder)
    if config.get("model") not in ("vits", "xtts"):
        raise VoiceUnavailable(f"{folder / CONFIG} isn't of a VITS or XTTS model; this engine speaks no other")
    return config


def _is_xtts(folder: Path) -> bool:
    return bool(_read_model_config(folder)["model"] == "xtts")


def _read_rate_hz(folder: Path) -> int:
    audio = _read_model_config(folder).get("audio")
    rate_hz = audio.get("output_sample_rate") or audio.get("sample_rate") if isinstance(audio, dict) else None
    if not isinstance(rate_hz, int) or not 8000 <= rate_hz <= 96_000:
        raise VoiceUnavailable(f"{folder / CONFIG} names no sample rate; install the voice again")
    return rate_hz
