"""The queue: pages of it, positions, submissions, and what is taken next. The door to its entries.

Named `lineup` because Python has a `queue` of its own.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import Lane, Policy
from narrate.errors import UsageError
from narrate.records import Candidate, PostKey
from narrate.store import votes
from narrate.store.audit import OPERATOR, note
from narrate.store.candidates import insert_or_lock, twin_elsewhere
from narrate.store.entries import Entry, EntryState, changed, entries_of, entry_of, must_lock, select_entries
from narrate.store.moderation import approve, hold, merge, remove, reorder, retry, unmerge
from narrate.store.tables import PartRow, QueueRow
from narrate.store.withdrawals import is_withdrawn

#: How the second half of a sequence's key starts.
SEQUENCE = "sequence-"

__all__ = [
    "SEQUENCE",
    "Entry",
    "EntryState",
    "Submitted",
    "approve",
    "count",
    "find",
    "hold",
    "merge",
    "next_up",
    "page",
    "position",
    "remove",
    "reorder",
    "retry",
    "submit",
    "submit_sequence",
    "take",
    "unmerge",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of a submission. `new`: it was not in the queue. `entry.state` tells a refusal from the rest."""

    entry: Entry
    new: bool


def page(
    session: Session, lane: Lane | None, cursor: str | None, limit: int, state: EntryState = "waiting"
) -> tuple[tuple[Entry, ...], str | None]:
    """Entries in the queue's order from `cursor` on, and the cursor of the next page (None at the end).

    Without a lane, both in one order. Raises UsageError for a cursor we didn't make.
    """
    wanted = select_entries().where(QueueRow.state == state)
    if lane is not None:
        wanted = wanted.where(QueueRow.lane == lane)
    if cursor is not None:
        rank, key = _read_cursor(cursor)
        wanted = wanted.where(or_(QueueRow.rank < rank, and_(QueueRow.rank == rank, QueueRow.key < key)))
    rows = session.execute(wanted.order_by(QueueRow.rank.desc(), QueueRow.key.desc()).limit(limit + 1)).all()
    entries = entries_of(rows[:limit])
    return entries, _cursor(entries[-1]) if len(rows) > limit else None


def find(session: Session, key: PostKey | str) -> Entry | None:
    """The entry of a post, whatever its state; a withdrawn post has nothing but key and reason."""
    found = entries_of(session.execute(select_entries().where(QueueRow.key == str(key))).all())
    if found:
        return found[0]
    reason = is_withdrawn(session, key)
    return None if reason is None else _withdrawn(key, reason)


def position(session: Session, key: PostKey | str) -> int:
    """The place of a waiting entry in its lane, from 1; 0 when it doesn't wait."""
    row = session.execute(
        select(QueueRow.lane, QueueRow.rank, QueueRow.key).where(QueueRow.key == str(key), QueueRow.state == "waiting")
    ).first()
    if row is None:
        return 0
    before = or_(QueueRow.rank > row.rank, and_(QueueRow.rank == row.rank, QueueRow.key > row.key))
    waiting = (QueueRow.state == "waiting", QueueRow.lane == row.lane)
    return 1 + (session.scalar(select(func.count()).select_from(QueueRow).where(*waiting, before)) or 0)


def count(session: Session, state: EntryState = "waiting", lane: Lane | None = None) -> int:
    """How many entries are in a state."""
    wanted = select(func.count()).select_from(QueueRow).where(QueueRow.state == state)
    return session.scalar(wanted if lane is None else wanted.where(QueueRow.lane == lane)) or 0


def submit(session: Session, candidate: Candidate, member_id: str | None, at: datetime, policy: Policy) -> Submitted:
    """Ask for a post: a member's first vote for it, or the operator's word (`member_id` None).

    A post that is known is joined, also as its twin on another forum or what it was merged into. When it isn't
    narrated, `entry.state` is "refused", "held", "removed" or "withdrawn" and `entry.reason` says why; when it is
    finished, "done". Raises BudgetSpent when a member has no point left for it.
    """
    if reason := is_withdrawn(session, candidate.key):
        return Submitted(entry=_withdrawn(candidate.key, reason), new=False)
    if twin := twin_elsewhere(session, candidate):
        return Submitted(entry=_joined(session, twin.key, member_id, at), new=False)
    asked_by = member_id or OPERATOR
    row, new = insert_or_lock(session, candidate, at, policy, found=False, asked_by=asked_by)
    if row.merged_into:
        return Submitted(entry=_joined(session, row.merged_into, member_id, at), new=False)
    if row.state == "waiting" or new:
        note(session, at, asked_by, "submit", row.key, {"state": row.state, "new": new})
    return Submitted(entry=_joined(session, row.key, member_id, at), new=new)


