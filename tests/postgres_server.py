"""A real PostgreSQL on loopback, its data in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_postgres() -> Iterator[str]:
    """Its address, without a database's name."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    assert programs[-1].name == "initdb", "PostgreSQL is missing: make test installs it, or apt-get install postgresql"
    bin_folder = programs[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="narrate-pg-"))
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to run as root
    if as_postgres:
        shutil.chown(folder, "postgres")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = str(folder / "data")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    control = [*as_postgres, str(bin_folder / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log")]
    quietly = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*as_postgres, str(bin_folder / "initdb"), "-D", data, "-A", "trust", "-U", "narrate"], **quietly)  # type: ignore[call-overload]
    subprocess.run([*control, "-o", options, "start"], **quietly)  # type: ignore[call-overload]
    try:
        yield f"postgresql://narrate@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quietly)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)
