"""What is found, refused, put first and released, as plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from narrate import choose
from narrate.records import Author, PostKey
from narrate.settings import FORUM_NAMES, Settings
from narrate.sources import FORUMS
from tests.candidates import DAY, NOON, a_candidate

POLICY = Settings()
REVIEW = datetime(2026, 12, 5, tzinfo=UTC)

numbers = st.floats(0, 1e6, allow_nan=False)
minutes = st.floats(2, 1000)
dates = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def a_rank(**given: Any) -> float:
    return choose.rank(**{"base": 2.0, "votes": 0.0, "minutes": 10.0, "queued_at": NOON, **given})


# Which posts


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, None),
        ({"kind": "question"}, None),
        ({"kind": "dialogue"}, None),
        ({"kind": "question", "word_count": 20}, None),
        ({"kind": "quick_take", "word_count": 20}, None),
        ({"collection": "codex"}, None),
        ({"collection": "highlights"}, None),
        ({"word_count": 0}, None),  # unknown
        ({"refusal": "it announces an event"}, "it announces an event"),
        ({"hidden": "its author didn't list it"}, "its author didn't list it"),
        ({"recording_url": "https://pod.example/1"}, "a person has read it aloud already"),
        ({"collection": "rationality"}, "it is part of rationality, a book that can be heard elsewhere"),
        ({"collection": "hpmor"}, "it is part of hpmor, a book that can be heard elsewhere"),
        ({"karma": -1}, "its karma is negative"),
        ({"word_count": 149}, "it is a stub of 149 words"),
    ],
)
def test_what_is_left_out_has_a_reason(fields: dict[str, Any], why: str | None) -> None:
    assert choose.refusal(a_candidate(**fields), POLICY, asked_for=True) == why


def test_the_codex_is_narrated_when_asked_for_and_not_found_by_itself() -> None:
    assert choose.refusal(a_candidate(collection="codex"), POLICY, asked_for=False) is not None


@pytest.mark.parametrize(
    ("fields", "place", "at", "reasons"),
    [
        ({"karma": 44}, None, NOON, ()),
        ({"karma": 45}, None, NOON, ("45 karma",)),
        ({"karma": 45, "posted_at": NOON - 61 * DAY}, None, NOON, ()),
        ({"curated_at": NOON}, None, NOON, ("curated by the forum's moderators",)),
        ({"posted_at": datetime(2009, 5, 1, tzinfo=UTC)}, 25, NOON, ("number 25 of 2009 by karma",)),
        ({"posted_at": datetime(2009, 5, 1, tzinfo=UTC)}, 26, NOON, ()),
        ({"posted_at": datetime(2024, 5, 1, tzinfo=UTC), "positive_review_votes": 2}, None, NOON,
         ("nominated in the Review of 2024",)),
        ({"posted_at": datetime(2024, 5, 1, tzinfo=UTC), "positive_review_votes": 1}, None, NOON, ()),
        ({"posted_at": datetime(2025, 5, 1, tzinfo=UTC), "positive_review_votes": 9}, None, NOON, ()),
        ({"posted_at": datetime(2025, 5, 1, tzinfo=UTC), "positive_review_votes": 1}, None, REVIEW,
         ("nominated in the Review of 2025",)),
        ({"posted_at": datetime(2025, 5, 1, tzinfo=UTC), "positive_review_votes": 1}, None, REVIEW + 15 * DAY, ()),
        ({"posted_at": datetime(2019, 5, 1, tzinfo=UTC), "won_review": 2019}, None, NOON,
         ("among the best of 2019 by its Review",)),
    ],
)  # fmt: skip
def test_a_post_is_found_for_reasons(
    fields: dict[str, Any], place: int | None, at: datetime, reasons: tuple[str, ...]
) -> None:
    assert choose.found_because(a_candidate(**fields), POLICY, at, place) == reasons


def test_a_post_that_was_new_when_queued_stays_found() -> None:
    post = a_candidate(karma=60, posted_at=NOON - 10 * DAY)
    assert choose.found_because(post, POLICY, NOON + 90 * DAY, queued_at=NOON) == ("60 karma",)
    assert choose.found_because(post, POLICY, NOON + 90 * DAY) == ()


def test_the_review_of_a_year_starts_in_the_december_after_it() -> None:
    assert list(choose.review_years(NOON)) == list(range(2018, 2025))
    assert list(choose.review_years(REVIEW))[-1] == 2025


@pytest.mark.parametrize(
    ("fields", "elsewhere", "note"),
    [
        ({}, "likely", None),
        ({"kind": "dialogue"}, "likely", None),
        ({"recording_url": "https://pod.example/1"}, "human", None),
        ({"kind": "question"}, "none", "a question: not narrated on LessWrong"),
        ({"kind": "debate"}, "none", "a debate: not narrated on LessWrong"),
        ({"kind": "quick_take"}, "none", "a quick take: not narrated on LessWrong"),
        ({"posted_at": datetime(2023, 4, 30, tzinfo=UTC)}, "none", "before May 2023: not narrated by the forum"),
        ({"posted_at": datetime(2023, 5, 1, tzinfo=UTC)}, "likely", None),
        ({"karma": 29}, "none", "under 30 karma: not narrated by the forum"),
    ],
)
def test_whether_it_can_be_heard_elsewhere(fields: dict[str, Any], elsewhere: str, note: str | None) -> None:
    assert choose.audio_elsewhere(a_candidate(**fields)) == (elsewhere, note)


def test_a_post_is_a_classic_from_its_birthday_on() -> None:
    assert choose.lane_of(NOON - 364 * DAY, NOON, POLICY) == "recent"
    assert choose.lane_of(NOON - 365 * DAY, NOON, POLICY) == "classic"


def test_twins_are_told_by_title_and_author() -> None:
    here = a_candidate(title="On “Being” Certain — a Note")
    there = a_candidate(
        key=PostKey("eaforum", "x" * 17), title="On being certain: a note", authors=(Author(name="ANA"),)
    )
    assert choose.twin_of(here) == choose.twin_of(there) != ""
    assert choose.twin_of(a_candidate(title="Open Thread")) == ""
    assert choose.twin_of(a_candidate(authors=(Author(name="anonymous"),))) == ""


def test_the_forums_of_the_settings_are_those_there_are() -> None:
    assert set(FORUM_NAMES) == set(FORUMS)


# Their order


@given(numbers, numbers, minutes, st.floats(0.25, 1000), dates)
def test_a_vote_more_never_puts_a_post_further_back(
    base: float, votes: float, length: float, more: float, at: datetime
) -> None:
    before = a_rank(base=base, votes=votes, minutes=length, queued_at=at)
    assert a_rank(base=base, votes=votes + more, minutes=length, queued_at=at) >= before


@given(st.floats(0, 100), st.floats(0, 1000), minutes, st.floats(0, 100), st.floats(0, 1000), minutes, dates)
def test_nothing_starves(
    base: float, votes: float, length: float, base_2: float, votes_2: float, length_2: float, at: datetime
) -> None:
    """However good what comes later is, there is a day from which all that comes is behind a post that waits."""
    mine = a_rank(base=base, votes=votes, minutes=length, queued_at=at)
    worth = (base_2 + votes_2) / length_2 - (base + votes) / length
    overtaken_after = timedelta(days=max(0.0, worth / choose.WAITING_PER_DAY) + 1)
    assume(at + overtaken_after < datetime(9000, 1, 1, tzinfo=UTC))
    assert a_rank(base=base_2, votes=votes_2, minutes=length_2, queued_at=at + overtaken_after) < mine


@given(numbers, numbers, minutes, dates, dates)
def test_the_same_facts_give_the_same_rank_and_waiting_longer_never_hurts(
    base: float, votes: float, length: float, at: datetime, other: datetime
) -> None:
    first, later = sorted((at, other))
    given_ = {"base": base, "votes": votes, "minutes": length}
    assert a_rank(**given_, queued_at=first) == a_rank(**given_, queued_at=first) >= a_rank(**given_, queued_at=later)


def test_a_short_gem_isnt_beaten_by_a_long_post_with_a_vote_more() -> None:
    assert a_rank(votes=3, minutes=5.0) > a_rank(votes=4, minutes=180.0)


def test_ten_days_of_waiting_are_a_vote_for_ten_minutes() -> None:
    assert a_rank(queued_at=NOON - 10 * DAY) == pytest.approx(a_rank(votes=1))


def test_classics_count_by_their_place_and_not_by_inflated_karma() -> None:
    old, new = a_candidate(karma=40), a_candidate(karma=400)
    assert choose.base_of(old, NOON, 1) == choose.base_of(new, NOON, 1) > choose.base_of(new, NOON, 20)
    assert choose.base_of(a_candidate(curated_at=NOON), NOON, None) > choose.base_of(a_candidate(), NOON, None)


def test_a_recent_post_without_audio_elsewhere_goes_first() -> None:
    assert choose.head_start_of("recent", "none") > choose.head_start_of("recent", "likely")
    assert choose.head_start_of("classic", "none") == 0


def test_lanes_take_turns() -> None:
    assert choose.turns(None)[0] == "recent"
    assert choose.turns("recent")[0] == "classic"
    assert choose.turns("classic")[0] == "recent"


# Votes and releases


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_week_starts_on_monday_and_ends_after_what_is_in_it(at: datetime) -> None:
    assert choose.week_of(at).weekday() == 0
    assert choose.week_of(at) <= at.date() < choose.week_of(at) + timedelta(days=7)
    assert at < choose.week_ends(at) <= at + timedelta(days=7)


@pytest.mark.parametrize(
    ("by_operator", "n_voters", "n_verified", "karma", "how"),
    [
        (True, 0, 0, -5, "operator"),
        (False, 1, 0, 30, "votes"),
        (False, 1, 1, 29, None),
        (False, 9, 1, 29, None),
        (False, 2, 2, 29, "votes"),
        (False, 0, 0, 500, None),
    ],
)
def test_votes_decide_what_enters_the_main_feed_at_once(
    by_operator: bool, n_voters: int, n_verified: int, karma: int, how: str | None
) -> None:
    assert how == choose.released_as(
        by_operator=by_operator, n_voters=n_voters, n_verified=n_verified, karma=karma, policy=POLICY
    )


def test_the_day_a_find_should_be_released_counts_places() -> None:
    today = date(2026, 11, 23)
    assert choose.expected_on(1, 0, "recent", POLICY, NOON) == today
    assert choose.expected_on(5, 0, "recent", POLICY, NOON) == today + DAY
    assert choose.expected_on(1, 4, "recent", POLICY, NOON) == today + DAY
    assert choose.expected_on(3, 0, "classic", POLICY, NOON) == today + 2 * DAY
    assert choose.expected_on(1, 0, "classic", Settings(release_classics_per_day=0), NOON) is None
