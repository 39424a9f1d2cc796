"""Packs -> sounds in child processes of this machine, one for each slot. A child that dies loses its pack, no more."""

from __future__ import annotations

from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread

from narrate.audio.packs import Outcome, Pack
from narrate.work.runners.child import Child


class LocalRunner:
    """A `narrate.audio.packs.Runner`. Children start with the first pack that needs them, and end with `close`.

    `deadline_s`: a child that gives no sign of life for so long is killed, and its pack is Lost. Loading an engine
    counts, so it must be longer than that. `memory_bytes`: what a child may have as data; 0 for as much as there is.
    """

    def __init__(self, n_slots: int, deadline_s: float = 120.0, memory_bytes: int = 0) -> None:
        if n_slots < 1:
            raise ValueError(f"a runner needs at least one slot, not {n_slots}")
        self._outcomes: SimpleQueue[Outcome] = SimpleQueue()
        self._slots = [_Slot(deadline_s, memory_bytes, self._outcomes) for _ in range(n_slots)]
        self._n_in_flight = 0
        self._is_closed = False

    def free_slots(self) -> int:
        return 0 if self._is_closed else sum(not slot.is_busy for slot in self._slots)

    def submit(self, pack: Pack) -> None:
        for slot in self._slots:
            if not slot.is_busy and not self._is_closed:
                self._n_in_flight += 1
                slot.start(pack)
                return
        raise RuntimeError("no free slot: ask free_slots() before submit()")

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        try:
            if self._n_in_flight:
                outcomes.append(self._outcomes.get(timeout=max(timeout_s, 0.0)))
            while True:
                outcomes.append(self._outcomes.get_nowait())
        except Empty:
            self._n_in_flight -= len(outcomes)
            return outcomes

    def close(self) -> None:
        self._is_closed = True
        for slot in self._slots:
            slot.stop()
        for slot in self._slots:
            slot.join()
        self._outcomes, self._n_in_flight = SimpleQueue(), 0


class _Slot:
    """A child and the thread that waits for it, so that no pipe ever fills up while the caller is busy elsewhere."""

    def __init__(self, deadline_s: float, memory_bytes: int, outcomes: SimpleQueue[Outcome]) -> None:
        self.is_busy = False
        self._child = Child(deadline_s, memory_bytes)
        self._outcomes = outcomes
        self._packs: SimpleQueue[Pack | None] = SimpleQueue()
        self._thread: Thread | None = None

    def start(self, pack: Pack) -> None:
        self.is_busy = True
        self._packs.put(pack)
        if self._thread is None:
            self._thread = Thread(target=self._serve, name="narrate-slot", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._packs.put(None)
        self._child.interrupt()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _serve(self) -> None:
        while (pack := self._packs.get()) is not None:
            outcome = self._child.speak(pack)
            self.is_busy = False  # before the outcome can be seen: who sees it may submit again
            self._outcomes.put(outcome)
        self._child.discard()
