"""Rows of the queue -> Entries, and the locks under which they change.

Every change starts with a write to the row it is about: that orders writers on SQLite and on PostgreSQL alike, and
what is read after it is the newest there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import Elsewhere, Lane
from narrate.errors import NotInQueue
from narrate.records import Author, PostKey, PostKind
from narrate.store.tables import Base, QueueRow

EntryState = Literal["waiting", "held", "taken", "done", "refused", "removed", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A post in the queue, or why it isn't. `reason` says why it is held, refused, removed or withdrawn."""

    key: PostKey
    url: str
    title: str
    authors: tuple[Author, ...]
    site: str
    karma: int
    kind: PostKind
    lane: Lane
    state: EntryState
    why: tuple[str, ...]
    audio_elsewhere: Elsewhere
    elsewhere_url: str | None
    minutes: float
    base: float
    votes: float
    rank: float
    queued_at: datetime
    posted_at: datetime
    reason: str | None
    asked_by: str | None  # a member's id or audit.OPERATOR; None when only a poll found it
    merged_into: PostKey | None
    is_released: bool  # its episode is in the main feed


_COLUMNS = (
    QueueRow.key,
    QueueRow.url,
    QueueRow.title,
    QueueRow.authors,
    QueueRow.site,
    QueueRow.karma,
    QueueRow.kind,
    QueueRow.lane,
    QueueRow.state,
    QueueRow.why,
    QueueRow.audio_elsewhere,
    QueueRow.recording_url,
    QueueRow.minutes,
    QueueRow.base,
    QueueRow.votes,
    QueueRow.rank,
    QueueRow.queued_at,
    QueueRow.posted_at,
    QueueRow.reason,
    QueueRow.asked_by,
    QueueRow.merged_into,
    QueueRow.released_as,
)


def select_entries() -> Any:
    """The columns that `entry_of` takes: half the cost of whole rows."""
    return select(*_COLUMNS)


def entry_of(row: Any) -> Entry:
    """A row of `select_entries`, or a QueueRow, as an Entry."""
    return Entry(
        key=PostKey.parse(row.key),
        url=row.url,
        title=row.title,
        authors=tuple(Author(name=name, url=url) for name, url in row.authors),
        site=row.site,
        karma=row.karma,
        kind=row.kind,
        lane=row.lane,
        state=row.state,
        why=tuple(row.why),
        audio_elsewhere=row.audio_elsewhere,
        elsewhere_url=row.recording_url,
        minutes=row.minutes,
        base=row.base,
        votes=row.votes,
        rank=row.rank,
        queued_at=row.queued_at,
        posted_at=row.posted_at,
        reason=row.reason,
        asked_by=row.asked_by,
        merged_into=PostKey.parse(row.merged_into) if row.merged_into else None,
        is_released=row.released_as is not None,
    )


def locked(session: Session, key: PostKey | str) -> QueueRow | None:
    """The row, nobody else's to change until this transaction ends; None when there is none."""
    touched = update(QueueRow).where(QueueRow.key == str(key)).values(seen_at=QueueRow.seen_at)
    session.execute(touched, execution_options={"synchronize_session": False})
    return session.get(QueueRow, str(key), populate_existing=True)


def must_lock(session: Session, key: PostKey | str) -> QueueRow:
    """The row, locked. Raises NotInQueue."""
    row = locked(session, key)
    if row is None:
        raise NotInQueue(f"{key} isn't in the queue. Submit its address first.")
    return row


def rerank(row: QueueRow) -> None:
    """Bring the stored rank in line with what it is made from."""
    row.rank = choose.rank(
        base=row.base,
        votes=row.votes,
        minutes=row.minutes,
        queued_at=row.queued_at,
        head_start_days=row.head_start_days,
        nudge=row.nudge,
    )


def insert_into(session: Session, table: type[Base]) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, in this database's dialect."""
    made: Insert = postgresql.insert(table) if is_postgres(session) else sqlite.insert(table)
    return made


def changed(session: Session, statement: Any) -> int:
    """Run an INSERT, UPDATE or DELETE; how many rows it changed."""
    done: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)


def is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def entries_of(rows: Sequence[Any]) -> tuple[Entry, ...]:
    return tuple(map(entry_of, rows))
