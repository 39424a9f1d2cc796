"""One worker process: a pack in, its outcome out. Whatever happens to the process, there is an outcome."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from threading import Lock

from narrate.audio.packs import Done, Failed, Lost, Outcome, Pack
from narrate.work.runners.process import Process
from voices import Spoken
from voices.wire import BadFrame, Header, as_frame, pack_lines, unpack_spoken


class Child:
    """A `voices.worker`, started with its first pack and again after it died.

    Belongs to one thread, except `interrupt`, which any thread may call to end a `speak` that is running. A worker
    holds nothing but what it is saying, so it is killed without ceremony.
    """

    def __init__(self, deadline_s: float, memory_bytes: int = 0) -> None:
        self._deadline_s, self._memory_bytes = deadline_s, memory_bytes
        self._process: Process | None = None
        self._lock = Lock()
        self._is_interrupted = False

    @property
    def pid(self) -> int | None:
        """The process's id, None while there is none."""
        with self._lock:
            return self._process.pid if self._process else None

    def speak(self, pack: Pack) -> Outcome:
        """Done, Failed with the engine's reason, or Lost: the process died, made no progress in time, or raved."""
        try:
            process = self._running()
            process.write(pack_lines(pack.voice_id, pack.lines))
            return self._collect(process, pack)
        except TimeoutError:
            why = f"the speaking process made no progress in {self._deadline_s:g} s and was killed"
        except BadFrame:
            why = "the speaking process answered what can't be read and was killed"
        except (EOFError, OSError):
            why = f"the speaking process died{self._process.last_words() if self._process else ''}"
        self.discard()
        return Lost(pack_id=pack.id, why=why)

    def interrupt(self) -> None:
        """Kill the process, whatever it does; a running `speak` returns Lost. It isn't started again."""
        with self._lock:
            self._is_interrupted = True
            if self._process is not None:
                self._process.kill()

    def discard(self) -> None:
        """Nothing is left: no process, no pipe, no file."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.discard()

    def _running(self) -> Process:
        with self._lock:
            if self._is_interrupted:
                raise EOFError
            if self._process is None:
                env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as many processes as cores: threads only cost
                self._process = Process("voices.worker", deadline_s=self._deadline_s, env=env)
                if self._memory_bytes and hasattr(
                    resource, "prlimit"
                ):  # Linux; data, so that a GPU's addresses don't count
                    resource.prlimit(self._process.pid, resource.RLIMIT_DATA, (self._memory_bytes, self._memory_bytes))
            return self._process

    def _collect(self, process: Process, pack: Pack) -> Outcome:
        spoken: list[Spoken] = []
        while True:
            header, payload = process.read()
            if "spoken" in header:
                spoken.append(unpack_spoken(header, payload))
            else:
                return conclude(pack, spoken, header)


def conclude(pack: Pack, spoken: Sequence[Spoken], last: Header) -> Done | Failed:
    """What a worker said in answer to a pack, its last frame's header apart -> how the pack ended. Raises BadFrame."""
    with as_frame():
        if "failed" in last:
            return Failed(pack_id=pack.id, why=last["failed"], retryable=last["retryable"], line_id=last["line_id"])
        if last["done"] != len(pack.lines):
            raise BadFrame(f"no end of a pack of {len(pack.lines)} lines: {last!r:.80}")
    if sorted(said.line_id for said in spoken) != sorted(line.id for line in pack.lines):
        return Failed(pack_id=pack.id, why="the engine didn't say every line exactly once", retryable=False)
    return Done(pack_id=pack.id, spoken=tuple(spoken))
