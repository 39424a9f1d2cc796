"""Rows -> a site that agrees with them: what changed is written, in an order that makes a crash harmless anywhere.

Media, pages, feeds, the note of what stands. Nothing is taken from what was published before but the proof that it
needs no writing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from obstore.store import LocalStore

import feeds
from narrate import pages, release
from narrate.channels import FAMILY, Listing, all_listings, feed_path
from narrate.channels import MAIN as MAIN_FEED
from narrate.errors import SiteNotOurs
from narrate.items import Channel, item_of, own_channel, show_channel, stamp_of
from narrate.records import Episode, PostKey
from narrate.settings import Settings
from narrate.store import Files, Store
from narrate.store.books import list_books
from narrate.store.channels import (
    Feed,
    forget_retired,
    note_feeds,
    open_feeds,
    published_feeds,
    retire,
    retired_before,
)
from narrate.store.episodes import list_episodes, load_episodes, load_version
from narrate.store.files import open_folder, open_site_files
from narrate.store.posts import set_date
from narrate.store.shelf import ShelfItem, read_items, read_shelf, shelve, stamps
from narrate.store.sites import (
    MAIN,
    Site,
    add_publication,
    clear_publications,
    has_site,
    list_sites,
    note_pages,
    open_site,
)

_EPISODES_AT_ONCE = 100
#: So many stand on the front page.
_NEWEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """Everything that publishing needs. `documents` gives an episode's script and recording."""

    settings: Settings
    store: Store
    files: Files
    documents: release.Documents
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def publish(
        self,
        name: str,
        keys: Iterable[PostKey] = (),
        *,
        released: bool = True,
        base_url: str | None = None,
        fresh: bool = False,
        everything: bool = False,
    ) -> Site:
        """Add episodes to a site (MAIN or a folder's path) and bring its media, pages and feeds up to date.

        Those that aren't `released` get their pages and stay out of the main feed. `fresh` leaves only `keys` on the
        site; `everything` makes every file anew and compares it with what stands, whatever the rows say of it.
        """
        with self.alone(name) as check:
            now = self.now()
            target = self.place(name)
            with self.store.begin() as session:
                release.check_place(target, self.place_name(name), known=has_site(session, name), fresh=fresh)
                site = open_site(session, name, base_url or self.set_url(name), self.settings.public_url, now)
                if fresh:
                    clear_publications(session, name)
                    session.flush()
                for place, key in enumerate(keys):
                    # a microsecond apart, so that the order in which they were asked for is the feed's
                    if released:
                        set_date(session, key, released_at=now + timedelta(microseconds=place))
                    add_publication(session, name, key, now)
            publisher = feeds.Publisher(target)
            everything = everything or not (publisher.has(release.MARKER) and publisher.has("feed.xml"))
            show = show_channel(self.settings, site.base_url, site.podcast_guid, is_service=name == MAIN)
            release.put_base(show, publisher)
            done = self._put_episodes(show, publisher, name, everything=everything)
            if name == MAIN and (everything or fresh):
                done.named.update(self._put_books(publisher))
            made = self._put_feeds(show, publisher, site, now, check, fresh=fresh, everything=everything)
            if fresh:
                named = {show.cover_path, *done.named, *made.paths}
                publisher.drop(release.leftovers(target, named))
            with self.store.begin() as session:
                note_pages(session, name, done.versions)
                note_feeds(session, name, made.digests, now)
                retire(session, name, done.named, done.unnamed, now)
            return site

    def check(self, name: str, *, fresh: bool) -> None:
        """Raise SiteNotOurs before any work is done, rather than after it."""
        with self.store.begin() as session:
            known = has_site(session, name)
        if self.is_there(name):
            release.check_place(self.place(name), self.place_name(name), known=known, fresh=fresh)

    def has_feed(self, name: str) -> bool:
        """Whether a site was published before."""
        return self.is_there(name) and feeds.Publisher(self.place(name)).has("feed.xml")

    def folder(self, name: str) -> Path | None:
        """Where a site stands on disk, None when it is in a bucket. Raises SiteNotOurs when a file is in its way."""
        url = self.settings.site_url if name == MAIN else None
        if url is not None and not url.startswith("file://"):
            return None
        if url is not None:
            folder = Path(url.removeprefix("file://"))
        else:
            folder = self.settings.home / "site" if name == MAIN else Path(name)
        if folder.exists() and not folder.is_dir():
            raise SiteNotOurs(f"{folder} is a file, and a site needs a folder. Choose another place with --out.")
        return folder

    def place(self, name: str) -> Files:
        """A site's files; its folder is made if need be."""
        folder = self.folder(name)
        return open_site_files(self.settings.site_url, self.settings.home) if folder is None else open_folder(folder)

    def place_name(self, name: str) -> str:
        """A site's place, for people."""
        return str(self.folder(name) or self.settings.site_url)

    def withdraw(self, slugs: Iterable[str], paths: Iterable[str]) -> None:
        """Take withdrawn posts out of every site: feeds and lists first, which must never name what is gone."""
        with self.store.begin() as session:
            names = [site.name for site in list_sites(session)]
        names = [name for name in names if self.is_there(name)]
        for name in names:
            self.publish(name)
        gone = [page for slug in slugs for page in pages.page_files(slug)] + [pages.media_path(path) for path in paths]
        for name in names:
            target = self.place(name)
            feeds.Publisher(target).drop(gone)
            if isinstance(target, LocalStore):
                for folder in {(Path(str(target.prefix)) / path).parent for path in gone if path.startswith("media/")}:
                    if folder.is_dir() and not any(folder.iterdir()):
                        folder.rmdir()

    def clear_retired(self, before: datetime) -> list[str]:
        """Delete from every site what nothing there has named since before then; the paths, for `narrate clean`."""
        dropped = []
        with self.store.begin() as session:
            names = [site.name for site in list_sites(session)]
        for name in (name for name in names if self.is_there(name)):
            with self.alone(name):  # or a publisher could name a file again while it is being deleted
                with self.store.begin() as session:
                    old = retired_before(session, name, before)
                feeds.Publisher(self.place(name)).drop(old)
                with self.store.begin() as session:
                    forget_retired(session, name, old)
            dropped += [f"{self.place_name(name)}/{path}" for path in old]
        return dropped

    @contextmanager
    def alone(self, name: str) -> Iterator[Callable[[], None]]:
        """One writer a site, of all processes and of all machines that share the database.

        Yields a check that raises StoreAway once another may write it.
        """
        with one_at_a_time(self.settings.home / "publish.lock"), self.store.alone(f"publish {name}") as check:
            yield check

    def _put_episodes(self, show: Channel, publisher: feeds.Publisher, name: str, *, everything: bool) -> _Episodes:
        """Media, pages and shelf of what changed. A batch that is shelved is done with, also after a crash."""
        with self.store.begin() as session:
            known = stamps(session, name)
        done = _Episodes()
        stale = [
            key
            for key, (version, written, stamp) in known.items()
            if everything or written != version or stamp != stamp_of(version, show)
        ]
        for some in _batches(stale):
            with self.store.begin() as session:
                episodes = load_episodes(session, some)
                before = [load_version(session, key, old) for key in some if (old := known[key][1]) is not None]
            paths = release.put_episodes(show, episodes, self.documents, self.files, publisher)
            with self.store.begin() as session:
                for episode in episodes:
                    shelve(session, name, episode, items_of(episode, show))
            done.named.update(paths)
            done.unnamed.update(pages.media_path(f.path) for old in before if old for f in old.all_files)
            done.versions.update((str(episode.key), episode.version) for episode in episodes)
        done.unnamed -= done.named
        return done

    def _put_books(self, publisher: feeds.Publisher) -> list[str]:
        """Audiobooks that aren't on the service's site, since it was lost or has moved; the paths of all."""
        with self.store.begin() as session:
            books = [book.file for book in list_books(session)]
        release.put_media(
            [file for file in books if not publisher.has(pages.media_path(file.path))], self.files, publisher
        )
        return [pages.media_path(file.path) for file in books]

    def _put_feeds(
        self,
        show: Channel,
        publisher: feeds.Publisher,
        site: Site,
        now: datetime,
        check: Callable[[], None],
        *,
        fresh: bool,
        everything: bool,
    ) -> _Feeds:
        """Every feed whose content changed, the main one last, then the list of them all."""
        with self.store.begin() as session:
            published = () if fresh else published_feeds(session, site.name)
            listings = all_listings(read_shelf(session, site.name, now, self.settings), published)
            known = open_feeds(session, site, listings, now)
            newest = list_episodes(session, site.name, _NEWEST if show.is_service else None)
        if not fresh:
            listings += _emptied(listings, known)
        siblings = _family(show, listings, known)
        done, due = _Feeds(), []
        for listing in listings:
            channel = own_channel(show, listing, known[listing.name].podcast_guid, siblings)
            files = release.feed_files(channel, listing)
            made_from, stand = [file.digest for file in files], list(known[listing.name].digests)
            done.channels.append(channel)
            done.paths.update(file.path for file in files)
            done.ended += [feed_path(listing.name, page) for page in range(len(files), len(stand))]
            if everything or made_from != stand:
                done.digests[listing.name] = made_from
                due += [f for n, f in enumerate(files) if everything or stand[n : n + 1] != [f.digest]]
        release.put_index(show, newest, publisher)
        with self.store.begin() as session:
            wanted = {(one.key, "") for file in due for one in file.placed}
            items = {key: item for (key, _), item in read_items(session, site.name, wanted).items()}
        for file in sorted(due, key=lambda file: file.path == feed_path(MAIN_FEED)):
            check()  # or a feed of before could go over one that another machine has written since
            release.put_feed(file, items, publisher)
        publisher.drop(done.ended)
        release.put_opml(show, done.channels, publisher)
        return done

    def is_there(self, name: str) -> bool:
        """Whether a site's folder still is where it was; a bucket always is."""
        folder = self.folder(name)
        return folder is None or folder.exists()

    def set_url(self, name: str) -> str | None:
        """The address that the operator has set for the service's own site; it moves when the setting does."""
        is_set = name == MAIN and "public_url" in self.settings.model_fields_set
        return self.settings.public_url if is_set else None


