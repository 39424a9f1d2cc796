"""Places published into, their stable podcast:guid, and what stands on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from narrate.channels import MAIN as MAIN_FEED
from narrate.records import PostKey
from narrate.store.tables import ChannelRow, EpisodeRow, PostRow, PublicationRow, SiteRow

#: The podcast namespace's own UUID namespace for podcast:guid (podcast-namespace docs, tag "guid").
_PODCAST = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")

#: The data folder's own site, the one `narrate serve` shows.
MAIN = "main"
#: Those that are published together are dated a microsecond apart, in their order.
_RELEASED_TOGETHER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`name` is MAIN or a folder's absolute path. `podcast_guid` is made once and kept, wherever the site moves."""

    name: str
    base_url: str
    podcast_guid: str


def open_site(session: Session, name: str, base_url: str | None, default_url: str, at: datetime) -> Site:
    """The site of that name, made if need be. A `base_url` given is kept for next time."""
    row = session.get(SiteRow, name)
    if row is None:
        url = base_url or default_url
        row = SiteRow(name=name, base_url=url, podcast_guid=podcast_guid(name, f"{url}/feed.xml"), made_at=at)
        session.add(row)
    elif base_url is not None:
        row.base_url = base_url
    return Site(name=row.name, base_url=row.base_url, podcast_guid=row.podcast_guid)


def podcast_guid(site: str, feed_url: str) -> str:
    """A new feed's podcast:guid, as the namespace makes them: from its address, without scheme."""
    feed = feed_url.partition("://")[2].rstrip("/")
    # An address of this machine alone, or a folder that is tried out, names no podcast in the world: chance does.
    is_public = site == MAIN and "127.0.0.1" not in feed and "localhost" not in feed
    return str(uuid.uuid5(_PODCAST, feed if is_public else f"{feed}#{uuid.uuid4()}"))


def has_site(session: Session, name: str) -> bool:
    return session.get(SiteRow, name) is not None


def find_site(session: Session, name: str) -> Site | None:
    """The site of that name, None before it is first published."""
    row = session.get(SiteRow, name)
    return None if row is None else Site(name=row.name, base_url=row.base_url, podcast_guid=row.podcast_guid)


def list_sites(session: Session) -> Sequence[Site]:
    rows = session.scalars(select(SiteRow).order_by(SiteRow.name))
    return [Site(name=r.name, base_url=r.base_url, podcast_guid=r.podcast_guid) for r in rows]


def add_publication(session: Session, site: str, key: PostKey, at: datetime) -> None:
    if session.get(PublicationRow, (site, str(key))) is None:
        session.add(PublicationRow(site=site, key=str(key), published_at=at, version=None))


def sites_of(session: Session, keys: Iterable[PostKey]) -> Sequence[str]:
    """The names of all sites on which any of these episodes stands."""
    names = [str(key) for key in keys]
    wanted = select(PublicationRow.site).where(PublicationRow.key.in_(names)).distinct()
    return list(session.scalars(wanted.order_by(PublicationRow.site)))


def stale_sites(session: Session) -> Sequence[str]:
    """The names of sites that show another version of an episode than its live one or none yet, or lack a release."""
    live = (EpisodeRow.key == PublicationRow.key) & EpisodeRow.current
    behind = or_(PublicationRow.version.is_(None), PublicationRow.version != EpisodeRow.version)
    found = set(session.scalars(select(PublicationRow.site).join(EpisodeRow, live).where(behind).distinct()))
    main_feeds = select(ChannelRow.site, ChannelRow.changed_at).where(ChannelRow.name == MAIN_FEED)
    for site, changed_at in session.execute(main_feeds).all():
        on_it = select(PublicationRow.key).join(PostRow, PostRow.key == PublicationRow.key)
        later = (PublicationRow.site == site, PostRow.released_at > changed_at + _RELEASED_TOGETHER)
        if site not in found and session.scalar(on_it.where(*later).limit(1)) is not None:
            found.add(site)
    return sorted(found)


def n_publications(session: Session, site: str) -> int:
    """How many episodes stand on a site."""
    return session.scalar(select(func.count()).select_from(PublicationRow).where(PublicationRow.site == site)) or 0


def note_pages(session: Session, site: str, versions: Mapping[str, str]) -> None:
    """The pages of these episodes (key -> version) stand on the site now."""
    for key, version in versions.items():
        here = (PublicationRow.site == site, PublicationRow.key == key)
        session.execute(update(PublicationRow).where(*here).values(version=version))


def clear_publications(session: Session, site: str) -> None:
    """Forget what stands on a site; its address and podcast:guid stay."""
    session.execute(delete(PublicationRow).where(PublicationRow.site == site))
