"""Lines -> speech by a model of coqui-tts: any VITS voice, and XTTS-v2. Extra `coqui`; weights installed or a folder.

This file says what is there and what is missing, without torch; `voices/neural/` speaks. The package's own way of
speaking (`TTS.api.TTS.tts`) isn't used: it starts a program for every sentence and never batches.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from voices import weights
from voices.consent import digest_of
from voices.engine import MAX_LINE_CHARS, EngineIdentity, Line, Spoken, VoiceUnavailable
from voices.engines.espeak import find_espeak
from voices.libraries import digest_files
from voices.neural import NO_ESPEAK
from voices.neural.placing import Placing, keep_buffers, place, why_unusable
from voices.reference import read_reference

if TYPE_CHECKING:
    from voices.catalogue import Voice

#: Part of the version: raise it when the same line becomes other tokens or other noise.
_READING = 1
_PACKAGES = {"torch": "torch", "TTS": "coqui-tts", "six": "six"}
_CONFIG = "config.json"
_WEIGHTS = re.compile(r"(model|model_file|best_model)\.(safetensors|pth|pth\.tar)")
_GPU_PACK_LINES = 512
_GPU_PROCESSES = 2  # while one reads and writes, the other computes


class _Speaker(Protocol):
    rate_hz: int

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]: ...


class Engine:
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
        if placing.gpu is None:
            keep_buffers()
        self._speaker = _load(voice, placing)

    @classmethod
    def pack_lines(cls) -> int:
        return _GPU_PACK_LINES if place().gpu else 24

    @classmethod
    def most_processes(cls) -> int | None:
        return _GPU_PROCESSES if place().gpu else None

    @classmethod
    def missing(cls, voice: Voice) -> str | None:
        lacking = [package for module, package in _PACKAGES.items() if find_spec(module) is None]
        if lacking:
            return f"{', '.join(lacking)} not installed, so {voice.id!r} can't speak; run: pip install 'narrate[coqui]'"
        if find_espeak() is None:
            return NO_ESPEAK
        if (why := weights.why_missing(voice) if not _is_local(voice) else None) is not None:
            return why
        try:
            _read_rate_hz(_folder(voice))
            if voice.reference:
                _check_cloned(voice)
        except VoiceUnavailable as error:
            return str(error)
        return why_unusable(place())

    @classmethod
    def identity(cls, voice: Voice) -> EngineIdentity:
        folder = _folder(voice)
        try:
            package = version_of("coqui-tts")
        except PackageNotFoundError as cause:
            raise VoiceUnavailable("coqui-tts isn't installed; run: pip install 'narrate[coqui]'") from cause
        digest = digest_files(_model_files(folder)) if _is_local(voice) else weights.digest(voice)
        if voice.reference:  # the sound decides as much as the weights do
            digest = hashlib.sha256(f"{digest} {digest_of(Path(voice.reference))}".encode()).hexdigest()
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
    """Only here torch is imported: with the GPU it will use, or one line saying why not."""
    import torch

    if placing.gpu is None:
        torch.set_num_threads(1)  # there is a process for every core
    elif not torch.cuda.is_available():
        raise VoiceUnavailable(
            f"torch can't use the {placing.gpu.name}; look at nvidia-smi, or hide the GPU with CUDA_VISIBLE_DEVICES=-1"
        )
    folder = _folder(voice)
    if _is_xtts(folder):
        from voices.neural.xtts_voice import XttsVoice

        return XttsVoice(
            folder, placing, {voice.speaker: read_reference(Path(voice.reference))} if voice.reference else {}
        )
    from voices.neural.vits_voice import VitsVoice

    return VitsVoice(folder, placing)


def _check_cloned(voice: Voice) -> None:
    """VoiceUnavailable unless the model can be shown a voice, and this one's sound."""
    if not _is_xtts(_folder(voice)):
        raise VoiceUnavailable(f"{voice.id!r} has a reference sound, and a VITS model hears none; give XTTS's weights")
    read_reference(Path(voice.reference))


def _is_local(voice: Voice) -> bool:
    """Whether a voice's weights are a folder of this machine rather than a set of the catalogue."""
    return Path(voice.weights).is_absolute()


def _folder(voice: Voice) -> Path:
    """Where a voice's model lies. VoiceUnavailable when it doesn't."""
    folder = Path(voice.weights) if _is_local(voice) else weights.folder(voice)
    if folder is None or not folder.is_dir():
        raise VoiceUnavailable(f"{voice.weights} is no folder with a model; give the folder that holds {_CONFIG}")
    return folder


def _model_files(folder: Path) -> list[Path]:
    """The files that decide how a local model sounds."""
    return sorted(path for path in folder.iterdir() if path.name == _CONFIG or _WEIGHTS.fullmatch(path.name))


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / _CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise VoiceUnavailable(f"{path} is missing; a model's folder holds its configuration beside it") from cause
    except ValueError as cause:
        raise VoiceUnavailable(f"{path} can't be read ({cause}); install the voice again") from cause
    if not isinstance(config, dict) or config.get("model") not in ("vits", "xtts"):
        raise VoiceUnavailable(f"{path} isn't of a VITS or XTTS model; this engine speaks no other")
    return config


def _is_xtts(folder: Path) -> bool:
    return bool(_read_config(folder)["model"] == "xtts")


def _read_rate_hz(folder: Path) -> int:
    audio = _read_config(folder).get("audio")
    rate_hz = audio.get("output_sample_rate") or audio.get("sample_rate") if isinstance(audio, dict) else None
    if not isinstance(rate_hz, int) or not 8000 <= rate_hz <= 96_000:
        raise VoiceUnavailable(f"{folder / _CONFIG} names no sample rate; install the voice again")
    return rate_hz
