"""Gains of the plan are heard, and leave what was even as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import voices
from narrate.audio.assemble import assemble
from narrate.audio.cast import Casting, Part
from narrate.audio.levels import survey
from narrate.audio.master import stream
from narrate.audio.perform import perform
from narrate.audio.takes import Takes

LINES = (
    "The first thing to say about maps is that somebody drew them.",
    "The second is that somebody will read them, and not always in the place where they were drawn.",
    "A third thing is said less often: a map can be finished, and a territory can't.",
    "So they part, a little more every year, and nobody is to blame.",
)


def test_a_gain_of_the_plan_is_heard(
    make_script: Callable[..., Any], takes: Takes, here_runner: Callable[..., Any]
) -> None:
    script = make_script(["one", "two"])
    done = perform(script, Casting(main=Part(voices.find("tone"))), takes, here_runner())
    plain = assemble(script, done, 24_000)
    louder = assemble(script, done, 24_000, {done.take_keys["u2"]: 6.0})
    before, after = (np.concatenate(list(stream(recording, takes))) for recording in (plain, louder))
    second = plain.pieces[1].start_sample
    assert np.array_equal(before[:second], after[:second])
    assert np.abs(after[second:]).max() / np.abs(before[second:]).max() == pytest.approx(10 ** (6 / 20), rel=1e-5)


def test_a_good_voice_stays_as_it_is(
    make_script: Callable[..., Any], takes: Takes, here_runner: Callable[..., Any]
) -> None:
    rms = voices.find("flite-rms")
    done = perform(make_script(LINES), Casting(main=Part(rms)), takes, here_runner(voice=rms))
    assert all(abs(gain) <= 0.5 for gain in survey(done, takes).gains_db.values())
