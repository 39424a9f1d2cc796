"""What was asked for and how far it is. The claim of a row is one statement, so two workers never take the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from narrate.records import PostKey
from narrate.store.entries import changed
from narrate.store.tables import JobRow

State = Literal["waiting", "working", "done", "failed"]
#: Read anew at the forum, or as it was read last.
Kind = Literal["narrate", "revoice"]
#: What a job at work goes through, in this order.
Stage = Literal["writing", "speaking", "encoding", "publishing"]

#: A job of this priority comes in its turn; one below it when nothing else waits.
NORMAL = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`voice_id` None: the voice that the episode has, else the setting's. `losses`: workers it has cost in a row."""

    key: PostKey
    source: str
    state: State
    attempts: int
    submitted_at: datetime
    run_after: datetime
    error: str | None
    kind: Kind = "narrate"
    voice_id: str | None = None
    priority: int = NORMAL
    stage: Stage | None = None
    stage_at: datetime | None = None
    losses: int = 0


def submit(session: Session, key: PostKey, source: str, at: datetime) -> bool:
    """Ask for a post. False when it had been asked for already; a failed one is asked for again."""
    row = session.get(JobRow, str(key))
    if row is not None and row.state != "failed":
        return False
    session.add(_renew(row or JobRow(key=str(key)), source, at))
    return True


def ask(
    session: Session,
    key: PostKey,
    *,
    kind: Kind = "narrate",
    voice_id: str | None = None,
    priority: int = NORMAL,
    now: datetime,
) -> bool:
    """Ask for work on a post, finished or not. True when it waits now for just that.

    A job that waits already takes the higher of the priorities, and the voice of this call where it names one; where
    either asks for the forum's text of today, that is read. What it may have made is made again. False when the post
    is at work: what it is made into is decided by then, so ask again when it is done.
    """
    row = session.get(JobRow, str(key), populate_existing=True)
    if row is not None and row.state == "working":
        return False
    if row is None or row.state != "waiting":
        row = _renew(row or JobRow(key=str(key)), str(key), now)
        row.kind, row.voice_id, row.priority = kind, voice_id, priority
        session.add(row)
    else:
        row.priority = max(row.priority, priority)
        row.kind = "narrate" if "narrate" in (row.kind, kind) else "revoice"
        row.voice_id = voice_id or row.voice_id
        row.stage = None
    session.flush()
    return True


def take_next(session: Session, at: datetime, *, at_least: int | None = None) -> Job | None:
    """Claim the oldest waiting job of the highest priority that is due, None when there is none.

    With `at_least`, only of that priority or above.
    """
    waits: list[Any] = [JobRow.state == "waiting", JobRow.run_after <= at]
    if at_least is not None:
        waits.append(JobRow.priority >= at_least)
    order = (JobRow.priority.desc(), JobRow.submitted_at, JobRow.key)
    due = select(JobRow.key).where(*waits).order_by(*order).limit(1).scalar_subquery()
    # the state once more: where two claims run side by side, PostgreSQL looks at the row again, not at the subquery
    return _claim(session, JobRow.key == due)


def claim(session: Session, key: PostKey) -> Job | None:
    """Claim the waiting job of this post, None when it doesn't wait."""
    return _claim(session, JobRow.key == str(key))


def enter(session: Session, key: PostKey, stage: Stage, at: datetime) -> None:
    """A job at work has come to a stage."""
    working = (JobRow.key == str(key), JobRow.state == "working")
    changed(session, update(JobRow).where(*working).values(stage=stage, stage_at=at))


def finish(session: Session, key: PostKey) -> None:
    _set(session, key, state="done", error=None, stage=None, stage_at=None, losses=0, lost_in=None)


def fail(session: Session, key: PostKey, error: str, *, retry_at: datetime | None) -> None:
    """Record why a job failed. With `retry_at` it waits for another try, without it has ended."""
    if retry_at is None:
        _set(session, key, state="failed", error=error, stage=None, stage_at=None)
    else:
        kept = case((JobRow.stage == "publishing", JobRow.stage), else_=None)  # its rows are there: go on with them
        _set(session, key, state="waiting", error=error, run_after=retry_at, stage=kept, stage_at=None)


