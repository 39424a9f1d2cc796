"""The whole contract between text and sound. An engine only speaks.

Splitting, pausing, joining, loudness, tagging and caching are somebody else's work. To add an engine, write
`voices/engines/<name>.py` with a class `Engine` that fits the protocol below and add its voices to `catalogue.toml`;
`tests/contracts/test_engines.py` then tests it by its existing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from voices.waveform import Waveform

#: No line handed to an engine is longer. A script is the same for every voice because of it.
MAX_LINE_CHARS = 300


class VoiceError(Exception):
    """Something about a voice that a person can act on. `str()` is one line: what happened, why, what to do."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1


class UnknownVoice(VoiceError):
    """The catalogue has no such voice."""

    exit_code = 2


class VoiceUnavailable(VoiceError):
    """The voice is known, but a library or its weights are missing here."""


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


class Engine(Protocol):
    """A loaded voice engine. Not safe for threads: one per process.

    The constructor takes the catalogue's `Voice` and loads what it needs, or raises VoiceUnavailable.
    """

    name: str  # the module's name, "flite"
    version: str  # of the engine; part of a take's key
    weights_digest: str  # "" where there are none
    rate_hz: int
    max_chars: int  # at least MAX_LINE_CHARS

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        """Say every line exactly once, in any order; batches inside.

        The same line gives the same sound whatever its neighbours. Raises LineTooLong, Unspeakable or EngineFailed
        (before any sound of that line is given out); never cuts, never skips.
        """
        ...
