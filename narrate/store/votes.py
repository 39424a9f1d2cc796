"""Members' votes: n votes on a post cost n² of the week's points. One row a member and post; sums are exact.

A vote's points are paid in the week it is cast. Taking votes off a waiting post gives back what this week paid for
them; what earlier weeks paid has lapsed with those weeks, and stays paid: raising the vote again costs the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import MAX_VOTES, WEEK_POINTS
from narrate.errors import BudgetSpent, NotInQueue, PostWithdrawn, UsageError, VoteClosed
from narrate.records import PostKey
from narrate.store.audit import note
from narrate.store.entries import from_archive, must_lock, rerank
from narrate.store.tables import AuditRow, BudgetRow, QueueRow, VoteRow
from narrate.store.withdrawals import is_withdrawn


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


# The statements of a vote are built once: building them takes longer than running them.

_QUEUE: Any = QueueRow.__table__
_VOTES: Any = VoteRow.__table__
_BUDGETS: Any = BudgetRow.__table__
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

_LOCK_BUDGET = {
    name: made(_BUDGETS)
    .values(member_id=bindparam("member_id"), week=bindparam("week"), spent=0)
    .on_conflict_do_update(index_elements=["member_id", "week"], set_={"spent": _BUDGETS.c.spent})
    .returning(_BUDGETS.c.spent)
    for name, made in _INSERTS.items()
}
_ORDER = ("key", "state", "released_as", "base", "votes", "minutes", "queued_at", "head_start_days", "nudge",
          "asked_by", "found")  # fmt: skip
_ENTRY = select(*(_QUEUE.c[name] for name in _ORDER)).where(_QUEUE.c.key == bindparam("key"))
#: SQLite has one writer, and that is us by now.
_LOCK_ENTRY = {"sqlite": _ENTRY, "postgresql": _ENTRY.with_for_update()}
_STANDING = select(_VOTES).where(_VOTES.c.member_id == bindparam("member_id"), _VOTES.c.key == bindparam("key"))
_CHANGES = ("n", "weight", "week", "points", "paid", "cast_at", "via")
_SAVE = {}
for _name, _made in _INSERTS.items():
    _new = _made(_VOTES)
    _SAVE[_name] = _new.on_conflict_do_update(
        index_elements=["member_id", "key"], set_={column: _new.excluded[column] for column in _CHANGES}
    )
_SPEND = (
    update(_BUDGETS)
    .where(_BUDGETS.c.member_id == bindparam("whose"), _BUDGETS.c.week == bindparam("when"))
    .values(spent=bindparam("now_spent"))
)
_COUNT = (
    update(_QUEUE)
    .where(_QUEUE.c.key == bindparam("which"))
    .values(votes=bindparam("now_votes"), rank=bindparam("now_rank"))
)
_NOTE = insert(AuditRow.__table__)  # type: ignore[arg-type]


def cast(session: Session, member_id: str, key: PostKey | str, n: int, at: datetime, weight: float = 1.0) -> Budget:
    """Give a post exactly `n` votes of a member's, more or fewer than before. Saying it twice is saying it once.

    `weight` is what each vote counts, in quarters, so that sums stay exact. Raises NotInQueue, VoteClosed,
    BudgetSpent, PostWithdrawn, or UsageError when n isn't 0 to 10.
    """
    if not 0 <= n <= MAX_VOTES:
        raise UsageError(f"A post can have 0 to {MAX_VOTES} votes of yours, not {n}.")
    if weight * 4 != int(weight * 4):
        raise ValueError(f"a vote's weight comes in quarters, not {weight}")
    session.flush()
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
    run = session.connection().execute
    run(
        _SAVE[_dialect(session)],
        {
            "member_id": member_id, "key": str(key), "n": n, "weight": weight, "week": week, "points": points,
            "paid": before.paid, "cast_at": at, "via": None, "invalid_at": None,
        },
    )  # fmt: skip
    if points != before.points:
        run(_SPEND, {"whose": member_id, "when": week, "now_spent": WEEK_POINTS - left})
    if before.valid:
        _count(session, entry, n * weight - before.n * before.weight)
    detail = {"from": before.n, "to": n, "points": points - before.points}
    run(_NOTE, {"at": at, "actor": member_id, "action": "vote", "subject": str(key), "detail": detail})
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
    settled = update(VoteRow).where(*concerned).values(invalid_at=None if valid else at)
    session.execute(settled, execution_options={"synchronize_session": False})
    for key in keys:  # in one order for all, so that two of these never wait for each other
        recount(session, key)
    action = "validate votes" if valid else "invalidate votes"
    note(session, at, operator_id, action, member_id, {"reason": reason, "posts": keys})
    return len(keys)


def _lock_budget(session: Session, member_id: str, week: date) -> int:
    """Points spent this week; the row is locked, so a member's votes are cast one after another."""
    locked = session.connection().execute(_LOCK_BUDGET[_dialect(session)], {"member_id": member_id, "week": week})
    return int(locked.scalar_one())


def _lock_entry(session: Session, key: PostKey | str) -> Any:
    row = session.connection().execute(_LOCK_ENTRY[_dialect(session)], {"key": str(key)}).first()
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
    row = session.connection().execute(_STANDING, {"member_id": member_id, "key": str(key)}).first()
    if row is None:
        return _Standing()
    points, paid = (row.points, row.paid) if row.week == week else (0, row.paid + row.points)
    return _Standing(n=row.n, weight=row.weight, points=points, paid=paid, valid=row.invalid_at is None)


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
        from_archive=from_archive(entry, votes),
    )
    session.connection().execute(_COUNT, {"which": entry.key, "now_votes": votes, "now_rank": rank})


def _dialect(session: Session) -> str:
    return session.connection().dialect.name
