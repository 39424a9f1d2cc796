"""Facts about posts, votes and dates -> which posts are narrated, in what order, and which enter the main feed. Pure.

The order is one number a post, `rank`: base plus votes, per minute of audio, plus what its waiting is worth. Waiting
counts linearly, so all ranks grow alike and the order only changes with votes, karma and edits: it can be stored.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Literal, Protocol, TypeVar

from narrate.records import Author, Candidate

T = TypeVar("T")

Lane = Literal["recent", "classic"]
LANES: tuple[Lane, ...] = ("recent", "classic")
#: Whether a post can be heard elsewhere: read by a person, likely by LessWrong's own machine, or not at all.
Elsewhere = Literal["human", "likely", "none"]
#: How a finished episode came into the main feed.
Release = Literal["place", "votes", "operator"]

WEEK_POINTS = 100
MAX_VOTES = 10
#: Votes per minute of audio that a day of waiting is worth: ten days are one vote for a ten-minute post.
WAITING_PER_DAY = 0.01
#: Days of waiting that a recent post without audio elsewhere is given at once: it is what we are here for.
HEAD_START_DAYS = 60.0
#: How far behind all others a post of the archive stands until somebody votes for it: more than waiting ever adds.
_ARCHIVE_BEHIND = 1000.0
#: Ranks below this are the archive's alone.
ARCHIVE_RANK = -_ARCHIVE_BEHIND / 2

_WORDS_PER_MINUTE = 160
_LEAST_MINUTES = 2.0
_UNKNOWN_MINUTES = 10.0
_DAY_ZERO = datetime(2026, 1, 1, tzinfo=UTC)
#: A book that isn't found by itself, but may be asked for.
_ONLY_ASKED_FOR = ("codex",)
#: The first year that had a Review (LessWrong's annual vote on the year before).
_FIRST_REVIEW = 2018
#: LessWrong's own machine reads posts from this day on and from this karma up (ForumMagnum, isPostAllowedType3Audio).
_MACHINE_READS_SINCE = datetime(2023, 5, 1, tzinfo=UTC)
_MACHINE_READS_FROM_KARMA = 30
_MACHINE_READS_ON = ("lesswrong", "eaforum")
_NAMELESS = ("anonymous", "a deleted user")
_LEAST_TWIN_LETTERS = 12


class Policy(Protocol):
    """The settings that decide; `narrate.settings.Settings` has them all."""

    @property
    def find_recent_karma(self) -> int: ...
    @property
    def find_recent_days(self) -> int: ...
    @property
    def find_classics_per_year(self) -> int: ...
    @property
    def find_min_words(self) -> int: ...
    @property
    def find_excluded_collections(self) -> str: ...
    @property
    def classic_after_days(self) -> int: ...
    @property
    def release_recent_per_day(self) -> int: ...
    @property
    def release_classics_per_day(self) -> int: ...
    @property
    def release_karma_floor(self) -> int: ...
    @property
    def release_votes_below_floor(self) -> int: ...
    @property
    def consent(self) -> str: ...


# Which posts


def refusal(candidate: Candidate, policy: Policy, *, asked_for: bool) -> str | None:
    """Why this post isn't narrated, as a clause that follows "not narrated: "; None when it can be."""
    if why := candidate.refusal or candidate.hidden:
        return why
    if candidate.recording_url:
        return "a person has read it aloud already"
    excluded = {name.strip() for name in policy.find_excluded_collections.split(",")}
    if candidate.collection in excluded or (candidate.collection in _ONLY_ASKED_FOR and not asked_for):
        return f"it is part of {candidate.collection}, a book that can be heard elsewhere"
    if candidate.karma < 0:
        return "its karma is negative"
    if candidate.kind not in ("quick_take", "question", "debate") and 0 < candidate.word_count < policy.find_min_words:
        return f"it is a stub of {candidate.word_count} words"
    return None


