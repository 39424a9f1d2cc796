"""Rows -> how the service is doing: what waits, what is at work, how long wishes take, what was made, what failed.

Sums are made by the database, from indexes alone where there are many rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Float, cast, extract, func, literal_column, select, type_coerce
from sqlalchemy.orm import Session

from narrate.choose import ARCHIVE_RANK, LANES, Lane
from narrate.store import machine, switches
from narrate.store.audit import BACKFILL, SERVICE
from narrate.store.entries import is_postgres
from narrate.store.machine import InWork
from narrate.store.tables import EpisodeRow, JobRow, MachineDayRow, PostRow, QueueRow

#: What the pictures and the averages look back on.
DAYS = 30
_DELAYS = 1000  # the newest finished wishes that count


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits in a lane: wishes and finds, and apart from them what only a backfill wants."""

    lane: Lane
    n_posts: int
    audio_hours: float
    n_archived: int
    archived_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day (UTC) of work."""

    day: date
    n_episodes: int
    audio_hours: float
    busy_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Posts that can't be had or read, that failed and wait for an operator, and that will be tried again."""

    n_refused: int
    n_held: int
    n_again: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The service at `at`. `delays_s`: from being asked for to being published, of the last 30 days, ascending."""

    at: datetime
    waiting: tuple[Waiting, ...]
    in_work: tuple[InWork, ...]
    delays_s: tuple[float, ...]
    n_episodes: int
    audio_hours: float
    busy_hours: float
    days: tuple[Day, ...]  # the last 30, oldest first
    failures: Failures
    pause: str | None  # why an operator paused the work

    @property
    def hours_behind(self) -> float:
        """Audio that somebody waits for, or that was found; not what only a backfill wants."""
        return sum(lane.audio_hours for lane in self.waiting)

    @property
    def hours_of_week(self) -> float:
        """Audio made in the last seven days, today included."""
        return sum(day.audio_hours for day in self.days[-7:])

    def delay_s(self, share: float) -> float | None:
        """A quantile of the delays, by the nearest rank; None without any."""
        return self.delays_s[min(int(share * len(self.delays_s)), len(self.delays_s) - 1)] if self.delays_s else None


def read_status(session: Session, at: datetime) -> Status:
    """How the service is doing now."""
    since = at - timedelta(days=DAYS)
    paused = switches.find(session, switches.PAUSED)
    n_episodes = select(func.count()).select_from(EpisodeRow).where(EpisodeRow.current)
    return Status(
        at=at,
        waiting=_waiting(session),
        in_work=tuple(machine.in_work(session)),
        delays_s=_delays(session, since),
        n_episodes=session.scalar(n_episodes) or 0,
        audio_hours=machine.audio_ms(session, live_only=True) / 3_600_000,
        busy_hours=machine.busy_ms(session) / 3_600_000,
        days=_days(session, at),
        failures=_failures(session),
        pause=paused.reason if paused else None,
    )


def _waiting(session: Session) -> tuple[Waiting, ...]:
    """One range of an index for each part of each lane: tens of thousands of entries are summed in milliseconds."""
    total = select(func.count(), func.coalesce(func.sum(QueueRow.minutes), 0.0)).where(QueueRow.state == "waiting")

    def hours(lane: Lane, part: Any) -> tuple[int, float]:
        n, minutes = session.execute(total.where(QueueRow.lane == lane, part)).one()
        return n, minutes / 60

    found = []
    for lane in LANES:
        n_posts, audio_hours = hours(lane, QueueRow.rank >= ARCHIVE_RANK)
        n_archived, archived_hours = hours(lane, QueueRow.rank < ARCHIVE_RANK)
        found.append(
            Waiting(
                lane=lane,
                n_posts=n_posts,
                audio_hours=audio_hours,
                n_archived=n_archived,
                archived_hours=archived_hours,
            )
        )
    return tuple(found)


def _delays(session: Session, since: datetime) -> tuple[float, ...]:
    asked = (QueueRow.asked_by.is_not(None), QueueRow.asked_by != BACKFILL)
    # the database subtracts: a date costs a driver more than all the rest
    seconds: Any = (
        extract("epoch", PostRow.ready_at - QueueRow.queued_at)
        if is_postgres(session)
        else 86_400 * (func.julianday(PostRow.ready_at) - func.julianday(QueueRow.queued_at))
    )
    # one look at the queue for each post, newest first, until there are enough: a join would walk the whole queue
    of_wish = (QueueRow.key == PostRow.key, QueueRow.state == "done", QueueRow.queued_at <= PostRow.ready_at)
    took_s = select(seconds).where(*of_wish, *asked).correlate(PostRow).scalar_subquery()
    made = select(PostRow.ready_at, took_s.label("took_s")).where(PostRow.ready_at >= since).subquery()
    rows = session.scalars(
        select(type_coerce(made.c.took_s, Float))
        .where(made.c.took_s.is_not(None))
        .order_by(made.c.ready_at.desc())
        .limit(_DELAYS)
    )
    return tuple(sorted(float(round(took_s)) for took_s in rows))


def _days(session: Session, at: datetime) -> tuple[Day, ...]:
    last = at.astimezone(UTC).date()
    days = [last - timedelta(days=n) for n in reversed(range(DAYS))]
    first = datetime.combine(days[0], datetime.min.time(), UTC)
    made_on: Any = (
        cast(func.timezone(literal_column("'UTC'"), EpisodeRow.made_at), Date)
        if is_postgres(session)
        else func.date(EpisodeRow.made_at)
    )
    made = session.execute(
        select(made_on, func.count(), func.sum(EpisodeRow.duration_ms))
        .where(EpisodeRow.made_at >= first)
        .group_by(made_on)
    )
    audio = {str(day): (n, ms / 3_600_000) for day, n, ms in made}
    worked = select(MachineDayRow.day, MachineDayRow.busy_ms).where(MachineDayRow.day >= days[0])
    busy = dict(session.execute(worked).all())
    return tuple(
        Day(
            day=day,
            n_episodes=audio.get(str(day), (0, 0.0))[0],
            audio_hours=audio.get(str(day), (0, 0.0))[1],
            busy_hours=busy.get(day, 0) / 3_600_000,
        )
        for day in days
    )


def _failures(session: Session) -> Failures:
    """The service's own word in the queue says what failed, a job's error that it is tried again."""
    failed = select(QueueRow.state, func.count()).where(QueueRow.state.in_(("refused", "held")))
    rows = session.execute(failed.where(QueueRow.decided_by == SERVICE).group_by(QueueRow.state))
    counts = dict(rows.all())
    again = select(func.count()).select_from(JobRow).where(JobRow.state == "waiting", JobRow.error.is_not(None))
    return Failures(
        n_refused=counts.get("refused", 0), n_held=counts.get("held", 0), n_again=session.scalar(again) or 0
    )


def failed_keys(session: Session, limit: int) -> Sequence[tuple[str, str]]:
    """(key, why) of the newest failures, for those who mend them."""
    rows = session.execute(
        select(JobRow.key, JobRow.error)
        .where(JobRow.state.in_(("failed", "waiting")), JobRow.error.is_not(None))
        .order_by(JobRow.run_after.desc(), JobRow.key)
        .limit(limit)
    )
    return [(key, why or "") for key, why in rows]
