"""A line and its sound -> what is wrong with the sound, or None. Pure and cheap: every take of every engine is checked.

Engines fail in ways of their own: they fall silent, hum, stutter, skip words, break off. Whether the right words are
heard is for a recogniser to say (`heard.py`); here is what can be told from the samples, the word times and the text,
in less than a hundredth of the time that the fastest good engine needs to speak.

Every limit stands well outside of what good speech does. "Good" is the extreme of 2,050 lines of real posts, said by
seven voices of three engines: flite rms, slt, awb, kal16; espeak en-us, en-gb; tone.

    measure                                            good          fault
    level of the speech, dBFS                          -31 to -13    < -45, > -6
    mean of all samples, of the speech's rms           0.07          > 0.25
    triples of equal samples at the peak               1             >= 5
    first 5 ms, last 5 ms, against the speech, dB      -27, -37      > -18, > -28
    silence at an end, inside, s                       0.19, 0.45    > 0.7, > 1.5
    a line's length, s (E letters, p pauses)           0.042 E + 0.14 to 0.15 E + 0.12
                                                                     < 0.042 E, > 0.15 E + 0.4 p + 0.6
    a word's length, k letters, s                      0.13 k + 0.66 > 0.13 k + 1.2
    shortest word; of 5 letters on, s a letter         0.017; 0.017  < 0.008; < 0.010
    a word's loudest 10 ms against the speech, dB      -12           < -25
    silence within a word, s                           0.23          > 0.5
    sound outside of all words, at once, in all, s     0.23, 0.51    > 0.4, > 0.8
    12 words on: correlation of letters and lengths    0.52          < 0.25
    12 words on: spread of lengths, of their mean      0.27          < 0.12
    0.8 s of even loudness (60 ms), standard deviation, dB   0.76    < 0.45
    white noise nearly as loud as speech, ms           20            >= 50
    the largest sample less its neighbours, of those within 4 ms   1.3   > 1.8
    1.2 s of the wave against itself later, other words   0.979      > 0.985

Pauses and lengths are of a natural speed: a line that is said at 1.5 may be as much shorter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from voices.engine import Line, Spoken
from voices.loops import why_looped
from voices.measures import FRAME_S, Measures, longest_run, most_letters, running_sums
from voices.plain import iter_words

_LONGEST_S = 60.0
_QUIETEST_DBFS, _LOUDEST_DBFS = -45.0, -6.0
_MOST_DC = 0.25
_FEWEST_TRIPLES, _CLIPPED_FROM = 5, 0.1
_EDGE_S, _START_DB, _END_DB = 0.005, -18.0, -28.0
_SILENCE_AT_END_S, _SILENCE_INSIDE_S = 0.7, 1.5
_FASTEST_LETTER_S, _SLOWEST_LETTER_S, _PAUSE_S, _SLOW_SLACK_S = 0.042, 0.15, 0.4, 0.6
_PAUSE = re.compile(r"[^\w\s'’-]\s|\s[–—-]+\s")
_WORD_SLACK_S, _WORD_LETTER_S = 1.2, 0.13
_SHORTEST_WORD_S, _LONG_WORD_LETTERS, _LONG_WORD_LETTER_S = 0.008, 5, 0.010
_UNHEARD_DB, _SILENCE_IN_WORD_S = -25.0, 0.5
_OUTSIDE_AT_ONCE_S, _OUTSIDE_IN_ALL_S = 0.4, 0.8
_WORDS_TO_COMPARE, _LEAST_VARIETY, _LEAST_CORRELATION, _LEAST_SPREAD = 12, 0.25, 0.25, 0.12
_DRONE_S, _DRONE_FRAMES, _DRONE_STD_DB, _DRONE_DB = 0.8, 6, 0.45, -15.0
_NOISE_FRAMES, _NOISE_DB, _NOISE_LAG_ONE, _NOISE_LOW = 5, -6.0, 0.35, 0.5
_CLICK_S, _AROUND_CLICK_S, _CLICK = 0.0002, 0.004, 1.8


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a take. `kind` is a word for counting, `why` a line for people."""

    kind: str
    why: str


def find_fault(line: Line, spoken: Spoken, rate_hz: int) -> Fault | None:
    """What is wrong with this sound of this line at `rate_hz`, None when nothing is."""
    fault = _find_broken(line, spoken, rate_hz) or _find_untimed(line, spoken)
    if fault is not None:
        return fault
    heard = Measures(line, spoken)
    return next((Fault(kind, why) for kind, check in _CHECKS if (why := check(heard)) is not None), None)


def _find_broken(line: Line, spoken: Spoken, rate_hz: int) -> Fault | None:
    """What makes any measuring pointless."""
    samples = spoken.sound.samples
    if spoken.sound.rate_hz != rate_hz:
        return Fault("rate", f"the sound has {spoken.sound.rate_hz} samples a second, not the voice's {rate_hz}")
    if not len(samples):
        return Fault("silence", "no sound came out")
    peak = max(float(samples.max()), -float(samples.min()))  # NaN if any sample is
    if not np.isfinite(peak):
        return Fault("numbers", "the sound holds values that aren't numbers")
    if peak == 0.0:
        return Fault("silence", "only silence came out")
    if spoken.sound.duration_s > _LONGEST_S:
        return Fault("length", f"{len(line.text)} characters took {spoken.sound.duration_s:.0f} s")
    return None


