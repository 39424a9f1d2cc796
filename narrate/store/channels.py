"""The feeds of a site: their names and podcast:guids, kept for ever, and what they were last made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from narrate.channels import FAMILY, MAIN, Listing, feed_path
from narrate.store.entries import insert_into
from narrate.store.sites import Site, podcast_guid
from narrate.store.tables import ChannelRow, RetiredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed of a site, as pages and lists show it. `path` is relative to the site's root."""

    name: str
    group: str  # narrate.channels.Group
    title: str  # "" for the main one
    description: str
    path: str
    podcast_guid: str
    n_episodes: int
    changed_at: datetime
    digests: tuple[str, ...]


def list_feeds(session: Session, site: str) -> Sequence[Feed]:
    """Every feed of a site that there ever was: those of everything first, then by group and title."""
    groups = ("all", "karma", "lane", "forum", "review", "sequence", "tag", "author")
    family = {name: place for place, name in enumerate(FAMILY)}
    return sorted(
        _feeds(session, site),
        key=lambda f: (family.get(f.name, len(family)), groups.index(f.group), f.title.casefold(), f.name),
    )


def open_feeds(session: Session, site: Site, listings: Sequence[Listing], at: datetime) -> dict[str, Feed]:
    """name -> feed of every listing and of every feed there was before; new ones get their podcast:guid here."""
    known = {feed.name: feed for feed in _feeds(session, site.name)}
    shown = {f.name: (f.group, f.title, f.description, f.n_episodes) for f in known.values()}
    wanted = {name: (*row[:3], 0) for name, row in shown.items()}
    wanted |= {one.name: (one.group, one.title, one.description, len(one.placed)) for one in listings}
    for name, (group, title, description, n_episodes) in wanted.items():
        values = {"group": group, "title": title, "description": description, "n_episodes": n_episodes}
        if name in known and shown[name] == wanted[name]:
            continue
        if name in known:
            here = (ChannelRow.site == site.name, ChannelRow.name == name)
            session.execute(update(ChannelRow).where(*here).values(**values))
            known[name] = replace(known[name], group=group, title=title, description=description, n_episodes=n_episodes)
            continue
        url = f"{site.base_url}/{feed_path(name)}"
        guid = site.podcast_guid if name == MAIN else podcast_guid(site.name, url)
        row = ChannelRow(
            site=site.name, name=name, podcast_guid=guid, made_at=at, changed_at=at, digests=[], hubs_told="", **values
        )
        session.add(row)
        known[name] = Feed(
            name=name, path=feed_path(name), podcast_guid=guid, changed_at=at, digests=(), group=group, title=title,
            description=description, n_episodes=n_episodes,
        )  # fmt: skip
    return known


def published_feeds(session: Session, site: str) -> frozenset[str]:
    """The names of the feeds of a site that anybody can have subscribed to."""
    return frozenset(feed.name for feed in _feeds(session, site) if feed.digests)


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
    rows = session.execute(select(ChannelRow.name, ChannelRow.hubs_told).where(ChannelRow.site == site))
    told = {row.name: row.hubs_told for row in rows}
    changed = [feed for feed in _feeds(session, site) if feed.digests and told.get(feed.name) != feed.digests[0]]
    return sorted(changed, key=lambda feed: (feed.changed_at, feed.name))[:limit]


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


def _feeds(session: Session, site: str) -> list[Feed]:
    columns = (
        ChannelRow.name, ChannelRow.group, ChannelRow.title, ChannelRow.description, ChannelRow.podcast_guid,
        ChannelRow.n_episodes, ChannelRow.changed_at, ChannelRow.digests,
    )  # fmt: skip
    return [
        Feed(
            name=name, group=group, title=title, description=description, path=feed_path(name), podcast_guid=guid,
            n_episodes=n_episodes, changed_at=changed, digests=tuple(digests),
        )
        for name, group, title, description, guid, n_episodes, changed, digests in session.execute(
            select(*columns).where(ChannelRow.site == site)
        )
    ]  # fmt: skip
