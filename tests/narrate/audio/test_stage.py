"""Requests of several posts share a runner: what is preferred is spoken first, what is dropped isn't spoken at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import voices
from narrate.audio.cast import Casting, Part
from narrate.audio.packs import Outcome, Pack
from narrate.audio.perform import Job, request_of
from narrate.audio.stage import Request, Stage
from narrate.audio.takes import Takes
from narrate.records import Script

CASTING = Casting(main=Part(voices.find("tone")))

MakeScript = Callable[..., Script]
RunnerType = Callable[..., Any]


@contextmanager
def held_stage(takes: Takes, runner_type: RunnerType) -> Iterator[tuple[Stage, Any, threading.Event, threading.Event]]:
    """(a stage whose runner holds its packs, the runner, "a pack is out", "go on")."""
    is_out, may_go_on = threading.Event(), threading.Event()

    def fault(pack: Pack, n_times: int) -> Outcome | None:
        is_out.set()
        assert may_go_on.wait(20)
        return None

    runner = runner_type(1, fault=fault)
    with closing(Stage(takes, runner, pack_lines=lambda voice_id: 8)) as stage:
        yield stage, runner, is_out, may_go_on
        may_go_on.set()


def request(make_script: MakeScript, word: str) -> Request:
    script = make_script([f"{word} {n}" for n in range(16)], key=f"file:{word}")
    return request_of(Job(script=script, casting=CASTING))


def test_a_post_that_is_preferred_overtakes_within_one_pack(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    with held_stage(takes, here_runner) as (stage, runner, is_out, may_go_on):
        backfill, voted = request(make_script, "backfill"), request(make_script, "voted")
        stage.ask(backfill)
        assert is_out.wait(20)
        stage.ask(voted)
        stage.prefer([voted, backfill])
        may_go_on.set()
        stage.wait_for(backfill)
        words = [text.split()[0] for text in runner.texts]
        assert words == ["backfill"] * 8 + ["voted"] * 16 + ["backfill"] * 8


def test_what_nobody_waits_for_isnt_spoken(make_script: MakeScript, takes: Takes, here_runner: RunnerType) -> None:
    with held_stage(takes, here_runner) as (stage, runner, is_out, may_go_on):
        dropped, kept = request(make_script, "dropped"), request(make_script, "kept")
        stage.ask(dropped)
        assert is_out.wait(20)
        stage.ask(kept)
        stage.drop(dropped)
        may_go_on.set()
        stage.wait_for(kept)
        assert len([text for text in runner.texts if text.startswith("dropped")]) == 8  # the pack that was out
        assert len(takes.sizes(dropped.lines)) == 8  # and it is kept
