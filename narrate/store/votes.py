"""Members' votes: n votes on a post cost n² of the week's points. One row a member and post; sums are exact.

A vote's points are paid in the week it is cast. Taking votes off a waiting post gives back what this week paid for
them; what earlier weeks paid has lapsed with those weeks, and stays paid: raising the vote again costs the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import MAX_VOTES, WEEK_POINTS
from narrate.errors import BudgetSpent, NotInQueue, PostWithdrawn, UsageError, VoteClosed
from narrate.records import PostKey
from narrate.store.audit import note
from narrate.store.entries import insert_into, is_postgres, must_lock, rerank
from narrate.store.tables import BudgetRow, QueueRow, VoteRow
from narrate.store.withdrawals import is_withdrawn

_NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`points_left` of this week's, which lapse at `week_ends`; `n` votes stand on the post that was asked about."""

    points_left: int
    n: int
    week_ends: datetime


@dataclass(frozen=True, slots=True)
class _Standing:
    """A member's vote on a post as it stands, its points seen from `week`."""

    n: int = 0
    weight: float = 1.0
    points: int = 0  # paid this week
    paid: int = 0  # paid before
    valid: bool = True


def cast(session: Session, member_id: str, key: PostKey | str, n: int, at: datetime, weight: float = 1.0) -> Budget:
    """Give a post exactly `n` votes of a member's, more or fewer than before. Saying it twice is saying it once.

    `weight` is what each vote counts, in quarters, so that sums stay exact. Raises NotInQueue, VoteClosed,
    BudgetSpent, PostWithdrawn, or UsageError when n isn't 0 to 10.
    """
    if not 0 <= n <= MAX_VOTES:
        raise UsageError(f"A post can have 0 to {MAX_VOTES} votes of yours, not {n}.")
    if weight * 4 != int(weight * 4):
        raise ValueError(f"a vote's weight comes in quarters, not {weight}")
    week = choose.week_of(at)
    spent = _lock_budget(session, member_id, week)
    entry = _lock_entry(session, key)
    before = _standing(session, member_id, key, week)
    if n == before.n and (weight == before.weight or n == 0):
        return Budget(points_left=WEEK_POINTS - spent, n=n, week_ends=choose.week_ends(at))
    _check_open(entry, n, before)
    points = choose.points_for(n, before.paid)
    left = WEEK_POINTS - spent - (points - before.points)
    if left < 0 and points > before.points:
        raise BudgetSpent(
            f"{n} votes cost {points - before.points} more points, and {WEEK_POINTS - spent} of this week's "
            f"{WEEK_POINTS} are left. Take votes off another waiting post, or wait for Monday.",
            points_left=WEEK_POINTS - spent,
        )
    _save(session, member_id, key, week, n, weight, points, before, at)
    if points != before.points:
        this = (BudgetRow.member_id == member_id, BudgetRow.week == week)
        session.execute(update(BudgetRow).where(*this).values(spent=WEEK_POINTS - left), execution_options=_NO_SYNC)
    if before.valid:
        _count(session, entry, n * weight - before.n * before.weight)
    note(session, at, member_id, "vote", str(key), {"from": before.n, "to": n, "points": points - before.points})
    return Budget(points_left=left, n=n, week_ends=choose.week_ends(at))


def budget(session: Session, member_id: str, at: datetime, key: PostKey | str | None = None) -> Budget:
    """What is left of this week's points, and the member's votes on `key`."""
    week = choose.week_of(at)
    spent = session.scalar(select(BudgetRow.spent).where(BudgetRow.member_id == member_id, BudgetRow.week == week))
    n = 0 if key is None else _standing(session, member_id, key, week).n
    return Budget(points_left=WEEK_POINTS - (spent or 0), n=n, week_ends=choose.week_ends(at))


def votes_of(session: Session, member_id: str) -> dict[str, int]:
    """key -> votes, of everything a member votes for."""
    rows = session.execute(select(VoteRow.key, VoteRow.n).where(VoteRow.member_id == member_id, VoteRow.n > 0))
    return {row.key: row.n for row in rows}


def voters_of(session: Session, key: PostKey | str) -> tuple[str, ...]:
    """The ids of the members whose votes for a post count."""
    counts = (VoteRow.key == str(key), VoteRow.n > 0, VoteRow.invalid_at.is_(None))
    return tuple(session.scalars(select(VoteRow.member_id).where(*counts).order_by(VoteRow.member_id)))


def invalidate(session: Session, member_id: str, operator_id: str, reason: str, at: datetime) -> int:
    """Stop counting all votes of a member (a sock puppet, a banned account); how many posts that concerned."""
    return _set_validity(session, member_id, operator_id, reason, at, valid=False)


def validate(session: Session, member_id: str, operator_id: str, reason: str, at: datetime) -> int:
    """Count a member's votes again: the way back from `invalidate`."""
    return _set_validity(session, member_id, operator_id, reason, at, valid=True)


