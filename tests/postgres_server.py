"""A real PostgreSQL on loopback, its data in a folder of its own, that can be stopped and started again."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pg8000.native


class RunningPostgres:
    """`url` is its address, without a database's name."""

    def __init__(self, control: Sequence[str], options: str, url: str) -> None:
        self.url = url
        self._control, self._options = control, options

    def start(self) -> None:
        _quietly([*self._control, "-o", self._options, "start"])

    def stop(self) -> None:
        """As a machine that is switched off: whoever is connected isn't waited for."""
        _quietly([*self._control, "-m", "immediate", "stop"])

    def make_database(self) -> str:
        """The address of a new, empty database."""
        name = f"test_{secrets.token_hex(6)}"
        self._say(f"CREATE DATABASE {name}")
        return f"{self.url}/{name}"

    def drop_database(self, url: str) -> None:
        self._say(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        host, port = self.url.rpartition("@")[2].split(":")
        with pg8000.native.Connection("narrate", host=host, port=int(port), database="postgres") as server:
            server.run(statement)


@contextmanager
def running_postgres(*addresses: str) -> Iterator[RunningPostgres]:
    """A server that listens on these addresses of loopback; its `url` has the first."""
    addresses = addresses or ("127.0.0.1",)
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    assert programs[-1].name == "initdb", "PostgreSQL is missing: make test installs it, or apt-get install postgresql"
    bin_folder = programs[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="narrate-pg-"))
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to run as root
    if as_postgres:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    _quietly([*as_postgres, str(bin_folder / "initdb"), "-D", data, "-A", "trust", "-U", "narrate"])
    with socket.create_server((addresses[0], 0)) as free:  # at the last moment, so that nobody else gets it meanwhile
        port = free.getsockname()[1]
    listen = f"-c listen_addresses={','.join(addresses)} -c port={port}"
    options = f"{listen} -c unix_socket_directories={folder} -c fsync=off"
    control = [*as_postgres, str(bin_folder / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log")]
    server = RunningPostgres(control, options, f"postgresql://narrate@{addresses[0]}:{port}")
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _quietly(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
