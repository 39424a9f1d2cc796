"""Does a sound repeat itself where its words don't? Pure numpy.

Loudness is compared first, every 5 ms: cheap, and no two stretches of speech have the same. Only where it does come
again is the wave itself compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voices.measures import FRAME_S, Measures, Samples, bare, mean_squares, running_sums

_FINE = 2  # steps in 10 ms
_LENGTH, _STEP = round(1.2 / FRAME_S) * _FINE, round(0.6 / FRAME_S) * _FINE  # what is compared, and how often
_SHORTEST, _LONGEST = round(0.1 / FRAME_S) * _FINE, round(1.0 / FRAME_S) * _FINE  # after how long it comes again
_LIKE, _SAME = 0.85, 0.985  # of loudness, of the wave
_PURE = 0.995  # a sample's likeness to the next; of speech at most 0.98
_LEAST_SHAPE_DB = 0.5  # how much loudness must vary


def why_looped(heard: Measures) -> str | None:
    """The same sound again within a second, or the second half like the first; None when nothing comes again."""
    hop = heard.n_frame // _FINE
    powers = mean_squares(heard.samples, hop)
    loudness = np.maximum(10 * np.log10((powers[1:] + powers[:-1]) / 2 + 1e-12) - heard.level_db, -40.0)
    spreads = _spreads(loudness, _LENGTH)
    for start in range(0, len(loudness) - _LENGTH - _SHORTEST, _STEP):
        later = slice(start + _SHORTEST, start + _LENGTH + _LONGEST)
        lag = _likest(loudness, start, _LENGTH, later, spreads)
        if lag is not None and _comes_again(heard, start * hop, _LENGTH * hop, (_SHORTEST + lag) * hop):
            return f"the sound repeats itself after {(_SHORTEST + lag) * FRAME_S / _FINE:.2f} s"
    half = len(loudness) // 2
    if half > _LENGTH:
        n = half - _SHORTEST
        lag = _likest(loudness, 0, n, slice(n, len(loudness)), _spreads(loudness, n))
        if lag is not None and _comes_again(heard, 0, n * hop, (n + lag) * hop):
            return "everything is said twice"
    return None


def _spreads(values: Samples, n: int) -> NDArray[np.float64]:
    """For each n values in a row, the sum of their squared deviations from their mean; n - 1 fewer."""
    return np.maximum(running_sums(values * values, n) - running_sums(values, n) ** 2 / n, 1e-9)


def _likest(values: Samples, start: int, n: int, later: slice, spreads: NDArray[np.float64]) -> int | None:
    """Where in `later` the n values from `start` come again; None when nothing there is like them."""
    if spreads[start] < _LEAST_SHAPE_DB**2 * n:
        return None  # what is all alike is for `faults` to find
    piece = values[start : start + n]
    flat = piece - np.add.reduce(piece) / np.float32(n)
    products = np.correlate(values[later], flat, "valid")
    likeness = products / np.sqrt(spreads[later.start : later.start + len(products)] * spreads[start])
    lag = int(likeness.argmax())
    return lag if likeness[lag] > _LIKE else None


def _comes_again(heard: Measures, start: int, n: int, lag: int) -> bool:
    """Whether the wave of n samples comes again `lag` samples later, and isn't another saying of the same words."""
    reach = heard.n_frame
    whole = heard.samples[start : start + n]
    if float(np.dot(whole[1:], whole[:-1])) > _PURE * float(np.dot(whole, whole)):
        return False  # a pure hum is like itself wherever one looks, and `faults` looks for hums
    for size in (n // 4, n):  # a quarter says no in most cases, for a quarter of the price
        piece = heard.samples[start : start + size]
        around = heard.samples[max(start + lag - reach, 0) : start + lag + size + reach]
        if len(around) < size:
            return False
        if float(np.correlate(around, piece, "valid").max()) < _SAME * float(np.dot(piece, piece)):
            return False
    once, again = _words_in(heard, start, start + n), _words_in(heard, start + lag, start + lag + n)
    if once == again:
        return len(once) > 1 or any(
            said.time.start_sample <= start and start + lag + n <= said.time.end_sample for said in heard.said
        )
    return {bare(heard.said[i].text) for i in once} != {bare(heard.said[i].text) for i in again}


def _words_in(heard: Measures, start: int, end: int) -> list[int]:
    """The places of the words whose middle lies within these samples."""
    middles = ((said.time.start_sample + said.time.end_sample) // 2 for said in heard.said)
    return [i for i, middle in enumerate(middles) if start <= middle < end]
