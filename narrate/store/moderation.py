"""What operators do to entries: every act is logged with what was before it, and has a way back.

hold / approve, remove / approve, reorder / reorder(place=None), merge / unmerge. Only `withdraw` is for good.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from narrate.errors import NotInQueue, UsageError, VoteClosed
from narrate.records import PostKey
from narrate.store.audit import note
from narrate.store.entries import Entry, entry_of, must_lock, rerank
from narrate.store.jobs import forget
from narrate.store.tables import QueueRow, VoteRow
from narrate.store.votes import recount

_OUT_OF_REACH = ("taken", "done")


def hold(session: Session, key: PostKey | str, operator_id: str, reason: str, at: datetime) -> Entry:
    """Keep an entry from being taken, votes and place untouched."""
    return _decide(session, key, "held", operator_id, reason, at)


def approve(session: Session, key: PostKey | str, operator_id: str, reason: str, at: datetime) -> Entry:
    """Let an entry wait that was held, refused or removed; no poll refuses it again."""
    return _decide(session, key, "waiting", operator_id, reason, at)


def remove(session: Session, key: PostKey | str, operator_id: str, reason: str, at: datetime) -> Entry:
    """Take an entry out of the queue. Its votes stay, for the day it is approved again."""
    return _decide(session, key, "removed", operator_id, reason, at)


def retry(session: Session, key: PostKey | str, operator_id: str, reason: str, at: datetime) -> Entry:
    """Narrate a post again whose job failed."""
    forget(session, PostKey.parse(str(key)))
    return _decide(session, key, "waiting", operator_id, reason, at, action="retry")


def reorder(
    session: Session, key: PostKey | str, place: int | None, operator_id: str, reason: str, at: datetime
) -> Entry:
    """Put a waiting entry at this place of its lane, from 1, by a nudge to its rank; None takes the nudge back.

    Among entries of the very same rank, which are ordered by key, it may land a few places off.
    """
    row = must_lock(session, key)
    if row.state != "waiting":
        raise NotInQueue(f"{key} doesn't wait in the queue ({row.state}), so it has no place there.")
    before = row.nudge
    row.nudge = 0.0
    rerank(row)
    if place is not None:
        row.nudge = _rank_at(session, row, place) - row.rank
        rerank(row)
    session.flush()
    note(session, at, operator_id, "reorder", row.key, {"reason": reason, "place": place, "nudge_before": before})
    return entry_of(row)


def merge(
    session: Session, key: PostKey | str, into: PostKey | str, operator_id: str, reason: str, at: datetime
) -> Entry:
    """Join a duplicate to another entry, which it gives back: each voter of the one counts once in the other."""
    if str(key) == str(into):
        raise UsageError(f"{key} can't be merged into itself. Give the key of the other entry.")
    for name in sorted((str(key), str(into))):  # in one order for all, so that two merges never wait for each other
        must_lock(session, name)
    duplicate, target = must_lock(session, key), must_lock(session, into)
    if duplicate.state in _OUT_OF_REACH or duplicate.merged_into or target.merged_into:
        raise VoteClosed(f"{key} can't be merged into {into}: one of them was taken or merged before.")
    voted = set(session.scalars(select(VoteRow.member_id).where(VoteRow.key == target.key)))
    for vote in session.scalars(select(VoteRow).where(VoteRow.key == duplicate.key)).all():
        if vote.n and vote.member_id not in voted:
            session.add(
                VoteRow(
                    member_id=vote.member_id, key=target.key, n=vote.n, weight=vote.weight, week=vote.week, points=0,
                    paid=vote.n * vote.n, cast_at=vote.cast_at, invalid_at=vote.invalid_at, via=duplicate.key,
                )
            )  # fmt: skip
    detail = {"reason": reason, "into": target.key, "state_before": duplicate.state}
    duplicate.state, duplicate.reason, duplicate.decided_by = "removed", reason, operator_id
    duplicate.merged_into = target.key
    session.flush()
    recount(session, target.key)
    note(session, at, operator_id, "merge", duplicate.key, detail)
    return entry_of(must_lock(session, target.key))


def unmerge(session: Session, key: PostKey | str, operator_id: str, reason: str, at: datetime) -> Entry:
    """Undo a merge: the duplicate waits again with its own votes, and the other loses what came by it."""
    duplicate = must_lock(session, key)
    into = duplicate.merged_into
    if into is None:
        raise NotInQueue(f"{key} wasn't merged into anything.")
    session.execute(delete(VoteRow).where(VoteRow.key == into, VoteRow.via == duplicate.key))
    recount(session, into)
    duplicate.merged_into = None
    session.flush()
    return _decide(session, key, "waiting", operator_id, reason, at, action="unmerge")


def _decide(
    session: Session,
    key: PostKey | str,
    state: str,
    operator_id: str,
    reason: str,
    at: datetime,
    action: str = "",
) -> Entry:
    row = must_lock(session, key)
    if row.state in _OUT_OF_REACH:
        raise VoteClosed(f"{key} was taken for narrating. A finished episode is taken down with withdraw.")
    if row.merged_into:
        raise NotInQueue(f"{key} was merged into {row.merged_into}. Undo that first.")
    detail = {"reason": reason, "state_before": row.state, "reason_before": row.reason}
    row.state, row.reason, row.decided_by = state, (None if state == "waiting" else reason), operator_id
    session.flush()
    action = action or {"held": "hold", "waiting": "approve", "removed": "remove"}[state]
    note(session, at, operator_id, action, row.key, detail)
    return entry_of(row)


def _rank_at(session: Session, row: QueueRow, place: int) -> float:
    """A rank that puts the row at this place: between the neighbours there, or past the last one."""
    ranks = (
        select(QueueRow.rank)
        .where(QueueRow.state == "waiting", QueueRow.lane == row.lane, QueueRow.key != row.key)
        .order_by(QueueRow.rank.desc(), QueueRow.key.desc())
    )
    around = list(session.scalars(ranks.offset(max(0, place - 2)).limit(2)))
    if not around:
        last = session.scalars(ranks.offset(0)).all()
        return (last[-1] - 1.0) if last else row.rank
    if place <= 1:
        return around[0] + 1.0
    return sum(around) / 2 if len(around) == 2 else around[0] - 1.0
