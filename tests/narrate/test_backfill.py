"""The archive comes into the queue once, behind everybody's wishes, and goes on where it broke off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from narrate.backfill import DISK_BYTES_AN_HOUR, Wanted, enqueue, needs, survey
from narrate.choose import minutes_of
from narrate.cli import run_command
from narrate.errors import ForumUnavailable
from narrate.records import PostKey
from narrate.samples.forum import ForumData, RunningForum
from narrate.settings import Settings, read_settings
from narrate.sources import Sources
from narrate.store import Store, candidates, jobs, lineup, open_store, releases, turns, votes
from narrate.store.audit import OPERATOR
from narrate.store.tables import MachineDayRow, QueueRow
from narrate.store.withdrawals import withdraw
from tests.candidates import NOON, a_candidate, a_key
from tests.forum_posts import a_post

ALL = Wanted(
    forum="lesswrong", since=datetime(2010, 1, 1, tzinfo=UTC), until=NOON, min_karma=30, lane=None, budget_hours=None
)


def nobody(_: int) -> None:
    pass


def archive(n_posts: int, **fields: Any) -> ForumData:
    """A post a week up to now, each of 1,600 words, its karma from 20 to 119."""
    posts = []
    for n in range(n_posts):
        at = (NOON - timedelta(weeks=n, hours=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        contents = {"html": f"<p>Post {n}.</p>", "wordCount": 1600}
        posts.append(
            a_post(
                a_key(n).post_id, title=f"A post of the archive, {n}", postedAt=at, baseScore=20 + n % 100,
                maxBaseScore=20 + n % 100, contents=contents, **fields,
            )
        )  # fmt: skip
    return ForumData.from_posts(posts)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(home=tmp_path)


@pytest.fixture
def store(any_url: str) -> Iterator[Store]:
    opened = open_store(any_url)
    yield opened
    opened.close()


@pytest.fixture
def sources(forum: RunningForum) -> Iterator[Sources]:
    with Sources(lesswrong_url=forum.url, sleep=lambda seconds: None) as made:
        yield made


def states(store: Store) -> dict[str, list[int]]:
    with store.begin() as session:
        rows = session.execute(select(QueueRow.state, QueueRow.key).order_by(QueueRow.key)).all()
    found: dict[str, list[int]] = {}
    for state, key in rows:
        found.setdefault(state, []).append(int(key[-13:]))
    return found


@pytest.fixture
def filled(forum: RunningForum, store: Store, sources: Sources, settings: Settings) -> Callable[..., int]:
    def fill(n_posts: int = 12, wanted: Wanted = ALL) -> int:
        forum.reset(archive(n_posts))
        plan = survey(sources, store, settings, wanted, NOON, nobody)
        return enqueue(store, settings, plan, wanted, NOON, nobody)

    return fill


def test_an_archive_is_listed_counted_and_queued_once(
    forum: RunningForum, store: Store, sources: Sources, settings: Settings
) -> None:
    forum.reset(archive(230))
    plan = survey(sources, store, settings, ALL, NOON, nobody)
    n_wanted = sum(20 + n % 100 >= 30 for n in range(230))
    assert (plan.n_listed, len(plan.chosen), dict(plan.left_out)) == (n_wanted, n_wanted, {})
    assert plan.audio_hours == pytest.approx(n_wanted * minutes_of(1600) / 60)
    assert states(store) == {}, "a survey queues nothing"
    assert enqueue(store, settings, plan, ALL, NOON, nobody) == n_wanted
    assert enqueue(store, settings, plan, ALL, NOON, nobody) == 0
    again = survey(sources, store, settings, ALL, NOON, nobody)
    assert dict(again.left_out) == {"in the queue already": n_wanted}


def test_a_listing_that_broke_off_goes_on_where_it_was(
    forum: RunningForum, store: Store, sources: Sources, settings: Settings
) -> None:
    forum.reset(archive(330))

    def break_off(n: int) -> None:
        if n == 150:
            forum.faults.always("error_500")

    with pytest.raises(ForumUnavailable):
        survey(sources.in_haste(), store, settings, ALL, NOON, break_off)
    (kept,) = (settings.home / "backfill").iterdir()
    n_kept = len(kept.read_text().splitlines())
    assert 150 <= n_kept < 300
    kept.write_text(kept.read_text()[:-20])  # the machine went down in the middle of a line
    forum.faults.clear()
    forum.seen.clear()
    n_wanted = sum(20 + n % 100 >= 30 for n in range(330))
    plan = survey(sources, store, settings, ALL, datetime.now(UTC), nobody)
    assert len({c.key for c in plan.chosen}) == len(plan.chosen) == n_wanted
    n_asked = len([request for request in forum.seen if request.path == "/graphql"])
    assert n_asked <= 3, "what was listed isn't asked for again"
    survey(sources, store, settings, ALL, datetime.now(UTC), nobody)
    assert len([request for request in forum.seen if request.path == "/graphql"]) == n_asked
    survey(sources, store, settings, ALL, datetime.now(UTC) + timedelta(days=2), nobody)
    assert len([request for request in forum.seen if request.path == "/graphql"]) > n_asked, "it is out of date"


def test_a_budget_takes_the_best_first(forum: RunningForum, store: Store, sources: Sources, settings: Settings) -> None:
    forum.reset(archive(40))
    wanted = Wanted(**{**_fields(ALL), "budget_hours": 1.0})
    plan = survey(sources, store, settings, wanted, NOON, nobody)
    assert len(plan.chosen) == 6  # of ten minutes each
    assert [c.karma for c in plan.chosen] == [59, 58, 57, 56, 55, 54]
    assert plan.left_out == {"beyond 1 hours": 24}


def test_lanes_books_stubs_and_withdrawn_posts_are_left_out(
    forum: RunningForum, store: Store, sources: Sources, settings: Settings
) -> None:
    forum.reset(archive(60))
    forum.data.change(a_key(15).post_id, canonicalCollectionSlug="rationality")
    forum.data.change(a_key(16).post_id, podcastEpisodeId="episode")
    forum.data.change(a_key(17).post_id, contents={"html": "<p>x</p>", "wordCount": 12})
    with store.begin() as session:
        withdraw(session, a_key(18), "its author asked for it", NOON)
        lineup.submit(session, a_candidate(19), None, NOON, settings)
    recent = Wanted(**{**_fields(ALL), "lane": "recent"})
    plan = survey(sources, store, settings, recent, NOON, nobody)
    assert {c.key for c in plan.chosen} == {a_key(n) for n in range(10, 53) if n not in (15, 16, 17, 19)}
    assert plan.left_out["in the other lane"] == 7
    assert plan.left_out["stubs"] == plan.left_out["in the queue already"] == 1
    assert enqueue(store, settings, plan, recent, NOON, nobody) == len(plan.chosen) - 1
    assert 18 not in states(store)["waiting"]


def test_it_comes_after_all_others_in_both_lanes_and_votes_overtake(
    filled: Callable[..., int], store: Store, settings: Settings
) -> None:
    assert filled(70) == 60
    poor = a_candidate(901, karma=1, word_count=30_000)
    with store.begin() as session:
        lineup.submit(session, poor, OPERATOR, NOON, settings)
        votes.cast(session, "member", a_key(60), 1, NOON)
    order = []
    with store.begin() as session:
        for _ in range(4):
            job = turns.take_next(session, NOON)
            assert job is not None
            order.append(job)
    assert {order[0].key, order[1].key} == {poor.key, a_key(60)}
    with store.begin() as session:
        jobs.ask(session, PostKey("lesswrong", "spokenanew"), kind="revoice", priority=-1, now=NOON)
        groups = [(turn.group, str(turn.key)) for turn in turns.line_up(session, NOON, 3, None) if not turn.is_working]
    assert [group for group, _ in groups] == ["last"] * 3
    assert groups[0][1] == "lesswrong:spokenanew", "what an operator asked for comes before the archive"


def test_a_vote_taken_back_sends_it_behind_again(filled: Callable[..., int], store: Store) -> None:
    filled(20)
    for n, is_behind in ((2, False), (0, True)):
        with store.begin() as session:
            votes.cast(session, "member", a_key(15), n, NOON)
        with store.begin() as session:
            (first, *_) = turns.line_up(session, NOON, 3, None)
        assert (first.group == "last") == is_behind


def test_an_archived_post_that_is_tried_again_lets_wishes_pass(
    filled: Callable[..., int], store: Store, settings: Settings
) -> None:
    filled(14)
    with store.begin() as session:
        job = turns.take_next(session, NOON)
        assert job is not None
        turns.fail(session, job.key, "the forum is away", retry_at=NOON, for_good=False)
        lineup.submit(session, a_candidate(901), OPERATOR, NOON, settings)
    with store.begin() as session:
        taken = [turns.take_next(session, NOON) for _ in range(3)]
    keys = [job.key for job in taken if job]
    assert keys[:2] == [a_key(901), job.key]


def test_whoever_submits_a_post_of_the_archive_takes_it_over(
    filled: Callable[..., int], store: Store, settings: Settings
) -> None:
    filled(20)
    later = NOON + timedelta(days=5)
    with store.begin() as session:
        submitted = lineup.submit(session, a_candidate(15), "member", later, settings)
    assert submitted.entry.asked_by == "member"
    assert submitted.entry.queued_at == later
    assert "from the archive" not in submitted.entry.why
    with store.begin() as session:
        assert turns.line_up(session, later, 1, None)[0].key == a_key(15)


def test_it_enters_the_main_feed_by_votes_alone(filled: Callable[..., int], store: Store, settings: Settings) -> None:
    filled(20)
    with store.begin() as session:
        taken = turns.take_next(session, NOON)
        assert taken is not None
        assert not releases.release_finished(session, taken.key, NOON, settings)
        turns.finish(session, taken.key)
        assert releases.release_due(session, NOON, settings) == []
        votes.cast(session, "member", taken.key, 1, NOON)
    with store.begin() as session:
        assert releases.release_due(session, NOON, settings) == [taken.key]


def test_a_long_archive_is_looked_at_again_seldom_and_a_little_at_a_time(
    filled: Callable[..., int], store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "_ARCHIVE_AT_ONCE", 5)
    filled(30)
    with store.begin() as session:
        lineup.submit(session, a_candidate(901), OPERATOR, NOON, settings)
    for days, n in ((1, 1), (31, 6)):
        with store.begin() as session:
            assert len(candidates.to_look_at(session, "lesswrong", NOON + timedelta(days=days))) == n


def test_what_it_takes_is_told_by_the_pace_of_late(store: Store, settings: Settings) -> None:
    assert needs(store, settings, 10, NOON).work_hours is None
    with store.begin() as session:
        session.add(MachineDayRow(day=NOON.date(), busy_ms=3_600_000))
    assert needs(store, settings, 10, NOON).work_hours is None
    needed = needs(store, settings, 10, NOON)
    assert needed.disk_bytes == 10 * DISK_BYTES_AN_HOUR


def _fields(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Wanted.__slots__}


# From a shell


@pytest.fixture
def shell(forum: RunningForum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forum.reset(archive(20))
    for name, value in (("HOME", str(tmp_path / "home")), ("LESSWRONG_URL", forum.url)):
        monkeypatch.setenv(f"NARRATE_{name}", value)


@pytest.mark.usefixtures("shell")
def test_from_a_shell_it_tells_what_it_is_and_queues_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["backfill", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "10 posts to queue, 1.7 hours of audio" in told
    assert "GB of disk" in told
    assert "Queue them?" not in told
    for queued in (10, 0):
        assert run_command(["backfill", "--yes", "--json", "--budget-hours", "100"]) == 0
        assert json.loads(capsys.readouterr().out)["queued"] == queued
    assert run_command(["queue"]) == 0
    assert "from the archive" in capsys.readouterr().out


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--yes"),
        (["--lane", "middle", "--yes"], "classics"),
        (["--forum", "reddit", "--yes"], "eaforum"),
        (["--since", "2999-01-01", "--yes"], "change the dates"),
        (["--since", "yesterday", "--yes"], "yesterday"),
    ],
)
def test_what_cant_be_meant_is_told_in_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["backfill", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