@dataclass(slots=True)
class _Episodes:
    """What was brought up to date of the episodes: paths they name now and named before, and their versions."""

    named: set[str] = field(default_factory=set)
    unnamed: set[str] = field(default_factory=set)
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Feeds:
    """The feeds of a site, and what those that were written now were made from."""

    channels: list[Channel] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)  # pages of archives that have become shorter
    digests: dict[str, list[str]] = field(default_factory=dict)


def items_of(episode: Episode, channel: Channel) -> list[ShelfItem]:
    """An episode's item for the shelf of a site, and those of its other editions."""
    assemblies = (("", episode), *((e.name, episode.as_edition(e.name)) for e in episode.editions))
    return [
        ShelfItem(
            edition=name,
            stamp=stamp_of(episode.version, channel, name),
            item=feeds.render_undated(item_of(assembly, channel)),
        )
        for name, assembly in assemblies
    ]


def _emptied(listings: Sequence[Listing], known: Mapping[str, Feed]) -> list[Listing]:
    """Feeds that were published once and have nothing in them now: who subscribed is told so by an empty feed."""
    there = {listing.name for listing in listings}
    return [
        Listing(name=f.name, title=f.title, description=f.description, group=f.group, placed=())  # type: ignore[arg-type]  # our own words
        for f in known.values()
        if f.name not in there and f.digests
    ]


def _family(show: Channel, listings: Sequence[Listing], known: Mapping[str, Feed]) -> tuple[feeds.Sibling, ...]:
    """The feeds of everything, as those that every other feed names."""
    by_name = {listing.name: own_channel(show, listing, known[listing.name].podcast_guid) for listing in listings}
    there = [by_name[name] for name in FAMILY if name in by_name]
    return tuple(feeds.Sibling(guid=c.podcast_guid, url=c.feed_url, title=c.whole_title) for c in there)


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _EPISODES_AT_ONCE):
        yield keys[start : start + _EPISODES_AT_ONCE]


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait for the lock of this name and hold it; the system lets it go when this process dies, however it dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
