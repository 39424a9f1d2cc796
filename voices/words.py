"""What an engine timed, on its raw sound -> Spoken: even silence at both ends, every word of the text timed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from voices.engine import EngineFailed, Line, Spoken, WordTime
from voices.plain import iter_words
from voices.waveform import Waveform

#: What is left of (or added to) an engine's own silence: pauses are ruled by the script.
LEAD_S, TAIL_S = 0.04, 0.06
_AUDIBLE = 130  # of 32768: -48 dB


def finish_spoken(line: Line, pcm: NDArray[np.int16], rate_hz: int, timed: Sequence[WordTime]) -> Spoken:
    """Raw sound (int16, shape (n_samples,)) and its timed pieces -> Spoken.

    `timed` are spans of the line's text in order, with their samples in `pcm`; a span may be part of a word or hold
    several. A word without any sound of its own (a lone dash) is given the pause it stands for.
    """
    audible = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _AUDIBLE)
    if not len(audible) or not timed:
        raise EngineFailed(f"line {line.id} came out silent; try again", line_id=line.id)
    first = min(int(audible[0]), timed[0].start_sample) - round(LEAD_S * rate_hz)
    last = max(int(audible[-1]) + 1, timed[-1].end_sample) + round(TAIL_S * rate_hz)
    edges = (max(-first, 0), max(last - len(pcm), 0))  # an engine may leave less silence than that
    sound = Waveform.from_pcm16(np.pad(pcm[max(first, 0) : last], edges), rate_hz)
    shifted = [
        WordTime(time.start_char, time.end_char, time.start_sample - first, time.end_sample - first) for time in timed
    ]
    return Spoken(line_id=line.id, sound=sound, words=time_words(line.text, shifted, sound.n_samples))


def time_words(text: str, timed: Sequence[WordTime], n_samples: int) -> tuple[WordTime, ...]:
    """Timed spans -> a time for every white-space word: in order, inside the sound, never overlapping."""
    words: list[WordTime | tuple[int, int]] = []
    for start, end in iter_words(text):
        heard = [time for time in timed if time.start_char < end and time.end_char > start]
        if heard:
            words.append(WordTime(start, end, _sample_at(heard[0], start), _sample_at(heard[-1], end)))
        else:
            words.append((start, end))
    return _fill_silent(words, n_samples)


def _sample_at(time: WordTime, char: int) -> int:
    """Where a character is heard, by its share of the span; at or beyond the span's edges: the edge."""
    inside = min(max(char, time.start_char), time.end_char) - time.start_char
    share = inside / (time.end_char - time.start_char)
    return round(time.start_sample + share * (time.end_sample - time.start_sample))


def _fill_silent(words: Sequence[WordTime | tuple[int, int]], n_samples: int) -> tuple[WordTime, ...]:
    """A word without sound lasts from the end of the word before it to the start of the next that has one."""
    starts: list[int] = []
    next_start = n_samples
    for word in reversed(words):
        if isinstance(word, WordTime):
            next_start = min(max(word.start_sample, 0), next_start)
        starts.append(next_start)
    filled: list[WordTime] = []
    at = 0
    for word, (start, following) in zip(words, pairwise([*reversed(starts), n_samples]), strict=True):
        if isinstance(word, WordTime):
            begin, end = max(at, start), min(max(word.end_sample, at, start), max(following, at))
            filled.append(WordTime(word.start_char, word.end_char, begin, end))
        else:
            end = max(at, start)
            filled.append(WordTime(word[0], word[1], at, end))
        at = filled[-1].end_sample
    return tuple(filled)
