"""Work that could kill or hang its process -> child processes, one piece of work each at a time.

A post that makes its reader or its encoder crash, or eat all memory, costs that child and is known by name; nothing
else suffers. Children start when they are needed, end with the parent, however it ends, and are made anew now and
then, so that no library's leak adds up.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as Overdue
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path
from queue import LifoQueue
from typing import ParamSpec, TypeVar

from narrate import allocator, logs
from narrate.errors import WorkerLost

P = ParamSpec("P")
T = TypeVar("T")

_PIECES_EACH = 500
_START_WITHIN_S = 120.0
_CLOSED = "the workshop was closed"
_STARTS = 5  # of a child that dies before it has begun with anything


class Workshop:
    """Seats for `n_seats` pieces of work at once. Safe for threads.

    `memory_bytes`: what a child, and each child of its own, may have as data (RLIMIT_DATA); 0 for as much as there is.
    """

    def __init__(self, n_seats: int, memory_bytes: int = 0) -> None:
        self._seats = [_Seat(memory_bytes) for _ in range(n_seats)]
        self._free: LifoQueue[_Seat] = LifoQueue()  # the seat that is warm first
        for seat in self._seats:
            self._free.put(seat)

    def run(self, deadline_s: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have `work` done in a child (once a seat is free) and return what it returns, or raise what it raises.

        Raises WorkerLost when the child died, or was killed because it took longer than `deadline_s`.
        """
        seat = self._free.get()
        try:
            return seat.run(deadline_s, work, *args, **kwargs)
        finally:
            self._free.put(seat)

    def pids(self) -> list[int]:
        """The children there are now."""
        return [seat.pid for seat in self._seats if seat.pid is not None]

    def close(self) -> None:
        """Kill every child; what they were at raises WorkerLost."""
        for seat in self._seats:
            seat.kill()


class _Seat:
    """One child, and its replacement when it is gone. Used by one thread at a time; `kill` by any."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self.pid: int | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._n_pieces = 0
        self._is_closed = False

    def run(self, deadline_s: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        pool = self._ready()
        n_oom_kills = _n_oom_kills()
        try:
            future: Future[T] = self._ask(pool, logs.in_manner, logs.manner(), work, *args, **kwargs)
            return future.result(timeout=deadline_s)
        except CancelledError as error:
            raise WorkerLost(_CLOSED, was_killed=True) from error
        except Overdue as error:
            self.discard()
            raise WorkerLost(f"its process made no progress in {deadline_s:.0f} s and was killed") from error
        except MemoryError as error:
            self.discard()
            raise WorkerLost(
                f"its process needed more than {self._memory_bytes / 1e9:g} GB (child_memory_gb)"
            ) from error
        except BrokenProcessPool as error:
            status = self.discard()
            if status != -signal.SIGKILL:
                raise WorkerLost(f"its process crashed with status {status}") from error
            if _n_oom_kills() != n_oom_kills:
                raise WorkerLost("its process was killed for want of memory") from error
            raise WorkerLost("somebody killed its process", was_killed=True) from error

    def kill(self) -> None:
        self._is_closed = True
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def discard(self) -> int | None:
        """Leave no child; the exit status of the one there was."""
        pool, pid, self._pool, self.pid = self._pool, self.pid, None, None
        child = next(iter((pool._processes or {}).values()), None) if pool is not None else None
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        return child.exitcode if child is not None else None

    def _ready(self) -> ProcessPoolExecutor:
        """A child that answers: one that died while it had nothing to do, or as it started, is no post's fault."""
        for _ in range(_STARTS):
            if self._is_closed:
                break
            try:
                if self._pool is None or self._n_pieces >= _PIECES_EACH:
                    self.discard()
                    spawn = multiprocessing.get_context("spawn")
                    self._pool = ProcessPoolExecutor(
                        1, mp_context=spawn, initializer=_live_with_parent, initargs=(self._memory_bytes,)
                    )
                    self._n_pieces = 0
                if self._is_closed:  # meanwhile: `kill` may have come before there was anything to kill
                    self.discard()
                    break
                self.pid = self._ask(self._pool, os.getpid).result(timeout=_START_WITHIN_S)
                self._n_pieces += 1
                return self._pool
            except (BrokenProcessPool, Overdue, CancelledError):
                self.discard()
        raise WorkerLost(_CLOSED if self._is_closed else "no process could be started for it", was_killed=True)

    def _ask(self, pool: ProcessPoolExecutor, work: Callable[..., T], *args: object, **kwargs: object) -> Future[T]:
        """Raises WorkerLost when `kill` was faster, BrokenProcessPool when the child is gone."""
        try:
            return pool.submit(work, *args, **kwargs)
        except RuntimeError as error:  # what a pool that was shut down raises; one that broke raises a kind of it
            if isinstance(error, BrokenProcessPool) or not self._is_closed:
                raise
            raise WorkerLost(_CLOSED, was_killed=True) from error


def _n_oom_kills() -> int:
    """How often this system has killed a process for want of memory (Linux); 0 where it doesn't tell."""
    with suppress(OSError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def _live_with_parent(memory_bytes: int) -> None:
    """In the child: Ctrl-C is the parent's to answer, the parent's end is ours, and memory has an end, too."""
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    allocator.give_back()
    parent = multiprocessing.parent_process()
    assert parent is not None, "this runs in a child"

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="watch the parent", daemon=True).start()
