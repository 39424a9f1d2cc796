"""Episodes -> a site: media, pages and feeds, in an order that keeps the old feeds true until the new ones stand.

The only bridge from `narrate` to `feeds`. Paths on a site are relative and ASCII; a feed's addresses are absolute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import obstore
from obstore.store import LocalStore, ObjectStore

import feeds
from narrate import pages
from narrate.audio.sounds import Recording
from narrate.channels import Listing, Placed, feed_path, parted
from narrate.errors import SiteNotOurs
from narrate.items import Channel, digest_of, feed_of
from narrate.records import Episode, Script, StoredFile

#: Lies in every site we made, so that nobody else's folder is ever written over.
MARKER = "narrate-site.txt"
#: Every feed, for programs that take them all at once.
OPML = "feeds.opml"
_MARKER_TEXT = b"This folder is made by narrate. `narrate publish` writes it again; changes by hand are lost.\n"
#: Apple takes 1400 to 3000; drawing time goes with the square.
SHOW_COVER_PX = 2048
_FOLDERS = ("media", "episodes", "embed", "static", "feeds")
_FILES = ("index.html", "feed.xml", OPML, MARKER)

#: (Script, Recording) of an episode, for its page.
Documents = Callable[[Episode], tuple[Script, Recording]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFile:
    """One file of a feed: the feed itself or a page of its archive. `digest` tells whether it must be written."""

    path: str
    channel: Channel
    placed: Sequence[Placed]
    digest: str


def check_place(target: ObjectStore, place: str, *, known: bool, fresh: bool) -> None:
    """May we publish there? Raises SiteNotOurs where something of somebody else's could be lost.

    `known`: the data folder remembers a site there; its marker says whether that still stands. `fresh`: everything we
    made there is to be replaced. `place` is its name for people.
    """
    publisher = feeds.Publisher(target)
    is_ours = publisher.has(MARKER)
    if is_ours and known:
        return
    taken = [name for name in _FILES if publisher.has(name)]
    taken += [name for name in _FOLDERS if publisher.has_folder(name)]
    if not taken:
        return
    if not is_ours:
        raise SiteNotOurs(
            f"{place} holds {taken[0]}, which narrate didn't make. Choose an empty folder with --out, or move it away."
        )
    if not fresh:
        raise SiteNotOurs(
            f"{place} was made from another data folder, so its older episodes would fall out of the feed. "
            "Set NARRATE_HOME to that data folder, choose another --out, or replace the site with --fresh."
        )


def put_base(channel: Channel, publisher: feeds.Publisher) -> None:
    """What everything else on a site stands on: its marker, the show's cover, style and script."""
    files = [feeds.PublicFile(MARKER, _MARKER_TEXT, "text/plain")]
    if not publisher.has(channel.cover_path):  # drawing takes seconds
        cover = feeds.draw_show_cover(channel.title, channel.author, size=SHOW_COVER_PX)
        files.append(feeds.PublicFile(channel.cover_path, cover, "image/jpeg"))
    static = [feeds.PublicFile(f"static/{name}", pages.STATIC / name, mime) for name, mime in pages.STATIC_FILES]
    publisher.publish(files, static, [])


def put_episodes(
    channel: Channel, episodes: Sequence[Episode], documents: Documents, files: ObjectStore, publisher: feeds.Publisher
) -> list[str]:
    """Bring the media and then the pages of these episodes up to date; the paths of both."""
    stored = [file for episode in episodes for file in episode.all_files]
    publisher.publish(_media(stored, files, publisher.store), _pages(channel, episodes, documents, files), [])
    named = [path for episode in episodes for path in pages.page_files(episode.key.slug)]
    return [*(pages.media_path(file.path) for file in stored), *named]


def put_media(stored: Sequence[StoredFile], files: ObjectStore, publisher: feeds.Publisher) -> None:
    """Bring files to the site that belong to no one episode: audiobooks."""
    publisher.publish(_media(stored, files, publisher.store), [], [])


