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
from narrate.store.audit import BACKFILL
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
    asked_by: str | None  # a member's id, audit.OPERATOR or BACKFILL; None when only a poll found it
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
    """The columns that `entries_of` takes: half the cost of whole rows."""
    return select(*_COLUMNS)


def entry_of(row: QueueRow) -> Entry:
    return _entry(*(getattr(row, column.key) for column in _COLUMNS))


def entries_of(rows: Sequence[Any]) -> tuple[Entry, ...]:
    """Rows of `select_entries` as Entries."""
    return tuple(_entry(*row) for row in rows)


def _entry(
    key: str, url: str, title: str, authors: Sequence[Any], site: str, karma: int, kind: PostKind, lane: Lane,
    state: EntryState, why: Sequence[str], audio_elsewhere: Elsewhere, recording_url: str | None, minutes: float,
    base: float, votes: float, rank: float, queued_at: datetime, posted_at: datetime, reason: str | None,
    asked_by: str | None, merged_into: str | None, released_as: str | None,
) -> Entry:  # fmt: skip
    """The values of `_COLUMNS` by place: a page of thousands is made of these, and names cost as much as the rest."""
    source, _, post_id = key.partition(":")
    return Entry(
        key=PostKey(source, post_id),
        url=url,
        title=title,
        authors=tuple(Author(name=name, url=page) for name, page in authors),
        site=site,
        karma=karma,
        kind=kind,
        lane=lane,
        state=state,
        why=tuple(why),
        audio_elsewhere=audio_elsewhere,
        elsewhere_url=recording_url,
        minutes=minutes,
        base=base,
        votes=votes,
        rank=rank,
        queued_at=queued_at,
        posted_at=posted_at,
        reason=reason,
        asked_by=asked_by,
        merged_into=PostKey.parse(merged_into) if merged_into else None,
        is_released=released_as is not None,
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


def from_archive(row: Any, votes: float) -> bool:
    """Whether a row with so many votes is wanted by a backfill alone. `row` has the columns `asked_by` and `found`."""
    return row.asked_by == BACKFILL and not row.found and votes <= 0


def rerank(row: QueueRow) -> None:
    """Bring the stored rank in line with what it is made from."""
    row.rank = choose.rank(
        base=row.base,
        votes=row.votes,
        minutes=row.minutes,
        queued_at=row.queued_at,
        head_start_days=row.head_start_days,
        nudge=row.nudge,
        from_archive=from_archive(row, row.votes),
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
