"""Script + the lengths of its takes -> Recording: takes in order, silence between them, chapter marks. Pure.

All places are cumulative sample counts. Seconds are turned into samples once per pause and never added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from narrate.audio.perform import Performance
from narrate.audio.sounds import Mark, Piece, Recording
from narrate.audio.timing import word_times
from narrate.errors import AudioError
from narrate.records import Script

__all__ = ["assemble", "word_times"]

LEAD_IN_S = 0.3  # players and Bluetooth links swallow the very first moment
LEAD_OUT_S = 1.0
LONGEST_PAUSE_S = 2.0  # a listener takes a longer one for the end


def assemble(
    script: Script, performance: Performance, rate_hz: int, gains_db: Mapping[str, float] = MappingProxyType({})
) -> Recording:
    """Lay a script's takes end to end, each as much louder as `gains_db` says by its key.

    An utterance is followed by its own `pause_after_s`, at most LONGEST_PAUSE_S, the last one by LEAD_OUT_S. A
    chapter's mark is where its first utterance begins; the first one is at 0. Raises AudioError for a mixture of
    rates, KeyError when a take is missing from the performance.
    """
    if performance.rate_hz != rate_hz:
        raise AudioError(
            f"{script.key} was spoken at {performance.rate_hz} Hz and can't be laid out at {rate_hz} Hz; "
            "a recording has one sample rate"
        )
    pieces: list[Piece] = []
    marks: list[Mark] = []
    at = round(LEAD_IN_S * rate_hz)
    pause = 0
    for chapter in script.chapters:
        for place, utterance in enumerate(chapter.utterances):
            at += pause
            if place == 0:
                start = at if marks else 0
                marks.append(Mark(title=chapter.title, level=chapter.level, anchor=chapter.anchor, start_sample=start))
            take_key = performance.take_keys[utterance.id]
            n_samples = performance.n_samples[take_key]
            pieces.append(
                Piece(
                    utterance_id=utterance.id,
                    take_key=take_key,
                    start_sample=at,
                    n_samples=n_samples,
                    gain_db=gains_db.get(take_key, 0.0),
                )
            )
            at += n_samples
            pause = round(min(max(utterance.pause_after_s, 0.0), LONGEST_PAUSE_S) * rate_hz)
    if len(marks) != len(script.chapters) or not pieces:
        raise AudioError(f"{script.key} has a chapter without a word; write the script anew")
    return Recording(
        rate_hz=rate_hz, n_samples=at + round(LEAD_OUT_S * rate_hz), pieces=tuple(pieces), marks=tuple(marks)
    )