def found_because(
    candidate: Candidate,
    policy: Policy,
    at: datetime,
    year_place: int | None = None,
    queued_at: datetime | None = None,
) -> tuple[str, ...]:
    """Why a poll at `at` puts this post into the queue, or keeps it there; empty when it doesn't.

    `year_place` counts from 1 by karma among its year's posts. A post queued as a new one isn't too old later.
    """
    if is_week_of_takes(candidate):
        return ("the best quick takes of a week",)
    reasons = []
    if candidate.won_review:
        reasons.append(f"among the best of {candidate.won_review} by its Review")
    elif is_nominated(candidate, at):
        reasons.append(f"nominated in the Review of {candidate.posted_at.year}")
    if candidate.curated_at:
        reasons.append("curated by the forum's moderators")
    age = (queued_at or at) - candidate.posted_at
    if candidate.karma >= policy.find_recent_karma and age <= timedelta(days=policy.find_recent_days):
        reasons.append(f"{candidate.karma} karma")
    if year_place and year_place <= policy.find_classics_per_year and candidate.posted_at.year < at.year:
        reasons.append(f"number {year_place} of {candidate.posted_at.year} by karma")
    return tuple(reasons)


def is_week_of_takes(candidate: Candidate) -> bool:
    """A week's quick takes as one episode, rather than a post."""
    return candidate.kind == "quick_take" and candidate.key.post_id.startswith("quick-takes-")


def is_nominated(candidate: Candidate, at: datetime) -> bool:
    """Nominated in the Review of its year: one positive vote shows while nominations are open, then it takes two."""
    return nominated_in(candidate.posted_at, candidate.positive_review_votes, at) is not None


def nominated_in(posted_at: datetime, positive_votes: int, at: datetime) -> int | None:
    """The year in whose Review a post with so many positive votes is nominated at `at`; None when it isn't."""
    year = posted_at.year
    if year < _FIRST_REVIEW or at < review_opens(year):
        return None
    return year if positive_votes >= (1 if takes_nominations(year, at) else 2) else None


def takes_nominations(year: int, at: datetime) -> bool:
    """Whether the Review of a year's posts is in its first stage."""
    return review_opens(year) <= at < review_opens(year) + timedelta(days=15)


def review_opens(year: int) -> datetime:
    """When the Review of a year's posts starts: midnight Pacific at the end of the next November."""
    return datetime(year + 1, 12, 1, 8, tzinfo=UTC)


def review_years(at: datetime) -> range:
    """The years whose Review has started."""
    last = at.year - 1 if at >= review_opens(at.year - 1) else at.year - 2
    return range(_FIRST_REVIEW, last + 1)


def lane_of(posted_at: datetime, at: datetime, policy: Policy) -> Lane:
    return "classic" if at - posted_at >= timedelta(days=policy.classic_after_days) else "recent"


def audio_elsewhere(candidate: Candidate) -> tuple[Elsewhere, str | None]:
    """(whether it can be heard elsewhere, where it can't: why LessWrong's own machine doesn't read it)."""
    if candidate.recording_url:
        return "human", None
    if candidate.key.source not in _MACHINE_READS_ON:
        return "none", None
    name = {"question": "a question", "debate": "a debate", "quick_take": "a quick take"}.get(candidate.kind)
    if name:
        return "none", f"{name}: not narrated on {candidate.site or 'the forum'}"
    if candidate.posted_at < _MACHINE_READS_SINCE:
        return "none", "before May 2023: not narrated by the forum"
    if candidate.karma < _MACHINE_READS_FROM_KARMA:
        return "none", f"under {_MACHINE_READS_FROM_KARMA} karma: not narrated by the forum"
    return "likely", None


def twin_of(candidate: Candidate) -> str:
    """Title and first author, folded: the same on two forums is the same post. "" where that says too little."""
    title, author = _folded(candidate.title), candidate.authors[0].name
    if len(title) < _LEAST_TWIN_LETTERS or author in _NAMELESS:
        return ""
    return f"{title[:200]}|{_folded(author)[:90]}"


def author_id(author: Author) -> str:
    """What an author is known by when they object or agree: their page, else their name."""
    return (author.url or f"name:{author.name}").lower()[:300]


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


# Their order


