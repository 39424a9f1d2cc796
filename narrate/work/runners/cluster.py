"""Packs -> sounds on the machines of a Ray cluster, which may come and go. Ray itself lives in ray_driver.py."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from queue import Empty, SimpleQueue
from threading import Condition, Thread

import structlog

from narrate.audio.packs import Lost, Outcome, Pack
from narrate.errors import ClusterUnavailable
from narrate.work.runners.child import conclude
from narrate.work.runners.process import Process
from voices import Spoken
from voices.wire import BadFrame, Header, as_frame, pack_frame, pack_lines, read_frame, unpack_spoken
from voices.worker import exactly

_DRIVER_SILENT_S = 60.0  # it says something every two seconds, unless it is just connecting
_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # before the next try to connect

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a cluster. `n_actors` None: as many as its nodes have room for."""

    address: str  # host:port of the head
    n_actors: int | None = None
    num_cpus: float = 1.0  # that one actor takes, as are the GPUs
    num_gpus: float = 0.0
    deadline_s: float = 120.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(slots=True)
class _Flight:
    pack: Pack
    spoken: list[Spoken] = field(default_factory=list)


class RayRunner:
    """A `narrate.audio.packs.Runner`. A thread keeps a connection to the cluster (one driver process) for ever.

    When the head, the driver or this machine's node is lost, what is in flight is Lost, without blame, and the next
    connection is tried with growing pauses. `free_slots` and `wait` raise ClusterUnavailable when there has been none
    for `patience_s`. `deadline_s`: an actor that says nothing for so long is killed; loading an engine counts.
    """

    def __init__(
        self,
        address: str,
        n_slots: int | None = None,
        *,
        num_cpus: float = 1.0,
        num_gpus: float = 0.0,
        deadline_s: float = 120.0,
        patience_s: float = 90.0,
    ) -> None:
        if n_slots is not None and n_slots < 1:
            raise ValueError(f"a runner needs at least one slot, not {n_slots}")
        self._wish = Wish(
            address=address, n_actors=n_slots, num_cpus=num_cpus, num_gpus=num_gpus, deadline_s=deadline_s
        )
        self._patience_s = patience_s
        self._outcomes: SimpleQueue[Outcome] = SimpleQueue()
        self._changed = Condition()
        self._driver: Process | None = None
        self._flights: dict[str, _Flight] = {}
        self._n_free = 0
        self._n_unseen = 0  # packs whose outcome `wait` hasn't given out
        self._is_closed = False
        self._alone_since_s: float | None = time.monotonic()
        self._trouble = "its driver is still starting"
        self._thread = Thread(target=self._keep_connected, name="narrate-cluster", daemon=True)
        self._thread.start()

    def free_slots(self) -> int:
        with self._changed:
            self._check()
            return self._n_free

    def submit(self, pack: Pack) -> None:
        with self._changed:
            if self._n_free < 1 or self._driver is None:
                raise RuntimeError("no free slot: ask free_slots() before submit()")
            self._n_free -= 1
            self._n_unseen += 1
            self._flights[pack.id] = _Flight(pack)
            try:
                self._driver.write(pack_frame({"pack": pack.id}, pack_lines(pack.voice_id, pack.lines)))
            except OSError:
                return  # the thread that reads notices the same, and says what is lost

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        try:
            if self._n_unseen:
                outcomes.append(self._outcomes.get(timeout=max(timeout_s, 0.0)))
            while True:
                outcomes.append(self._outcomes.get_nowait())
        except Empty:
            with self._changed:
                self._n_unseen -= len(outcomes)
                if not outcomes:
                    self._check()
            return outcomes

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            if self._driver is not None:
                self._driver.kill()
            self._changed.notify_all()
        self._thread.join()
        self._outcomes, self._n_unseen = SimpleQueue(), 0

    def _check(self) -> None:
        if self._is_closed or self._alone_since_s is None:
            return
        if time.monotonic() - self._alone_since_s > self._patience_s:
            raise ClusterUnavailable(
                f"The Ray cluster at {self._wish.address} can't be reached: {self._trouble}. Check that its head runs, "
                "that this machine is one of its nodes, and NARRATE_RAY_ADDRESS and RAY_AUTH_TOKEN."
            )

    def _keep_connected(self) -> None:
        n_tries = 0
        while (driver := self._start()) is not None:
            why = "its driver died"
            try:
                while "gone" not in (heard := driver.read())[0]:
                    self._hear(*heard)
                    n_tries = 0
                why = heard[0]["gone"]
            except TimeoutError:
                why = "its driver fell silent and was killed"
            except BadFrame:
                why = "its driver answered what can't be read and was killed"
            except (EOFError, OSError):
                why += driver.last_words() if n_tries else ""  # Ray prints much that is no reason
            self._lose(driver, why)
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed, _PAUSES_S[min(n_tries, len(_PAUSES_S) - 1)])
            n_tries += 1

    def _start(self) -> Process | None:
        """A new driver, None when the runner is closed."""
        with self._changed:
            if self._is_closed:
                return None
            env = {"RAY_AUTH_MODE": "token", "OPENBLAS_NUM_THREADS": "1", **os.environ}
            # Ray's node signals the whole process group of a driver that went: nobody of ours may be in it
            self._driver = Process(
                "narrate.work.runners.ray_driver",
                self._wish.to_json(),
                deadline_s=_DRIVER_SILENT_S,
                env=env,
                apart=True,
            )
            return self._driver

    def _hear(self, header: Header, payload: bytes) -> None:
        with self._changed, as_frame():
            if "free" in header:
                self._n_free += header["free"]
            elif "of" in header:
                self._take_in(header["of"], payload)
            elif "lost" in header:
                if header["lost"] not in self._flights:
                    return  # its answer couldn't be read, and that has ended it
                self._end(Lost(pack_id=header["lost"], why=header["why"], counts=header["counts"]))
            else:
                if self._alone_since_s is not None:
                    log.info("connected to the cluster", address=self._wish.address, **header)
                self._alone_since_s = None

    def _take_in(self, pack_id: str, frame: bytes) -> None:
        flight = self._flights.get(pack_id)
        if flight is None:
            return  # the rest of an answer that couldn't be read
        try:
            header, payload = read_frame(exactly(io.BytesIO(frame)))
            if "spoken" in header:
                flight.spoken.append(unpack_spoken(header, payload))
            else:
                self._end(conclude(flight.pack, flight.spoken, header))
        except EOFError:
            self._end(Lost(pack_id=pack_id, why="the speaking process answered what can't be read"))

    def _end(self, outcome: Outcome) -> None:
        del self._flights[outcome.pack_id]
        self._outcomes.put(outcome)

    def _lose(self, driver: Process, why: str) -> None:
        """The connection is gone, and with it everything that was in flight."""
        with self._changed:
            self._driver, self._n_free, self._trouble = None, 0, why
            if self._alone_since_s is None:
                self._alone_since_s = time.monotonic()
            for pack_id in list(self._flights):
                self._end(Lost(pack_id=pack_id, why=f"the connection to the cluster was lost: {why}", counts=False))
            if not self._is_closed:
                log.warning("no connection to the cluster", address=self._wish.address, why=why)
        driver.discard()
