"""`withdraw(key, reason)`: everything kept of a post goes but its key and the reason, so that nothing brings it back.

The one operation behind moderation, an author's objection and a deletion on the forum. Rows go at once; files go after
the commit, from a list that outlives a crash (`withdrawn_files`, `files_deleted`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from narrate.records import Episode, PostKey
from narrate.store.audit import SERVICE, note
from narrate.store.books import drop_books_with
from narrate.store.entries import insert_into
from narrate.store.search import forget_text
from narrate.store.tables import (
    BylineRow,
    DeliveryRow,
    EpisodeRow,
    JobRow,
    LeftoverRow,
    NoticeRow,
    PartRow,
    PostRow,
    PublicationRow,
    QueueRow,
    ReportRow,
    SeriesPartRow,
    SeriesRow,
    ShelfRow,
    SpeakingRow,
    TakeRow,
    VoteRow,
    WithdrawalRow,
)

_EPISODE: TypeAdapter[Episode] = TypeAdapter(Episode)
#: Stands before the key of a take in the list of leftovers; other entries are paths of stored files.
TAKE = "take:"
_ROWS_AT_ONCE = 50
_KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    key: PostKey
    reason: str
    at: datetime


def withdraw(session: Session, key: PostKey | str, reason: str, at: datetime, actor: str = SERVICE) -> tuple[str, ...]:
    """Forget a post for good; the files that are now to be deleted, as `withdrawn_files` lists them."""
    name = str(key)
    made = insert_into(session, WithdrawalRow).values(key=name, reason=reason, at=at).on_conflict_do_nothing()
    session.execute(made)
    paths, takes = _files_of(session, name)
    paths.update(book.file.path for book in drop_books_with(session, name))
    files = leave(session, name, paths, takes)
    forget_text(session, name)
    for table in (
        NoticeRow,
        ReportRow,
        SpeakingRow,
        BylineRow,
        ShelfRow,
        SeriesPartRow,
        SeriesRow,
        PublicationRow,
        EpisodeRow,
        JobRow,
        PartRow,
        VoteRow,
        QueueRow,
        PostRow,
    ):
        session.execute(delete(table).where(table.key == name))
    session.execute(delete(PartRow).where(PartRow.entry == name))
    session.execute(delete(DeliveryRow).where(DeliveryRow.event.endswith(f" {name}", autoescape=True)))
    session.expire_all()
    note(session, at, actor, "withdraw", name, {"reason": reason})
    return files


def leave(session: Session, key: PostKey | str, paths: Iterable[str], takes: Iterable[str]) -> tuple[str, ...]:
    """Put files of a withdrawn post on the list of what is to be deleted, with its takes that no other post uses."""
    spare = _unused_elsewhere(session, str(key), set(takes))
    files = (*sorted(paths), *(TAKE + take for take in sorted(spare)))
    for path in files:
        session.execute(insert_into(session, LeftoverRow).values(path=path, key=str(key)).on_conflict_do_nothing())
    for some in _batches(sorted(spare)):
        session.execute(delete(TakeRow).where(TakeRow.key.in_(some)))
    return files


def is_withdrawn(session: Session, key: PostKey | str) -> str | None:
    """Why a post was withdrawn, None when it wasn't."""
    return session.scalar(select(WithdrawalRow.reason).where(WithdrawalRow.key == str(key)))


def list_withdrawals(session: Session) -> Sequence[Withdrawal]:
    """All of them, newest first."""
    rows = session.scalars(select(WithdrawalRow).order_by(WithdrawalRow.at.desc(), WithdrawalRow.key))
    return [Withdrawal(key=PostKey.parse(row.key), reason=row.reason, at=row.at) for row in rows]


def withdrawn_files(session: Session) -> dict[str, PostKey]:
    """Path (or TAKE and a take's key) -> the post it belonged to, of everything still to be deleted."""
    rows = session.execute(select(LeftoverRow.path, LeftoverRow.key).order_by(LeftoverRow.path))
    return {row.path: PostKey.parse(row.key) for row in rows}


def files_deleted(session: Session, paths: Iterable[str]) -> None:
    """These leftovers are gone from storage."""
    for some in _batches(list(paths)):
        session.execute(delete(LeftoverRow).where(LeftoverRow.path.in_(some)))


def _files_of(session: Session, key: str) -> tuple[set[str], set[str]]:
    """(files, takes) of every version of a post's episode."""
    paths: set[str] = set()
    takes: set[str] = set()
    for document, recording in session.execute(
        select(EpisodeRow.document, EpisodeRow.recording).where(EpisodeRow.key == key)
    ):
        episode = _EPISODE.validate_python(document)
        paths.update(file.path for file in episode.all_files)
        takes.update(piece["take_key"] for piece in recording.get("pieces", ()))
    return paths, takes


def _unused_elsewhere(session: Session, key: str, takes: set[str]) -> set[str]:
    """Those of the takes that no other post's recording uses."""
    if takes:
        others = select(EpisodeRow.recording).where(EpisodeRow.key != key)
        for recording in session.scalars(others, execution_options={"yield_per": _ROWS_AT_ONCE}):
            takes.difference_update(piece["take_key"] for piece in recording.get("pieces", ()))
            if not takes:
                break
    return takes


def _batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _KEYS_AT_ONCE):
        yield names[start : start + _KEYS_AT_ONCE]
