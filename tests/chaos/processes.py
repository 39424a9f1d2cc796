"""The service's own processes, started again whenever they end, and those below them, to be killed by kind."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

_RESTART_S = 0.1
_PR_SET_PDEATHSIG = 1


class Supervised:
    """`python -m narrate …`, begun again when it ends, as systemd would, until `stop`."""

    def __init__(self, arguments: list[str], env: Mapping[str, str], log: Path) -> None:
        self._arguments, self.env, self._log = arguments, dict(env), log
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self.max_file_bytes: int | None = None  # of the next start: a disk that is full for every larger file
        self.exit_codes: list[int] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def stop(self, within_s: float = 60) -> int:
        """End it with SIGTERM; its exit code. Raises TimeoutExpired when it doesn't end.

        One that has just been begun again is given time to listen: before, a signal ends it as it ends any process.
        """
        deadline = time.monotonic() + within_s
        while not (self._stopping.is_set() or catches(self.pid, signal.SIGTERM)) and time.monotonic() < deadline:
            time.sleep(0.02)
        self._stopping.set()
        process = self._process
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(within_s)
        finally:
            process.kill()
            self._thread.join()

    def _run(self) -> None:
        with self._log.open("ab") as log:
            while not self._stopping.is_set():
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "narrate", *self._arguments],
                    env=self.env, stdout=log, stderr=log, preexec_fn=self._limit, start_new_session=True,
                )  # fmt: skip
                self.exit_codes.append(self._process.wait())
                self._stopping.wait(_RESTART_S)

    def _limit(self) -> None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # a run that is broken off leaves nothing behind
        if self.max_file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.max_file_bytes, resource.RLIM_INFINITY))


def below(pid: int | None) -> Iterator[tuple[int, bytes]]:
    """(pid, command line) of every process that descends from one."""
    if pid is None:
        return
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                with suppress(OSError):
                    yield int(child), Path(f"/proc/{child}/cmdline").read_bytes()
                yield from below(int(child))


def catches(pid: int | None, number: int) -> bool:
    """Whether a process has its own answer to a signal (proc_pid_status(5), SigCgt)."""
    if pid is None:
        return False
    with suppress(OSError):
        caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        return caught is not None and bool(int(caught[1], 16) >> (number - 1) & 1)
    return False


def speaking(pid: int | None) -> list[int]:
    return [child for child, command in below(pid) if b"voices.worker" in command]


def reading_or_encoding(pid: int | None) -> list[int]:
    """Children of the workshops, and the ffmpegs below them."""
    return [child for child, command in below(pid) if b"spawn_main" in command or b"ffmpeg" in command]


def kill(pid: int) -> bool:
    """False when it was gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def wait_until(is_so: object, within_s: float, what: str) -> None:
    assert callable(is_so)
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.05)
