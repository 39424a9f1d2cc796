"""A database that goes away for a while is waited for, and nobody acts without the right to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from narrate import release
from narrate.errors import StoreAway, StoreBusy
from narrate.finding import submit
from narrate.home import Home, Narrated, open_home
from narrate.samples.forum import RunningForum
from narrate.settings import read_settings
from narrate.store import Store, jobs, open_store
from narrate.store.sites import MAIN
from narrate.store.withdrawals import withdraw
from narrate.web.problems import Problem
from narrate.web.published import Withdrawn
from narrate.work.caretaker import Caretaker
from narrate.work.dispatcher import Dispatcher
from tests.forum_posts import IDS, a_post
from tests.postgres_server import RunningPostgres, running_postgres

pytestmark = pytest.mark.slow

Logged = list[Mapping[str, Any]]


@pytest.fixture(scope="module")
def postgres() -> Iterator[RunningPostgres]:
    """A server of our own: it is stopped and started again."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, forum: RunningForum, postgres: RunningPostgres) -> Iterator[Home]:
    for n, post_id in enumerate(IDS[:3]):
        forum.data.add_post(a_post(post_id, title=f"Post {n}", html=f"<p>This is post {n}.</p>"))
    settings = read_settings(
        home=tmp_path / "home", database_url=postgres.make_database(), lesswrong_url=forum.url, voice="tone",
        slots=1, retry_after_s=0.2, find_min_words=0,
    )  # fmt: skip
    with open_home(settings) as opened:
        yield opened


