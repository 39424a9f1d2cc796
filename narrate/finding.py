"""Forums -> the queue: what is nominated, curated and upvoted there, what has changed since, and what is asked for.

Everything a poll does is idempotent and kept step by step: a forum that breaks off in the middle costs nothing that
was found before. Decisions are `choose`'s, rows are the store's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from narrate import choose
from narrate.errors import (
    ForumProtocol,
    ForumUnavailable,
    NarrateError,
    PostDenied,
    PostEmpty,
    PostMissing,
    SourceError,
)
from narrate.records import Candidate, PostKey, Series
from narrate.settings import Settings, split_names
from narrate.sources import Sources, locate
from narrate.sources.takes_of_week import week_before
from narrate.store import Store, candidates, lineup
from narrate.store.audit import SERVICE, list_notes, note
from narrate.store.lineup import Submitted
from narrate.store.series import save_series
from narrate.store.withdrawals import withdraw

_FETCHED = "fetch"
_MANY = 10_000  # posts a listing may give
_CLASSICS_LOOKED_AT = 400  # a year: far more than a year has with recordings of their own
_ROWS_AT_ONCE = 50
_LOOKED_AT_ONCE = 100
_LOOK_AT_FINISHED_AFTER = timedelta(days=1)
#: A finished post that its forum doesn't show for so long was deleted for good.
_GONE_AFTER = timedelta(days=3)

#: (candidate, its place by karma among its year's posts or None)
Found = tuple[Candidate, int | None]


@dataclass(slots=True)
class Poll:
    """How a look at one forum went. `error`: why it ended early; what was found until then is kept."""

    forum: str
    n_seen: int = 0
    n_found: int = 0
    n_gone: int = 0
    error: NarrateError | None = None
    found: set[PostKey] = field(default_factory=set)


def find(
    sources: Sources, store: Store, settings: Settings, at: datetime, on_step: Callable[[str], None] = lambda _: None
) -> list[Poll]:
    """Look through every forum of the settings and bring the queue up to date. A forum's failure is in its Poll."""
    polls = []
    for forum in split_names(settings.find_forums):
        poll = Poll(forum)
        try:
            for step, found in _steps(sources, forum, settings, at):
                on_step(f"{forum}: {step}")
                _take_in(store, settings, at, found, poll)
            on_step(f"{forum}: what has changed")
            _look_again(sources, store, settings, at, forum, poll)
        except (ForumUnavailable, ForumProtocol) as error:
            poll.error = error
        polls.append(poll)
    with store.begin() as session:
        counts = {p.forum: {"seen": p.n_seen, "found": p.n_found, "error": str(p.error or "")} for p in polls}
        note(session, at, SERVICE, _FETCHED, "queue", counts)
    return polls


def last_found_at(store: Store) -> datetime | None:
    """When the forums were last looked through."""
    with store.begin() as session:
        notes = list_notes(session, actor=SERVICE, actions=[_FETCHED], limit=1)
    return notes[0].at if notes else None


def look_up(sources: Sources, text: str) -> Candidate:
    """What the board shows of the post at an address, id or key; a crosspost as the forum with its text shows it.

    Raises UnknownAddress or a SourceError.
    """
    candidate = sources.candidate(text)
    there = locate(str(candidate.key), sources.forums.values()).forum.name
    return candidate if candidate.site in ("", there) else sources.candidate(candidate.key)


def submit(
    sources: Sources, store: Store, settings: Settings, text: str, member_id: str | None, at: datetime
) -> Submitted:
    """Ask for the post, quick take or sequence at an address. Never opens a file; see lineup.submit for what it says.

    Raises UnknownAddress, a SourceError, or BudgetSpent.
    """
    entry, parts, series = _look_at(sources, text)
    with store.begin() as session:
        if series is not None:
            save_series(session, series, at)
            return lineup.submit_sequence(session, entry, parts, member_id, at, settings)
        return lineup.submit(session, entry, member_id, at, settings)


def look_at(sources: Sources, text: str) -> tuple[Candidate, list[Candidate]]:
    """(the entry that the post, quick take or sequence at an address would be, a sequence's posts in order).

    Never opens a file. Raises UnknownAddress or a SourceError.
    """
    entry, parts, _ = _look_at(sources, text)
    return entry, parts


def _look_at(sources: Sources, text: str) -> tuple[Candidate, list[Candidate], Series | None]:
    if locate(text, sources.forums.values()).kind != "sequence":
        return look_up(sources, text), [], None
    series = sources.series(text)
    keys = [key for _, chapter in series.chapters for key in chapter]
    seen = {candidate.key: candidate for candidate in sources.candidates_by_key(keys)}
    parts = [seen[key] for key in keys if key in seen]
    return _entry_of(series, parts), parts, series


def _entry_of(series: Series, parts: list[Candidate]) -> Candidate:
    """A sequence as one entry of the queue: as long as its mean post, as good as its best."""
    if not parts:
        raise PostMissing("this sequence has no posts that guests may read: give the address of one of its posts")
    names = tuple(dict.fromkeys(author for part in parts for author in part.authors))
    return Candidate(
        key=series.key,
        url=series.url,
        title=f"{series.title}, a sequence of {len(parts)} posts",
        authors=names,
        karma=max(part.karma for part in parts),
        posted_at=min(part.posted_at for part in parts),
        word_count=sum(part.word_count for part in parts) // len(parts),
        site=parts[0].site,
    )


