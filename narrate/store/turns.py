"""What is narrated next -> a claimed job, and how it ended -> the entry's state."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from narrate.records import PostKey
from narrate.store import jobs, lineup
from narrate.store.audit import SERVICE
from narrate.store.entries import changed, locked
from narrate.store.jobs import Job
from narrate.store.tables import JobRow, PartRow, QueueRow


def take_next(session: Session, at: datetime) -> Job | None:
    """Claim what is narrated next, None when nothing is.

    First what is due again, then the top of the queue; then the jobs of low priority, last what only a backfill wants.
    """
    return (
        jobs.take_next(session, at, at_least=jobs.NORMAL)
        or _take_entry(session, at, from_archive=False)
        or jobs.take_next(session, at)
        or _take_entry(session, at, from_archive=True)
    )


def _take_entry(session: Session, at: datetime, *, from_archive: bool) -> Job | None:
    """Claim the top of the queue, or of what only a backfill wants: such a job is tried again with low priority."""
    while key := lineup.next_up(session, at, from_archive=from_archive):
        if PostKey.parse(str(key)).post_id.startswith(lineup.SEQUENCE):
            part = _take_part(session, key, at)
            if part is None:
                continue  # its last post was taken: it has left the queue
            key = part
        elif not lineup.take(session, key, at):
            continue  # somebody else was faster
        jobs.forget(session, key)
        jobs.ask(session, key, priority=jobs.LOW if from_archive else jobs.NORMAL, now=at)
        return jobs.claim(session, key)
    return None


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


def _settle(session: Session, key: PostKey, **values: str | None) -> None:
    row = (QueueRow.key == str(key), QueueRow.state == "taken")
    changed(session, update(QueueRow).where(*row).values(**values))


def _take_part(session: Session, entry: PostKey, at: datetime) -> PostKey | None:
    """Claim the next post of a sequence that can still be taken; the entry stays until the last one is."""
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
            if part is left[-1]:
                sequence.state = "done"
            session.flush()
            return PostKey.parse(part.key)
    sequence.state = "done"
    session.flush()
    return None


def waiting_jobs(session: Session) -> int:
    """How many posts are to be narrated: those in the queue and those to be tried again."""
    again = session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state == "waiting"))
    return lineup.count(session) + (again or 0)
