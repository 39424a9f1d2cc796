"""A model's sound and the times of its words -> Spoken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voices.engine import EngineFailed, Line, Spoken, WordTime
from voices.waveform import Waveform
from voices.words import LEAD_S, time_words

TAIL_S = 0.1  # a last consonant may ring on behind its last frame
_FADE_S = 0.005


def cut_spoken(
    line: Line,
    pcm: NDArray[np.int16],
    rate_hz: int,
    timed: Sequence[WordTime],
    *,
    lead_s: float = LEAD_S,
    tail_s: float = TAIL_S,
) -> Spoken:
    """Sound (int16, shape (n_samples,)) and its timed words -> Spoken, cut `lead_s` before and `tail_s` behind them.

    The cut follows the times alone, never the samples: two runs that differ in the last bit have the same length.
    """
    if not timed:
        raise EngineFailed(f"line {line.id} came out without words; try again", line_id=line.id)
    first = timed[0].start_sample - round(lead_s * rate_hz)
    last = timed[-1].end_sample + round(tail_s * rate_hz)
    kept = pcm[max(first, 0) : last].astype(np.float32)
    n_fade = min(round(_FADE_S * rate_hz), len(kept) // 2)
    ramp = np.linspace(0, 1, n_fade, dtype=np.float32)
    kept[:n_fade] *= ramp
    kept[len(kept) - n_fade :] *= ramp[::-1]
    sound = np.pad(np.rint(kept).astype(np.int16), (max(-first, 0), max(last - len(pcm), 0)))
    shifted = [WordTime(t.start_char, t.end_char, t.start_sample - first, t.end_sample - first) for t in timed]
    return Spoken(
        line_id=line.id,
        sound=Waveform.from_pcm16(sound, rate_hz),
        words=time_words(line.text, shifted, len(sound)),
    )
