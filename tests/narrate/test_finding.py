"""A forum of 5,000 posts: exactly the right ones are found, twice in a row and through faults; changes are noticed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest

from narrate.errors import PostMissing, UnknownAddress
from narrate.finding import find, last_found_at, look_up, submit
from narrate.records import PostKey
from narrate.samples.forum import ForumData, RunningForum
from narrate.settings import Settings
from narrate.sources import Sources
from narrate.store import Store, candidates, lineup, open_store
from narrate.store.withdrawals import is_withdrawn
from tests.candidates import DAY, NOON
from tests.forum_posts import ALICE, IDS, POST_ID, a_comment, a_post

SETTINGS = Settings(find_first_year=2012, find_classics_per_year=5)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@pytest.fixture
def sources(forum: RunningForum) -> Iterator[Sources]:
    with Sources(lesswrong_url=forum.url, sleep=lambda seconds: None) as made:
        yield made


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def many_posts(n_posts: int) -> list[dict[str, Any]]:
    """Posts of every sort over fifteen years, the same ones every time."""
    rng = random.Random(7)
    posts = []
    for n in range(n_posts):
        posted_at = NOON - timedelta(days=rng.choice([rng.uniform(0, 90), rng.uniform(0, 15 * 365)]))
        post = {
            "_id": f"many{n:013d}",
            "title": f"Post number {n} of this forum",
            "slug": f"post-{n}",
            "postedAt": iso(posted_at),
            "baseScore": int(rng.gammavariate(1.2, 40)) - 4,
            "user": {"_id": f"user{n % 97}", "displayName": f"User {n % 97}"},
            "contents": {"html": "<p>Words.</p>", "wordCount": rng.choice([20, 149, 150, 900, 9000])},
        }
        odd = rng.random()
        if odd < 0.05:
            post["isEvent"] = True
        elif odd < 0.08:
            post["draft"] = True
        elif odd < 0.10:
            post["unlisted"] = True
        elif odd < 0.12:
            post["rejected"] = True
        elif odd < 0.14:
            post["onlyVisibleToLoggedIn"] = True
        elif odd < 0.16:
            post["shortform"] = True
        elif odd < 0.20:
            post["canonicalCollectionSlug"] = rng.choice(["rationality", "hpmor", "codex"])
        elif odd < 0.24:
            post["podcastEpisodeId"] = "episode"
        elif odd < 0.28:
            post["question"] = True
        elif odd < 0.30:
            post["collabEditorDialogue"] = True
        elif odd < 0.32:
            post["hideAuthor"] = True
        if rng.random() < 0.03:
            post["curatedDate"] = iso(posted_at + DAY)
        if rng.random() < 0.05:
            post["positiveReviewVoteCount"] = rng.randint(1, 9)
        if rng.random() < 0.004 and posted_at.year < 2025:
            won = {"reviewYear": posted_at.year, "category": "x", "reviewRanking": 3, "curatedOrder": 1, "isAI": False}
            post["reviewWinner"] = won
        posts.append(post)
    return posts


def expected(posts: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """(ids of the posts that wait, of those that are refused with a reason), said again in this test's own words."""
    listed = [
        p for p in posts
        if not any(p.get(flag) for flag in ("draft", "unlisted", "rejected", "onlyVisibleToLoggedIn", "shortform"))
    ]  # fmt: skip
    waiting: set[str] = set()
    refused: set[str] = set()

    def readable(p: dict[str, Any]) -> bool:
        stub = p["contents"]["wordCount"] < 150 and not p.get("question")
        apart = p.get("isEvent") or p.get("podcastEpisodeId") or p.get("canonicalCollectionSlug")
        return not (stub or apart or p["baseScore"] < 0)

    def found(p: dict[str, Any]) -> None:
        (waiting if readable(p) else refused).add(p["_id"])

    for p in listed:
        at = datetime.fromisoformat(p["postedAt"])
        recent = p["baseScore"] >= 45 and NOON - at <= 60 * DAY
        nominated = p.get("positiveReviewVoteCount", 0) >= 2 and 2018 <= at.year <= 2024
        if recent or p.get("curatedDate") or p.get("reviewWinner") or nominated:
            if nominated and p.get("isEvent") and not (recent or p.get("curatedDate") or p.get("reviewWinner")):
                continue  # the Review has no events
            found(p)
    for year in range(2012, 2026):
        place = 1
        of_year = [p for p in listed if datetime.fromisoformat(p["postedAt"]).year == year]
        for p in sorted(of_year, key=lambda p: (p["baseScore"], p["_id"]), reverse=True):
            found(p)
            place += readable(p)
            if place > 5:
                break
    return waiting, refused


