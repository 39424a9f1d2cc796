"""What enters the main feed and when; what is withdrawn for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select

from narrate.records import PostKey, StoredFile
from narrate.settings import Settings
from narrate.store import Store, candidates, lineup, open_store, turns, votes
from narrate.store.audit import list_notes
from narrate.store.episodes import list_episodes, load_episode, save_episode
from narrate.store.posts import save_post, set_date
from narrate.store.releases import ready_finds, release_due, release_finished
from narrate.store.sites import MAIN, add_publication, open_site
from narrate.store.tables import Base, MemberRow, UtcDateTime
from narrate.store.takes import count_takes, note_takes
from narrate.store.withdrawals import (
    TAKE,
    files_deleted,
    is_withdrawn,
    list_withdrawals,
    withdraw,
    withdrawn_files,
)
from tests.candidates import DAY, NOON, a_candidate, a_key
from tests.narrate.store.test_store import make_episode, make_post

POLICY = Settings(release_recent_per_day=2, release_classics_per_day=1)


@pytest.fixture
def store(any_url: str) -> Iterator[Store]:
    opened = open_store(any_url)
    with opened.begin() as session:
        open_site(session, MAIN, None, "http://127.0.0.1:8000", NOON)
        for n in range(3):
            session.add(MemberRow(
                id=f"proven{n}", email=None, email_folded=None, name="", created_at=NOON, deleted_at=None,
                is_operator=False, is_banned=n == 2, lesswrong_id=f"lw{n}", lesswrong_name=None, lesswrong_at=NOON,
                notify="never", feed_token=None,
            ))  # fmt: skip
    yield opened
    opened.close()


def finish(store: Store, n: int, at: datetime = NOON, recording: dict[str, Any] | None = None) -> bool:
    """Take, narrate and publish, as the dispatcher does."""
    key = a_key(n)
    with store.begin() as session:
        lineup.take(session, key, at)
        save_post(session, make_post(key))
        session.flush()
        episode = make_episode(key, made_at=at)
        file = StoredFile(path=f"recordings/{n}.mp3", n_bytes=1, mime="audio/mpeg")
        save_episode(session, replace(episode, audio=file), script={}, recording=recording or {})
        set_date(session, key, ready_at=at)
        released = release_finished(session, key, at, POLICY)
        add_publication(session, MAIN, key, at)
        turns.finish(session, key)
    return released


def in_feed(store: Store) -> list[PostKey]:
    with store.begin() as session:
        return [e.key for e in list_episodes(session, MAIN)]


def found(store: Store, n: int, karma: int = 60, **fields: Any) -> None:
    with store.begin() as session:
        assert candidates.note_found(session, a_candidate(n, karma=karma, **fields), NOON, POLICY, 1)


def due(store: Store, at: datetime) -> list[PostKey]:
    with store.begin() as session:
        return list(release_due(session, at, POLICY))


def test_finds_fill_the_days_places_in_the_queues_order(store: Store) -> None:
    for n in range(5):
        found(store, n, karma=60 + n)
        assert not finish(store, n)
    found(store, 9, posted_at=NOON - 3000 * DAY)
    assert not finish(store, 9)
    with store.begin() as session:
        assert (ready_finds(session, "recent"), ready_finds(session, "classic")) == (5, 1)
    assert due(store, NOON) == [a_key(4), a_key(3), a_key(9)]
    assert due(store, NOON + timedelta(hours=11)) == []
    assert due(store, NOON + timedelta(hours=12)) == [a_key(2), a_key(1)]
    assert due(store, NOON + 2 * DAY) == [a_key(0)]
    assert set(in_feed(store)) == {a_key(n) for n in (0, 1, 2, 3, 4, 9)}


def test_a_voted_post_over_the_floor_is_released_when_ready_and_the_operators_always(store: Store) -> None:
    with store.begin() as session:
        lineup.submit(session, a_candidate(1, karma=30), "ada", NOON, POLICY)
        lineup.submit(session, a_candidate(2, karma=0), None, NOON, POLICY)
        lineup.submit(session, a_candidate(3, karma=29), "ada", NOON, POLICY)
    assert finish(store, 1)
    assert finish(store, 2)
    assert not finish(store, 3)
    assert set(in_feed(store)) == {a_key(1), a_key(2)}
    assert due(store, NOON + 9 * DAY) == []


def test_below_the_floor_it_takes_two_proven_voters_who_may_come_later(store: Store) -> None:
    with store.begin() as session:
        lineup.submit(session, a_candidate(1, karma=5), "proven0", NOON, POLICY)
    assert not finish(store, 1)
    for voter in ("unproven", "proven2"):  # the second is banned
        with store.begin() as session:
            votes.cast(session, voter, a_key(1), 3, NOON)
        assert due(store, NOON) == []
    with store.begin() as session:
        votes.cast(session, "proven1", a_key(1), 1, NOON)
    assert due(store, NOON) == [a_key(1)]
    with store.begin() as session:
        votes.invalidate(session, "proven1", "op", "a sock puppet", NOON)
    assert in_feed(store) == [a_key(1)]  # what was shown stays


def test_a_post_that_never_stood_in_the_queue_is_the_operators(store: Store) -> None:
    assert finish(store, 1)
    with store.begin() as session:
        found_later = lineup.submit(session, a_candidate(1), "ada", NOON, POLICY)
    assert (found_later.entry.state, found_later.new) == ("done", False)


def test_a_date_of_release_is_set_once(store: Store) -> None:
    with store.begin() as session:
        lineup.submit(session, a_candidate(1), None, NOON, POLICY)
    assert finish(store, 1)
    assert finish(store, 1, NOON + DAY)
    with store.begin() as session:
        episode = load_episode(session, a_key(1))
    assert episode is not None
    assert episode.released_at == NOON


def test_nothing_but_key_and_reason_is_kept_of_what_is_withdrawn(store: Store) -> None:
    shared, own = "a" * 64, "b" * 64
    for n, takes in ((1, [shared, own]), (2, [shared])):
        with store.begin() as session:
            lineup.submit(session, a_candidate(n), "ada", NOON, POLICY)
            note_takes(session, [(take, 5, 16000) for take in takes], NOON)
        finish(store, n, recording={"pieces": [{"take_key": take} for take in takes]})
    with store.begin() as session:
        files = withdraw(session, a_key(1), "its author asked", NOON)
    assert set(files) == {"recordings/1.mp3", "recordings/x.mp3", TAKE + own}
    with store.begin() as session:
        assert is_withdrawn(session, a_key(1)) == "its author asked"
        assert [(w.key, w.reason) for w in list_withdrawals(session)] == [(a_key(1), "its author asked")]
        assert count_takes(session) == 1
        assert withdrawn_files(session) == dict.fromkeys(files, a_key(1))
        files_deleted(session, files)
        assert withdrawn_files(session) == {}
        assert load_episode(session, a_key(1)) is None
        assert load_episode(session, a_key(2)) is not None
        kept = {
            table.name
            for table in Base.metadata.sorted_tables
            for column in table.columns
            if column.name in ("key", "entry")
            and session.execute(select(column).where(column == str(a_key(1)))).first()
        }
        assert kept == {"withdrawals"}
        assert "withdraw" in [n.action for n in list_notes(session, subject=str(a_key(1)))]


def test_every_table_of_a_withdrawn_post_is_known(store: Store) -> None:
    """A new table with a post's key in it must be thought of in `withdraw`."""
    tables = inspect(store.engine)
    with_key = {name for name in tables.get_table_names() if "key" in {c["name"] for c in tables.get_columns(name)}}
    with store.begin() as session:
        save_post(session, make_post(a_key(5)))
        session.flush()
        for table in Base.metadata.sorted_tables:
            if table.name in with_key - {"posts", "takes", "withdrawals"} and not table.foreign_keys:
                row = {c.name: _anything(c) for c in table.columns if not c.nullable}
                session.execute(insert(table).values(row | {"key": str(a_key(5))}))
        withdraw(session, a_key(5), "x", NOON)
        for name in with_key - {"takes", "withdrawals", "leftovers"}:
            table = Base.metadata.tables[name]
            assert session.execute(select(table).where(table.c.key == str(a_key(5)))).first() is None, name


def _anything(column: Any) -> Any:
    if isinstance(column.type, UtcDateTime):
        return NOON
    return {str: "x", int: 1, float: 1.0, bool: False, date: NOON.date()}.get(column.type.python_type, {})