def submit_sequence(
    session: Session,
    sequence: Candidate,
    parts: Sequence[Candidate],
    member_id: str | None,
    at: datetime,
    policy: Policy,
) -> Submitted:
    """Ask for a sequence's posts as one entry; they are taken in its order, one whenever the entry comes up.

    Posts that aren't narrated, or are already, are left out. `sequence` is the entry itself, with the mean length of
    a post as its word count.
    """
    known = find(session, sequence.key)
    submitted = submit(session, sequence, member_id, at, policy)
    if known is not None or submitted.entry.state != "waiting":
        return submitted
    for place, part in enumerate(parts):
        if is_withdrawn(session, part.key):
            continue
        row = PartRow(entry=str(sequence.key), place=place, key=str(part.key), taken_at=None)
        session.add(row)
        session.flush()  # the post's own entry looks whether it is part of something
        entry, _ = insert_or_lock(session, part, at, policy, found=False, asked_by=None)
        if entry.state not in ("waiting", "held"):
            session.delete(row)
    return submitted


def next_up(session: Session, at: datetime) -> PostKey | None:
    """The key of the post that is narrated next, None when nothing waits. Lanes take turns."""
    last = session.scalar(
        select(QueueRow.lane).where(QueueRow.taken_at.is_not(None)).order_by(QueueRow.taken_at.desc()).limit(1)
    )
    for lane in choose.turns(last):  # type: ignore[arg-type]  # our own words
        first = (
            select(QueueRow.key)
            .where(QueueRow.state == "waiting", QueueRow.lane == lane)
            .order_by(QueueRow.rank.desc(), QueueRow.key.desc())
            .limit(1)
        )
        if key := session.scalar(first):
            return PostKey.parse(key)
    return None


def take(session: Session, key: PostKey, at: datetime) -> bool:
    """Claim a waiting entry for narrating. False when somebody else has it, or it doesn't wait any more."""
    waits = (QueueRow.key == str(key), QueueRow.state == "waiting")
    return bool(changed(session, update(QueueRow).where(*waits).values(state="taken", taken_at=at)))


def _joined(session: Session, key: PostKey | str, member_id: str | None, at: datetime) -> Entry:
    """The entry after a submission: a member's submission is their first vote, where votes are still open."""
    row = must_lock(session, key)
    if member_id is not None and row.state in ("waiting", "held"):
        if votes.budget(session, member_id, at, key).n == 0:
            votes.cast(session, member_id, key, 1, at)
        session.expire(row)
    return entry_of(row)


def _withdrawn(key: PostKey | str, reason: str) -> Entry:
    nowhen = datetime.min.replace(tzinfo=UTC)
    return Entry(
        key=PostKey.parse(str(key)), url="", title="", authors=(), site="", karma=0, kind="post", lane="recent",
        state="withdrawn", why=(), audio_elsewhere="none", elsewhere_url=None, minutes=0.0, base=0.0, votes=0.0,
        rank=-math.inf, queued_at=nowhen, posted_at=nowhen, reason=reason, asked_by=None, merged_into=None,
        is_released=False,
    )  # fmt: skip


def _cursor(entry: Entry) -> str:
    return base64.urlsafe_b64encode(f"{entry.rank!r} {entry.key}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[float, str]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        rank, _, key = text.partition(" ")
        number = float(rank)
        PostKey.parse(key)
    except (ValueError, binascii.Error) as error:
        raise UsageError("This isn't a cursor of ours: take the one that the page before gave.") from error
    if not math.isfinite(number):
        raise UsageError("This isn't a cursor of ours: take the one that the page before gave.")
    return number, key
