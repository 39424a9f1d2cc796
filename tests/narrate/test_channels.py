"""Which feeds there are and what is in each: pure, so a shelf of made-up episodes says it all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate import channels
from narrate.channels import Listing, Place, Placed, Shelved, all_listings, author_name, feed_path, parted, tag_name

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def an_episode(n: int, **changes: Any) -> Shelved:
    given: dict[str, Any] = {
        "key": f"lesswrong:post{n:05}",
        "stamp": f"stamp-{n}",
        "title": f"Post {n}",
        "authors": (("ana", "Ana"),),
        "tags": (),
        "forums": ("lesswrong",),
        "kind": "post",
        "minutes": 10.0,
        "lane": "recent",
        "karma": 20,
        "is_curated": False,
        "review_year": None,
        "won_review": False,
        "is_backfilled": False,
        "posted_at": NOON - 100 * DAY + n * DAY,
        "ready_at": NOON + n * DAY,
        "released_at": NOON + n * DAY + timedelta(hours=5),
        "made_at": NOON + n * DAY,
        "n_bytes": 3000,
    }
    return Shelved(**given | changes)


def named(shelf: list[Shelved]) -> dict[str, Listing]:
    return {listing.name: listing for listing in all_listings(shelf)}


def keys(listing: Listing) -> list[int]:
    return [int(placed.key[-5:]) for placed in listing.placed]


def test_each_kind_of_feed_takes_what_belongs_to_it() -> None:
    made = named(
        [
            an_episode(1, karma=130, is_curated=True, tags=("AI", "World Modeling")),
            an_episode(2, karma=45, lane="classic", tags=("ai",), authors=(("ana", "Ana"), ("bo", "Bo"))),
            an_episode(3, karma=None, released_at=None, tags=("AI",), forums=("lesswrong", "alignmentforum")),
            an_episode(4, karma=-3, forums=("eaforum",), authors=(("", "anonymous"),)),
        ]
    )
    assert {name: keys(listing) for name, listing in made.items()} == {
        "main": [4, 2, 1],
        "lane-recent": [4, 1],
        "lane-classics": [2],
        "curated": [1],
        "karma-30": [2, 1],
        "karma-45": [2, 1],
        "karma-75": [1],
        "karma-125": [1],
        "forum-alignmentforum": [3],
        "forum-eaforum": [4],
        "forum-lesswrong": [3, 2, 1],
        "tag-ai": [3, 2, 1],
        "author-ana": [3, 2, 1],
        "author-bo": [2],
    }


def test_a_tag_becomes_a_feed_with_three_episodes_and_stays_one_with_any() -> None:
    shelf = [an_episode(n, tags=("AI",)) for n in (1, 2)]
    assert "tag-ai" not in named(shelf)
    assert [keys(one) for one in all_listings(shelf, {"tag-ai", "tag-other"}) if one.group == "tag"] == [[2, 1]]


def test_a_feed_dates_its_items_by_its_own_kind() -> None:
    place = Place("lesswrong:sequence-s1", "Maps", 1, 1, "")
    old = an_episode(1, tags=("AI",), places=(place,), review_year=2026, is_backfilled=True)
    new = an_episode(2, tags=("AI",), places=(place._replace(number=2),), review_year=2026)
    third = an_episode(3, tags=("AI",))
    at = {name: {p.key: p.at for p in listing.placed} for name, listing in named([old, new, third]).items()}
    assert at["main"][old.key] == at["lane-recent"][old.key] == old.released_at
    assert at["sequence-s1"] == at["review-2026"] == {old.key: old.posted_at, new.key: new.posted_at}
    assert (
        at["tag-ai"] == at["author-ana"] == {old.key: old.posted_at, new.key: new.ready_at, third.key: third.ready_at}
    )


def test_no_feed_shows_a_date_later_than_the_episode_could_be_heard() -> None:
    """A forum's clock may run ahead; apps hide what is dated in the future."""
    early = an_episode(1, posted_at=NOON + 900 * DAY, review_year=2029)
    undated = an_episode(2, posted_at=None, review_year=2029)
    assert [p.at for p in named([early, undated])["review-2029"].placed] == [undated.ready_at, early.ready_at]


