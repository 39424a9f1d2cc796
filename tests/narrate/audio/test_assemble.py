from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.audio.assemble import LEAD_IN_S, LEAD_OUT_S, LONGEST_PAUSE_S, assemble
from narrate.audio.perform import Performance
from narrate.errors import AudioError
from narrate.records import Script, Utterance

RATE_HZ = 16_000

MakeScript = Callable[..., Script]
MakeUtterance = Callable[..., Utterance]


def performed(script: Script, n_samples: dict[str, int], rate_hz: int = RATE_HZ) -> Performance:
    """A performance whose take keys are the utterances' texts."""
    keys = {u.id: u.spoken for u in script.utterances}
    return Performance(take_keys=keys, n_samples=n_samples, rate_hz=rate_hz, n_spoken=0, n_cached=0)


def test_takes_stand_in_order_with_each_ones_pause_after_it(
    make_script: MakeScript, make_utterance: MakeUtterance
) -> None:
    script = make_script([make_utterance("a", "u1", pause_after_s=0.25), "b"], [make_utterance("a", "u3")])
    recording = assemble(script, performed(script, {"a": 1000, "b": 500}), RATE_HZ)
    assert [(p.utterance_id, p.take_key, p.start_sample, p.n_samples) for p in recording.pieces] == [
        ("u1", "a", 4800, 1000),
        ("u2", "b", 4800 + 1000 + 4000, 500),
        ("u3", "a", 9800 + 500 + 6400, 1000),
    ]
    assert [(m.title, m.anchor, m.start_sample) for m in recording.marks] == [
        ("Chapter 1", "c1", 0),
        ("Chapter 2", "c2", 16_700),
    ]
    assert recording.n_samples == 16_700 + 1000 + RATE_HZ


@given(
    pauses=st.lists(st.lists(st.floats(0, 30), min_size=1, max_size=5), min_size=1, max_size=5),
    rate_hz=st.sampled_from([8_000, 16_000, 22_050, 24_000]),
    n_samples=st.integers(1, 100_000),
)
def test_marks_rise_and_no_silence_is_long(
    make_script: MakeScript,
    make_utterance: MakeUtterance,
    pauses: list[list[float]],
    rate_hz: int,
    n_samples: int,
) -> None:
    chapters = [
        [make_utterance("a", f"u{c}-{n}", pause_after_s=s) for n, s in enumerate(chapter)]
        for c, chapter in enumerate(pauses)
    ]
    script = make_script(*chapters)
    recording = assemble(script, performed(script, {"a": n_samples}, rate_hz), rate_hz)
    starts = [mark.start_sample for mark in recording.marks]
    assert starts[0] == 0
    assert all(a < b for a, b in pairwise(starts))
    assert len(starts) == len(pauses)
    assert recording.pieces[0].start_sample == round(LEAD_IN_S * rate_hz)
    assert recording.n_samples - recording.pieces[-1].end_sample == round(LEAD_OUT_S * rate_hz)
    gaps = [b.start_sample - a.end_sample for a, b in pairwise(recording.pieces)]
    assert all(0 <= gap <= LONGEST_PAUSE_S * rate_hz for gap in gaps)
    wanted = [min(s, LONGEST_PAUSE_S) for chapter in pauses for s in chapter][:-1]
    assert gaps == [round(s * rate_hz) for s in wanted]


def test_a_mixture_of_rates_is_refused(make_script: MakeScript) -> None:
    script = make_script(["a"])
    with pytest.raises(AudioError, match="one sample rate"):
        assemble(script, performed(script, {"a": 1}, 22_050), RATE_HZ)


def test_a_missing_take_is_an_error_and_no_gap(make_script: MakeScript) -> None:
    script = make_script(["a", "b"])
    with pytest.raises(KeyError):
        assemble(script, performed(script, {"a": 1}), RATE_HZ)


def test_a_script_without_words_is_refused(make_script: MakeScript) -> None:
    for script in (make_script(), make_script(["a"], [])):
        with pytest.raises(AudioError, match="without a word"):
            assemble(script, performed(script, {"a": 1}), RATE_HZ)