def lose(session: Session, key: PostKey, stage: Stage, why: str) -> int:
    """Who worked on a job in a stage died or hung: note it; how often in a row that has happened there."""
    n = case((JobRow.lost_in == stage, JobRow.losses + 1), else_=1)
    noted = update(JobRow).where(JobRow.key == str(key)).values(losses=n, lost_in=stage, error=why)
    return session.scalar(noted.returning(JobRow.losses), execution_options={"synchronize_session": False}) or 0


def put_back(session: Session, key: PostKey) -> None:
    """A claimed job waits again as if it hadn't been taken."""
    working = (JobRow.key == str(key), JobRow.state == "working")
    back = {"state": "waiting", "stage": None, "stage_at": None, "attempts": JobRow.attempts - 1}
    changed(session, update(JobRow).where(*working).values(back))


def set_priority(session: Session, key: PostKey, priority: int) -> None:
    _set(session, key, priority=priority)


def are_working(session: Session, keys: Iterable[PostKey]) -> set[PostKey]:
    """Those of the jobs that are still at work: not cancelled, nor put back by another owner."""
    names = [str(key) for key in keys]
    working = select(JobRow.key).where(JobRow.state == "working", JobRow.key.in_(names))
    return {PostKey.parse(key) for key in session.scalars(working)}


def forget(session: Session, key: PostKey) -> None:
    """Drop the job of a post, so that it can be asked for anew."""
    session.execute(delete(JobRow).where(JobRow.key == str(key)))


def release_claims(session: Session) -> int:
    """Put back what a dead worker held. Only for the one worker that owns the data folder."""
    back = {"state": "waiting", "attempts": JobRow.attempts - 1}  # no try of theirs has failed
    freed = session.scalars(update(JobRow).where(JobRow.state == "working").values(back).returning(JobRow.key))
    return len(freed.all())


def find(session: Session, key: PostKey) -> Job | None:
    row = session.get(JobRow, str(key), populate_existing=True)
    return None if row is None else _job(row)


def list_jobs(session: Session, state: State | None = None) -> Sequence[Job]:
    rows = select(JobRow).order_by(JobRow.submitted_at, JobRow.key)
    return [_job(row) for row in session.scalars(rows if state is None else rows.where(JobRow.state == state))]


def _renew(row: JobRow, source: str, at: datetime) -> JobRow:
    """A row as of a job that is asked for now."""
    row.source, row.kind, row.voice_id, row.priority = source, "narrate", None, NORMAL
    row.state, row.stage, row.stage_at, row.attempts = "waiting", None, None, 0
    row.losses, row.lost_in = 0, None
    row.submitted_at, row.run_after, row.error = at, at, None
    return row


def _claim(session: Session, which: Any) -> Job | None:
    taken = update(JobRow).where(which, JobRow.state == "waiting")
    taken = taken.values(state="working", attempts=JobRow.attempts + 1)
    row = session.scalars(taken.returning(JobRow), execution_options={"synchronize_session": False}).first()
    return None if row is None else _job(row)


def _set(session: Session, key: PostKey, **values: object) -> None:
    session.execute(update(JobRow).where(JobRow.key == str(key)).values(**values))


def _job(row: JobRow) -> Job:
    return Job(
        key=PostKey.parse(row.key),
        source=row.source,
        kind=row.kind,  # type: ignore[arg-type]  # only this module writes it
        voice_id=row.voice_id,
        priority=row.priority,
        state=row.state,  # type: ignore[arg-type]  # as above
        stage=row.stage,  # type: ignore[arg-type]  # as above
        stage_at=row.stage_at,
        attempts=row.attempts,
        losses=row.losses,
        submitted_at=row.submitted_at,
        run_after=row.run_after,
        error=row.error,
    )
