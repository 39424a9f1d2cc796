"""The records of this room: a take on disk, and a recording as a plan over takes. Never an array of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voices.engine import WordTime

#: How `Take.made` begins where another engine's voice said the line; that voice's id follows.
FALLBACK = "fallback "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Take:
    """One spoken utterance. `pcm`: int16, shape (n_samples,); `words` index the spoken text and these samples.

    `made` is "" where the first try was good; else how it came about: "seed 123", "split", "fallback flite-rms".
    """

    key: str  # 64 hex: what is heard, never where (see perform.take_key)
    rate_hz: int
    pcm: NDArray[np.int16]
    words: tuple[WordTime, ...]
    made: str = ""

    @property
    def n_samples(self) -> int:
        return len(self.pcm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A take placed in a recording: samples start_sample .. start_sample + n_samples of the whole, so much louder."""

    utterance_id: str
    take_key: str
    start_sample: int
    n_samples: int
    gain_db: float = 0.0

    @property
    def end_sample(self) -> int:
        return self.start_sample + self.n_samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A chapter's place. Integers until the very edge: seconds drift, samples do not."""

    title: str
    level: int
    anchor: str | None
    start_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A plan: takes in order with silence between them, all at one rate. Marks ascend and the first is at 0."""

    rate_hz: int
    n_samples: int
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]