def minutes_of(n_words: int) -> float:
    """Estimated minutes of audio; the words around a post and the pauses make even a stub two minutes."""
    if n_words <= 0:
        return _UNKNOWN_MINUTES
    return max(_LEAST_MINUTES, round(n_words / _WORDS_PER_MINUTE, 1))


def base_of(candidate: Candidate, at: datetime, year_place: int | None) -> float:
    """What a post is worth before any member votes, in votes: karma 30 is 2, 70 is 3, 310 is 5.

    Karma has grown over the years, so a classic found by its place among its year's posts counts by that place.
    """
    worth = math.log2(1 + max(candidate.karma, 0) / 10)
    if year_place:
        worth = max(6 - math.log2(year_place) / 2, 1.0)
    worth += 2 if candidate.curated_at else 0
    if candidate.won_review:
        return worth + 3
    return worth + (min(candidate.positive_review_votes, 10) / 2 if is_nominated(candidate, at) else 0)


def head_start_of(lane: Lane, elsewhere: Elsewhere) -> float:
    """Days of waiting granted at once."""
    return HEAD_START_DAYS if lane == "recent" and elsewhere == "none" else 0.0


def rank(
    *,
    base: float,
    votes: float,
    minutes: float,
    queued_at: datetime,
    head_start_days: float = 0.0,
    nudge: float = 0.0,
    from_archive: bool = False,
) -> float:
    """The number the queue is ordered by, highest first.

    Two posts keep their distance while both wait; one queued later starts lower, so whoever waits long enough comes
    first. `nudge` is an operator's hand. `from_archive`: only a backfill wants it, so it comes after all others.
    """
    queued_on_day = (queued_at - _DAY_ZERO) / timedelta(days=1)
    waited = WAITING_PER_DAY * (queued_on_day - head_start_days)
    return (base + votes) / minutes - waited + nudge - (_ARCHIVE_BEHIND if from_archive else 0.0)


def turns(last: Lane | None) -> tuple[Lane, Lane]:
    """The lanes in the order in which the next post is looked for: they alternate, recent posts first."""
    return ("classic", "recent") if last == "recent" else ("recent", "classic")


def in_turns(recent: Sequence[T], classic: Sequence[T], last: Lane | None) -> list[T]:
    """Both lanes, each in its own order, as one: they alternate after the lane that came last.

    >>> in_turns(["r1", "r2", "r3"], ["c1"], "recent")
    ['c1', 'r1', 'r2', 'r3']
    """
    lanes = {"recent": recent, "classic": classic}
    first, second = (lanes[lane] for lane in turns(last))
    pairs = zip_longest(first, second)
    return [each for pair in pairs for each in pair if each is not None]


# Votes


def week_of(at: datetime) -> date:
    """The Monday (UTC) that starts the week of `at`."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def week_ends(at: datetime) -> datetime:
    """When the points of the week of `at` lapse and new ones come."""
    return datetime.combine(week_of(at) + timedelta(days=7), datetime.min.time(), UTC)


def points_for(n_votes: int, paid: int = 0) -> int:
    """What `n_votes` on one post cost this week when earlier weeks paid `paid` for it already."""
    return max(0, n_votes * n_votes - paid)


# What enters the main feed


def released_as(*, by_operator: bool, n_voters: int, n_verified: int, karma: int, policy: Policy) -> Release | None:
    """How a finished episode enters the main feed at once; None when it waits for a place or for votes."""
    if by_operator:
        return "operator"
    if n_voters and (karma >= policy.release_karma_floor or n_verified >= policy.release_votes_below_floor):
        return "votes"
    return None


def places_a_day(lane: Lane, policy: Policy) -> int:
    """How many finds of a lane enter the main feed a day."""
    return policy.release_recent_per_day if lane == "recent" else policy.release_classics_per_day


def expected_on(position: int, n_ready: int, lane: Lane, policy: Policy, at: datetime) -> date | None:
    """The day a find at this position of its lane should enter the main feed, with `n_ready` finished ones before it.

    None when its lane has no places. Members' votes bring a post forward.
    """
    places = places_a_day(lane, policy)
    if not places:
        return None
    return at.astimezone(UTC).date() + timedelta(days=(n_ready + position - 1) // places)
