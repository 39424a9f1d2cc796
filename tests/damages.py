"""Good takes, spoilt: every way that we know engines, disks and programs to spoil one.

A damage takes a good take and a generator of chance and gives a bad one. Word times are as an engine that did this
would give them: where sound is put in, the times behind it move; where an engine fools itself, they don't.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voices.engine import Spoken, WordTime
from voices.waveform import Waveform

Samples = NDArray[np.float32]
Damage = Callable[[Spoken, np.random.Generator], Spoken]


def _with(take: Spoken, samples: Samples, words: tuple[WordTime, ...] | None = None) -> Spoken:
    sound = Waveform(np.ascontiguousarray(samples, np.float32), take.sound.rate_hz)
    return replace(take, sound=sound, words=take.words if words is None else words)


def _n(take: Spoken, seconds: float) -> int:
    return round(seconds * take.sound.rate_hz)


def _rms(take: Spoken) -> float:
    x = take.sound.samples
    loud = np.abs(x) > 0.05 * np.abs(x).max()
    return float(np.sqrt(np.mean(x[loud] ** 2)))


def _middle_word(take: Spoken, least_s: float = 0.15) -> WordTime:
    """The word nearest to the middle that lasts long enough to be spoilt."""
    long_enough = [w for w in take.words if w.end_sample - w.start_sample >= _n(take, least_s)] or [
        max(take.words, key=lambda w: w.end_sample - w.start_sample)
    ]
    return min(long_enough, key=lambda w: abs(w.start_sample - take.sound.n_samples // 2))


def _last_word(take: Spoken) -> WordTime:
    """The last word that is heard: a lone dash or dot isn't."""
    x = take.sound.samples
    return next(
        w
        for w in reversed(take.words)
        if w.end_sample - w.start_sample > _n(take, 0.05)
        and np.abs(x[w.start_sample : w.end_sample]).max() > 0.1 * np.abs(x).max()
    )


def _loudest(take: Spoken, start: float) -> int:
    """The largest sample behind a share of the take."""
    first = int(start * take.sound.n_samples)
    return first + int(np.abs(take.sound.samples[first:]).argmax())


def _broken_off(take: Spoken) -> Spoken:
    n = _loudest(take, 0.6) + 1
    return _with(take, take.sound.samples[:n], _clamped(take, n))


def _moved(take: Spoken, at: int, n: int) -> tuple[WordTime, ...]:
    """Times after n samples were put in at a place; the word that holds it grows."""

    def move(sample: int) -> int:
        return sample + n if sample > at else sample

    return tuple(replace(w, start_sample=move(w.start_sample), end_sample=move(w.end_sample)) for w in take.words)


def _put_in(take: Spoken, at: int, what: Samples, *, times_move: bool) -> Spoken:
    x = take.sound.samples
    samples = np.concatenate([x[:at], what, x[at:]])
    return _with(take, samples, _moved(take, at, len(what)) if times_move else take.words)


def _over(take: Spoken, start: int, what: Samples) -> Spoken:
    x = take.sound.samples.copy()
    what = what[: len(x) - start]
    x[start : start + len(what)] = what
    return _with(take, x)


def _clamped(take: Spoken, n_samples: int) -> tuple[WordTime, ...]:
    return tuple(
        replace(w, start_sample=min(w.start_sample, n_samples), end_sample=min(w.end_sample, n_samples))
        for w in take.words
    )


def _scaled(take: Spoken, factor: float) -> tuple[WordTime, ...]:
    return tuple(
        replace(w, start_sample=int(w.start_sample * factor), end_sample=int(w.end_sample * factor)) for w in take.words
    )


def _zeros(take: Spoken, seconds: float) -> Samples:
    return np.zeros(_n(take, seconds), np.float32)


def _in_a_word(take: Spoken, what: Samples) -> Spoken:
    return _put_in(take, _middle_word(take).start_sample + 1, what, times_move=True)


def _second_half(take: Spoken, what: Samples) -> Spoken:
    """Over all that follows the middle, but for the quiet end."""
    return _over(take, take.sound.n_samples // 2, what[: -_n(take, 0.05)])


def _hum(take: Spoken, seconds: float, hz: float = 140.0) -> Samples:
    t = np.arange(_n(take, seconds)) / take.sound.rate_hz
    wave = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 6))
    return (_rms(take) * wave).astype(np.float32)


