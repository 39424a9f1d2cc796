"""The crew's threads: what ends late ends nothing else, and a thread that hangs doesn't keep the process."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from obstore.exceptions import GenericError

from narrate.errors import SiteUnfinished, StorageError
from narrate.home import Home, open_home
from narrate.pipeline import Narrated
from narrate.records import PostKey
from narrate.settings import read_settings
from narrate.store import jobs
from narrate.store.jobs import Job
from narrate.store.posts import set_date
from narrate.store.sites import MAIN, add_publication, open_site, stale_sites
from narrate.work import steps
from narrate.work.crew import Crew
from narrate.work.flight import Flight
from narrate.work.meter import Meter
from narrate.work.reconcile import reconcile
from narrate.work.sites import Sites
from narrate.work.verdicts import judge

pytestmark = pytest.mark.slow

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
JOB = Job(
    key=PostKey("lesswrong", "post"), source="post", state="working", attempts=1, submitted_at=NOON, run_after=NOON,
    error=None, stage="publishing",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(read_settings(home=tmp_path, voice="tone", slots=1)) as opened:
        yield opened


@pytest.fixture
def sites(home: Home) -> Iterator[Sites]:
    with closing(Sites(home)) as opened:
        yield opened


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Publishing hangs until this is set."""
    event = threading.Event()
    monkeypatch.setattr(steps, "publish", lambda *_: event.wait(60))
    yield event
    event.set()


def wait_until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def test_the_end_of_a_dropped_try_isnt_taken_for_the_end_of_the_next(
    home: Home, sites: Sites, let_go: threading.Event
) -> None:
    crew = Crew(home, sites, Meter(home.store), lambda: None, None)
    crew.start(JOB, 1.0, "first")
    (before,) = crew.flights
    wait_until(crew._to_publish.empty)  # it is being published
    crew.drop(JOB.key)
    crew.start(JOB, 1.0, "first")
    (now,) = crew.flights
    let_go.set()
    ended = []
    wait_until(lambda: ended.extend(crew.tend()) or ended)
    assert [news.flight for news in ended] == [now] != [before]
    assert crew.close() == ([], [])


def test_publishing_that_hangs_is_noticed_and_doesnt_keep_the_process(
    home: Home, sites: Sites, let_go: threading.Event
) -> None:
    crew = Crew(home, sites, Meter(home.store), lambda: None, None)
    crew.start(JOB, 1.0, "first")
    assert crew.stalled() is None
    crew._deadline_s = 0.01
    wait_until(lambda: crew.stalled() == "publishing")
    assert crew.close() == ([], [JOB.key])


@pytest.mark.parametrize(("check_by_ear", "seconds"), [(False, 600.0), (True, 1800.0)])
def test_a_recogniser_has_its_time_before_anybody_calls_it_a_stall(check_by_ear: bool, seconds: float) -> None:
    home: Any = SimpleNamespace(settings=SimpleNamespace(check_by_ear=check_by_ear))
    flight: Any = SimpleNamespace(minutes=10.0)
    assert steps.encode_s(home, flight) == seconds


def test_a_crosspost_that_an_earlier_try_kept_comes_onto_its_site(home: Home, sites: Sites, tmp_path: Path) -> None:
    post = tmp_path / "post.json"
    post.write_text(json.dumps({"_id": "post", "title": "A post", "contents": {"html": "<p>Words.</p>"}}))
    (made,) = home.narrate([str(post)])
    assert isinstance(made, Narrated)
    asked = PostKey("alignmentforum", "other")
    with home.store.begin() as session:
        open_site(session, MAIN, "http://pod", "http://pod", NOON)
        add_publication(session, MAIN, made.post.key, NOON)
        jobs.submit(session, asked, "x", NOON)
        job = jobs.claim(session, asked)
    assert job is not None
    flight = Flight(job=job, minutes=1.0, group="first", stage="publishing")
    steps.publish(home, sites, [flight], lambda _: None)
    with home.store.begin() as session:
        assert list(stale_sites(session)) == []
        assert (found := jobs.find(session, asked)) is not None
        assert found.state == "done"


def test_a_publisher_that_is_killed_has_a_successor_and_then_everybody_rests(home: Home, sites: Sites) -> None:
    with home.store.begin() as session:
        open_site(session, MAIN, "http://pod", "http://pod", NOON)

    def kill_when_there(dead: set[int]) -> None:
        wait_until(lambda: set(sites.pids()) - dead)
        (pid,) = sites.pids()
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        dead.add(pid)

    lock = home.settings.home / "publish.lock"
    with lock.open("w") as file, ThreadPoolExecutor(1) as pool:
        fcntl.flock(file, fcntl.LOCK_EX)  # so that it doesn't get on
        writing = pool.submit(sites.write, MAIN)
        dead: set[int] = set()
        kill_when_there(dead)
        assert not writing.done()
        kill_when_there(dead)
        with pytest.raises(SiteUnfinished, match="somebody killed its process"):
            writing.result(60)
    assert judge(SiteUnfinished("x"), attempts=99, losses=9, first_pause=timedelta(1), own_voice=False).everybody_rests
    sites.write(MAIN)
    assert (home.settings.home / "site" / "feed.xml").is_file()


def test_a_release_that_no_feed_says_yet_is_told_at_the_next_start(home: Home, sites: Sites, tmp_path: Path) -> None:
    """Its owner was killed between the two."""
    post = tmp_path / "post.json"
    post.write_text(json.dumps({"_id": "post", "title": "A post", "contents": {"html": "<p>Words.</p>"}}))
    (made,) = home.narrate([str(post)])
    assert isinstance(made, Narrated)
    home.publish(MAIN, [made.post.key], released=False)
    feed = home.settings.home / "site" / "feed.xml"
    assert "A post" not in feed.read_text()
    with home.store.begin() as session:
        assert list(stale_sites(session)) == []
        set_date(session, made.post.key, released_at=datetime.now(UTC) + timedelta(minutes=1))
    reconcile(home, sites)
    assert "A post" in feed.read_text()


def test_a_store_of_files_that_doesnt_answer_fails_no_post(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = tmp_path / "post.json"
    post.write_text(json.dumps({"_id": "post", "title": "A post", "contents": {"html": "<p>Words.</p>"}}))
    (made,) = home.narrate([str(post)])
    assert isinstance(made, Narrated)

    def refuse(*_: Any, **__: Any) -> Any:
        raise GenericError("the bucket is away")

    monkeypatch.setattr("narrate.produce.obstore.head", refuse)
    with pytest.raises(StorageError, match="can't be looked for") as raised:
        home.keep(made)
    assert judge(raised.value, attempts=9, losses=0, first_pause=timedelta(seconds=1), own_voice=False).everybody_rests