def rows(store: Store) -> dict[str, tuple[str, set[str]]]:
    """state -> (lane by key)."""
    states = {}
    with store.begin() as session:
        for state in ("waiting", "held", "refused", "removed", "taken", "done"):
            entries, _ = lineup.page(session, None, None, 100_000, state)  # type: ignore[arg-type]
            states[state] = {e.key.post_id for e in entries}
    return states  # type: ignore[return-value]


def snapshot(store: Store) -> list[lineup.Entry]:
    with store.begin() as session:
        return [
            entry
            for state in ("waiting", "refused")
            for entry in lineup.page(session, None, None, 100_000, state)[0]  # type: ignore[arg-type]
        ]


@pytest.mark.slow
def test_in_5000_posts_exactly_the_right_ones_are_found_twice_and_through_faults(
    forum: RunningForum, sources: Sources, store: Store
) -> None:
    posts = many_posts(5000)
    forum.reset(ForumData.from_posts(posts))
    faults = cycle(["error_502", "too_many", "truncated", "error_500", "hang_up", "error_504", "web_page"])

    def break_something(step: str) -> None:
        forum.faults.next(next(faults))

    waiting, refused = expected(posts)
    assert len(waiting) > 200
    assert len(refused) > 50

    (first,) = find(sources, store, SETTINGS, NOON, break_something)
    assert first.error is None
    assert rows(store)["waiting"] == waiting
    assert rows(store)["refused"] == refused
    before = snapshot(store)
    assert all(entry.reason for entry in before if entry.state == "refused")

    (second,) = find(sources, store, SETTINGS, NOON + timedelta(hours=6), break_something)
    assert second.error is None
    assert snapshot(store) == before
    assert last_found_at(store) == NOON + timedelta(hours=6)


def test_a_bot_check_in_the_middle_costs_nothing_that_was_found(
    forum: RunningForum, sources: Sources, store: Store
) -> None:
    fields = {"baseScore": 90, "postedAt": iso(NOON - DAY), "contents": {"html": "<p>x</p>", "wordCount": 900}}
    forum.reset(ForumData.from_posts([a_post(i, title=f"Post {i}", **fields) for i in IDS]))
    forum.faults.next("null_user", 1)
    forum.faults.next("challenge", 1)
    (poll,) = find(sources, store, SETTINGS, NOON)
    assert poll.error is not None
    assert "bot check" in str(poll.error)
    assert poll.n_found == len(IDS)
    assert rows(store)["waiting"] == set(IDS)


def test_edits_removals_and_returns_are_noticed_later(forum: RunningForum, sources: Sources, store: Store) -> None:
    fields = {"baseScore": 3, "curatedDate": iso(NOON), "contents": {"html": "<p>x</p>", "wordCount": 900}}
    forum.reset(ForumData.from_posts([a_post(i, title=f"Post {i}", **fields) for i in IDS[:4]]))
    find(sources, store, Settings(find_first_year=2026), NOON)
    assert rows(store)["waiting"] == set(IDS[:4])
    forum.data.change(IDS[0], curatedDate=None)
    forum.data.change(IDS[1], draft=True)
    forum.data.change(IDS[2], title="Another title", curatedDate=None, podcastEpisodeId="episode")
    find(sources, store, Settings(find_first_year=2026), NOON + DAY)
    with store.begin() as session:
        seen = [lineup.find(session, PostKey("lesswrong", i)) for i in IDS[:4]]
    assert [(e.state, e.reason) for e in seen if e] == [
        ("refused", candidates.NO_LONGER),
        ("refused", candidates.GONE),
        ("refused", "a person has read it aloud already"),
        ("waiting", None),
    ]
    assert seen[2] is not None
    assert seen[2].title == "Another title"
    forum.data.change(IDS[1], draft=False)
    find(sources, store, Settings(find_first_year=2026), NOON + 2 * DAY)
    assert rows(store)["waiting"] == {IDS[1], IDS[3]}


