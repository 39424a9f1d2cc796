"""Finished episodes and their versions. The live version of a post is its row with `current` set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from narrate.records import Episode, PostKey
from narrate.store.tables import BylineRow, EpisodeRow, PostRow, PublicationRow

_EPISODE: TypeAdapter[Episode] = TypeAdapter(Episode)


def save_episode(session: Session, episode: Episode, *, script: dict[str, Any], recording: dict[str, Any]) -> None:
    """Keep a finished version and make it the live one. Saving the same version again changes nothing else."""
    key = str(episode.key)
    session.execute(update(EpisodeRow).where(EpisodeRow.key == key).values(current=False))
    session.flush()
    row = session.get(EpisodeRow, (key, episode.version)) or EpisodeRow(key=key, version=episode.version)
    row.made_at, row.current = episode.made_at, True
    row.document = _EPISODE.dump_python(episode, mode="json")
    row.script, row.recording, row.duration_ms = script, recording, episode.duration_ms
    session.add(row)
    session.execute(delete(BylineRow).where(BylineRow.key == key))
    by_slug = {author.slug: author for author in episode.authors if author.slug}
    session.add_all(BylineRow(author=slug, key=key, name=a.name, url=a.url) for slug, a in by_slug.items())


def load_episode(session: Session, key: PostKey) -> Episode | None:
    """The live version, its dates as `posts` has them; None when the post was never narrated."""
    found = session.execute(select_episodes().where(EpisodeRow.key == str(key))).first()
    return None if found is None else _episode(*found)


def load_documents(session: Session, key: PostKey) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(Script JSON, recording plan JSON) of the live version."""
    row = session.scalars(
        select(EpisodeRow)
        .where(EpisodeRow.key == str(key), EpisodeRow.current)
        .options(undefer(EpisodeRow.script), undefer(EpisodeRow.recording))
    ).first()
    return None if row is None else (row.script, row.recording)


def load_episodes(session: Session, keys: Sequence[str]) -> Sequence[Episode]:
    """The live versions of these posts (at most some hundreds), in the order given."""
    found = {str(e.key): e for e in episodes_of(session.execute(select_episodes().where(EpisodeRow.key.in_(keys))))}
    return [found[key] for key in keys if key in found]


def load_version(session: Session, key: str, version: str) -> Episode | None:
    """One version of an episode, live or not; None when it isn't kept."""
    dates = (PostRow.posted_at, PostRow.ready_at, PostRow.released_at)
    wanted = select(EpisodeRow, *dates).join(PostRow, PostRow.key == EpisodeRow.key)
    row = session.execute(wanted.where(EpisodeRow.key == key, EpisodeRow.version == version)).first()
    return None if row is None else _episode(*row)


def list_episodes(session: Session, site: str, limit: int | None = None) -> Sequence[Episode]:
    """The released episodes of a site, newest first."""
    found = session.execute(
        select_episodes()
        .join(PublicationRow, PublicationRow.key == EpisodeRow.key)
        .where(PublicationRow.site == site, PostRow.released_at.is_not(None))
        .order_by(PostRow.released_at.desc(), PostRow.key)
        .limit(limit)
    )
    return episodes_of(found)


def episodes_of(rows: Iterable[Any]) -> Sequence[Episode]:
    """Rows of `select_episodes` as Episodes."""
    return [_episode(*row) for row in rows]


def select_episodes() -> Any:
    """The live versions with their dates: what `episodes_of` takes."""
    dates = (PostRow.posted_at, PostRow.ready_at, PostRow.released_at)
    return select(EpisodeRow, *dates).join(PostRow, PostRow.key == EpisodeRow.key).where(EpisodeRow.current)


def _episode(row: EpisodeRow, posted: datetime | None, ready: datetime | None, released: datetime | None) -> Episode:
    dates = {"posted_at": posted, "ready_at": ready or row.made_at, "released_at": released}
    return _EPISODE.validate_python({**row.document, **dates})
