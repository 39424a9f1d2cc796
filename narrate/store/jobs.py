"""What was asked for and how far it is. The claim of a row is one statement, so two workers never take the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from narrate.records import PostKey
from narrate.store.tables import JobRow

State = Literal["waiting", "working", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    key: PostKey
    source: str
    state: State
    attempts: int
    submitted_at: datetime
    run_after: datetime
    error: str | None


def submit(session: Session, key: PostKey, source: str, at: datetime) -> bool:
    """Ask for a post. False when it had been asked for already; a failed one is asked for again."""
    row = session.get(JobRow, str(key))
    if row is not None and row.state != "failed":
        return False
    row = row or JobRow(key=str(key), submitted_at=at)
    row.source, row.state, row.attempts, row.run_after, row.error = source, "waiting", 0, at, None
    session.add(row)
    return True


def take_next(session: Session, at: datetime) -> Job | None:
    """Claim the oldest waiting job that is due, None when there is none."""
    due = (
        select(JobRow.key)
        .where(JobRow.state == "waiting", JobRow.run_after <= at)
        .order_by(JobRow.submitted_at, JobRow.key)
        .limit(1)
        .scalar_subquery()
    )
    # the state once more: where two claims run side by side, PostgreSQL looks at the row again, not at the subquery
    still = (JobRow.key == due, JobRow.state == "waiting")
    claim = update(JobRow).where(*still).values(state="working", attempts=JobRow.attempts + 1)
    row = session.scalars(claim.returning(JobRow), execution_options={"synchronize_session": False}).first()
    return None if row is None else _job(row)


def claim(session: Session, key: PostKey) -> Job | None:
    """Claim the waiting job of this post, None when it doesn't wait."""
    this = (JobRow.key == str(key), JobRow.state == "waiting")
    taken = update(JobRow).where(*this).values(state="working", attempts=JobRow.attempts + 1)
    row = session.scalars(taken.returning(JobRow), execution_options={"synchronize_session": False}).first()
    return None if row is None else _job(row)


def finish(session: Session, key: PostKey) -> None:
    _set(session, key, state="done", error=None)


def fail(session: Session, key: PostKey, error: str, *, retry_at: datetime | None) -> None:
    """Record why a job failed. With `retry_at` it waits for another try, without it has ended."""
    if retry_at is None:
        _set(session, key, state="failed", error=error)
    else:
        _set(session, key, state="waiting", error=error, run_after=retry_at)


def forget(session: Session, key: PostKey) -> None:
    """Drop the job of a post, so that it can be asked for anew."""
    session.execute(delete(JobRow).where(JobRow.key == str(key)))


def release_claims(session: Session) -> int:
    """Put back what a dead worker held. Only for the one worker that owns the data folder."""
    freed = session.scalars(
        update(JobRow).where(JobRow.state == "working").values(state="waiting").returning(JobRow.key)
    )
    return len(freed.all())


def list_jobs(session: Session, state: State | None = None) -> Sequence[Job]:
    rows = select(JobRow).order_by(JobRow.submitted_at, JobRow.key)
    return [_job(row) for row in session.scalars(rows if state is None else rows.where(JobRow.state == state))]


def _set(session: Session, key: PostKey, **values: object) -> None:
    session.execute(update(JobRow).where(JobRow.key == str(key)).values(**values))


def _job(row: JobRow) -> Job:
    return Job(
        key=PostKey.parse(row.key),
        source=row.source,
        state=row.state,  # type: ignore[arg-type]  # only this module writes it
        attempts=row.attempts,
        submitted_at=row.submitted_at,
        run_after=row.run_after,
        error=row.error,
    )