def test_a_finished_post_that_its_author_deletes_is_withdrawn_after_some_days(
    forum: RunningForum, sources: Sources, store: Store
) -> None:
    forum.reset(ForumData.from_posts([a_post(contents={"html": "<p>x</p>", "wordCount": 900})]))
    key = PostKey("lesswrong", POST_ID)
    submit(sources, store, SETTINGS, str(key), None, NOON)
    with store.begin() as session:
        lineup.take(session, key, NOON)
        from narrate.store import turns

        turns.finish(session, key)
    del forum.data.posts[POST_ID]
    for day in (2, 3):
        find(sources, store, Settings(find_first_year=2026), NOON + day * DAY)
        with store.begin() as session:
            assert is_withdrawn(session, key) is None
    find(sources, store, Settings(find_first_year=2026), NOON + 4 * DAY)
    with store.begin() as session:
        assert is_withdrawn(session, key) == "it was deleted on its forum"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"isEvent": True}, "it announces an event"),
        ({"unlisted": True}, "its author didn't list it"),
        ({"rejected": True}, "the forum's moderators rejected it"),
        ({"baseScore": -2}, "its karma is negative"),
        ({"canonicalCollectionSlug": "rationality"}, "it is part of rationality, a book that can be heard elsewhere"),
        ({"contents": {"html": "<p>x</p>", "wordCount": 9}}, "it is a stub of 9 words"),
        ({"canonicalCollectionSlug": "codex"}, None),
        ({"question": True}, None),
    ],
)
def test_a_submission_is_accepted_or_refused_with_a_reason(
    forum: RunningForum, sources: Sources, store: Store, fields: dict[str, Any], reason: str | None
) -> None:
    post = a_post(**{"contents": {"html": "<p>x</p>", "wordCount": 900}, **fields})
    forum.reset(ForumData.from_posts([post]))
    entry = submit(sources, store, SETTINGS, POST_ID, "ada", NOON).entry
    assert (entry.state, entry.reason) == ("waiting" if reason is None else "refused", reason)


def test_every_address_of_a_post_joins_the_same_entry(forum: RunningForum, sources: Sources, store: Store) -> None:
    forum.reset(
        ForumData.from_posts([a_post(slug="a-title", legacyId="725", contents={"html": "x", "wordCount": 900})])
    )
    addresses = [
        f"https://www.lesswrong.com/posts/{POST_ID}/a-title",
        f"https://www.alignmentforum.org/posts/{POST_ID}",
        f"https://www.greaterwrong.com/posts/{POST_ID}/whatever#part",
        "https://www.lesswrong.com/lw/k5/a_title/",
        "https://lesswrong.com/posts/slug/a-title",
        f"lesswrong:{POST_ID}",
    ]
    outcomes = [submit(sources, store, SETTINGS, text, f"m{n}", NOON) for n, text in enumerate(addresses)]
    assert [o.new for o in outcomes] == [True, False, False, False, False, False]
    assert outcomes[-1].entry.votes == 6


@pytest.mark.parametrize(
    "text",
    [
        f"http://169.254.169.254/posts/{POST_ID}",
        f"https://lеsswrong.com/posts/{POST_ID}",  # a Cyrillic letter
        "/etc/passwd",
        "https://www.lesswrong.com/w/ai",
        "'; DROP TABLE queue; --",
        "",
    ],
)
def test_what_names_no_post_of_a_forum_we_know_is_refused(sources: Sources, store: Store, text: str) -> None:
    with pytest.raises(UnknownAddress):
        submit(sources, store, SETTINGS, text, "ada", NOON)


def test_a_sequence_is_submitted_by_its_address(forum: RunningForum, sources: Sources, store: Store) -> None:
    words = {"html": "<p>x</p>", "wordCount": 900}
    forum.reset(ForumData.from_posts([a_post(i, title=f"Part {i}", contents=words) for i in IDS[:3]]))
    sequence_id = forum.data.add_sequence("A Sequence", [[IDS[2]], [IDS[0], IDS[1]]])["_id"]
    entry = submit(sources, store, SETTINGS, f"https://www.lesswrong.com/s/{sequence_id}", "ada", NOON).entry
    assert (entry.key.post_id, entry.votes) == (f"sequence-{sequence_id}", 1)
    assert rows(store)["waiting"] == {entry.key.post_id}
    with pytest.raises(PostMissing):
        submit(sources, store, SETTINGS, "https://www.lesswrong.com/s/" + "A" * 17, "ada", NOON)


def test_an_author_who_hides_is_anonymous(forum: RunningForum, sources: Sources) -> None:
    forum.reset(ForumData.from_posts([a_post(hideAuthor=True, user=ALICE)]))
    assert [a.name for a in look_up(sources, POST_ID).authors] == ["anonymous"]


def test_a_weeks_quick_takes_are_found_as_one_entry(forum: RunningForum, store: Store) -> None:
    forum.reset(ForumData.from_posts([a_post(shortform=True, contents=None)]))
    for n, karma in enumerate((24, 25, 90)):
        take = a_comment(f"take{n:013d}", f"<p>Take {n}.</p>", postId=POST_ID, shortform=True, baseScore=karma)
        forum.data.add_comment({**take, "postedAt": iso(NOON - 3 * DAY)})
    with Sources(lesswrong_url=forum.url, sleep=lambda seconds: None, now=lambda: NOON) as sources:
        for _ in range(2):
            find(sources, store, SETTINGS, NOON)
    assert rows(store)["waiting"] == {"quick-takes-2026-W47"}
    (entry,) = snapshot(store)
    assert entry.why == ("the best quick takes of a week", "a quick take: not narrated on LessWrong")
    assert (entry.karma, entry.lane) == (90, "recent")
