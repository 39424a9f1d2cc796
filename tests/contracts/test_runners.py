"""What every runner keeps to: each pack ends in exactly one outcome, whatever happens to who holds it."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import voices
from narrate.audio.packs import Done, Failed, Lost, Outcome, Pack, Runner
from narrate.work.runners.local import LocalRunner
from voices import Line

MakeRunner = Callable[..., Runner]


def speaking_processes() -> list[int]:
    """Process ids of the workers below this process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"voices.worker" in command:
            found.append(int(entry.name))
    return found


RUNNERS: dict[str, tuple[MakeRunner, Callable[[], list[int]]]] = {"local": (LocalRunner, speaking_processes)}


@pytest.fixture(params=RUNNERS)
def make(request: pytest.FixtureRequest) -> Iterator[MakeRunner]:
    """A runner's constructor: (n_slots, deadline_s=...). Whatever it made is closed, and leaves no process."""
    made: list[Runner] = []

    def make_one(*arguments: object, **named: object) -> Runner:
        made.append(RUNNERS[request.param][0](*arguments, **named))
        return made[-1]

    yield make_one
    for runner in made:
        runner.close()
    assert processes() == []


def processes() -> list[int]:
    return [pid for _, find in RUNNERS.values() for pid in find()]


def pack(name: str, *texts: str, voice_id: str = "tone") -> Pack:
    speaker = voices.find(voice_id).speaker
    lines = tuple(Line(id=f"{name}{i}", text=text, speaker=speaker) for i, text in enumerate(texts))
    return Pack(id=name, voice_id=voice_id, lines=lines)


def collect(runner: Runner, n_outcomes: int, within_s: float = 20) -> dict[str, Outcome]:
    outcomes: list[Outcome] = []
    end = time.monotonic() + within_s
    while len(outcomes) < n_outcomes and time.monotonic() < end:
        outcomes += runner.wait(0.5)
    assert len(outcomes) == n_outcomes, outcomes
    return {outcome.pack_id: outcome for outcome in outcomes}


def run_all(runner: Runner, packs: Sequence[Pack]) -> dict[str, Outcome]:
    waiting, outcomes = list(packs), dict[str, Outcome]()
    while len(outcomes) < len(packs):
        while waiting and runner.free_slots():
            runner.submit(waiting.pop())
        for outcome in runner.wait(20):
            assert outcome.pack_id not in outcomes
            outcomes[outcome.pack_id] = outcome
    return outcomes


def wait_for_process() -> int:
    end = time.monotonic() + 10
    while not processes():
        assert time.monotonic() < end
        time.sleep(0.01)
    return processes()[0]


def test_every_line_of_every_pack_comes_back_as_the_engine_says_it(make: MakeRunner) -> None:
    packs = [pack(f"p{i}", *(f"Text {i} {j}." for j in range(i))) for i in range(8)]
    outcomes = run_all(make(2), packs)
    engine = voices.load(voices.find("tone"))
    for asked in packs:
        outcome = outcomes[asked.id]
        assert isinstance(outcome, Done)
        for ours, theirs in zip(engine.speak(asked.lines), outcome.spoken, strict=True):
            assert (ours.line_id, ours.words) == (theirs.line_id, theirs.words)
            assert np.array_equal(ours.sound.samples, theirs.sound.samples)


def test_slots_are_taken_and_given_back(make: MakeRunner) -> None:
    runner = make(2)
    assert runner.free_slots() == 2
    runner.submit(pack("a", "One."))
    assert runner.free_slots() == 1
    runner.submit(pack("b", "Two."))
    assert runner.free_slots() == 0
    with pytest.raises(RuntimeError, match="free_slots"):
        runner.submit(pack("c", "Three."))
    collect(runner, 2)
    assert runner.free_slots() == 2


def test_no_process_starts_before_it_is_needed(make: MakeRunner) -> None:
    runner = make(3)
    assert processes() == []
    runner.submit(pack("a", "One."))
    collect(runner, 1)
    assert len(processes()) == 1


def test_waiting_for_nothing_returns_at_once_and_waiting_in_vain_returns_empty(make: MakeRunner) -> None:
    runner = make(1)
    started = time.monotonic()
    assert list(runner.wait(5)) == []
    runner.submit(pack("a", "Some words to say. " * 15, voice_id="flite-rms"))
    assert list(runner.wait(0)) == []
    assert time.monotonic() - started < 5
    collect(runner, 1)


