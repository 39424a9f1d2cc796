"""Finished episodes and queue entries, in the orders that pages, feeds and the API show them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Text, and_, cast, func, or_, select, union
from sqlalchemy.orm import Session

from narrate.errors import UsageError
from narrate.records import Author, Episode, PostKey
from narrate.store.entries import Entry, entries_of, select_entries
from narrate.store.episodes import episodes_of, select_episodes
from narrate.store.tables import BylineRow, EpisodeRow, PartRow, PostRow, QueueRow, SeriesPartRow, VoteRow


def ready_episodes(
    session: Session, cursor: str | None, limit: int, author: str | None = None
) -> tuple[Sequence[Episode], str | None]:
    """Finished episodes, newest first, and the cursor of the next page; with `author` (a slug) only theirs.

    Raises UsageError for a cursor we didn't make.
    """
    wanted = select_episodes().where(PostRow.ready_at.is_not(None))
    if author is not None:
        wanted = wanted.join(BylineRow, (BylineRow.key == PostRow.key) & (BylineRow.author == author))
    if cursor is not None:
        at, key = _read_cursor(cursor)
        wanted = wanted.where(or_(PostRow.ready_at < at, and_(PostRow.ready_at == at, PostRow.key < key)))
    rows = session.execute(wanted.order_by(PostRow.ready_at.desc(), PostRow.key.desc()).limit(limit + 1)).all()
    episodes = episodes_of(rows[:limit])
    return episodes, _cursor(episodes[-1]) if len(rows) > limit else None


def keys_for(session: Session, member_id: str) -> Sequence[PostKey]:
    """What a member asked or voted for; a sequence's posts one by one."""
    votes = select(VoteRow.key.label("key")).where(VoteRow.member_id == member_id, VoteRow.n > 0)
    asked = select(QueueRow.key.label("key")).where(QueueRow.asked_by == member_id)
    wished = union(votes, asked).subquery()
    parts = select(PartRow.key).join(wished, PartRow.entry == wished.c.key)
    theirs = or_(PostRow.key.in_(select(wished.c.key)), PostRow.key.in_(parts))
    return [PostKey.parse(key) for key in session.scalars(select(PostRow.key).where(theirs).order_by(PostRow.key))]


def episode_after(session: Session, episode: Episode) -> PostKey | None:
    """What to hear after an episode: its sequence's next, else its author's next older one, else any next older one.

    A sequence is as its forum shows it, or as it was submitted.
    """
    part = select(SeriesPartRow.series, SeriesPartRow.number).where(SeriesPartRow.key == str(episode.key)).subquery()
    here = select(PartRow.entry, PartRow.place).where(PartRow.key == str(episode.key)).subquery()
    ready = select(PostRow.key).where(PostRow.ready_at.is_not(None), PostRow.key != str(episode.key))
    ready = ready.join(EpisodeRow, (EpisodeRow.key == PostRow.key) & EpisodeRow.current)
    following = ready.join(SeriesPartRow, SeriesPartRow.key == PostRow.key).join(
        part, (part.c.series == SeriesPartRow.series) & (part.c.number < SeriesPartRow.number)
    )
    later = ready.join(PartRow, PartRow.key == PostRow.key).join(
        here, (here.c.entry == PartRow.entry) & (here.c.place < PartRow.place)
    )
    older = ready.where(
        or_(
            PostRow.ready_at < episode.ready_at,
            and_(PostRow.ready_at == episode.ready_at, PostRow.key < str(episode.key)),
        )
    )
    slugs = [author.slug for author in episode.authors if author.slug]
    theirs = older.join(BylineRow, (BylineRow.key == PostRow.key) & BylineRow.author.in_(slugs))
    newest = (PostRow.ready_at.desc(), PostRow.key.desc())
    in_order = (following.order_by(SeriesPartRow.number, SeriesPartRow.series), later.order_by(PartRow.place))
    for wanted in (*in_order, theirs.order_by(*newest), older.order_by(*newest)):
        if key := session.scalar(wanted.limit(1)):
            return PostKey.parse(key)
    return None


def find_author(session: Session, slug: str) -> Author | None:
    """The author of at least one episode or queue entry, by their address on our site."""
    row = session.execute(select(BylineRow.name, BylineRow.url).where(BylineRow.author == slug).limit(1)).first()
    if row is not None:
        return Author(name=row.name, url=row.url)
    if slug.startswith("name:"):
        return None  # without a profile nothing tells one from another
    return next((author for _, _, author in _authors_in_queue(session, slug) if author.slug == slug), None)


def keys_by(session: Session, author: Author) -> tuple[Sequence[PostKey], Sequence[PostKey]]:
    """(posts with an episode, posts that wait in the queue or were kept out of it) of an author."""
    told = session.scalars(select(BylineRow.key).where(BylineRow.author == author.slug).order_by(BylineRow.key))
    episodes = [PostKey.parse(key) for key in told]
    open_states = ("waiting", "held", "refused")
    queued = [
        PostKey.parse(key)
        for key, state, named in _authors_in_queue(session, author.slug)
        if state in open_states and named.slug == author.slug
    ]
    return episodes, queued


def newest_entries(session: Session, limit: int) -> tuple[Entry, ...]:
    """What waits, last come first."""
    wanted = select_entries().where(QueueRow.state == "waiting")
    return entries_of(session.execute(wanted.order_by(QueueRow.queued_at.desc(), QueueRow.key).limit(limit)).all())


def count_finished(session: Session, since: datetime) -> int:
    """How many posts were narrated since then."""
    return session.scalar(select(func.count()).select_from(PostRow).where(PostRow.ready_at >= since)) or 0


def _authors_in_queue(session: Session, slug: str) -> Iterator[tuple[str, str, Author]]:
    """(key, state, author) of the queue's posts, at least of all by this author: the database sorts out most others."""
    wanted: Any = select(QueueRow.key, QueueRow.state, QueueRow.authors).order_by(QueueRow.key)
    if not slug.startswith("name:"):
        profile = f"/users/{slug.rpartition(':')[2]}"
        wanted = wanted.where(func.lower(cast(QueueRow.authors, Text)).contains(profile, autoescape=True))
    for key, state, authors in session.execute(wanted):
        for name, url in authors:
            yield key, state, Author(name=name, url=url)


def _cursor(episode: Episode) -> str:
    return base64.urlsafe_b64encode(f"{episode.ready_at.isoformat()} {episode.key}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        at, _, key = text.partition(" ")
        PostKey.parse(key)
        return datetime.fromisoformat(at).astimezone(UTC), key
    except (ValueError, OverflowError, binascii.Error) as error:
        raise UsageError("This isn't a cursor of ours: take the one that the page before gave.") from error
