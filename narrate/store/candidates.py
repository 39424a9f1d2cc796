"""Candidates -> rows of the queue: what a poll found, what somebody submitted, and what has changed since.

Idempotent: the same candidate twice is one row, and a row never goes back on what members or operators decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import Policy
from narrate.records import Author, Candidate, PostKey
from narrate.store.audit import BACKFILL, OPERATOR
from narrate.store.consents import objection
from narrate.store.entries import Entry, changed, entry_of, insert_into, locked, rerank
from narrate.store.tables import PartRow, PostRow, QueueRow
from narrate.store.withdrawals import is_withdrawn

#: Why a post that a poll had found is not waiting any more, until it is found again.
NO_LONGER = "it is no longer nominated, curated or upvoted enough"
PART = "it waits with the sequence it belongs to"
GONE = "its forum doesn't show it any more"
#: States that a look at the forum may change; the others are settled by work done or by an operator.
_OPEN = ("waiting", "held", "refused")
_KEYS_AT_ONCE = 500
#: What only a backfill wants is looked at so seldom, and so few at a time: an archive is long, and forums are asked
#: politely. When its turn comes it is fetched anyway.
_ARCHIVE_AGAIN = timedelta(days=30)
_ARCHIVE_AT_ONCE = 500


def note_found(
    session: Session, candidate: Candidate, at: datetime, policy: Policy, year_place: int | None = None
) -> bool:
    """Take in what a poll saw. True when it is in the queue because of this poll, waiting or with a reason why not."""
    reasons = choose.found_because(candidate, policy, at, year_place)
    if not reasons or is_withdrawn(session, candidate.key):
        return False
    if twin_elsewhere(session, candidate):
        return False
    insert_or_lock(session, candidate, at, policy, found=True, asked_by=None, year_place=year_place)
    return True


def note_archived(session: Session, candidate: Candidate, at: datetime, policy: Policy) -> bool:
    """Take in a post of the archive. True when it waits (or is held) now, and nobody but this backfill wanted it."""
    if is_withdrawn(session, candidate.key) or twin_elsewhere(session, candidate):
        return False
    _, new = insert_or_lock(session, candidate, at, policy, found=False, asked_by=BACKFILL)
    return new


def settled(session: Session, keys: Sequence[PostKey]) -> dict[PostKey, str]:
    """Of these posts those that a backfill has nothing to do for, and why not."""
    found: dict[PostKey, str] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = [str(key) for key in keys[start : start + _KEYS_AT_ONCE]]
        ready = select(PostRow.key).where(PostRow.key.in_(some), PostRow.ready_at.is_not(None))
        found |= {PostKey.parse(key): "narrated already" for key in session.scalars(ready)}
        waits = select(QueueRow.key).where(QueueRow.key.in_(some), QueueRow.state.in_(("waiting", "held", "taken")))
        found |= {PostKey.parse(key): "in the queue already" for key in session.scalars(waits)}
        gone = select(QueueRow.key).where(QueueRow.key.in_(some), QueueRow.decided_by.is_not(None))
        gone = gone.where(QueueRow.state.in_(("refused", "removed")))
        found |= {PostKey.parse(key): "taken out by an operator, or failed" for key in session.scalars(gone)}
    return found


def look_again(session: Session, candidate: Candidate, at: datetime, policy: Policy) -> bool:
    """Bring a row up to date with what the forum shows now. True when its state changed."""
    row = locked(session, candidate.key)
    if row is None:
        return False
    before = row.state
    _update(session, row, candidate, at, policy)
    return row.state != before


def note_gone(session: Session, key: PostKey, at: datetime) -> bool:
    """The forum has no such post for guests any more. True when it waited and is now refused."""
    row = locked(session, key)
    if row is None or row.state not in _OPEN or row.decided_by is not None:
        return False
    row.seen_at = at
    changed = (row.state, row.reason) != ("refused", GONE)
    row.state, row.reason = "refused", GONE
    session.flush()
    return changed


def to_look_at(session: Session, source: str, before: datetime) -> Sequence[PostKey]:
    """Keys of one forum's open rows that weren't looked at since `before`, longest ago first."""
    is_open, archive = QueueRow.state.in_(_OPEN), _only_archive()
    wanted = _unseen(session, source, before, is_open & ~archive)
    return [*wanted, *_unseen(session, source, before - _ARCHIVE_AGAIN, is_open & archive, _ARCHIVE_AT_ONCE)]


def finished_to_look_at(session: Session, source: str, before: datetime) -> Sequence[PostKey]:
    """The same of posts whose episodes stand: their forum may have deleted them."""
    return _unseen(session, source, before, QueueRow.state == "done")


def is_gone_since(session: Session, key: PostKey, since: datetime) -> bool:
    """Is this a finished post that its forum was last seen to show before `since`?"""
    gone = (QueueRow.key == str(key), QueueRow.state == "done", QueueRow.seen_at < since)
    return session.scalar(select(QueueRow.key).where(*gone)) is not None


def _only_archive() -> Any:
    """`entries.from_archive` as a condition."""
    return (func.coalesce(QueueRow.asked_by, "") == BACKFILL) & ~QueueRow.found & (QueueRow.votes <= 0)


def _unseen(session: Session, source: str, before: datetime, state: Any, limit: int | None = None) -> Sequence[PostKey]:
    own = QueueRow.key.startswith(f"{source}:", autoescape=True) & ~QueueRow.key.contains(":sequence-")
    found = select(QueueRow.key).where(state, own, QueueRow.seen_at < before)
    return [PostKey.parse(key) for key in session.scalars(found.order_by(QueueRow.seen_at, QueueRow.key).limit(limit))]


def twin_elsewhere(session: Session, candidate: Candidate) -> Entry | None:
    """The entry of the same post on another forum (same title, same author)."""
    twin = choose.twin_of(candidate)
    if not twin:
        return None
    others = select(QueueRow).where(
        QueueRow.twin == twin,
        ~QueueRow.key.startswith(f"{candidate.key.source}:", autoescape=True),
        QueueRow.state.in_(("waiting", "held", "taken", "done")),
    )
    row = session.scalars(others.order_by(QueueRow.queued_at, QueueRow.key).limit(1)).first()
    return None if row is None else entry_of(row)


def insert_or_lock(
    session: Session,
    candidate: Candidate,
    at: datetime,
    policy: Policy,
    *,
    found: bool,
    asked_by: str | None,
    year_place: int | None = None,
) -> tuple[QueueRow, bool]:
    """(the row of a candidate, locked and up to date; whether it is new or was refused until now)."""
    values: dict[str, Any] = {
        **_facts(candidate, at),
        "key": str(candidate.key),
        "state": "refused",
        "lane": choose.lane_of(candidate.posted_at, at, policy),
        "year_place": year_place,
        "found": found,
        "asked_by": asked_by,
        "why": [],
        "audio_elsewhere": "none",
        "queued_at": at,
        "base": 0.0,
        "votes": 0.0,
        "head_start_days": 0.0,
        "nudge": 0.0,
        "rank": 0.0,
    }
    is_new = bool(changed(session, insert_into(session, QueueRow).values(**values).on_conflict_do_nothing()))
    row = locked(session, candidate.key)
    assert row is not None, "it was just inserted, or was there"
    was_refused = row.state == "refused"
    row.found = row.found or found
    if asked_by not in (None, BACKFILL) and row.asked_by == BACKFILL:
        row.asked_by, row.queued_at = asked_by, at  # now somebody waits for it
    row.asked_by = row.asked_by or asked_by
    row.year_place = year_place or row.year_place
    if is_new and session.scalar(select(func.count()).select_from(PostRow).where(_has_episode(candidate.key))):
        row.state, row.released_as = "done", "operator"
    _update(session, row, candidate, at, policy)
    return row, (is_new or was_refused) and row.state in ("waiting", "held")


def _has_episode(key: PostKey) -> Any:
    return (PostRow.key == str(key)) & PostRow.ready_at.is_not(None)


#: Whose wish put a post into the queue, as its row says it.
_ASKED = {None: (), OPERATOR: ("asked for by the operator",), BACKFILL: ("from the archive",)}


def _is_part(session: Session, key: str) -> bool:
    parts = select(func.count()).select_from(PartRow).where(PartRow.key == key, PartRow.taken_at.is_(None))
    return bool(session.scalar(parts))


def _facts(candidate: Candidate, at: datetime) -> dict[str, Any]:
    return {
        "url": candidate.url,
        "title": candidate.title,
        "authors": [[author.name, author.url] for author in candidate.authors],
        "site": candidate.site,
        "kind": candidate.kind,
        "posted_at": candidate.posted_at,
        "karma": candidate.karma,
        "n_words": candidate.word_count,
        "curated_at": candidate.curated_at,
        "review_votes": candidate.positive_review_votes,
        "won_review": candidate.won_review,
        "recording_url": candidate.recording_url,
        "twin": choose.twin_of(candidate),
        "minutes": choose.minutes_of(candidate.word_count),
        "seen_at": at,
    }


def _update(session: Session, row: QueueRow, candidate: Candidate, at: datetime, policy: Policy) -> None:
    """Facts, reasons, state and rank of a row, from what the forum shows now."""
    for name, value in _facts(candidate, at).items():
        setattr(row, name, value)
    found_because = choose.found_because(candidate, policy, at, row.year_place, row.queued_at) if row.found else ()
    if row.state in _OPEN and row.decided_by is None:
        row.state, row.reason = _state(session, row, candidate, policy, bool(found_because))
    row.lane = choose.lane_of(candidate.posted_at, at, policy) if row.state in _OPEN else row.lane
    row.audio_elsewhere, why_none = choose.audio_elsewhere(candidate)
    asked = _ASKED.get(row.asked_by, ("asked for by a member",))
    row.why = [*found_because, *asked, *([why_none] if why_none else [])]
    row.base = choose.base_of(candidate, at, row.year_place if row.found else None)
    row.head_start_days = choose.head_start_of(row.lane, row.audio_elsewhere)  # type: ignore[arg-type]  # our own words
    rerank(row)
    session.flush()


def _state(
    session: Session, row: QueueRow, candidate: Candidate, policy: Policy, is_found: bool
) -> tuple[str, str | None]:
    """("waiting", None), or another state and the reason for it."""
    if why := choose.refusal(candidate, policy, asked_for=row.asked_by not in (None, BACKFILL)):
        return "refused", why
    authors = tuple(Author(name=str(name), url=url) for name, url in row.authors)
    if against := objection(session, authors, policy.consent):
        return ("refused" if against[1] else "held"), against[0]
    if not is_found and row.asked_by is None and row.votes <= 0:
        if _is_part(session, row.key):
            return "held", PART
        return "refused", NO_LONGER
    return "waiting", None
