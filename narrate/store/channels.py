"""The feeds of a site: their names and podcast:guids, kept for ever, and what they were last made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from narrate.channels import FAMILY, MAIN, Group, Listing, feed_path
from narrate.store.entries import insert_into
from narrate.store.sites import Site, podcast_guid
from narrate.store.tables import ChannelRow, RetiredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed of a site, as pages and lists show it. `path` is relative to the site's root."""

    name: str
    group: Group
    title: str  # "" for the main one
    description: str
    path: str
    podcast_guid: str
    n_episodes: int
    changed_at: datetime
    digests: tuple[str, ...]


def list_feeds(session: Session, site: str) -> Sequence[Feed]:
    """Every feed of a site that there ever was: those of everything first, then by group and title."""
    found = [_feed(row) for row in session.scalars(select(ChannelRow).where(ChannelRow.site == site))]
    groups = ("all", "karma", "lane", "forum", "review", "sequence", "tag", "author")
    family = {name: place for place, name in enumerate(FAMILY)}
    return sorted(
        found, key=lambda f: (family.get(f.name, len(family)), groups.index(f.group), f.title.casefold(), f.name)
    )


def open_feeds(session: Session, site: Site, listings: Sequence[Listing], at: datetime) -> dict[str, Feed]:
    """name -> feed of every listing and of every feed there was before; new ones get their podcast:guid here."""
    known = {row.name: row for row in session.scalars(select(ChannelRow).where(ChannelRow.site == site.name))}
    for listing in listings:
        row = known.get(listing.name)
        if row is None:
            is_main = listing.name == MAIN
            made = (
                site.podcast_guid if is_main else podcast_guid(site.name, f"{site.base_url}/{feed_path(listing.name)}")
            )
            row = known[listing.name] = ChannelRow(
                site=site.name, name=listing.name, podcast_guid=made, made_at=at, changed_at=at, digests=[],
                hubs_told="", n_episodes=0, group="", title="", description="",
            )  # fmt: skip
            session.add(row)
        shown = (listing.group, listing.title, listing.description, len(listing.placed))
        if (row.group, row.title, row.description, row.n_episodes) != shown:
            row.group, row.title, row.description, row.n_episodes = shown
    there = {listing.name for listing in listings}
    for name, row in known.items():
        if name not in there and row.n_episodes:
            row.n_episodes = 0
    session.flush()
    return {name: _feed(row) for name, row in known.items()}


def changed_at(session: Session, site: str) -> datetime | None:
    """When a feed of the site last changed."""
    return session.scalar(select(func.max(ChannelRow.changed_at)).where(ChannelRow.site == site))


def note_feeds(session: Session, site: str, digests: Mapping[str, Sequence[str]], at: datetime) -> None:
    """These feeds stand on the site now (name -> digests of what its files were made from)."""
    for name, made_from in digests.items():
        here = (ChannelRow.site == site, ChannelRow.name == name)
        session.execute(update(ChannelRow).where(*here).values(digests=list(made_from), changed_at=at))


def untold_feeds(session: Session, site: str, limit: int) -> Sequence[Feed]:
    """Feeds that changed since hubs were told of them, longest ago first."""
    rows = session.scalars(
        select(ChannelRow).where(ChannelRow.site == site).order_by(ChannelRow.changed_at, ChannelRow.name)
    )
    return [_feed(row) for row in rows if row.digests and row.hubs_told != row.digests[0]][:limit]


def hubs_told(session: Session, site: str, feed: Feed) -> None:
    """Hubs know of this state of a feed."""
    here = (ChannelRow.site == site, ChannelRow.name == feed.name)
    session.execute(update(ChannelRow).where(*here).values(hubs_told=feed.digests[0]))


def retire(session: Session, site: str, named: Iterable[str], unnamed: Iterable[str], at: datetime) -> None:
    """From `at` on nothing on the site names the files of `unnamed`; what is `named` isn't retired (any more)."""
    for path in unnamed:
        session.execute(
            insert_into(session, RetiredRow).values(site=site, path=path, since=at).on_conflict_do_nothing()
        )
    for path in named:
        session.execute(delete(RetiredRow).where(RetiredRow.site == site, RetiredRow.path == path))


def retired_before(session: Session, site: str, before: datetime) -> Sequence[str]:
    """Paths on a site that nothing there has named since before then."""
    old = select(RetiredRow.path).where(RetiredRow.site == site, RetiredRow.since < before)
    return session.scalars(old.order_by(RetiredRow.path)).all()


def forget_retired(session: Session, site: str, paths: Sequence[str]) -> None:
    """These files are gone from the site."""
    for path in paths:
        session.execute(delete(RetiredRow).where(RetiredRow.site == site, RetiredRow.path == path))


def _feed(row: ChannelRow) -> Feed:
    return Feed(
        name=row.name,
        group=row.group,  # type: ignore[arg-type]  # our own words
        title=row.title,
        description=row.description,
        path=feed_path(row.name),
        podcast_guid=row.podcast_guid,
        n_episodes=row.n_episodes,
        changed_at=row.changed_at,
        digests=tuple(row.digests),
    )
