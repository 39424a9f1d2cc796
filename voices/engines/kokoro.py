"""Lines -> speech by Kokoro-82M, in its voices and blends of them. Extra `kokoro`; weights installed or a folder.

This file says what is there and what is missing, without torch; `voices/neural/kokoro/` speaks. Nothing of the package
`kokoro` is used: it speaks one sentence at a time, and brings a phonemizer that downloads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from voices.engine import MAX_LINE_CHARS, EngineIdentity, Line, Spoken, VoiceUnavailable
from voices.engines.espeak import find_espeak
from voices.neural import NO_ESPEAK
from voices.neural.folders import CONFIG, digest_of, folder_of, is_local, why_not_installed
from voices.neural.kokoro import config as configs
from voices.neural.placing import BatchingEngine, place, start_torch, why_unusable
from voices.weights import weights_of

if TYPE_CHECKING:
    from voices.catalogue import Voice

#: Raise it when the same line becomes other tokens, other noise or other arithmetic.
_VERSION = "1"


class Engine(BatchingEngine):
    """Kokoro, on the GPU if there is one. The same line is the same sound within one step of 16 bits."""

    name = "kokoro"
    version = _VERSION
    rate_hz = configs.RATE_HZ
    max_chars = MAX_LINE_CHARS
    speaks_pronunciations: ClassVar[bool] = True
    deterministic: ClassVar[bool] = False  # another batch may round the last bit otherwise

    def __init__(self, voice: Voice) -> None:
        if (reason := self.missing(voice)) is not None:
            raise VoiceUnavailable(reason)
        placing = place()
        self.weights_digest = self.identity(voice).weights_digest
        start_torch(placing)
        from voices.neural.kokoro.voice import KokoroVoice

        folder = folder_of(voice)
        self._voice = KokoroVoice(folder, _checkpoint(voice, folder), _packs(voice, folder), placing)

    @classmethod
    def missing(cls, voice: Voice) -> str | None:
        if find_spec("torch") is None:
            return f"torch not installed, so {voice.id!r} can't speak; run: pip install 'narrate[kokoro]'"
        if find_espeak() is None:
            return NO_ESPEAK
        if (why := why_not_installed(voice)) is not None:
            return why
        try:
            folder = folder_of(voice)
            configs.load(folder)
            _checkpoint(voice, folder)
            _packs(voice, folder)
        except VoiceUnavailable as error:
            return str(error)
        return why_unusable(place())

    @classmethod
    def identity(cls, voice: Voice) -> EngineIdentity:
        return EngineIdentity(
            name=cls.name,
            version=cls.version,
            weights_digest=digest_of(voice, _files_in),
            rate_hz=cls.rate_hz,
            precision=place().precision,
        )

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        return self._voice.speak(lines)


def _files_in(folder: Path) -> list[Path]:
    """The files that decide how a local model sounds."""
    return sorted([folder / CONFIG, *folder.glob("*.pth"), *folder.glob("voices/*.pt")])


def _files(voice: Voice, folder: Path) -> list[Path]:
    """What belongs to a model: the files that the catalogue lists, or that lie in a local folder."""
    weights = None if is_local(voice) else weights_of(voice)
    return _files_in(folder) if weights is None else [folder / file.name for file in weights.files]


def _checkpoint(voice: Voice, folder: Path) -> str:
    found = [path.name for path in _files(voice, folder) if path.suffix == ".pth"]
    if len(found) != 1:
        raise VoiceUnavailable(f"{folder} holds {len(found)} checkpoints (*.pth); a Kokoro model has one")
    return found[0]


def _packs(voice: Voice, folder: Path) -> tuple[str, ...]:
    """The names of a model's voices."""
    found = tuple(path.stem for path in _files(voice, folder) if path.suffix == ".pt")
    if not found:
        raise VoiceUnavailable(f"{folder} has no voice packs (voices/*.pt), without which a Kokoro model is silent")
    return found