def _find_untimed(line: Line, spoken: Spoken) -> Fault | None:
    """Transcripts hang on the word times: one for each word of the text, in order, within the sound."""
    words, spans = spoken.words, [*iter_words(line.text)]
    why = None
    if len(words) != len(spans):
        why = f"{len(spans)} words came back with {len(words)} times"
    elif any((w.start_char, w.end_char) != span for w, span in zip(words, spans, strict=True)):
        why = "the words that came back aren't those of the text"
    elif any(not 0 <= w.start_sample <= w.end_sample <= spoken.sound.n_samples for w in words):
        why = "a word lies outside the sound"
    elif any(a.end_sample > b.start_sample for a, b in pairwise(words)):
        why = "words are out of order"
    return Fault("words", why) if why else None


def _why_level(heard: Measures) -> str | None:
    if _QUIETEST_DBFS <= heard.level_db <= _LOUDEST_DBFS:
        return None
    return f"the speech has a level of {heard.level_db:.0f} dBFS"


def _why_offset(heard: Measures) -> str | None:
    dc = abs(float(np.add.reduce(heard.samples))) / len(heard.samples) / 10 ** (heard.level_db / 20)
    return f"the sound is off centre by {dc:.0%} of its level" if dc > _MOST_DC else None


def _why_clipped(heard: Measures) -> str | None:
    peak = abs(heard.samples[heard.largest_at])
    edge = np.float32(0.9) * peak
    at = np.flatnonzero((heard.samples >= edge) | (heard.samples <= -edge))
    size = np.abs(heard.samples[at])
    in_a_row = (at[2:] - at[:-2] == 2) & (size[2:] == size[:-2])
    n = int((in_a_row & (size[1:-1] == size[:-2])).sum())
    return f"the sound is clipped in {n} places" if n >= _FEWEST_TRIPLES and peak > _CLIPPED_FROM else None


def _why_cut(heard: Measures) -> str | None:
    n = max(1, round(_EDGE_S * heard.rate_hz))
    start, end = (
        10 * np.log10(float(np.dot(edge, edge)) / len(edge) + 1e-12) - heard.level_db
        for edge in (heard.samples[:n], heard.samples[-n:])
    )
    if start > _START_DB:
        return "the sound begins in the middle of speech"
    return "the sound ends in the middle of speech" if end > _END_DB else None


def _why_dead(heard: Measures) -> str | None:
    sounding = np.flatnonzero(~heard.is_silent)
    before, after = int(sounding[0]), len(heard.is_silent) - 1 - int(sounding[-1])
    for n_frames, where in ((before, "before the first sound"), (after, "after the last sound")):
        if heard.natural_s(n_frames) > _SILENCE_AT_END_S:
            return f"{n_frames * FRAME_S:.1f} s of silence {where}"
    inside = int(np.diff(sounding).max(initial=1)) - 1
    return f"{inside * FRAME_S:.1f} s of silence inside" if heard.natural_s(inside) > _SILENCE_INSIDE_S else None


def _why_length(heard: Measures) -> str | None:
    fewest, most = sum(said.n_letters for said in heard.said), sum(most_letters(said.text) for said in heard.said)
    seconds = len(heard.samples) / heard.rate_hz
    natural_s = seconds * heard.line.speed
    n_pauses = len(_PAUSE.findall(heard.line.text))
    if fewest * _FASTEST_LETTER_S <= natural_s <= most * _SLOWEST_LETTER_S + n_pauses * _PAUSE_S + _SLOW_SLACK_S:
        return None
    return f"{len(heard.line.text)} characters took {seconds:.1f} s"


def _why_word_length(heard: Measures) -> str | None:
    for said in heard.said:
        if said.seconds > _WORD_SLACK_S + _WORD_LETTER_S * most_letters(said.text):
            return f"{said.text!r} lasts {said.seconds:.1f} s"
        least = said.n_letters * _LONG_WORD_LETTER_S if said.n_letters >= _LONG_WORD_LETTERS else _SHORTEST_WORD_S
        if said.seconds < least:
            return f"{said.text!r} isn't said: it has {said.seconds * 1000:.0f} ms"
    return None


def _why_unheard(heard: Measures) -> str | None:
    has_gaps = heard.natural_s(longest_run(heard.is_silent)) > _SILENCE_IN_WORD_S
    for said in heard.said:
        frames = heard.frames_within(said.time)
        if float(heard.frames_db[frames].max()) < _UNHEARD_DB:
            return f"nothing is heard where {said.text!r} should be"
        if has_gaps and heard.natural_s(longest_run(heard.is_silent[frames])) > _SILENCE_IN_WORD_S:
            return f"{said.text!r} falls silent"
    return None


