"""What every test shares."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

import feeds
from narrate.samples import posts_folder
from narrate.samples.forum import ForumData, RunningForum, running_forum
from tests.ray_cluster import FIRST, SECOND, RayCluster


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own environment says about narrate is nobody's business in a test."""
    for name in [name for name in os.environ if name.startswith("NARRATE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def covers_are_drawn_once() -> Iterator[None]:
    """The same cover isn't drawn again for every test: drawing is pure, and takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("draw_cover", "draw_show_cover"):
            patch.setattr(feeds, name, cache(getattr(feeds, name)))
        yield


@pytest.fixture(scope="session")
def forum_server() -> Iterator[RunningForum]:
    """One fake forum for all tests of this process; use `forum`."""
    with running_forum(control=True) as running:
        yield running


@pytest.fixture
def forum(forum_server: RunningForum) -> RunningForum:
    """A fake ForumMagnum on loopback with the sample posts, no faults, nothing seen; `reset` gives it other posts."""
    forum_server.reset(ForumData.from_folder(posts_folder()))
    return forum_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL on loopback, its data in a folder of its own; use `postgres_url`."""
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


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[RayCluster]:
    """A Ray cluster on loopback: a head and two nodes. Whoever kills one of them puts another in its place.

    Mark what uses it `xdist_group("ray")`: it takes a quarter of a minute to come up, so one process shall have it.
    """
    with closing(RayCluster()) as cluster:
        cluster.restart(FIRST, SECOND)
        yield cluster


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    import pg8000.native

    name = f"test_{secrets.token_hex(6)}"
    host, port = postgres_server.rpartition("@")[2].split(":")
    with pg8000.native.Connection("narrate", host=host, port=int(port), database="postgres") as server:
        server.run(f"CREATE DATABASE {name}")
        yield f"{postgres_server}/{name}"
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database address of each kind we support."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'any.db'}"