def test_a_sequence_is_a_serial_in_its_reading_order_whose_numbers_leave_room() -> None:
    def at(number: int | None, chapter: int = 1, title: str = "") -> tuple[Place, ...]:
        return (Place("eaforum:sequence-x", "Doing Good", number, chapter, title),)

    shelf = [
        an_episode(1, places=at(7, 2, "Later")),
        an_episode(2, places=at(3)),
        an_episode(3, places=at(None)),
        an_episode(4, places=at(None)),
    ]
    listing = named(shelf)["sequence-eaforum-x"]
    assert listing.is_serial
    assert [(p.number, p.season, p.season_name) for p in listing.placed] == [
        (3, 1, "Doing Good"),
        (7, 2, "Later"),
        (8, 1, "Doing Good"),
        (9, 1, "Doing Good"),
    ]
    assert keys(listing) == [2, 1, 3, 4]


def test_a_review_years_winners_and_nominees_are_seasons() -> None:
    shelf = [an_episode(1, review_year=2025, won_review=True), an_episode(2, review_year=2025), an_episode(3)]
    assert [(p.season, p.season_name) for p in named(shelf)["review-2025"].placed] == [
        (2, "Nominated in the Review of 2025"),
        (1, "Best of 2025"),
    ]


def test_a_tag_has_a_feed_from_three_episodes_up() -> None:
    shelf = [an_episode(n, tags=("Rationality", "rationality")) for n in range(2)]
    assert "tag-rationality" not in named(shelf)
    assert keys(named([*shelf, an_episode(2, tags=("rationality",))])["tag-rationality"]) == [2, 1, 0]


@pytest.mark.parametrize(
    ("tags", "n_names"),
    [
        (("AI Safety", "ai safety", "AI-safety", "AI/Safety"), 1),
        (("C", "C++", "C#"), 3),
        (("猫", "犬", "🐈"), 3),
        (("Øre", "Ore"), 2),
        (("x" * 500, "x" * 499), 2),
    ],
)
def test_tags_that_are_one_have_one_name_and_others_have_others(tags: tuple[str, ...], n_names: int) -> None:
    names = {tag_name(tag) for tag in tags}
    assert len(names) == n_names
    assert all(name.isascii() and len(name) <= 100 for name in names)


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_any_author_has_a_name_of_their_own_that_a_file_can_have(one: str, other: str) -> None:
    assert (author_name(one) == author_name(other)) == (one == other)
    assert all(c.isascii() and (c.isalnum() or c in "-_") for c in author_name(one))


def a_listing(n_episodes: int, n_bytes: int = 3000) -> Listing:
    placed = [Placed(f"k{n}", f"s{n}", NOON + n * DAY, NOON, n_bytes) for n in reversed(range(n_episodes))]
    return Listing(name="main", title="", description="", group="all", placed=placed)


@given(st.integers(0, 2000), st.integers(0, 300))
def test_nothing_is_lost_between_a_feed_and_its_pages_and_new_ones_change_no_page(n: int, more: int) -> None:
    first, *pages = parted(a_listing(n))
    assert len(first) == min(n, 300)
    assert {p.key for part in (first, *pages) for p in part} == {f"k{m}" for m in range(n)}
    assert all(len(page) == 300 for page in pages)
    assert parted(a_listing(n + more))[1 : 1 + len(pages)] == pages


def test_a_feed_stays_under_its_size_whatever_its_items_weigh() -> None:
    first, *pages = parted(a_listing(290, n_bytes=40_000))
    assert sum(p.n_bytes for p in first) <= channels.MAX_FEED_BYTES
    assert {p.key for part in (first, *pages) for p in part} == {f"k{m}" for m in range(290)}
    assert len(parted(a_listing(1, n_bytes=9_000_000))[0]) == 1


def test_addresses_are_for_ever() -> None:
    assert (feed_path("main"), feed_path("tag-ai"), feed_path("main", 2), feed_path("tag-ai", 1)) == (
        "feed.xml", "feeds/tag-ai.xml", "feeds/main/2.xml", "feeds/tag-ai/1.xml",
    )  # fmt: skip


@given(st.permutations(range(6)))
def test_the_order_in_which_episodes_come_makes_no_difference(order: list[int]) -> None:
    shelf = [an_episode(n % 3 + n, ready_at=NOON, karma=n * 30, tags=("AI",)) for n in range(6)]
    assert all_listings([shelf[n] for n in order]) == all_listings(shelf)