def put_index(channel: Channel, newest: Sequence[Episode], publisher: feeds.Publisher) -> None:
    """The front page."""
    index = pages.render_index(**_common(channel), description=channel.description, episodes=newest)
    publisher.put("index.html", index.encode(), "text/html; charset=utf-8")


def feed_files(channel: Channel, listing: Listing) -> list[FeedFile]:
    """A feed's own file, then the pages of its archive from the oldest on, all linked as RFC 5005 says."""
    parts = parted(listing)
    paths = [feed_path(listing.name, page) for page in range(len(parts))]
    reading = [paths[0], *reversed(paths[1:])]  # from the newest episode to the oldest
    made = []
    for path, placed in zip(paths, parts, strict=True):
        at = reading.index(path)
        links = [("first", reading[0]), ("last", reading[-1])] if len(parts) > 1 else []
        if at > 0:  # the RFC's word, and everybody else's
            links += [("previous", reading[at - 1]), ("prev", reading[at - 1])]
        if at + 1 < len(parts):
            links.append(("next", reading[at + 1]))
        own = replace(channel, feed_path=path, links=tuple(links))
        made.append(FeedFile(path=path, channel=own, placed=placed, digest=digest_of(own, placed)))
    return made


def put_feed(file: FeedFile, items: Mapping[str, bytes], publisher: feeds.Publisher) -> None:
    """Write one file of a feed. `items` are the rendered items by key; what was withdrawn meanwhile isn't there."""
    there = [one for one in file.placed if one.key in items]
    publisher.put(file.path, feed_of(file.channel, there, items), "application/rss+xml")


def put_opml(show: Channel, channels: Iterable[Channel], publisher: feeds.Publisher) -> None:
    """The list of all feeds."""
    outlines = [(channel.whole_title, channel.feed_url) for channel in channels]
    publisher.put(OPML, feeds.render_opml(f"All feeds of {show.title}", outlines), "text/x-opml; charset=utf-8")


def leftovers(target: ObjectStore, named: Iterable[str]) -> list[str]:
    """What lies in our folders of a site and isn't named any more."""
    found: set[str] = set()
    for folder in ("media", "episodes", "embed", "feeds"):
        for batch in obstore.list(target, prefix=folder):
            found.update(entry["path"] for entry in batch)
    return sorted(found - set(named))


def _common(channel: Channel) -> dict[str, Any]:
    return {"show_title": channel.title, "feed_url": channel.feed_url, "is_service": channel.is_service}


def _pages(
    channel: Channel, episodes: Sequence[Episode], documents: Documents, files: ObjectStore
) -> Iterator[feeds.PublicFile]:
    for episode in episodes:
        script, recording = documents(episode)
        made = pages.render_episode(
            **_common(channel),
            base_url=channel.base_url,
            episode=episode,
            script=script,
            recording=recording,
            words_json=bytes(obstore.get(files, episode.transcript_json.path).bytes()),
            may_index=channel.may_index,
        )
        yield from (feeds.PublicFile(path, content, mime) for path, content, mime in made)


def _media(wanted: Sequence[StoredFile], files: ObjectStore, target: ObjectStore) -> Iterator[feeds.PublicFile]:
    """Audio first, then what describes it. On one disk a hard link spares the copy; the files never change."""
    for file in sorted(wanted, key=lambda file: file.mime != "audio/mpeg"):
        path = pages.media_path(file.path)
        source: bytes | Path
        if isinstance(files, LocalStore):
            source = Path(str(files.prefix)) / file.path
            if isinstance(target, LocalStore):
                _link(source, Path(str(target.prefix)) / path)
        else:
            source = bytes(obstore.get(files, file.path).bytes())
        yield feeds.PublicFile(path, source, file.mime)


def _link(source: Path, place: Path) -> None:
    """Try a hard link. Where there can't be one, the publisher copies."""
    with suppress(OSError):  # what stands in the way of the copy too, the publisher tells
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, place)