def at_once(*steps: Callable[[], None]) -> None:
    threads = [threading.Thread(target=step) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def working(home: Home) -> Iterator[threading.Thread]:
    dispatcher = Dispatcher(home)
    worker = threading.Thread(target=dispatcher.run, daemon=True)
    worker.start()
    try:
        yield worker
    finally:
        dispatcher.stop()
        worker.join(60)
        assert not worker.is_alive()


def ask_for(home: Home, post_id: str) -> None:
    submit(home.sources, home.store, home.settings, post_id, None, datetime.now(UTC))


def n_done(home: Home) -> int:
    with home.store.begin() as session:
        return len(jobs.list_jobs(session, "done"))


def wait_until(is_so: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def end_of_owners(store: Store) -> int:
    """End the connections that hold a lock in this database; how many those were."""
    holders = (
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
    )
    with store.begin() as session:
        return len(session.execute(text(holders)).all())


def said(logged: Logged, event: str) -> int:
    return sum(line["event"] == event for line in logged)


def test_a_database_that_is_started_anew_is_waited_for_and_work_goes_on(home: Home, postgres: RunningPostgres) -> None:
    with capture_logs() as logged, working(home) as worker:
        ask_for(home, IDS[0])
        wait_until(lambda: n_done(home) == 1)
        postgres.stop()
        wait_until(lambda: said(logged, "waiting for the database") == 1)
        time.sleep(2)  # several tries
        assert worker.is_alive()
        postgres.start()
        ask_for(home, IDS[1])
        wait_until(lambda: n_done(home) == 2)
        assert (said(logged, "waiting for the database"), said(logged, "the database is back")) == (1, 1)
    assert said(logged, "traceback") == 0


def test_a_post_at_work_when_the_database_goes_is_finished_when_it_is_back(
    home: Home, postgres: RunningPostgres
) -> None:
    ask_for(home, IDS[2])
    with capture_logs() as logged, working(home):
        wait_until(lambda: said(logged, "narrating") == 1)
        postgres.stop()
        wait_until(lambda: said(logged, "waiting for the database") == 1)
        postgres.start()
        wait_until(lambda: n_done(home) == 1)
    assert said(logged, "traceback") == 0


def test_nothing_is_taken_before_the_right_to_work_is_ours_again(home: Home) -> None:
    with closing(open_store(home.settings.sql_url)) as other, capture_logs() as logged, working(home):
        wait_until(lambda: end_of_owners(other) == 1)
        taken: list[Any] = []

        def is_ours() -> bool:
            if (held := other.try_to_own()) is not None:
                taken.append(held)
            else:
                end_of_owners(other)  # whoever lost it tries again, too, and may have been faster
            return held is not None

        wait_until(is_ours)
        (held,) = taken
        ask_for(home, IDS[0])
        wait_until(lambda: said(logged, "waiting: another narrate work or narrate run is at it") >= 1)
        time.sleep(2)
        assert said(logged, "narrating") == 0
        other.let_go(held)
        wait_until(lambda: n_done(home) == 1)


def test_what_was_published_is_served_meanwhile_and_what_was_withdrawn_is_not(
    home: Home, postgres: RunningPostgres
) -> None:
    with home.store.begin() as session:
        withdraw(session, "lesswrong:gone", "its author asked", datetime.now(UTC))
    now_s = [0.0]
    known, late = Withdrawn(home.store, lambda: now_s[0]), Withdrawn(home.store)
    known.check("lesswrong-here")
    postgres.stop()
    try:
        for anew in (False, True):
            now_s[0] += 3600
            known.check("lesswrong-here", anew=anew)
            with pytest.raises(Problem, match="its author asked"):
                known.check("lesswrong-gone", anew=anew)
        with pytest.raises(StoreAway):
            late.check("lesswrong-here")  # it can't know
    finally:
        postgres.start()
    late.check("lesswrong-here")
    with home.store.begin() as session:
        withdraw(session, "lesswrong:here", "its author asked, too", datetime.now(UTC))
    now_s[0] += 3600
    with pytest.raises(Problem, match="asked, too"):
        known.check("lesswrong-here")


def test_whoever_lost_the_right_to_write_a_site_puts_no_older_feed_over_a_newer_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (narrated,) = home.narrate([f"{home.settings.lesswrong_url}/posts/{IDS[0]}"], "tone")
    assert isinstance(narrated, Narrated)
    home.publish(MAIN, [narrated.post.key])
    feed = home.settings.home / "site" / "feed.xml"
    before = feed.read_bytes()
    index = release.put_index

    def cut_off(*args: Any) -> None:
        index(*args)
        assert end_of_owners(home.store)
        feed.write_bytes(b"what another machine has written since")

    monkeypatch.setattr(release, "put_index", cut_off)
    with pytest.raises(StoreAway):
        home.publishing.publish(MAIN, everything=True)
    assert feed.read_bytes() == b"what another machine has written since"
    monkeypatch.undo()
    home.publishing.publish(MAIN, everything=True)
    assert feed.read_bytes() == before


def test_who_comes_while_the_rows_are_read_waits_for_what_they_say(home: Home) -> None:
    now_s = [0.0]
    known = Withdrawn(home.store, lambda: now_s[0])
    known.check("lesswrong-here")
    with home.store.begin() as session:
        withdraw(session, "lesswrong:here", "its author asked", datetime.now(UTC))
    now_s[0] += 3600
    refused = []

    def ask() -> None:
        try:
            known.check("lesswrong-here")
        except Problem:
            refused.append(True)

    with known._reading:  # somebody is about to read
        second = threading.Thread(target=ask)
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join(20)
    assert refused


def test_with_once_a_database_that_is_away_is_an_error_that_says_so(home: Home, postgres: RunningPostgres) -> None:
    postgres.stop()
    try:
        with pytest.raises(StoreAway, match="Check that its server runs"):
            Dispatcher(home).run(once=True)
    finally:
        postgres.start()


def test_it_is_still_waited_for_after_hours(home: Home) -> None:
    dispatcher = Dispatcher(home)
    dispatcher.stop()
    dispatcher._n_outages = 5000
    dispatcher._wait_out(StoreAway("gone"))


def test_a_server_that_cant_be_reached_is_one_that_is_away() -> None:
    with pytest.raises(StoreAway, match="can't be opened just now"):
        open_store("postgresql://nobody@127.0.0.1:1/nothing")


def test_no_request_fails_because_the_server_was_started_anew_before_it(home: Home, postgres: RunningPostgres) -> None:
    assert n_done(home) == 0
    postgres.stop()
    postgres.start()
    assert n_done(home) == 0


def test_a_server_that_falls_silent_is_given_up(postgres: RunningPostgres) -> None:
    with closing(open_store(f"{postgres.url}/postgres", answer_within_s=3)) as store:
        with store.begin() as session:  # connected it is
            session.execute(text("SELECT 1"))
        with pytest.raises(StoreAway, match="timed out") as raised, store.begin() as session:
            session.execute(text("SELECT pg_sleep(20)"))
        assert raised.value.retryable
        with store.begin() as session:
            assert session.scalar(text("SELECT 1")) == 1


def test_of_two_that_wait_for_each_other_one_gives_way_and_says_so(postgres: RunningPostgres) -> None:
    lock, gave_way = text("SELECT pg_advisory_xact_lock(:name)"), []
    with closing(open_store(f"{postgres.url}/postgres")) as store:
        both_hold_one = threading.Barrier(2)

        def take(names: tuple[int, int]) -> None:
            try:
                with store.begin() as session:
                    session.execute(lock, {"name": names[0]})
                    both_hold_one.wait(10)
                    session.execute(lock, {"name": names[1]})
            except StoreBusy as error:
                gave_way.append(error)

        at_once(lambda: take((1, 2)), lambda: take((2, 1)))
    assert [(error.retryable, "gave way" in str(error)) for error in gave_way] == [(True, True)]


def test_a_lock_that_is_held_for_long_is_waited_for(postgres: RunningPostgres) -> None:
    with closing(open_store(f"{postgres.url}/postgres", answer_within_s=2)) as store:
        entered = threading.Event()

        def enter() -> None:
            with store.alone("a site"):
                entered.set()

        with store.alone("a site"):
            second = threading.Thread(target=enter)
            second.start()
            assert not entered.wait(3)
        second.join(60)
        assert entered.is_set()


def test_the_caretaker_tells_of_an_outage_once_a_round(home: Home, postgres: RunningPostgres) -> None:
    postgres.stop()
    try:
        with capture_logs() as logged, closing(Caretaker(home)) as caretaker:
            caretaker.go_round()
    finally:
        postgres.start()
    assert said(logged, "left for the next round") == 1
