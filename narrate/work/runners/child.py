"""One worker process: a pack in, its outcome out. Whatever happens to the process, there is an outcome."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
from threading import Lock
from typing import IO

from narrate.audio.packs import Done, Failed, Lost, Outcome, Pack
from voices import Spoken
from voices.wire import Header, pack_lines, read_frame, unpack_spoken

_KEPT_STDERR_BYTES = 2000


class Child:
    """A `voices.worker`, started with its first pack and again after it died.

    Belongs to one thread, except `interrupt`, which any thread may call to end a `speak` that is running. A worker
    holds nothing but what it is saying, so it is killed without ceremony.
    """

    def __init__(self, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._lock = Lock()
        self._is_interrupted = False

    def speak(self, pack: Pack) -> Outcome:
        """Done, Failed with the engine's reason, or Lost when the process died or made no progress in time."""
        try:
            process = self._running()
            self._write(process, pack_lines(pack.voice_id, pack.lines))
            return self._collect(process, pack)
        except TimeoutError:
            why = f"the speaking process made no progress in {self._deadline_s:g} s and was killed"
        except (EOFError, OSError):
            why = f"the speaking process died{self._last_words()}"
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
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_interrupted:
                raise EOFError
            if self._process is None:
                self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "voices.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._complaints,
                    bufsize=0,
                    env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # as many processes as cores: threads only cost
                )
                assert self._process.stdin is not None
                os.set_blocking(self._process.stdin.fileno(), False)
            return self._process

    def _write(self, process: subprocess.Popen[bytes], request: bytes) -> None:
        assert process.stdin is not None
        descriptor = process.stdin.fileno()
        unsent = memoryview(request)
        while unsent:
            self._wait(descriptor, select.POLLOUT)
            unsent = unsent[os.write(descriptor, unsent) :]

    def _collect(self, process: subprocess.Popen[bytes], pack: Pack) -> Outcome:
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        spoken: list[Spoken] = []
        while True:
            header, payload = read_frame(lambda n_bytes: self._read(descriptor, n_bytes))
            if "spoken" in header:
                spoken.append(unpack_spoken(header, payload))
            else:
                return _conclude(pack, spoken, header)

    def _read(self, descriptor: int, n_bytes: int) -> bytes:
        data = bytearray()
        while len(data) < n_bytes:
            self._wait(descriptor, select.POLLIN)
            part = os.read(descriptor, n_bytes - len(data))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    def _wait(self, descriptor: int, event: int) -> None:
        """Until the pipe is ready; TimeoutError after the deadline. Poll, not select: descriptors may pass 1024."""
        poll = select.poll()
        poll.register(descriptor, event)
        if not poll.poll(self._deadline_s * 1000):
            raise TimeoutError

    def _last_words(self) -> str:
        """The last line the process wrote to stderr, as the end of a sentence; "" when it wrote none."""
        if self._complaints is None:
            return ""
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(size - _KEPT_STDERR_BYTES, 0))
        lines = self._complaints.read().decode(errors="replace").split("\n")
        return next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")


def _conclude(pack: Pack, spoken: list[Spoken], header: Header) -> Outcome:
    if "failed" in header:
        return Failed(pack_id=pack.id, why=header["failed"], retryable=header["retryable"], line_id=header["line_id"])
    if sorted(said.line_id for said in spoken) != sorted(line.id for line in pack.lines):
        return Failed(pack_id=pack.id, why="the engine didn't say every line exactly once", retryable=False)
    return Done(pack_id=pack.id, spoken=tuple(spoken))
