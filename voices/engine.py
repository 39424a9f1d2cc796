"""The whole contract between text and sound. An engine only speaks.

Splitting, pausing, joining, loudness, tagging and caching are somebody else's work. To add an engine, write
`voices/engines/<name>.py` with a class `Engine` that fits the protocol below and add its voices to `catalogue.toml`;
`tests/contracts/test_engines.py` then tests it by its existing. Importing the module must stay cheap: libraries and
weights are loaded by the constructor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from voices.waveform import Waveform

if TYPE_CHECKING:
    from voices.catalogue import Voice

#: No line handed to an engine is longer. A script is the same for every voice because of it.
MAX_LINE_CHARS = 300


class VoiceError(Exception):
    """Something about a voice that a person can act on. `str()` is one line: what happened, why, what to do.

    `line_id` names the line that can't be said, where it is known.
    """

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, line_id: str | None = None) -> None:
        super().__init__(message)
        self.line_id = line_id


class UnknownVoice(VoiceError):
    """The catalogue has no such voice."""

    exit_code = 2


class VoiceUnavailable(VoiceError):
    """The voice is known, but a library or its weights are missing here."""


class WeightsRefused(VoiceError):
    """A voice's weights can't be installed: wrong checksum, not on the hub, not for everybody, no room."""


class NotAgreed(WeightsRefused):
    """The licence of the weights wants a person's word first."""

    exit_code = 2


class HubUnavailable(VoiceError):
    """The model hub doesn't answer properly just now."""

    retryable = True


class LineTooLong(VoiceError):
    """A line has more than MAX_LINE_CHARS characters. Nothing is ever cut, so it is refused."""


class Unspeakable(VoiceError):
    """A line holds nothing this engine can say (no letters, or none of its alphabet)."""


class EngineFailed(VoiceError):
    """The engine broke while speaking; another try may go well."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One utterance for an engine: plain words, never an engine's own markup or commands.

    `id` comes back with the sound and has no influence on it. `pronunciations` are (start, end, ipa): IPA for the
    characters start:end of `text`. `speaker` is the engine's own name of a voice. `speed` 1.0 is natural.
    """

    id: str
    text: str
    speaker: str
    pronunciations: tuple[tuple[int, int, str], ...] = ()
    speed: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class WordTime:
    """When the characters start_char:end_char of a line's text are heard: samples of its sound, end exclusive."""

    start_char: int
    end_char: int
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spoken:
    """A line's sound. `words` cover every word of the text (split at white space) in order and never overlap."""

    line_id: str
    sound: Waveform
    words: tuple[WordTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineIdentity:
    """Everything beside the words that decides what is heard: it goes into a take's key."""

    name: str
    version: str
    weights_digest: str  # "" where there are none
    rate_hz: int
    precision: str  # of the arithmetic that made the sound: "int16", "float32", "bfloat16"


class Engine(Protocol):
    """A loaded voice engine. Not safe for threads: one per process.

    The constructor takes the catalogue's `Voice` and loads what it needs, or raises VoiceUnavailable. An engine speaks
    for every speaker it has, not only for that voice's.
    """

    name: str  # the module's name, "flite"
    version: str  # of the engine; part of a take's key
    weights_digest: str  # "" where there are none
    rate_hz: int
    max_chars: int  # at least MAX_LINE_CHARS
    speaks_pronunciations: ClassVar[bool]  # whether Line.pronunciations are heard, or ignored
    deterministic: ClassVar[bool]  # whether the same line gives the same bytes, or only the same words and length

    def __init__(self, voice: Voice) -> None: ...

    @classmethod
    def missing(cls, voice: Voice) -> str | None:
        """What this voice lacks here and how to get it, in one line; None when it can speak. Loads nothing."""
        ...

    @classmethod
    def identity(cls, voice: Voice) -> EngineIdentity:
        """As the loaded engine would say of itself, without loading it."""
        ...

    @classmethod
    def pack_lines(cls) -> int:
        """How many lines it likes at one go, here. An engine that batches says hundreds; others needn't say."""
        return 24

    @classmethod
    def most_processes(cls) -> int | None:
        """How many of it are of use at once on this machine; None: one for every core. Others needn't say either."""
        return None

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        """Say every line exactly once, in any order; batches inside.

        The same line gives the same sound whatever its neighbours. Raises LineTooLong, Unspeakable or EngineFailed
        (before any sound of that line is given out), UnknownVoice for a speaker it doesn't have; never cuts, never
        skips.
        """
        ...


def check_line(line: Line) -> None:
    """What every engine refuses: more than MAX_LINE_CHARS, nothing to say, a speed that is none."""
    if len(line.text) > MAX_LINE_CHARS:
        raise LineTooLong(
            f"line {line.id} has {len(line.text)} characters, an engine takes {MAX_LINE_CHARS}: split it",
            line_id=line.id,
        )
    if not any(character.isalnum() for character in line.text):
        raise Unspeakable(f"line {line.id} has no letter to say: {line.text!r}", line_id=line.id)
    if not 0.25 <= line.speed <= 4.0:
        raise Unspeakable(f"line {line.id} has speed {line.speed}; 0.25 to 4 can be said", line_id=line.id)
