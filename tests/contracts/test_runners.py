"""What every runner keeps to: each pack ends in exactly one outcome, whatever happens to who holds it."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

import voices
from narrate.audio.packs import Done, Failed, Lost, Outcome, Pack, Runner
from narrate.errors import ClusterUnavailable
from narrate.work.runners.cluster import RayRunner
from narrate.work.runners.local import LocalRunner
from tests.ray_cluster import FIRST, SECOND, RayCluster
from voices import Line

ON_RAY = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


class Rig(Protocol):
    """One kind of runner: how to get one, and which processes speak for it."""

    def make(self, n_slots: int = 2, deadline_s: float = 60) -> Runner: ...

    def processes(self) -> list[int]: ...

    def close(self) -> None: ...


class LocalRig:
    def __init__(self) -> None:
        self._made: list[Runner] = []

    def make(self, n_slots: int = 2, deadline_s: float = 60) -> Runner:
        self._made.append(LocalRunner(n_slots, deadline_s))
        return self._made[-1]

    def processes(self) -> list[int]:
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

    def close(self) -> None:
        for runner in self._made:
            runner.close()
        assert self.processes() == []


class RayRig:
    """Its runner serves one test after another: a connection and its actors take seconds to come up."""

    def __init__(self, cluster: RayCluster) -> None:
        self.cluster = cluster
        self._made: dict[tuple[int, float], RayRunner] = {}

    def make(self, n_slots: int = 2, deadline_s: float = 60) -> RayRunner:
        if (n_slots, deadline_s) not in self._made:
            self.close()  # the cluster has room for one
            with self.cluster.network():
                self._made[n_slots, deadline_s] = RayRunner(
                    self.cluster.address, n_slots, deadline_s=deadline_s, patience_s=20
                )
        return self._made[n_slots, deadline_s]

    def processes(self) -> list[int]:
        return self.cluster.actors()

    def forget(self) -> None:
        """The next test gets a new one."""
        self._made.clear()

    def close(self) -> None:
        for runner in self._made.values():
            runner.close()
        self.forget()
        until(lambda: self.processes() == [])


@pytest.fixture(scope="module")
def ray_rig(ray_cluster: RayCluster) -> Iterator[RayRig]:
    with closing(RayRig(ray_cluster)) as rig, pytest.MonkeyPatch.context() as patch:
        for name, value in ray_cluster.env.items():
            patch.setenv(name, value)
        yield rig


@pytest.fixture
def local_rig() -> Iterator[LocalRig]:
    with closing(LocalRig()) as rig:
        yield rig


@pytest.fixture(params=["local", pytest.param("ray", marks=ON_RAY)])
def rig(request: pytest.FixtureRequest) -> Rig:
    found: Rig = request.getfixturevalue(f"{request.param}_rig")
    return found


def until(is_so: Callable[[], bool], within_s: float = 60) -> None:
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def ready(runner: Runner, n_slots: int) -> Runner:
    """The runner, as soon as so many packs may be submitted at once."""
    until(lambda: runner.free_slots() == n_slots)
    return runner


def pack(name: str, *texts: str, voice_id: str = "tone") -> Pack:
    speaker = voices.find(voice_id).speaker
    lines = tuple(Line(id=f"{name}{i}", text=text, speaker=speaker) for i, text in enumerate(texts))
    return Pack(id=name, voice_id=voice_id, lines=lines)


def collect(runner: Runner, n_outcomes: int, within_s: float = 60) -> dict[str, Outcome]:
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


def a_process(rig: Rig) -> int:
    """One that speaks, as soon as there is one."""
    until(lambda: rig.processes() != [])
    return rig.processes()[0]


def long_pack(name: str, n_lines: int = 20) -> Pack:
    """More than any machine says in the time a test needs to do something about it."""
    return pack(name, *["Some words to say. " * 10] * n_lines, voice_id="flite-rms")


def test_every_line_of_every_pack_comes_back_as_the_engine_says_it(rig: Rig) -> None:
    packs = [pack(f"p{i}", *(f"Text {i} {j}." for j in range(i))) for i in range(8)]
    outcomes = run_all(rig.make(2), packs)
    engine = voices.load(voices.find("tone"))
    for asked in packs:
        outcome = outcomes[asked.id]
        assert isinstance(outcome, Done)
        for ours, theirs in zip(engine.speak(asked.lines), outcome.spoken, strict=True):
            assert (ours.line_id, ours.words) == (theirs.line_id, theirs.words)
            assert np.array_equal(ours.sound.samples, theirs.sound.samples)


def test_slots_are_taken_and_given_back(rig: Rig) -> None:
    runner = ready(rig.make(), 2)
    runner.submit(long_pack("a", 4))
    assert runner.free_slots() == 1
    runner.submit(pack("b", "Two."))
    collect(runner, 2)
    assert ready(runner, 2)


def test_a_pack_without_a_slot_is_refused(rig: Rig) -> None:
    runner = ready(rig.make(), 2)
    for name in "ab":
        runner.submit(long_pack(name, 4))
    assert runner.free_slots() == 0
    with pytest.raises(RuntimeError, match="free_slots"):
        runner.submit(pack("c", "Three."))
    collect(runner, 2)


def test_waiting_for_nothing_returns_at_once_and_waiting_in_vain_returns_empty(rig: Rig) -> None:
    runner = ready(rig.make(), 2)
    started = time.monotonic()
    assert list(runner.wait(60)) == []
    runner.submit(long_pack("a", 4))
    assert list(runner.wait(0)) == []
    assert time.monotonic() - started < 30
    collect(runner, 1)


@pytest.mark.parametrize(
    ("text", "why"), [("…", "no letter"), ("x" * 301, "301 characters")], ids=["unspeakable", "too long"]
)
def test_a_refused_line_fails_its_pack_by_name(rig: Rig, text: str, why: str) -> None:
    runner = ready(rig.make(), 2)
    runner.submit(pack("a", "Fine.", text, "Fine too."))
    outcome = collect(runner, 1)["a"]
    assert isinstance(outcome, Failed)
    assert (outcome.line_id, outcome.retryable) == ("a1", False)
    assert why in outcome.why
    ready(runner, 2).submit(pack("b", "Fine."))
    assert isinstance(collect(runner, 1)["b"], Done)


def test_an_unknown_voice_fails_its_pack(rig: Rig) -> None:
    runner = ready(rig.make(), 2)
    runner.submit(Pack(id="a", voice_id="flite-rsm", lines=(Line(id="x", text="Hi.", speaker="rms"),)))
    outcome = collect(runner, 1)["a"]
    assert isinstance(outcome, Failed)
    assert "did you mean 'flite-rms'" in outcome.why


def test_a_killed_process_loses_its_pack_and_the_rest_goes_on(rig: Rig) -> None:
    runner = ready(rig.make(), 2)
    for name in "ab":
        runner.submit(long_pack(name))
    os.kill(a_process(rig), signal.SIGKILL)
    lost, done = sorted(collect(runner, 2).values(), key=lambda outcome: isinstance(outcome, Done))
    assert isinstance(lost, Lost)
    assert lost.counts
    assert "died" in lost.why
    assert isinstance(done, Done)
    ready(runner, 2)
    after = run_all(runner, [pack(f"p{i}", "Fine.") for i in range(6)])
    assert all(isinstance(outcome, Done) for outcome in after.values())


def test_an_idle_process_that_was_killed_costs_one_pack_at_most(rig: Rig) -> None:
    runner = ready(rig.make(), 2)
    runner.submit(pack("a", "Fine."))
    collect(runner, 1)
    os.kill(a_process(rig), signal.SIGKILL)
    outcomes = run_all(runner, [pack(f"p{i}", "Fine.") for i in range(6)])
    assert sum(isinstance(outcome, Lost) for outcome in outcomes.values()) <= 1
    assert ready(runner, 2)


@pytest.mark.slow
def test_a_pack_larger_than_any_pipe_goes_through(rig: Rig) -> None:
    runner = ready(rig.make(), 2)
    runner.submit(pack("a", *["Word " * 50] * 400))
    outcome = collect(runner, 1)["a"]
    assert isinstance(outcome, Done)
    assert len(outcome.spoken) == 400


@pytest.mark.slow
def test_a_process_that_hangs_is_killed_at_its_deadline(rig: Rig) -> None:
    runner = ready(rig.make(1, deadline_s=8), 1)
    runner.submit(long_pack("a", 500))
    hung = a_process(rig)
    os.kill(hung, signal.SIGSTOP)
    outcome = collect(runner, 1)["a"]
    assert isinstance(outcome, Lost)
    assert "no progress in 8 s" in outcome.why
    until(lambda: hung not in rig.processes())
    ready(runner, 1).submit(pack("b", "Fine."))
    assert isinstance(collect(runner, 1)["b"], Done)


def test_closing_in_the_middle_leaves_nothing_and_may_be_repeated(rig: Rig) -> None:
    runner = ready(rig.make(1, deadline_s=60), 1)
    runner.submit(long_pack("a", 500))
    os.kill(a_process(rig), signal.SIGSTOP)  # even one that hangs
    started = time.monotonic()
    runner.close()
    runner.close()
    assert time.monotonic() - started < 30  # and not until its deadline
    until(lambda: rig.processes() == [])
    assert list(runner.wait(0)) == []
    assert runner.free_slots() == 0
    with pytest.raises(RuntimeError):
        runner.submit(pack("c", "Fine."))


def test_a_runner_without_slots_is_refused(rig: Rig) -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        rig.make(0)


# What only a cluster can lose


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
class TestACluster:
    def test_a_machine_that_is_lost_costs_its_packs_and_a_new_one_gets_work(self, ray_rig: RayRig) -> None:
        runner, cluster = ready(ray_rig.make(), 2), ray_rig.cluster
        cluster.kill_node(FIRST)
        cluster.kill_node(SECOND)
        outcomes = run_all(runner, [pack("a", "Fine."), pack("b", "Fine.")])
        assert [(type(outcome), outcome.counts) for outcome in outcomes.values()] == [(Lost, False), (Lost, False)]  # type: ignore[union-attr]
        assert runner.free_slots() == 0
        cluster.add(SECOND)
        ready(runner, 2)
        assert all(isinstance(o, Done) for o in run_all(runner, [pack(f"p{i}", "Fine.") for i in range(4)]).values())

    def test_a_driver_that_is_killed_costs_what_is_in_flight_and_another_takes_its_place(self, ray_rig: RayRig) -> None:
        runner = ready(ray_rig.make(), 2)
        runner.submit(long_pack("a", 500))
        (driver,) = ray_rig.cluster.drivers()
        assert os.getpgid(driver) == driver  # Ray signals the group of a driver that went: ours isn't in it
        os.kill(driver, signal.SIGKILL)
        lost = collect(runner, 1)["a"]
        assert lost == Lost(pack_id="a", why="the connection to the cluster was lost: its driver died", counts=False)
        run_all(ready(runner, 2), [pack("b", "Fine.")])

    def test_a_head_that_is_lost_costs_what_is_in_flight_and_its_successor_is_found(self, ray_rig: RayRig) -> None:
        runner, cluster = ready(ray_rig.make(), 2), ray_rig.cluster
        runner.submit(long_pack("a", 5000))
        cluster.kill_head()
        lost = collect(runner, 1)["a"]
        assert isinstance(lost, Lost)
        assert not lost.counts
        cluster.restart(FIRST)
        run_all(ready(runner, 2), [pack("b", "Fine.")])

    def test_a_cluster_that_stays_away_is_an_error_that_says_what_to_check(self, ray_rig: RayRig) -> None:
        with (
            ray_rig.cluster.network(),
            closing(RayRunner("127.0.0.9:1", patience_s=0.1)) as runner,
            pytest.raises(ClusterUnavailable, match=r"127\.0\.0\.9:1 can't be reached.*NARRATE_RAY_ADDRESS"),
        ):
            until(lambda: runner.free_slots() > 0)

    def test_a_wrong_token_is_refused(self, ray_rig: RayRig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RAY_AUTH_TOKEN", "f" * 48)
        with (
            ray_rig.cluster.network(),
            closing(RayRunner(ray_rig.cluster.address, patience_s=6)) as runner,
            pytest.raises(ClusterUnavailable, match="can't be reached"),
        ):
            until(lambda: runner.free_slots() > 0)