@pytest.mark.parametrize(
    ("text", "why"), [("…", "no letter"), ("x" * 301, "301 characters")], ids=["unspeakable", "too long"]
)
def test_a_refused_line_fails_its_pack_by_name(make: MakeRunner, text: str, why: str) -> None:
    runner = make(1)
    runner.submit(pack("a", "Fine.", text, "Fine too."))
    outcome = collect(runner, 1)["a"]
    assert isinstance(outcome, Failed)
    assert (outcome.line_id, outcome.retryable) == ("a1", False)
    assert why in outcome.why
    runner.submit(pack("b", "Fine."))
    assert isinstance(collect(runner, 1)["b"], Done)


def test_an_unknown_voice_fails_its_pack(make: MakeRunner) -> None:
    runner = make(1)
    runner.submit(Pack(id="a", voice_id="flite-rsm", lines=(Line(id="x", text="Hi.", speaker="rms"),)))
    outcome = collect(runner, 1)["a"]
    assert isinstance(outcome, Failed)
    assert "did you mean 'flite-rms'" in outcome.why


def test_a_killed_process_loses_its_pack_and_the_rest_goes_on(make: MakeRunner) -> None:
    runner = make(2)
    runner.submit(pack("victim", *["Some words to say. " * 10] * 50, voice_id="flite-rms"))
    os.kill(wait_for_process(), signal.SIGKILL)
    runner.submit(pack("other", "Fine."))
    outcomes = collect(runner, 2)
    assert isinstance(outcomes["victim"], Lost)
    assert "died" in outcomes["victim"].why
    assert isinstance(outcomes["other"], Done)
    after = run_all(runner, [pack(f"p{i}", "Fine.") for i in range(6)])
    assert all(isinstance(outcome, Done) for outcome in after.values())


def test_an_idle_process_that_was_killed_costs_one_pack_at_most(make: MakeRunner) -> None:
    runner = make(1)
    runner.submit(pack("a", "Fine."))
    collect(runner, 1)
    os.kill(wait_for_process(), signal.SIGKILL)
    runner.submit(pack("b", "Fine."))
    assert isinstance(collect(runner, 1)["b"], (Done, Lost))
    runner.submit(pack("c", "Fine."))
    assert isinstance(collect(runner, 1)["c"], Done)


@pytest.mark.slow
def test_a_process_that_hangs_is_killed_at_its_deadline(make: MakeRunner) -> None:
    runner = make(1, deadline_s=1.5)
    runner.submit(pack("a", "Fine."))
    collect(runner, 1)
    hung = wait_for_process()
    os.kill(hung, signal.SIGSTOP)
    runner.submit(pack("b", "Fine."))
    outcome = collect(runner, 1)["b"]
    assert isinstance(outcome, Lost)
    assert "no progress in 1.5 s" in outcome.why
    assert hung not in processes()
    runner.submit(pack("c", "Fine."))
    assert isinstance(collect(runner, 1)["c"], Done)


@pytest.mark.slow
def test_a_pack_larger_than_any_pipe_goes_through(make: MakeRunner) -> None:
    runner = make(1)
    runner.submit(pack("a", *["Word " * 50] * 400))
    outcome = collect(runner, 1)["a"]
    assert isinstance(outcome, Done)
    assert len(outcome.spoken) == 400


def test_closing_in_the_middle_leaves_nothing_and_may_be_repeated(make: MakeRunner) -> None:
    runner = make(2)
    for name in ("a", "b"):
        runner.submit(pack(name, *["Some words to say. " * 10] * 200, voice_id="flite-rms"))
    os.kill(wait_for_process(), signal.SIGSTOP)  # even one that hangs
    started = time.monotonic()
    runner.close()
    runner.close()
    assert time.monotonic() - started < 5
    assert processes() == []
    assert list(runner.wait(0)) == []
    assert runner.free_slots() == 0
    with pytest.raises(RuntimeError):
        runner.submit(pack("c", "Fine."))


def test_a_runner_without_slots_is_refused(make: MakeRunner) -> None:
    with pytest.raises(ValueError, match="at least one slot"), closing(make(0)):
        pass
