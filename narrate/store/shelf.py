"""Items of a site's episodes as rows: rendered once, put into every feed. What decides about feeds is beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from narrate import choose
from narrate.channels import Shelved
from narrate.records import Episode
from narrate.store.audit import BACKFILL
from narrate.store.entries import insert_into
from narrate.store.series import places_on
from narrate.store.tables import EpisodeRow, PostRow, PublicationRow, QueueRow, ShelfRow

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfItem:
    """One item: of an episode (`edition` "") or of another assembly of it."""

    edition: str
    stamp: str
    item: bytes


def shelve(session: Session, site: str, episode: Episode, items: Sequence[ShelfItem]) -> None:
    """Put an episode's items onto the shelf, in place of those there were."""
    key = str(episode.key)
    before = session.scalar(
        select(ShelfRow.facts).where(ShelfRow.site == site, ShelfRow.key == key, ShelfRow.edition == "")
    )
    session.execute(delete(ShelfRow).where(ShelfRow.site == site, ShelfRow.key == key))
    facts = {
        "title": episode.title,
        "authors": [[author.slug, author.name] for author in episode.authors],
        "tags": list(episode.tags),
        "site": episode.site,
        "kind": episode.kind,
        "minutes": round(episode.duration_ms / 60_000, 2),
        # once and for ever: it decides about dates, and votes come later
        "is_backfilled": _is_backfilled(session, key) if before is None else before.get("is_backfilled", False),
        "editions": [item.edition for item in items if item.edition],
    }
    for item in items:
        values = {"site": site, "key": key, "edition": item.edition, "stamp": item.stamp, "item": item.item}
        session.execute(
            insert_into(session, ShelfRow).values(
                **values, made_at=episode.made_at, facts=facts if not item.edition else {}
            )
        )


def stamps(session: Session, site: str) -> dict[str, tuple[str, str | None, str | None]]:
    """key -> (version of the live episode, version of the page on the site, stamp of the item on the shelf)."""
    rows = session.execute(
        select(EpisodeRow.key, EpisodeRow.version, PublicationRow.version, ShelfRow.stamp)
        .join(PublicationRow, (PublicationRow.key == EpisodeRow.key) & (PublicationRow.site == site))
        .outerjoin(
            ShelfRow,
            (ShelfRow.site == site) & (ShelfRow.key == EpisodeRow.key) & (ShelfRow.edition == ""),
        )
        .where(EpisodeRow.current)
        .order_by(EpisodeRow.key)
    )
    return {key: (version, written, stamp) for key, version, written, stamp in rows}


def read_shelf(session: Session, site: str, at: datetime, policy: choose.Policy) -> list[Shelved]:
    """What there is to choose from on a site; Review nominations are those of the time `at`."""
    wanted = (
        select(
            ShelfRow.key,
            ShelfRow.stamp,
            ShelfRow.made_at,
            ShelfRow.facts,
            func.length(ShelfRow.item),
            PostRow.posted_at,
            PostRow.ready_at,
            PostRow.released_at,
            PostRow.karma,
            PostRow.curated_at,
            PostRow.review_votes,
            PostRow.won_review,
            QueueRow.lane,
            QueueRow.karma,
            QueueRow.curated_at,
            QueueRow.review_votes,
            QueueRow.won_review,
            QueueRow.site,
        )
        .join(PostRow, PostRow.key == ShelfRow.key)
        .outerjoin(QueueRow, QueueRow.key == ShelfRow.key)
        .where(ShelfRow.site == site, ShelfRow.edition == "")
        .order_by(ShelfRow.key)
    )
    places = places_on(session, site)
    return [_shelved(row, at, policy, places) for row in session.execute(wanted)]


def read_items(session: Session, site: str, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """(key, edition) -> its item. What left the shelf meanwhile is missing."""
    found: dict[tuple[str, str], bytes] = {}
    for some in _batches(sorted(set(wanted))):
        editions = {edition for _, edition in some}
        here = (ShelfRow.site == site, ShelfRow.key.in_([key for key, _ in some]), ShelfRow.edition.in_(editions))
        for key, edition, item in session.execute(select(ShelfRow.key, ShelfRow.edition, ShelfRow.item).where(*here)):
            found[key, edition] = item
    return found


def _is_backfilled(session: Session, key: str) -> bool:
    """Has nobody but the operator's look through the archive asked for this post until now?"""
    alone = (QueueRow.asked_by == BACKFILL, QueueRow.found.is_(False), QueueRow.votes <= 0)
    return session.scalar(select(QueueRow.key).where(QueueRow.key == key, *alone)) is not None


def _shelved(row: Any, at: datetime, policy: choose.Policy, places: Mapping[str, Any]) -> Shelved:
    (
        key, stamp, made_at, facts, n_bytes, posted_at, ready_at, released_at, karma, curated_at, votes, won,
        lane, seen_karma, seen_curated_at, seen_votes, seen_won, seen_site,
    ) = row  # fmt: skip
    ready_at = ready_at or made_at
    won = seen_won or won
    nominated = None if posted_at is None else choose.nominated_in(posted_at, max(votes, seen_votes or 0), at)
    source = key.partition(":")[0]
    return Shelved(
        key=key,
        stamp=stamp,
        title=facts["title"],
        authors=tuple((slug, name) for slug, name in facts["authors"]),
        tags=tuple(facts["tags"]),
        forums=_forums(source, {facts["site"], seen_site}),
        kind=facts["kind"],
        minutes=facts["minutes"],
        lane=lane or choose.lane_of(posted_at or ready_at, released_at or ready_at, policy),
        karma=karma if seen_karma is None else seen_karma,
        is_curated=(curated_at or seen_curated_at) is not None,
        review_year=won or nominated,
        won_review=won is not None,
        is_backfilled=facts.get("is_backfilled", False),
        posted_at=posted_at,
        ready_at=ready_at,
        released_at=released_at,
        made_at=made_at,
        n_bytes=n_bytes,
        editions=tuple(facts["editions"]),
        places=places.get(key, ()),
    )


def _forums(source: str, sites: set[str | None]) -> tuple[str, ...]:
    """The forums a post is on, by the settings' names. The Alignment Forum's posts are LessWrong's, too."""
    if source == "file":
        return ()
    return (source, "alignmentforum") if "Alignment Forum" in sites and source == "lesswrong" else (source,)


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _ROWS_AT_ONCE):
        yield values[start : start + _ROWS_AT_ONCE]