def _steps(sources: Sources, forum: str, settings: Settings, at: datetime) -> Iterator[tuple[str, Iterable[Found]]]:
    """The listings to look through. What is taken from them is decided by each post's own facts."""

    def listed(view: str, **terms: object) -> Iterable[Found]:
        limits = {name: terms.pop(name, None) for name in ("after", "before")}
        limit = _MANY if view in ("new", "curatedRss") else 2000
        seen = sources.candidates(forum, view, limit=limit, terms=terms, **limits)  # type: ignore[arg-type]
        return ((candidate, None) for candidate in seen)

    recent = at - timedelta(days=settings.find_recent_days)
    yield "upvoted posts", listed("new", after=recent, karmaThreshold=settings.find_recent_karma)
    yield "curated posts", listed("curatedRss")
    if sources.forums[forum].has_reviews:
        yield "winners of the Review", ((candidate, None) for candidate in sources.review_winners(forum))
        for year in choose.review_years(at):
            yield (
                f"nominees of {year}",
                listed("reviewVoting", reviewPhase=_phase(year, at), excludeEvents=True, **_in(year)),
            )
    if settings.find_classics_per_year:
        for year in range(settings.find_first_year, at.year):
            yield f"the best of {year}", _best_of(sources, forum, settings, year)
    yield "quick takes", _weeks(sources, sources.forums[forum].source, at)


def _weeks(sources: Sources, source: str, at: datetime) -> Iterator[Found]:
    """The last weeks' quick takes, each week as one candidate."""
    for n_weeks in (1, 2):
        try:
            yield sources.candidate(PostKey(source, f"quick-takes-{week_before(at, n_weeks)}")), None
        except PostEmpty:
            continue


def _best_of(sources: Sources, forum: str, settings: Settings, year: int) -> Iterator[Found]:
    """A year's posts by karma until enough were seen that can be narrated; the others take no place."""
    place = 1
    window = _in(year)
    for candidate in sources.candidates(forum, "top", window["after"], window["before"], _CLASSICS_LOOKED_AT):
        yield candidate, place
        place += choose.refusal(candidate, settings, asked_for=False) is None
        if place > settings.find_classics_per_year:
            return


def _phase(year: int, at: datetime) -> str:
    """What the forum calls the stage of a year's Review: it lists by other thresholds while nominations are open."""
    return "NOMINATIONS" if choose.takes_nominations(year, at) else "REVIEWS"


def _in(year: int) -> dict[str, datetime]:
    return {"after": datetime(year, 1, 1, tzinfo=UTC), "before": datetime(year + 1, 1, 1, tzinfo=UTC)}


def _take_in(store: Store, settings: Settings, at: datetime, found: Iterable[Found], poll: Poll) -> None:
    """Put what was found into the rows, some at a time. Rows are locked in one order, whoever else is at them."""
    for some in _batches(found):
        with store.begin() as session:
            for candidate, place in sorted(some, key=lambda pair: pair[0].key):
                poll.n_seen += 1
                if candidates.note_found(session, candidate, at, settings, place):
                    poll.found.add(candidate.key)
        poll.n_found = len(poll.found)


def _batches(found: Iterable[Found]) -> Iterator[tuple[Found, ...]]:
    """At most so many at a time. What came before a failure is handed on before the failure is."""
    some: list[Found] = []
    try:
        for one in found:
            some.append(one)
            if len(some) == _ROWS_AT_ONCE:
                yield tuple(some)
                some.clear()
    except (ForumUnavailable, ForumProtocol):
        if some:
            yield tuple(some)
        raise
    if some:
        yield tuple(some)


def _look_again(sources: Sources, store: Store, settings: Settings, at: datetime, forum: str, poll: Poll) -> None:
    """Edits, karma, un-curations and removals of what this poll didn't see; finished posts that were deleted."""
    source = sources.forums[forum].source
    with store.begin() as session:
        waiting = candidates.to_look_at(session, source, at)
        finished = candidates.finished_to_look_at(session, source, at - _LOOK_AT_FINISHED_AFTER)
    known = [*waiting, *finished]
    for start in range(0, len(known), _LOOKED_AT_ONCE):
        keys = known[start : start + _LOOKED_AT_ONCE]
        shown = {candidate.key: candidate for candidate in sources.candidates_by_key(k for k in keys if _is_post(k))}
        missing = [key for key in keys if key not in shown]
        again = {key: _once_more(sources, key) for key in missing}
        with store.begin() as session:
            for key in sorted(keys):
                candidate = shown.get(key) or again.get(key)
                if candidate is not None:
                    candidates.look_again(session, candidate, at, settings)
                elif candidates.note_gone(session, key, at):
                    poll.n_gone += 1
                elif candidates.is_gone_since(session, key, at - _GONE_AFTER):
                    withdraw(session, key, "it was deleted on its forum", at)
                    poll.n_gone += 1


def _is_post(key: PostKey) -> bool:
    return "-" not in key.post_id  # quick takes and the like are asked for one by one


def _once_more(sources: Sources, key: PostKey) -> Candidate | None:
    """A listing left this post out: ask for it alone. None when guests can't see it; raises when we can't tell."""
    try:
        found = sources.candidate(key)
        return found if found.key == key else None  # its text moved to another forum
    except (PostMissing, PostDenied):
        return None
    except (ForumUnavailable, ForumProtocol):
        raise
    except SourceError:
        return None
