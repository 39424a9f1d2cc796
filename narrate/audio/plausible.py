"""A line and its sound -> why the sound can't be a reading of it, or None. Pure and cheap: run on every take.

It finds what no engine may ever give out (silence, broken numbers, minutes for a line); whether the words are the
right words is a matter for deeper tests.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from voices.engine import Line, Spoken

_LONGEST_S = 60.0
_SHORTEST_S = 0.1
_SHORT_TEXT_CHARS = 12  # "I." may be over in a tenth of a second, a clause may not


def why_wrong(line: Line, spoken: Spoken, rate_hz: int) -> str | None:
    """What is wrong with this sound of this line at `rate_hz`, None when nothing is."""
    samples = spoken.sound.samples
    if spoken.sound.rate_hz != rate_hz:
        return f"the sound has {spoken.sound.rate_hz} samples a second, not the voice's {rate_hz}"
    if not len(samples):
        return "no sound came out"
    peak = float(np.max(np.abs(samples)))  # NaN if any sample is
    if not np.isfinite(peak):
        return "the sound holds values that aren't numbers"
    if peak == 0.0:
        return "only silence came out"
    if spoken.sound.duration_s > _LONGEST_S:
        return f"{len(line.text)} characters took {spoken.sound.duration_s:.0f} s"
    if len(line.text) > _SHORT_TEXT_CHARS and spoken.sound.duration_s < _SHORTEST_S:
        return f"{len(line.text)} characters took only {spoken.sound.duration_s * 1000:.0f} ms"
    return _why_words_wrong(line, spoken)


def _why_words_wrong(line: Line, spoken: Spoken) -> str | None:
    """Transcripts hang on the word times: one for each word, in order, within the sound."""
    words = spoken.words
    if len(words) != len(line.text.split()):
        return f"{len(line.text.split())} words came back with {len(words)} times"
    if any(not 0 <= w.start_sample <= w.end_sample <= spoken.sound.n_samples for w in words):
        return "a word lies outside the sound"
    if any(a.end_sample > b.start_sample or a.end_char > b.start_char for a, b in pairwise(words)):
        return "words are out of order"
    return None
