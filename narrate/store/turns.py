"""What is narrated next -> claimed jobs, and how they ended -> the entries' states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import LANES, Lane
from narrate.errors import NotInQueue
from narrate.records import PostKey
from narrate.store import jobs, lineup
from narrate.store.audit import SERVICE, note
from narrate.store.entries import changed, locked, rerank
from narrate.store.jobs import Job
from narrate.store.tables import JobRow, PartRow, QueueRow

#: What is spoken before all else, what comes in its lane's turn, and what only when nothing else waits.
Group = Literal["first", "recent", "classic", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A post's place in the order of work; `key` may be a sequence's, whose next post it then is.

    `minutes` of audio, as far as that is known; `rank` within its group, the higher the sooner.
    """

    key: PostKey
    group: Group
    rank: float
    minutes: float
    is_working: bool


def line_up(session: Session, at: datetime, n: int, last: Lane | None) -> list[Turn]:
    """What is at work and not all spoken yet, and the next `n` turns besides, in the order that the votes give now.

    Jobs above normal priority and those that stand in no lane come first, then the lanes in turns (after the lane
    that came `last`), then jobs of low priority. A post that is tried again keeps the place that its votes gave it.
    """
    placed: dict[Group, list[Turn]] = {"first": [], "recent": [], "classic": [], "last": []}
    for turn in (*_working(session), *_again(session, at, n)):
        placed[turn.group].append(turn)
    placed["first"] += _asked(session, at, n, at_least=jobs.NORMAL)
    placed["first"].sort(key=lambda turn: -turn.rank)
    for lane in LANES:
        placed[lane] = sorted([*placed[lane], *_waiting(session, lane, n)], key=_by_rank)
    order = [*placed["first"], *choose.in_turns(placed["recent"], placed["classic"], last)]
    if sum(not turn.is_working for turn in order) < n:
        placed["last"] += _asked(session, at, n, at_most=jobs.NORMAL - 1)
    order += sorted(placed["last"], key=lambda turn: -turn.rank)
    further = count()
    return [turn for turn in order if turn.is_working or next(further) < n]


def take(session: Session, turn: Turn, at: datetime) -> Job | None:
    """Claim the work of a turn. None when somebody was faster, or when a sequence has no post left."""
    if job := jobs.claim(session, turn.key):
        return job
    key: PostKey | None = turn.key
    if turn.key.post_id.startswith(lineup.SEQUENCE):
        key = _take_part(session, turn.key, at)
    elif not lineup.take(session, turn.key, at):
        key = None
    if key is None:
        return None
    jobs.forget(session, key)
    jobs.submit(session, key, str(key), at)
    session.flush()
    return jobs.claim(session, key)


def take_next(session: Session, at: datetime) -> Job | None:
    """Claim what is narrated next, None when nothing is."""
    while turns := [turn for turn in line_up(session, at, _FEW, last_lane(session)) if not turn.is_working]:
        for turn in turns:
            if job := take(session, turn, at):
                return job
    return None


def last_lane(session: Session) -> Lane | None:
    """The lane from which a post was taken last."""
    taken = select(QueueRow.lane).where(QueueRow.taken_at.is_not(None)).order_by(QueueRow.taken_at.desc()).limit(1)
    lane: Lane | None = session.scalar(taken)
    return lane


def finish(session: Session, key: PostKey) -> None:
    """A taken post's episode stands on the site."""
    jobs.finish(session, key)
    _settle(session, key, state="done", reason=None)


def fail(session: Session, key: PostKey, error: str, *, retry_at: datetime | None, for_good: bool) -> None:
    """A job failed. `for_good`: the post can't be had or read; otherwise an operator may have it tried again.

    No poll puts it back: it would fail again every few hours.
    """
    jobs.fail(session, key, error, retry_at=retry_at)
    if retry_at is None:
        _settle(session, key, state="refused" if for_good else "held", reason=error, decided_by=SERVICE)


def cancel(session: Session, key: PostKey | str, actor: str, reason: str, at: datetime) -> None:
    """End a job that waits or is at work, and keep its post from being taken; an operator may approve it again.

    What is spoken of it is kept. Raises NotInQueue when there is no such job.
    """
    job = jobs.find(session, PostKey.parse(str(key)))
    if job is None or job.state not in ("waiting", "working"):
        raise NotInQueue(f"{key} isn't being narrated. A post that waits in the queue is held or removed instead.")
    jobs.fail(session, job.key, reason, retry_at=None)
    _settle(session, job.key, state="held", reason=reason, decided_by=actor)
    note(session, at, actor, "cancel", str(key), {"reason": reason, "stage": job.stage})


def put_first(session: Session, key: PostKey | str, actor: str, reason: str, at: datetime) -> None:
    """Have a post spoken before all others, whether it waits or is at work. Raises NotInQueue."""
    job = jobs.find(session, PostKey.parse(str(key)))
    if job is not None and job.state in ("waiting", "working"):
        jobs.set_priority(session, job.key, jobs.NORMAL + 1)
        note(session, at, actor, "put first", str(key), {"reason": reason, "priority_before": job.priority})
    else:
        lineup.reorder(session, key, 1, actor, reason, at)


