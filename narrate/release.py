"""Episodes -> a site: media, pages and the feed, in an order that keeps the old feed true until the new one stands.

The only bridge from `narrate` to `feeds`. Paths on a site are relative and ASCII; the feed's addresses are absolute.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore

import feeds
from narrate import pages
from narrate.audio.sounds import Recording
from narrate.errors import SiteNotOurs
from narrate.notes import MAX_AUTHOR_CHARS, item_title, short_byline
from narrate.produce import episode_files
from narrate.records import Episode, Script, StoredFile

#: Lies in every site we made, so that nobody else's folder is ever written over.
MARKER = "narrate-site.txt"
_MARKER_TEXT = b"This folder is made by narrate. `narrate publish` writes it again; changes by hand are lost.\n"
#: Apple takes 1400 to 3000; drawing time goes with the square.
SHOW_COVER_PX = 2048
#: Changes when the show's picture is drawn differently.
COVER_FORM = "1"
_OURS = ("index.html", "feed.xml", "media", "episodes", "static", MARKER)
_FORUM_SITES = ("LessWrong", "EA Forum")

#: (Script, Recording) of an episode, for its page.
Documents = Callable[[Episode], tuple[Script, Recording]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a site's feed says of itself."""

    title: str
    description: str
    author: str
    base_url: str
    podcast_guid: str
    owner_email: str | None = None

    @property
    def feed_url(self) -> str:
        return f"{self.base_url}/feed.xml"


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
    stale: Callable[[Episode], bool] = lambda _: True,
    fresh: bool = False,
) -> feeds.Published:
    """Bring a site up to date with its episodes, newest first. `stale` tells whose page must be written again.

    With `fresh`, whatever narrate left there and this site doesn't name is dropped, after the new feed stands.
    Raises feeds.FeedError; the old feed is then still true.
    """
    cover_path = _cover_path(channel)
    show = _show(channel, cover_path)
    feed = feeds.render_feed(show, [item_of(episode, channel) for episode in episodes])
    publisher = feeds.Publisher(target)
    media = [(pages.media_path(file.path), file) for episode in episodes for file in episode_files(episode)]
    published = publisher.publish(
        [
            feeds.PublicFile(MARKER, _MARKER_TEXT, "text/plain"),
            *_show_cover(channel, cover_path, publisher),
            *_media(media, files, target),
        ],
        [*_pages(channel, episodes, documents, stale), *_static()],
        [feeds.PublicFile("feed.xml", feed, "application/rss+xml")],
    )
    if fresh:
        named = {MARKER, cover_path, *(path for path, _ in media), *published.written, *published.kept}
        publisher.drop(sorted(_leftovers(target, named)))
    return published


def item_of(episode: Episode, channel: Channel) -> feeds.Item:
    """One episode as the feed tells it. The main feed dates its items by their release."""

    def url(file: StoredFile) -> str:
        return f"{channel.base_url}/{pages.media_path(file.path)}"

    names = [author.name for author in episode.authors]
    link = episode.source_url or f"{channel.base_url}/{pages.episode_page(episode)}"
    transcripts = (episode.transcript_vtt, episode.transcript_srt, episode.transcript_json)
    return feeds.Item(
        guid=str(episode.key),
        title=item_title(episode.title, names),
        link=link,
        audio_url=url(episode.audio),
        n_bytes=episode.audio.n_bytes,
        mime=episode.audio.mime,
        duration_s=max(1, round(episode.duration_ms / 1000)),
        published_at=episode.released_at or episode.ready_at,
        updated_at=episode.made_at,
        notes_html=episode.notes_html,
        author=short_byline(names, MAX_AUTHOR_CHARS),
        image_url=url(episode.cover),
        comments_url=f"{link}#comments" if episode.site in _FORUM_SITES else None,
        content_link=episode.source_url or None,
        content_link_text=f"Read and comment on {episode.site}" if episode.site else "",
        persons=(
            *(feeds.Person(name=a.name, role="author", group="writing", href=a.url) for a in episode.authors),
            feeds.Person(name=f"{episode.voice_id} (a machine)", role="narrator", group="cast"),
        ),
        chapters=tuple(
            feeds.ChapterMark(start_ms=c.start_ms, end_ms=c.end_ms, title=c.title, url=c.url, level=c.level)
            for c in episode.chapters
        ),
        chapters_url=url(episode.chapters_json),
        transcripts=tuple(feeds.TranscriptLink(url=url(file), mime=file.mime) for file in transcripts),
    )


def check_item(episode: Episode) -> None:
    """Raises feeds.FeedError where no feed would take this episode, wherever it is published."""
    anywhere = Channel(title="-", description="-", author="-", base_url="https://a.example", podcast_guid="-")
    feeds.render_item(item_of(episode, anywhere))


def _show(channel: Channel, cover_path: str) -> feeds.Show:
    return feeds.Show(
        title=channel.title,
        description=channel.description,
        home_url=f"{channel.base_url}/",
        feed_url=channel.feed_url,
        author=channel.author,
        guid=channel.podcast_guid,
        image_url=f"{channel.base_url}/{cover_path}",
        categories=(("Society & Culture", "Philosophy"), ("Science", None), ("Technology", None)),
        copyright="The texts belong to their authors",
        owner_email=channel.owner_email,
    )


def _cover_path(channel: Channel) -> str:
    """Named by what is drawn: apps fetch a picture again only when its address changes."""
    drawn = "\n".join([COVER_FORM, channel.title, channel.author])
    return f"media/show/{hashlib.sha256(drawn.encode()).hexdigest()[:12]}.jpg"


def _show_cover(channel: Channel, path: str, publisher: feeds.Publisher) -> Iterator[feeds.PublicFile]:
    """The show's picture, drawn only where it isn't yet: drawing takes seconds."""
    if not publisher.has(path):
        yield feeds.PublicFile(
            path, feeds.draw_show_cover(channel.title, channel.author, size=SHOW_COVER_PX), "image/jpeg"
        )


def _pages(
    channel: Channel, episodes: Sequence[Episode], documents: Documents, stale: Callable[[Episode], bool]
) -> Iterator[feeds.PublicFile]:
    common = {"show_title": channel.title, "feed_url": channel.feed_url}
    for episode in filter(stale, episodes):
        script, recording = documents(episode)
        html = pages.render_episode(**common, episode=episode, script=script, recording=recording)
        yield feeds.PublicFile(pages.episode_page(episode), html.encode(), "text/html")
    index = pages.render_index(**common, description=channel.description, episodes=episodes)
    yield feeds.PublicFile("index.html", index.encode(), "text/html")


def _static() -> Iterator[feeds.PublicFile]:
    for name, mime in (("style.css", "text/css"), ("player.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
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
    for folder in ("media", "episodes"):
        for batch in obstore.list(target, prefix=folder):
            found.update(entry["path"] for entry in batch)
    return found - named