def _why_outside(heard: Measures) -> str | None:
    outside = ~heard.is_silent
    for word in heard.words:
        outside[heard.frames_around(word)] = False
    at_once, in_all = longest_run(outside), int(outside.sum())
    if heard.natural_s(at_once) > _OUTSIDE_AT_ONCE_S or heard.natural_s(in_all) > _OUTSIDE_IN_ALL_S:
        return f"{in_all * FRAME_S:.1f} s of sound are no word's"
    return None


def _why_unlike(heard: Measures) -> str | None:
    """Long words last longer than short ones, in any voice: times that know nothing of that are of other words."""
    if len(heard.said) < _WORDS_TO_COMPARE:
        return None
    letters = np.array([most_letters(said.text) for said in heard.said], np.float64)
    seconds = np.array([said.seconds for said in heard.said], np.float64)
    if letters.std() < _LEAST_VARIETY * letters.mean():
        return None
    if seconds.std() < _LEAST_SPREAD * seconds.mean():
        return "all words last the same"
    spread = max(float(letters.std() * seconds.std()), 1e-9)
    alike = float(((letters - letters.mean()) * (seconds - seconds.mean())).mean()) / spread
    return "the words' lengths don't fit their letters" if alike < _LEAST_CORRELATION else None


def _why_drone(heard: Measures) -> str | None:
    n = round(_DRONE_S / FRAME_S)
    if len(heard.powers) < n + _DRONE_FRAMES:
        return None
    even = running_sums(heard.powers, _DRONE_FRAMES) / _DRONE_FRAMES
    smooth_db = (10 * np.log10(even + 1e-12) - heard.level_db).astype(np.float32)
    mean_db = running_sums(smooth_db, n) / n
    std_db = np.sqrt(np.maximum(running_sums(smooth_db * smooth_db, n) / n - mean_db**2, 0))
    for start in np.flatnonzero((std_db < _DRONE_STD_DB) & (mean_db > _DRONE_DB)):
        # one word may be one vowel (or one hum), but past the end of a word nothing stays as it is
        first, last = (int(start) + _DRONE_FRAMES) * heard.n_frame, (int(start) + n) * heard.n_frame
        if sum(word.start_sample < last and word.end_sample > first for word in heard.words) != 1:
            return f"the sound doesn't change for {_DRONE_S} s"
    return None


def _why_noise(heard: Measures) -> str | None:
    if len(heard.powers) < _NOISE_FRAMES:
        return None
    framed = heard.samples[: len(heard.powers) * heard.n_frame].reshape(-1, heard.n_frame)
    lag_one = np.abs(np.einsum("ij,ij->i", framed[:, 1:], framed[:, :-1]))
    is_noise = (heard.frames_db > _NOISE_DB) & (lag_one < _NOISE_LAG_ONE * heard.n_frame * heard.powers)
    if longest_run(is_noise) < _NOISE_FRAMES:
        return None
    # a hiss like "s" has next to nothing below 1 kHz; white noise has 1 / box there
    at, box = np.flatnonzero(is_noise), max(2, heard.rate_hz // 2000)
    boxes = framed[at, : heard.n_frame // box * box].reshape(len(at), -1, box)
    low = np.einsum("ijk->ij", boxes) / np.float32(box)
    is_noise[at] = np.einsum("ij,ij->i", low, low) / np.float32(low.shape[1]) > _NOISE_LOW / box * heard.powers[at]
    n_frames = longest_run(is_noise)
    return f"{n_frames * FRAME_S:.2f} s of noise" if n_frames >= _NOISE_FRAMES else None


def _why_click(heard: Measures) -> str | None:
    """How far the largest sample stands above its surroundings, and above the two beside it."""
    samples, at = heard.samples, heard.largest_at
    reach, own = round(_AROUND_CLICK_S * heard.rate_hz), max(2, round(_CLICK_S * heard.rate_hz))
    around = samples[max(at - reach, 0) : max(at - own, 0)], samples[at + own + 1 : at + reach + 1]
    beside = samples[max(at - 1, 0) : at], samples[at + 1 : at + 2]
    largest, next_to_it = (max(float(np.abs(part).max(initial=0.0)) for part in parts) for parts in (around, beside))
    return "the sound clicks" if abs(float(samples[at])) - next_to_it > _CLICK * largest else None


_CHECKS: tuple[tuple[str, Callable[[Measures], str | None]], ...] = (
    ("level", _why_level),
    ("offset", _why_offset),
    ("clipped", _why_clipped),
    ("cut", _why_cut),
    ("dead air", _why_dead),
    ("length", _why_length),
    ("word length", _why_word_length),
    ("unheard word", _why_unheard),
    ("extra sound", _why_outside),
    ("word times", _why_unlike),
    ("drone", _why_drone),
    ("noise", _why_noise),
    ("click", _why_click),
    ("loop", why_looped),
)