def waiting_jobs(session: Session) -> int:
    """How many posts are to be narrated: those in the queue and those to be tried again."""
    again = session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state == "waiting"))
    return lineup.count(session) + (again or 0)


#: More than one, since a turn may be somebody else's by the time it is taken.
_FEW = 16
_UNKNOWN_MINUTES = 10.0
_ORDER = (QueueRow.rank.desc(), QueueRow.key.desc())
_SPOKEN = ("encoding", "publishing")


def _by_rank(turn: Turn) -> tuple[float, tuple[int, ...]]:
    """For sorting: the highest rank first, then the highest key, as the queue's index has it."""
    return -turn.rank, tuple(-ord(char) for char in str(turn.key))


def _working(session: Session) -> list[Turn]:
    """What is at work and not all spoken yet."""
    here = (JobRow.state == "working", or_(JobRow.stage.is_(None), JobRow.stage.not_in(_SPOKEN)))
    return [_turn(*row) for row in session.execute(_with_entries().where(*here))]


def _again(session: Session, at: datetime, n: int) -> list[Turn]:
    """Posts that were taken from a lane and wait to be tried again: each in its place."""
    due = (QueueRow.state == "taken", JobRow.state == "waiting", JobRow.priority == jobs.NORMAL, JobRow.run_after <= at)
    return [_turn(*row) for row in session.execute(_with_entries().where(*due).order_by(*_ORDER).limit(n))]


def _asked(
    session: Session, at: datetime, n: int, *, at_least: int | None = None, at_most: int | None = None
) -> list[Turn]:
    """The first `n` jobs that wait outside the lanes, the highest priority first, then the oldest."""
    found: list[Turn] = []
    while len(found) < n:
        highest = select(func.max(JobRow.priority)).where(JobRow.state == "waiting")
        priority = session.scalar(highest if at_most is None else highest.where(JobRow.priority <= at_most))
        if priority is None or (at_least is not None and priority < at_least):
            break
        waits = [JobRow.state == "waiting", JobRow.priority == priority, JobRow.run_after <= at]
        if priority == jobs.NORMAL:  # those of a lane have their place there
            waits.append(QueueRow.key.is_(None))
        rows = _with_entries().where(*waits).order_by(JobRow.submitted_at, JobRow.key).limit(n - len(found))
        found += [_turn(*row) for row in session.execute(rows)]
        at_most = priority - 1
    return found


def _waiting(session: Session, lane: Lane, n: int) -> list[Turn]:
    """The top of a lane."""
    wanted = select(QueueRow.key, QueueRow.rank, QueueRow.minutes).where(
        QueueRow.state == "waiting", QueueRow.lane == lane
    )
    return [
        Turn(key=PostKey.parse(key), group=lane, rank=rank, minutes=minutes, is_working=False)
        for key, rank, minutes in session.execute(wanted.order_by(*_ORDER).limit(n))
    ]


def _with_entries() -> Any:
    """Jobs with their entry's place where they were taken from a lane: what `_turn` takes."""
    entry = (QueueRow.key == JobRow.key) & (QueueRow.state == "taken")
    columns = (JobRow.key, JobRow.state, JobRow.priority, JobRow.submitted_at)
    return (
        select(*columns, QueueRow.lane, QueueRow.rank, QueueRow.minutes).select_from(JobRow).outerjoin(QueueRow, entry)
    )


def _turn(
    key: str, state: str, priority: int, submitted_at: datetime, lane: Lane | None, rank: float | None,
    minutes: float | None,
) -> Turn:  # fmt: skip
    group: Group = "last" if priority < jobs.NORMAL else "first" if priority > jobs.NORMAL or lane is None else lane
    if group not in LANES or rank is None:
        rank = priority * _A_CENTURY_S - submitted_at.timestamp()  # by priority, then by age
    return Turn(
        key=PostKey.parse(key), group=group, rank=rank, minutes=minutes or _UNKNOWN_MINUTES,
        is_working=state == "working",
    )  # fmt: skip


_A_CENTURY_S = 100 * 366 * 86_400.0


def _settle(session: Session, key: PostKey, **values: str | None) -> None:
    row = (QueueRow.key == str(key), QueueRow.state == "taken")
    changed(session, update(QueueRow).where(*row).values(**values))


def _take_part(session: Session, entry: PostKey, at: datetime) -> PostKey | None:
    """Claim the next post of a sequence that can still be taken; the entry stays until the last one is.

    The post takes over the place that the sequence's votes gave it.
    """
    sequence = locked(session, entry)
    if sequence is None or sequence.state != "waiting":
        return None
    left = session.scalars(
        select(PartRow).where(PartRow.entry == str(entry), PartRow.taken_at.is_(None)).order_by(PartRow.place)
    ).all()
    sequence.taken_at = at
    for part in left:
        part.taken_at = at
        row = locked(session, part.key)
        if row is not None and row.state in ("waiting", "held"):
            row.state, row.reason, row.taken_at = "taken", None, at
            row.nudge += max(0.0, sequence.rank - row.rank)
            rerank(row)
            if part is left[-1]:
                sequence.state = "done"
            session.flush()
            return PostKey.parse(part.key)
    sequence.state = "done"
    session.flush()
    return None
