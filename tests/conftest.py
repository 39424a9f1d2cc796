"""What every test shares."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings

import feeds
from narrate import logs
from narrate.samples import posts_folder
from narrate.samples.forum import ForumData, RunningForum, running_forum
from tests.postgres_server import RunningPostgres, running_postgres
from tests.ray_cluster import FIRST, SECOND, RayCluster
from tests.s3_server import S3Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Examples are the same in every run, and may take as long as a busy machine needs: what a run finds is of what it
# tests. Others are looked for with `pytest --hypothesis-profile=default`.
settings.register_profile(
    "narrate", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("narrate")

_DAY_S = 86_400
_A_TEST_S = 60  # what a test of a day takes at most


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


@pytest.fixture(autouse=True)
def _no_log_outlives_its_test() -> Iterator[None]:
    """A command that was run here has let lines go to this test's stderr, which is closed when the next one logs."""
    yield
    root = logging.getLogger()
    if ours := [handler for handler in root.handlers if isinstance(handler, logs._Handler)]:
        root.handlers[:] = [handler for handler in root.handlers if handler not in ours]
        structlog.reset_defaults()
        logs._started = None


@pytest.fixture
def one_day() -> None:
    """No midnight (UTC) falls into the test: shortly before one, it waits for the new day."""
    left_s = _DAY_S - time.time() % _DAY_S
    if left_s < _A_TEST_S:
        time.sleep(left_s)


@pytest.fixture
def logs_of_a_test() -> Iterator[None]:
    """Logging that is started here ends here; nobody else's server has told it to be quiet."""
    before, level = logging.getLogger().handlers[:], logging.getLogger().level
    servers = logging.getLogger("uvicorn.error")
    quiet = servers.level
    servers.setLevel(logging.NOTSET)
    yield
    servers.setLevel(quiet)
    logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logs._started = None


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
def postgres_server() -> Iterator[RunningPostgres]:
    """A real PostgreSQL on loopback, its data in a folder of its own; use `postgres_url`."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[RayCluster]:
    """A Ray cluster on loopback: a head and two nodes. Whoever kills one of them puts another in its place.

    Mark what uses it `xdist_group("ray")`: it takes a quarter of a minute to come up, so one process shall have it.
    """
    with closing(RayCluster()) as cluster:
        cluster.restart(FIRST, SECOND)
        yield cluster


@pytest.fixture(scope="module")  # one Playwright at a time in a process
def browser() -> Iterator[Browser]:
    """A real Chromium; mark what uses it `browser`."""
    from tests.chromium import chromium  # a test without one shall not wait for Playwright

    with chromium() as opened:
        yield opened


@pytest.fixture
def postgres_url(postgres_server: RunningPostgres) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    url = postgres_server.make_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A real S3 protocol on loopback; use `s3_url`."""
    with closing(S3Server()) as server:
        yield server


@pytest.fixture
def s3_url(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty place on S3; the environment says how to get there."""
    for name, value in s3_server.env.items():
        monkeypatch.setenv(name, value)
    bucket = f"test-{secrets.token_hex(6)}"
    s3_server.make_bucket(bucket)
    return f"s3://{bucket}/narrate"


@pytest.fixture(params=["sqlite", "postgres"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database address of each kind we support."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'any.db'}"
