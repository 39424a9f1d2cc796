"""The local runner beyond the contract: what becomes of its children when nobody can close it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from narrate.audio.packs import Done, Failed, Lost, Pack
from narrate.work.runners.child import Child
from narrate.work.runners.cluster import RayRunner
from narrate.work.runners.local import LocalRunner
from voices import Line

HELLO = Pack(id="p", voice_id="tone", lines=(Line(id="x", text="Hello.", speaker="hum"),))


@pytest.mark.slow
def test_children_end_when_their_parent_is_killed() -> None:
    script = (
        "import os, time\n"
        "from narrate.work.runners.local import LocalRunner\n"
        "from narrate.audio.packs import Pack\n"
        "from voices import Line\n"
        "lines = tuple(Line(id=str(i), text='Some words to say. ' * 10, speaker='rms') for i in range(500))\n"
        "runner = LocalRunner(2)\n"
        "for name in 'ab': runner.submit(Pack(id=name, voice_id='flite-rms', lines=lines))\n"
        "children = []\n"
        "while len(children) < 2: children = [s._child.pid for s in runner._slots if s._child.pid]\n"
        "print(*children, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(children) == 2
        assert all(_is_running(pid) for pid in children)
        os.kill(parent.pid, signal.SIGKILL)
    end = time.monotonic() + 30
    while any(_is_running(pid) for pid in children):
        assert time.monotonic() < end
        time.sleep(0.02)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_no_child_starts_before_it_is_needed() -> None:
    before = _children()  # of other tests in this process: multiprocessing's own helper stays
    with closing(LocalRunner(3)) as runner:
        assert _children() <= before  # one of theirs may end just now
        runner.submit(HELLO)
        while not runner.wait(20):
            pass
        assert len(_children() - before) == 1


def _children() -> set[int]:
    found: set[int] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            found.update(map(int, file.read_text().split()))
    return found


def test_what_a_dying_child_says_last_is_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "narrate.work.runners.process.sys.executable", _program(tmp_path, "echo out of memory >&2; exit 3")
    )
    outcome = Child(deadline_s=20).speak(HELLO)
    assert outcome == Lost(pack_id="p", why="the speaking process died: out of memory")


def test_an_engine_that_skips_a_line_fails_the_pack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = r"""printf '\0\0\0\012\0\0\0\0{"done":1}'; sleep 5"""
    monkeypatch.setattr("narrate.work.runners.process.sys.executable", _program(tmp_path, done))
    child = Child(deadline_s=20)
    outcome = child.speak(HELLO)
    child.discard()
    assert isinstance(outcome, Failed)
    assert outcome.why == "the engine didn't say every line exactly once"


@pytest.mark.parametrize(
    "rubbish",
    [
        "echo INFO: the model is loaded",
        r"""printf '\0\0\0\004\0\0\0\0nope'""",
        r"""printf '\0\0\0\012\0\0\0\0{"who":1}\n'""",
        r"""printf '\0\0\0\016\0\0\0\003{"spoken":"x"}odd'""",
    ],
    ids=["chatter", "no JSON", "no answer", "no sound"],
)
def test_a_child_that_raves_loses_its_pack_and_another_takes_its_place(
    rubbish: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with closing(LocalRunner(1)) as runner:
        with monkeypatch.context() as patch:
            patch.setattr("narrate.work.runners.process.sys.executable", _program(tmp_path, f"{rubbish}; sleep 5"))
            runner.submit(HELLO)
            (lost,) = runner.wait(20)
        assert lost == Lost(pack_id="p", why="the speaking process answered what can't be read and was killed")
        runner.submit(HELLO)
        (done,) = runner.wait(20)
    assert isinstance(done, Done)


def test_a_driver_that_raves_costs_what_is_in_flight_and_is_started_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    free = r"""printf '\0\0\0\012\0\0\0\0{"free":1}'; head -c 30 > /dev/null"""
    chatter = _program(tmp_path, f"{free}; echo INFO: this is a driver; sleep 5")
    monkeypatch.setattr("narrate.work.runners.process.sys.executable", chatter)
    with closing(RayRunner("127.0.0.9:1")) as runner:
        for _ in range(2):
            runner.submit(_when_free(runner))
            assert list(runner.wait(20)) == [
                Lost(
                    pack_id="p",
                    why="the connection to the cluster was lost: its driver answered what can't be read and was killed",
                    counts=False,
                )
            ]


def test_an_actor_that_raves_loses_its_pack_and_is_to_blame(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    free = r"""printf '\0\0\0\012\0\0\0\0{"free":1}'; head -c 30 > /dev/null"""
    raving = r"""printf '\0\0\0\012\0\0\0\015{"of":"p"}INFO: loading'"""
    dead = r"""printf '\0\0\0\052\0\0\0\0{"lost":"p","why":"it died","counts":true}'"""
    driver = _program(tmp_path, f"{free}; {raving}; {raving}; {dead}; {free}; sleep 5")
    monkeypatch.setattr("narrate.work.runners.process.sys.executable", driver)
    with closing(RayRunner("127.0.0.9:1")) as runner:
        runner.submit(_when_free(runner))
        assert list(runner.wait(20)) == [Lost(pack_id="p", why="the speaking process answered what can't be read")]
        _when_free(runner)  # and the driver lives


def _when_free(runner: RayRunner) -> Pack:
    end = time.monotonic() + 20
    while not runner.free_slots():
        assert time.monotonic() < end
        time.sleep(0.02)
    return HELLO


def test_an_interrupted_child_is_not_started_again() -> None:
    child = Child(deadline_s=20)
    child.interrupt()
    assert isinstance(child.speak(HELLO), Lost)


def _program(folder: Path, script: str) -> str:
    """A stand-in for the interpreter that ignores its arguments."""
    path = folder / "worker"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)
