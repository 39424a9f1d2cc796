"""A child process that is spoken to in frames over its stdin and stdout, and never waited for without a deadline."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from voices.wire import Header, read_frame

_KEPT_STDERR_BYTES = 2000


class Process:
    """`python -m module *arguments`, running. Its stderr is kept for its last words.

    Whatever ends it, `write` and `read` raise EOFError or OSError; TimeoutError when nothing moves for `deadline_s`.
    It is killed without ceremony: `kill` from any thread, `discard` from the one that reads. `apart`: it has a process
    group of its own, for what kills whole groups.
    """

    def __init__(
        self, module: str, *arguments: str, deadline_s: float, env: Mapping[str, str], apart: bool = False
    ) -> None:
        self._deadline_s = deadline_s
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
            env=dict(env),
            start_new_session=apart,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        os.set_blocking(self._stdin.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def write(self, frame: bytes) -> None:
        """Send a frame."""
        unsent = memoryview(frame)
        while unsent:
            self._wait(self._stdin.fileno(), select.POLLOUT)
            unsent = unsent[os.write(self._stdin.fileno(), unsent) :]

    def read(self) -> tuple[Header, bytes]:
        """The next frame."""
        return read_frame(self._read)

    def kill(self) -> None:
        """End it, whatever it does; who reads or writes is told."""
        self._process.kill()

    def discard(self) -> None:
        """Nothing is left: no process, no pipe, no file."""
        self._process.kill()
        self._process.wait()
        for file in (self._stdin, self._stdout, self._complaints):
            file.close()

    def last_words(self) -> str:
        """The last line it wrote to stderr, as the end of a sentence; "" when it wrote none."""
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(size - _KEPT_STDERR_BYTES, 0))
        lines = self._complaints.read().decode(errors="replace").split("\n")
        return next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")

    def _read(self, n_bytes: int) -> bytes:
        data = bytearray()
        while len(data) < n_bytes:
            self._wait(self._stdout.fileno(), select.POLLIN)
            part = os.read(self._stdout.fileno(), n_bytes - len(data))
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