def recount(session: Session, key: PostKey | str) -> float:
    """Make an entry's sum anew from the vote rows, and return it."""
    row = must_lock(session, key)
    counted = func.coalesce(func.sum(VoteRow.n * VoteRow.weight), 0.0)
    row.votes = float(
        session.scalar(select(counted).where(VoteRow.key == str(key), VoteRow.invalid_at.is_(None))) or 0.0
    )
    rerank(row)
    session.flush()
    return row.votes


def _set_validity(session: Session, member_id: str, operator_id: str, reason: str, at: datetime, *, valid: bool) -> int:
    _lock_budget(session, member_id, choose.week_of(at))
    concerned = (
        VoteRow.member_id == member_id,
        VoteRow.invalid_at.is_not(None) if valid else VoteRow.invalid_at.is_(None),
    )
    keys = sorted(session.scalars(select(VoteRow.key).where(*concerned, VoteRow.n > 0)))
    session.execute(
        update(VoteRow).where(*concerned).values(invalid_at=None if valid else at), execution_options=_NO_SYNC
    )
    for key in keys:  # in one order for all, so that two of these never wait for each other
        recount(session, key)
    action = "validate votes" if valid else "invalidate votes"
    note(session, at, operator_id, action, member_id, {"reason": reason, "posts": keys})
    return len(keys)


def _lock_budget(session: Session, member_id: str, week: date) -> int:
    """Points spent this week; the row is locked, so a member's votes are cast one after another."""
    made = insert_into(session, BudgetRow).values(member_id=member_id, week=week, spent=0)
    kept = made.on_conflict_do_update(
        index_elements=[BudgetRow.member_id, BudgetRow.week], set_={"spent": BudgetRow.spent}
    )
    return int(session.execute(kept.returning(BudgetRow.spent), execution_options=_NO_SYNC).scalar_one())


def _lock_entry(session: Session, key: PostKey | str) -> Any:
    wanted = select(
        QueueRow.key,
        QueueRow.state,
        QueueRow.released_as,
        QueueRow.base,
        QueueRow.votes,
        QueueRow.minutes,
        QueueRow.queued_at,
        QueueRow.head_start_days,
        QueueRow.nudge,
    ).where(QueueRow.key == str(key))
    if is_postgres(session):  # SQLite has one writer, and that is us by now
        wanted = wanted.with_for_update()
    row = session.execute(wanted).first()
    if row is not None:
        return row
    if reason := is_withdrawn(session, key):
        raise PostWithdrawn(f"{key} was withdrawn: {reason}. It can't be voted for.", reason=reason)
    raise NotInQueue(f"{key} isn't in the queue. Submit its address first.")


def _check_open(entry: Any, n: int, before: _Standing) -> None:
    """A waiting or held post takes any vote; one that fell out takes fewer, one that waits for release more."""
    if entry.state in ("waiting", "held") or (entry.state in ("refused", "removed") and n < before.n):
        return
    if entry.state == "done" and entry.released_as is None and n > before.n:
        return
    if entry.state in ("taken", "done"):
        raise VoteClosed(f"{entry.key} was taken for narrating: votes on it can't be changed any more.")
    raise NotInQueue(f"{entry.key} doesn't wait in the queue ({entry.state}): it can't be voted for.")


def _standing(session: Session, member_id: str, key: PostKey | str, week: date) -> _Standing:
    row = session.execute(
        select(VoteRow.n, VoteRow.weight, VoteRow.week, VoteRow.points, VoteRow.paid, VoteRow.invalid_at).where(
            VoteRow.member_id == member_id, VoteRow.key == str(key)
        )
    ).first()
    if row is None:
        return _Standing()
    points, paid = (row.points, row.paid) if row.week == week else (0, row.paid + row.points)
    return _Standing(n=row.n, weight=row.weight, points=points, paid=paid, valid=row.invalid_at is None)


def _save(
    session: Session,
    member_id: str,
    key: PostKey | str,
    week: date,
    n: int,
    weight: float,
    points: int,
    before: _Standing,
    at: datetime,
) -> None:
    now = {
        "n": n, "weight": weight, "week": week, "points": points, "paid": before.paid, "cast_at": at, "via": None,
    }  # fmt: skip
    made = insert_into(session, VoteRow).values(member_id=member_id, key=str(key), invalid_at=None, **now)
    session.execute(
        made.on_conflict_do_update(index_elements=[VoteRow.member_id, VoteRow.key], set_=now),
        execution_options=_NO_SYNC,
    )


def _count(session: Session, entry: Any, more: float) -> None:
    """Add to an entry's sum under its lock, and give it the rank that goes with it."""
    votes = entry.votes + more
    rank = choose.rank(
        base=entry.base,
        votes=votes,
        minutes=entry.minutes,
        queued_at=entry.queued_at,
        head_start_days=entry.head_start_days,
        nudge=entry.nudge,
    )
    session.execute(
        update(QueueRow).where(QueueRow.key == entry.key).values(votes=votes, rank=rank), execution_options=_NO_SYNC
    )
