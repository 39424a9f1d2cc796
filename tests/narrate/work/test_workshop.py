"""Work in children: what one returns or raises comes back, and whoever dies or hangs is named and replaced."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from narrate.errors import PostEmpty, WorkerLost
from narrate.work.workshop import Workshop

pytestmark = pytest.mark.slow


def divide(a: int, b: int) -> float:
    return a / b


def refuse() -> None:
    raise PostEmpty("nothing to read aloud")


def crash() -> None:
    ctypes.string_at(0)


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    made = Workshop(1)
    yield made
    made.close()


def test_what_is_returned_or_raised_comes_back(workshop: Workshop) -> None:
    assert workshop.run(60, divide, 6, 3) == 2.0
    with pytest.raises(PostEmpty, match="nothing to read"):
        workshop.run(60, refuse)
    with pytest.raises(ZeroDivisionError):
        workshop.run(60, divide, 6, 0)


def test_a_piece_that_crashes_its_child_is_told_from_one_whose_child_was_killed(workshop: Workshop) -> None:
    with pytest.raises(WorkerLost, match="crashed") as crashed:
        workshop.run(60, crash)
    assert not crashed.value.was_killed
    with pytest.raises(WorkerLost, match="somebody killed") as killed:
        workshop.run(60, be_killed)
    assert killed.value.was_killed


def test_a_piece_that_takes_too_long_is_killed_and_the_next_goes_on(workshop: Workshop) -> None:
    with pytest.raises(WorkerLost, match="no progress in 1 s"):
        workshop.run(1, time.sleep, 30)
    assert workshop.run(60, divide, 6, 3) == 2.0


def test_a_child_that_dies_while_idle_costs_nothing(workshop: Workshop) -> None:
    workshop.run(60, divide, 1, 1)
    (pid,) = workshop.pids()
    os.kill(pid, signal.SIGKILL)
    assert workshop.run(60, divide, 6, 3) == 2.0


@pytest.mark.parametrize(
    "moment", ["before the child is made", "before the child is asked", "before the work is begun"]
)
def test_whoever_is_at_the_door_when_it_closes_is_told_so(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    shop = Workshop(1)

    class Pool(ProcessPoolExecutor):
        n_asked = 0

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if moment == "before the child is made":  # and before `close` can see that one will be
                shop.close()

        def submit(self, *args: Any, **kwargs: Any) -> Any:
            self.n_asked += 1
            if moment == ("before the child is asked", "before the work is begun")[self.n_asked - 1]:
                shop.close()
            return super().submit(*args, **kwargs)

    monkeypatch.setattr("narrate.work.workshop.ProcessPoolExecutor", Pool)
    before = set(multiprocessing.active_children())
    with pytest.raises(WorkerLost, match="the workshop was closed") as lost:
        shop.run(60, divide, 6, 3)
    assert lost.value.was_killed
    deadline = time.monotonic() + 20
    while set(multiprocessing.active_children()) - before:
        assert time.monotonic() < deadline, "a child was left behind"
        time.sleep(0.02)


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import time\nfrom narrate.work.workshop import Workshop\n"
        "if __name__ == '__main__':\n"
        "    shop = Workshop(1)\n    shop.run(60, abs, -1)\n    print(*shop.pids(), flush=True)\n    time.sleep(60)\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(code)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
