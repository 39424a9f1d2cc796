"""A spoken line -> the measures that its checks share. Pure numpy; nothing is measured before it is asked for."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voices.engine import Line, Spoken, WordTime

FRAME_S = 0.01
SILENT_DB = -35.0  # of the speech's level: below is silence

Samples = NDArray[np.float32]


class Said(NamedTuple):
    """A word that has letters, so many of them, and how long it lasts at natural speed."""

    time: WordTime
    text: str
    n_letters: int
    seconds: float


class Measures:
    """A line, its sound of at least one sample, and what can be told of them."""

    def __init__(self, line: Line, spoken: Spoken) -> None:
        self.line = line
        self.words = spoken.words
        self.rate_hz = spoken.sound.rate_hz
        self.samples = spoken.sound.samples
        self.n_frame = frame_size(self.rate_hz)
        #: Mean square of each 10 ms; shape (n_frames,).
        self.powers = mean_squares(self.samples, self.n_frame)
        self.level_db = level_db(self.powers)
        #: Loudness of each 10 ms against the speech's own level, dB.
        self.frames_db = 10 * np.log10(self.powers + 1e-12) - self.level_db
        self.is_silent = self.frames_db < SILENT_DB

    @cached_property
    def largest_at(self) -> int:
        """Where the largest sample is, whatever its sign: the first of them."""
        high, low = int(self.samples.argmax()), int(self.samples.argmin())
        sizes = float(self.samples[high]), -float(self.samples[low])
        return min(high, low) if sizes[0] == sizes[1] else high if sizes[0] > sizes[1] else low

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The words that have letters."""
        return tuple(
            Said(word, text, len(letters), (word.end_sample - word.start_sample) / self.rate_hz * self.line.speed)
            for word in self.words
            if (letters := bare(text := self.line.text[word.start_char : word.end_char]))
        )

    def frames_around(self, word: WordTime) -> slice:
        """Every frame that holds a part of the word."""
        start = min(word.start_sample // self.n_frame, len(self.frames_db) - 1)
        return slice(start, max(-(-word.end_sample // self.n_frame), start + 1))

    def frames_within(self, word: WordTime) -> slice:
        """The frames that hold nothing but the word; for a very short one, those around it."""
        start, stop = -(-word.start_sample // self.n_frame), word.end_sample // self.n_frame
        return slice(start, stop) if stop - start >= 3 else self.frames_around(word)

    def natural_s(self, n_frames: int) -> float:
        """Frames -> seconds as they would be at natural speed."""
        return n_frames * FRAME_S * self.line.speed


def frame_size(rate_hz: int) -> int:
    """Samples in 10 ms."""
    return max(1, round(FRAME_S * rate_hz))


def mean_squares(samples: Samples, n: int) -> Samples:
    """Mean square of each n samples; shape (len // n,), at least one."""
    whole = samples[: len(samples) // n * n] if len(samples) >= n else np.pad(samples, (0, n - len(samples)))
    framed = whole.reshape(-1, n)
    powers: Samples = np.einsum("ij,ij->i", framed, framed) / np.float32(n)
    return powers


def level_db(powers: Samples) -> float:
    """How loud the speech itself is, pauses left out: the mean of those frames that are within 30 dB of the loudest.

    In dB of full scale; -100 for silence.
    """
    loudest = float(powers.max())
    return 10 * float(np.log10(powers[powers > loudest / 1000].mean())) if loudest > 1e-10 else -100.0


def speech_level_db(samples: Samples, rate_hz: int) -> float:
    """`level_db` of a sound; -100 for silence or none."""
    return level_db(mean_squares(samples, frame_size(rate_hz))) if len(samples) else -100.0


@lru_cache(maxsize=50_000)
def most_letters(word: str) -> int:
    """How much there may be to say, in letters.

    A letter that is said as a name counts three (of an initialism, or between marks: "f,g,h"), a digit four, and a mark
    inside the word four more, for the pause.
    """
    parts = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", word)
    is_named = word.isupper() and len(word) > 1
    letters = sum(
        4 if c.isdigit() else 3 if is_named or (len(part) == 1 and len(parts) > 1) else 1
        for part in parts
        for c in part
        if c.isalnum()
    )
    return letters + 4 * len(re.findall(r"(?<=\w)[,;:.!?/](?=\w)", word))


@lru_cache(maxsize=50_000)
def bare(word: str) -> str:
    """Letters and digits alone, small."""
    return "".join(c for c in word if c.isalnum()).casefold()


def running_sums(values: NDArray[np.float32], n: int) -> NDArray[np.float64]:
    """Sums over n values in a row; n - 1 fewer."""
    sums: NDArray[np.float64] = np.concatenate([np.zeros(1), np.cumsum(values, dtype=np.float64)])
    return sums[n:] - sums[:-n]


def longest_run(flags: NDArray[np.bool_]) -> int:
    """How many True in a row at most."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))
