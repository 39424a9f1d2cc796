"""What is at work and how far it is, how long the machine was at work, and how much audio came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from narrate.records import PostKey
from narrate.store.entries import insert_into
from narrate.store.jobs import Stage
from narrate.store.tables import EpisodeRow, JobRow, MachineDayRow, QueueRow, SpeakingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class InWork:
    """A post at work. `n_done` of `n_wanted` lines are spoken; both are 0 until that is known."""

    key: PostKey
    title: str  # "" for a post that never stood in the queue
    stage: Stage | None
    n_done: int
    n_wanted: int
    begun_at: datetime | None


def note_progress(session: Session, key: PostKey, n_done: int, n_wanted: int, at: datetime) -> None:
    """Note how far a post at work is."""
    values = {"n_done": n_done, "n_wanted": n_wanted}
    row = insert_into(session, SpeakingRow).values(key=str(key), begun_at=at, **values)
    session.execute(row.on_conflict_do_update(index_elements=["key"], set_=values))


def note_ended(session: Session, key: PostKey) -> None:
    """A post isn't at work any more, however it ended."""
    session.execute(delete(SpeakingRow).where(SpeakingRow.key == str(key)))


def forget_work(session: Session) -> None:
    """Drop what a dead worker left. Only for the one worker that owns the data folder."""
    session.execute(delete(SpeakingRow))


def in_work(session: Session) -> Sequence[InWork]:
    """The posts at work, longest first."""
    rows = session.execute(
        select(JobRow.key, JobRow.stage, QueueRow.title, SpeakingRow.n_done, SpeakingRow.n_wanted, SpeakingRow.begun_at)
        .outerjoin(SpeakingRow, SpeakingRow.key == JobRow.key)
        .outerjoin(QueueRow, QueueRow.key == JobRow.key)
        .where(JobRow.state == "working")
        .order_by(SpeakingRow.begun_at, JobRow.key)
    )
    return [
        InWork(
            key=PostKey.parse(row.key),
            title=row.title or "",
            stage=row.stage,
            n_done=row.n_done or 0,
            n_wanted=row.n_wanted or 0,
            begun_at=row.begun_at,
        )
        for row in rows
    ]


def note_busy(session: Session, day: date, busy_ms: int) -> None:
    """Add to the time at work on a day (UTC)."""
    row = insert_into(session, MachineDayRow).values(day=day, busy_ms=busy_ms)
    session.execute(
        row.on_conflict_do_update(index_elements=["day"], set_={"busy_ms": MachineDayRow.busy_ms + busy_ms})
    )


def busy_ms(session: Session, since: date | None = None) -> int:
    """The time at work, since the start of a day or in all."""
    total = select(func.coalesce(func.sum(MachineDayRow.busy_ms), 0))
    return int(session.scalar(total if since is None else total.where(MachineDayRow.day >= since)) or 0)


def audio_ms(session: Session, since: datetime | None = None, *, live_only: bool = False) -> int:
    """The audio made since then, or in all; versions that were replaced count too, unless only live ones are asked."""
    total = select(func.coalesce(func.sum(EpisodeRow.duration_ms), 0))
    if since is not None:
        total = total.where(EpisodeRow.made_at >= since.astimezone(UTC))
    return int(session.scalar(total.where(EpisodeRow.current) if live_only else total) or 0)
