"""The status is what the rows say: what waits, how long wishes took, what was made, what failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from narrate.records import PostKey
from narrate.store import Store, jobs, lineup, machine, open_store, switches, turns
from narrate.store.audit import OPERATOR
from narrate.store.status import failed_keys, read_status
from narrate.store.tables import PostRow, QueueRow
from tests.candidates import NOON, a_candidate
from tests.narrate.test_finding import SETTINGS
from tests.queue_rows import library


@pytest.fixture
def store(any_url: str) -> Iterator[Store]:
    opened = open_store(any_url)
    yield opened
    opened.close()


def test_an_empty_service_has_a_status(store: Store) -> None:
    with store.begin() as session:
        status = read_status(session, NOON)
    assert [(lane.lane, lane.n_posts, lane.n_archived) for lane in status.waiting] == [
        ("recent", 0, 0), ("classic", 0, 0),
    ]  # fmt: skip
    assert (status.hours_behind, status.audio_hours, status.hours_of_week, status.delay_s(0.5)) == (0, 0, 0, None)
    assert (len(status.days), status.days[-1].day) == (30, NOON.date())
    assert (status.in_work, status.pause) == ((), None)


def test_what_waits_is_counted_lane_by_lane_and_the_archive_apart(store: Store) -> None:
    library(store, NOON, n_waiting=5, n_archived=9, minutes=30)
    with store.begin() as session:
        status = read_status(session, NOON)
    assert [(w.lane, w.n_posts, w.audio_hours, w.n_archived, w.archived_hours) for w in status.waiting] == [
        ("recent", 2, 1.0, 4, 2.0),
        ("classic", 3, 1.5, 5, 2.5),
    ]
    assert status.hours_behind == 2.5


def test_what_was_made_adds_up_by_day_by_week_and_in_all(store: Store) -> None:
    library(store, NOON, n_done=72, minutes=15, every=timedelta(hours=12), delay=timedelta(minutes=40))
    with store.begin() as session:
        status = read_status(session, NOON)
    assert (status.n_episodes, status.audio_hours) == (72, 18.0)
    today, *_, first = reversed(status.days)
    assert (today.n_episodes, today.audio_hours, today.busy_hours) == (2, 0.5, 1.0)
    assert first.n_episodes == 2
    assert status.hours_of_week == 3.5
    assert status.delay_s(0.5) == status.delay_s(0.95) == 2400
    assert status.busy_hours == 36


def test_delays_are_those_of_wishes_by_the_nearest_rank(store: Store) -> None:
    for n in range(10):
        with store.begin() as session:
            lineup.submit(session, a_candidate(n), OPERATOR, NOON, SETTINGS)
            made(session, a_candidate(n).key, NOON + timedelta(hours=n + 1))
    with store.begin() as session:
        status = read_status(session, NOON + timedelta(days=1))
    assert [delay / 3600 for delay in status.delays_s] == list(range(1, 11))
    assert (status.delay_s(0.5), status.delay_s(0.95)) == (6 * 3600, 10 * 3600)


def test_a_post_at_work_is_told_before_any_line_of_it_is_spoken(store: Store) -> None:
    with store.begin() as session:
        lineup.submit(session, a_candidate(1), OPERATOR, NOON, SETTINGS)
        turns.take_next(session, NOON)
        jobs.enter(session, a_candidate(1).key, "writing", NOON)
    with store.begin() as session:
        (work,) = read_status(session, NOON).in_work
        machine.note_progress(session, work.key, 3, 9, NOON)
    assert (work.title, work.stage, work.n_done, work.n_wanted) == (a_candidate(1).title, "writing", 0, 0)
    with store.begin() as session:
        (work,) = read_status(session, NOON).in_work
    assert (work.n_done, work.n_wanted) == (3, 9)


def test_failures_are_told_apart(store: Store) -> None:
    keys = []
    for n in range(3):
        with store.begin() as session:
            lineup.submit(session, a_candidate(n), OPERATOR, NOON, SETTINGS)
            job = turns.take_next(session, NOON)
            assert job is not None
            keys.append(job.key)
    with store.begin() as session:
        turns.fail(session, keys[0], "gone", retry_at=None, for_good=True)
        turns.fail(session, keys[1], "the voice can't", retry_at=None, for_good=False)
        turns.fail(session, keys[2], "away", retry_at=NOON + timedelta(hours=1), for_good=False)
    with store.begin() as session:
        found = read_status(session, NOON).failures
        assert {why for _, why in failed_keys(session, 9)} == {"gone", "the voice can't", "away"}
    assert (found.n_refused, found.n_held, found.n_again) == (1, 1, 1)


def test_an_operators_pause_is_told(store: Store) -> None:
    with store.begin() as session:
        switches.turn_on(session, switches.PAUSED, "the disk is changed", OPERATOR, NOON)
    with store.begin() as session:
        assert read_status(session, NOON).pause == "the disk is changed"


def made(session: Session, key: PostKey, at: datetime) -> None:
    """The post has an episode since then."""
    row = {"key": str(key), "title": "", "url": "", "fetched_at": at, "posted_at": at, "ready_at": at, "document": {}}
    session.execute(insert(PostRow).values(**row))
    session.execute(update(QueueRow).where(QueueRow.key == str(key)).values(state="done"))
