"""Episodes -> a site: media, pages and the feed, in an order that keeps the old feed true until the new one stands.

The only bridge from `narrate` to `feeds`. Paths on a site are relative and ASCII; the feed's addresses are absolute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import obstore
from obstore.store import LocalStore, ObjectStore

import feeds
from narrate import pages
from narrate.audio.sounds import Recording
from narrate.errors import SiteNotOurs
from narrate.items import Channel, item_of, show_of
from narrate.records import Episode, Script, StoredFile

#: Lies in every site we made, so that nobody else's folder is ever written over.
MARKER = "narrate-site.txt"
_MARKER_TEXT = b"This folder is made by narrate. `narrate publish` writes it again; changes by hand are lost.\n"
#: Apple takes 1400 to 3000; drawing time goes with the square.
SHOW_COVER_PX = 2048
_OURS = ("index.html", "feed.xml", "media", "episodes", "embed", "static", MARKER)

#: (Script, Recording) of an episode, for its page.
Documents = Callable[[Episode], tuple[Script, Recording]]


def check_folder(folder: Path, *, known: bool, fresh: bool) -> None:
    """May we publish into this folder? Raises SiteNotOurs where something of somebody else's could be lost.

    `known`: the data folder remembers a site there; its marker says whether that still stands. `fresh`: everything we
    made there is to be replaced.
    """
    taken = [name for name in _OURS if (folder / name).exists()]
    if not taken or (known and MARKER in taken):
        return
    if MARKER not in taken:
        raise SiteNotOurs(
            f"{folder} holds {taken[0]}, which narrate didn't make. Choose an empty folder with --out, or move it away."
        )
    if not fresh:
        raise SiteNotOurs(
            f"{folder} was made from another data folder, so its older episodes would fall out of the feed. "
            "Set NARRATE_HOME to that data folder, choose another --out, or replace the site with --fresh."
        )


def publish(
    channel: Channel,
    episodes: Sequence[Episode],
    documents: Documents,
    files: ObjectStore,
    target: ObjectStore,
    *,
    unreleased: Sequence[Episode] = (),
    stale: Callable[[Episode], bool] = lambda _: True,
    fresh: bool = False,
) -> feeds.Published:
    """Bring a site up to date with its episodes, newest first. `stale` tells whose page must be written again.

    `unreleased` episodes have their pages and media, and stand in no feed or list.

    With `fresh`, whatever narrate left there and this site doesn't name is dropped, after the new feed stands.
    Raises feeds.FeedError; the old feed is then still true.
    """
    cover_path = channel.cover_path
    show = show_of(channel)
    feed = feeds.render_feed(show, [item_of(episode, channel) for episode in episodes])
    publisher = feeds.Publisher(target)
    media = [(pages.media_path(file.path), file) for episode in (*episodes, *unreleased) for file in episode.all_files]
    published = publisher.publish(
        [
            feeds.PublicFile(MARKER, _MARKER_TEXT, "text/plain"),
            *_show_cover(channel, cover_path, publisher),
            *_media(media, files, target),
        ],
        [*_pages(channel, episodes, unreleased, documents, stale, files), *_static()],
        [feeds.PublicFile("feed.xml", feed, "application/rss+xml")],
    )
    if fresh:
        named = {MARKER, cover_path, *(path for path, _ in media), *published.written, *published.kept}
        publisher.drop(sorted(_leftovers(target, named)))
    return published


def _show_cover(channel: Channel, path: str, publisher: feeds.Publisher) -> Iterator[feeds.PublicFile]:
    """The show's picture, drawn only where it isn't yet: drawing takes seconds."""
    if not publisher.has(path):
        yield feeds.PublicFile(
            path, feeds.draw_show_cover(channel.title, channel.author, size=SHOW_COVER_PX), "image/jpeg"
        )


def _pages(
    channel: Channel,
    episodes: Sequence[Episode],
    unreleased: Sequence[Episode],
    documents: Documents,
    stale: Callable[[Episode], bool],
    files: ObjectStore,
) -> Iterator[feeds.PublicFile]:
    common: dict[str, Any] = {
        "show_title": channel.title,
        "feed_url": channel.feed_url,
        "is_service": channel.is_service,
    }
    for episode in filter(stale, (*episodes, *unreleased)):
        script, recording = documents(episode)
        words_json = bytes(obstore.get(files, episode.transcript_json.path).bytes())
        made = pages.render_episode(
            **common,
            base_url=channel.base_url,
            episode=episode,
            script=script,
            recording=recording,
            words_json=words_json,
            may_index=channel.may_index,
        )
        yield from (feeds.PublicFile(path, content, mime) for path, content, mime in made)
    index = pages.render_index(**common, description=channel.description, episodes=episodes)
    yield feeds.PublicFile("index.html", index.encode(), "text/html")


def _static() -> Iterator[feeds.PublicFile]:
    for name, mime in pages.STATIC_FILES:
        yield feeds.PublicFile(f"static/{name}", pages.STATIC / name, mime)


def _media(
    wanted: Sequence[tuple[str, StoredFile]], files: ObjectStore, target: ObjectStore
) -> Iterator[feeds.PublicFile]:
    """Audio first, then what describes it. On one disk a hard link spares the copy; the files never change."""
    for path, file in sorted(wanted, key=lambda entry: entry[1].mime != "audio/mpeg"):
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


def _leftovers(target: ObjectStore, named: set[str]) -> set[str]:
    """What lies in our folders of a site and isn't named any more."""
    found: set[str] = set()
    for folder in ("media", "episodes", "embed"):
        for batch in obstore.list(target, prefix=folder):
            found.update(entry["path"] for entry in batch)
    return found - named
