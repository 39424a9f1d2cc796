"""What the rows name of the files, and what of the rows nothing needs any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, aliased

from narrate.records import Episode
from narrate.store.books import list_books
from narrate.store.tables import EpisodeRow, LeftoverRow, PublicationRow, TakeRow

_EPISODE: TypeAdapter[Episode] = TypeAdapter(Episode)
_ROWS_AT_ONCE = 50
_KEYS_AT_ONCE = 500


def live_takes(session: Session) -> Iterator[str]:
    """The keys of all takes that live recordings are made of, some of them several times."""
    live = select(EpisodeRow.recording).where(EpisodeRow.current)
    for recording in session.scalars(live, execution_options={"yield_per": _ROWS_AT_ONCE}):
        yield from (piece["take_key"] for piece in recording.get("pieces", ()))


def named_files(
    session: Session, but: Collection[tuple[str, str]] = (), slugs: Collection[str] | None = None
) -> Iterator[str]:
    """The paths of all recordings' and books' files that a row names, `but` those of these (key, version)s.

    `slugs`: of recordings, only those of these posts.
    """
    rows = select(EpisodeRow.key, EpisodeRow.version, EpisodeRow.document)
    if slugs is not None:
        rows = rows.where(EpisodeRow.key.in_([slug.replace("-", ":", 1) for slug in slugs]))
    for key, version, document in session.execute(rows, execution_options={"yield_per": _ROWS_AT_ONCE}):
        if (key, version) not in but:
            yield from (file.path for file in _EPISODE.validate_python(document).all_files)
    yield from (book.file.path for book in list_books(session))
    yield from session.scalars(select(LeftoverRow.path))  # those are somebody else's to delete


def superseded(session: Session, before: datetime) -> list[tuple[str, str]]:
    """(key, version) of what was replaced before then and stands on no site any more."""
    return [(key, version) for key, version in session.execute(_superseded(before))]


def drop_superseded(session: Session, before: datetime) -> int:
    """Delete these rows; how many. Their files aren't named any more then."""
    found = superseded(session, before)
    for key, version in found:
        session.execute(
            delete(EpisodeRow).where(
                EpisodeRow.key == key, EpisodeRow.version == version, EpisodeRow.current.is_(False)
            )
        )
    return len(found)


def forget_takes(session: Session, keys: Iterable[str], before: datetime) -> set[str]:
    """Delete the rows of takes, but for those that a recording kept since needs; whose files may go."""
    wanted = list(keys)
    kept: set[str] = set()
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        some = TakeRow.key.in_(wanted[start : start + _KEYS_AT_ONCE])
        session.execute(delete(TakeRow).where(some, TakeRow.needed_at < before))
        kept.update(session.scalars(select(TakeRow.key).where(some)))
    return set(wanted) - kept


def _superseded(before: datetime) -> Any:
    live = aliased(EpisodeRow)
    shown = select(PublicationRow.key).where(
        PublicationRow.key == EpisodeRow.key, PublicationRow.version == EpisodeRow.version
    )
    return (
        select(EpisodeRow.key, EpisodeRow.version)
        .join(live, (live.key == EpisodeRow.key) & live.current)
        .where(EpisodeRow.current.is_(False), live.made_at < before, ~shown.exists())
        .order_by(EpisodeRow.key, EpisodeRow.version)
    )