def _vowel(take: Spoken, seconds: float) -> Samples:
    """The loudest 40 ms, said over and over: a vowel that doesn't end."""
    x, n = take.sound.samples, _n(take, 0.04)
    loudest = int(np.argmax(np.convolve(x**2, np.ones(n), "valid")))
    piece = x[loudest : loudest + n]
    return np.tile(piece, -(-_n(take, seconds) // n))[: _n(take, seconds)]


def _noise(take: Spoken, seconds: float, gain: float, chance: np.random.Generator) -> Samples:
    return (gain * _rms(take) * chance.standard_normal(_n(take, seconds))).clip(-1, 1).astype(np.float32)


def _resampled(take: Spoken, factor: float) -> Spoken:
    x = take.sound.samples
    at = np.arange(0, len(x) - 1, factor)
    return _with(take, np.interp(at, np.arange(len(x)), x).astype(np.float32), _scaled(take, 1 / factor))


def _only(take: Spoken, start: float, stop: float) -> Spoken:
    """A part of the sound (shares of it), faded in and out, with the words pressed into it."""
    x = take.sound.samples[int(start * take.sound.n_samples) : int(stop * take.sound.n_samples)].copy()
    ramp = np.linspace(0, 1, _n(take, 0.01), dtype=np.float32)
    x[: len(ramp)] *= ramp
    x[-len(ramp) :] *= ramp[::-1]
    shift = int(start * take.sound.n_samples)
    words = tuple(
        replace(
            w,
            start_sample=min(max(w.start_sample - shift, 0), len(x)),
            end_sample=min(max(w.end_sample - shift, 0), len(x)),
        )
        for w in take.words
    )
    return _with(take, x, words)


def _stutter(take: Spoken, *, times_move: bool) -> Spoken:
    at = _middle_word(take).start_sample
    piece = take.sound.samples[at : at + _n(take, 0.3717)]
    return _put_in(take, at, np.tile(piece, 6), times_move=times_move)


def _stuck(take: Spoken) -> Spoken:
    """A buffer that isn't filled again: the same 250 ms instead of all that should follow."""
    x = take.sound.samples
    at = _loudest(take, 0.3)
    at = min(at, len(x) - _n(take, 2.6))
    piece = x[at : at + _n(take, 0.2513)]
    return _over(take, at, np.tile(piece, -(-(len(x) - at) // len(piece)))[: len(x) - at - _n(take, 0.05)])


def _lost_packets(take: Spoken) -> Spoken:
    x = take.sound.samples.copy()
    word = _middle_word(take, 0.3)
    x[word.start_sample : word.end_sample] = 0
    return _with(take, x)


def _evenly(take: Spoken) -> Spoken:
    edges = np.linspace(0, take.sound.n_samples, len(take.words) + 1).astype(int)
    words = tuple(
        replace(w, start_sample=int(a), end_sample=int(b))
        for w, a, b in zip(take.words, edges, edges[1:], strict=False)
    )
    return _with(take, take.sound.samples, words)


def _click(take: Spoken) -> Spoken:
    """One sample at full scale, in the quietest 10 ms between the words."""
    x = take.sound.samples.copy()
    n = _n(take, 0.01)
    first, last = take.words[0].end_sample, take.words[-1].start_sample
    quietest = min(range(first, max(last - n, first + 1), n), key=lambda at: float(np.abs(x[at : at + n]).max()))
    x[quietest + n // 2] = 0.999
    return _with(take, x)


def _clipped(take: Spoken, gain: float, level: float) -> Spoken:
    x = take.sound.samples
    return _with(take, (gain * x / np.abs(x).max()).clip(-1, 1) * np.float32(level))


def _rounded(take: Spoken) -> Spoken:
    """Nearly nothing left of the bits: speech at -60 dB."""
    return _with(take, np.round(take.sound.samples * 0.001 * 32768) / np.float32(32768))


def _skip_word(take: Spoken) -> Spoken:
    """A long word is left out; its times are where the next one begins."""
    word = _middle_word(take, 0.25)
    n = word.end_sample - word.start_sample
    x = np.delete(take.sound.samples, slice(word.start_sample, word.end_sample))

    def move(sample: int) -> int:
        return sample - n if sample >= word.end_sample else min(sample, word.start_sample)

    words = tuple(replace(w, start_sample=move(w.start_sample), end_sample=move(w.end_sample)) for w in take.words)
    return _with(take, x, words)


def _twice(take: Spoken) -> Spoken:
    return _with(take, np.tile(take.sound.samples, 2), _scaled(take, 2.0))


def _extra_speech(take: Spoken) -> Spoken:
    """Words nobody wrote, after the last one."""
    x = take.sound.samples
    return _with(take, np.concatenate([x, x[_n(take, 0.3) : _n(take, 1.9)], _zeros(take, 0.06)]))


def _shifted(take: Spoken, seconds: float) -> Spoken:
    n, end = _n(take, seconds), take.sound.n_samples
    words = tuple(
        replace(w, start_sample=min(w.start_sample + n, end), end_sample=min(w.end_sample + n, end)) for w in take.words
    )
    return _with(take, take.sound.samples, words)


def _swapped_words(take: Spoken) -> Spoken:
    words = list(take.words)
    words[1], words[2] = words[2], words[1]
    return replace(take, words=tuple(words))


def _other_words(take: Spoken) -> Spoken:
    first, *others = take.words
    return replace(take, words=(replace(first, end_char=first.end_char + 1), *others))


def _ends_late(take: Spoken) -> Spoken:
    *others, last = take.words
    return replace(take, words=(*others, replace(last, end_sample=take.sound.n_samples + 1)))


def _dc(take: Spoken) -> Spoken:
    return _with(take, (take.sound.samples + np.float32(0.5 * _rms(take))).clip(-1, 1))


def _with_nan(take: Spoken, value: float) -> Spoken:
    x = take.sound.samples.copy()
    x[len(x) // 2] = value
    return _with(take, x)


DAMAGES: dict[str, Damage] = {
    "nothing came": lambda t, c: _with(t, t.sound.samples[:0], _clamped(t, 0)),
    "digital silence": lambda t, c: _with(t, t.sound.samples * 0),
    "a faint hiss for speech": lambda t, c: _with(t, (c.standard_normal(t.sound.n_samples) * 3e-4).astype(np.float32)),
    "not a number": lambda t, c: _with_nan(t, float("nan")),
    "infinite": lambda t, c: _with_nan(t, float("inf")),
    "labelled with another rate": lambda t, c: replace(t, sound=Waveform(t.sound.samples, t.sound.rate_hz * 3 // 2)),
    "three times too fast": lambda t, c: _resampled(t, 3.0),
    "three times too slow": lambda t, c: _resampled(t, 1 / 3.0),
    "the end is missing, times as planned": lambda t, c: _with(t, t.sound.samples[: t.sound.n_samples // 2]),
    "the second half is missing, times pressed in": lambda t, c: _only(t, 0, 0.5),
    "the first half is missing, times pressed in": lambda t, c: _only(t, 0.5, 1),
    "breaks off in a word": lambda t, c: _broken_off(t),
    "clipped": lambda t, c: _clipped(t, 6.0, 1.0),
    "clipped, then turned down": lambda t, c: _clipped(t, 4.0, 0.4),
    "off centre": lambda t, c: _dc(t),
    "a hum for speech": lambda t, c: _over(t, _n(t, 0.05), _hum(t, t.sound.duration_s - 0.1)),
    "ends in a hum": lambda t, c: _second_half(t, _hum(t, t.sound.duration_s / 2)),
    "a hum put in": lambda t, c: _in_a_word(t, _hum(t, 2.5)),
    "a vowel without end, put in": lambda t, c: _in_a_word(t, _vowel(t, 2.5)),
    "a vowel without end, over the rest": lambda t, c: _second_half(t, _vowel(t, t.sound.duration_s / 2)),
    "stutters, times moved": lambda t, c: _stutter(t, times_move=True),
    "stutters, times as planned": lambda t, c: _stutter(t, times_move=False),
    "one buffer over and over": lambda t, c: _stuck(t),
    "said twice": lambda t, c: _twice(t),
    "speech that nobody wrote": lambda t, c: _extra_speech(t),
    "dead air inside": lambda t, c: _put_in(t, _middle_word(t).start_sample, _zeros(t, 2.5), times_move=True),
    "dead air before": lambda t, c: _put_in(t, 0, _zeros(t, 1.2), times_move=True),
    "dead air after": lambda t, c: _with(t, np.concatenate([t.sound.samples, _zeros(t, 1.5)])),
    "a word falls out": lambda t, c: _lost_packets(t),
    "the last words are silent": lambda t, c: _over(t, _last_word(t).start_sample, _zeros(t, t.sound.duration_s)),
    "a word is skipped": lambda t, c: _skip_word(t),
    "a burst of noise": lambda t, c: _over(t, _middle_word(t).start_sample, _noise(t, 0.15, 1.5, c)),
    "noise for speech": lambda t, c: _with(t, _noise(t, t.sound.duration_s, 0.7, c)),
    "a click": lambda t, c: _click(t),
    "far too quiet": lambda t, c: _rounded(t),
    "far too loud": lambda t, c: _with(t, np.tanh(60 * t.sound.samples)),
    "a word without a time": lambda t, c: replace(t, words=t.words[:-1]),
    "times of other words": lambda t, c: _other_words(t),
    "words out of order": lambda t, c: _swapped_words(t),
    "times that come late": lambda t, c: _shifted(t, 1.2),
    "times that know nothing of the words": lambda t, c: _evenly(t),
    "a word ends after the sound": lambda t, c: _ends_late(t),
}  # fmt: skip
