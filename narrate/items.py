"""Episodes and what a feed says of itself -> the items and the show that `feeds` renders. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import feeds
from narrate import pages
from narrate.notes import MAX_AUTHOR_CHARS, comments_url, item_title, short_byline
from narrate.records import Episode, StoredFile

#: Changes when the show's picture is drawn differently.
COVER_FORM = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says of itself. `is_service`: a running service stands behind the site, with pages of its own."""

    title: str
    description: str
    author: str
    base_url: str
    podcast_guid: str
    owner_email: str | None = None
    feed_path: str = "feed.xml"
    is_service: bool = False
    is_private: bool = False  # one listener's: kept out of directories

    @property
    def feed_url(self) -> str:
        return f"{self.base_url}/{self.feed_path}"

    @property
    def about_url(self) -> str | None:
        return f"{self.base_url}/about" if self.is_service else None

    @property
    def cover_path(self) -> str:
        """Named by what is drawn: apps fetch a picture again only when its address changes."""
        drawn = "\n".join([COVER_FORM, self.title, self.author])
        return f"media/show/{hashlib.sha256(drawn.encode()).hexdigest()[:12]}.jpg"


def show_of(channel: Channel, cover_path: str | None = None) -> feeds.Show:
    """The channel as `feeds` takes it, with another picture than its own if need be."""
    return feeds.Show(
        title=channel.title,
        description=channel.description,
        home_url=f"{channel.base_url}/",
        feed_url=channel.feed_url,
        author=channel.author,
        guid=channel.podcast_guid,
        image_url=f"{channel.base_url}/{cover_path or channel.cover_path}",
        categories=(("Society & Culture", "Philosophy"), ("Science", None), ("Technology", None)),
        copyright="The texts belong to their authors",
        owner_email=channel.owner_email,
        is_private=channel.is_private,
    )


def item_of(episode: Episode, channel: Channel, published_at: datetime | None = None) -> feeds.Item:
    """One episode as a feed tells it. The main feed dates its items by their release, others say otherwise."""

    def url(file: StoredFile) -> str:
        return f"{channel.base_url}/{pages.media_path(file.path)}"

    names = [author.name for author in episode.authors]
    bite = episode.soundbite
    link = episode.source_url or f"{channel.base_url}/{pages.episode_page(episode)}"
    transcripts = (episode.transcript_vtt, episode.transcript_srt, episode.transcript_json)
    return feeds.Item(
        guid=episode.guid,
        title=item_title(episode.title, names),
        link=link,
        audio_url=url(episode.audio),
        n_bytes=episode.audio.n_bytes,
        mime=episode.audio.mime,
        duration_s=max(1, round(episode.duration_ms / 1000)),
        published_at=published_at or episode.released_at or episode.ready_at,
        updated_at=episode.made_at,
        notes_html=_notes(episode, channel),
        author=short_byline(names, MAX_AUTHOR_CHARS),
        image_url=url(episode.cover),
        comments_url=comments_url(episode.site, episode.source_url),
        content_link=episode.source_url or None,
        content_link_text=f"Read and comment on {episode.site}" if episode.site else "",
        persons=(
            *(feeds.Person(name=a.name, role="author", group="writing", href=a.url) for a in episode.authors),
            feeds.Person(name=f"{episode.voice_title or episode.voice_id} (a machine)", role="narrator", group="cast"),
        ),
        chapters=tuple(
            feeds.ChapterMark(
                start_ms=c.start_ms, end_ms=c.end_ms, title=c.title, url=c.url, image_url=c.image_url, level=c.level
            )
            for c in episode.chapters
        ),
        chapters_url=url(episode.chapters_json),
        transcripts=tuple(feeds.TranscriptLink(url=url(file), mime=file.mime) for file in transcripts),
        soundbites=(
            (feeds.Soundbite(start_ms=bite.start_ms, duration_ms=bite.duration_ms, title=bite.title),) if bite else ()
        ),
        alternates=(_low_bandwidth(episode.opus, url(episode.opus), episode.duration_ms),) if episode.opus else (),
        licence=episode.licence,
        licence_url=episode.licence_url,
    )


def _low_bandwidth(file: StoredFile, url: str, duration_ms: int) -> feeds.AlternateAudio:
    return feeds.AlternateAudio(
        url=url,
        n_bytes=file.n_bytes,
        mime=file.mime,
        bitrate_bps=round(file.n_bytes * 8000 / max(duration_ms, 1)),
        title="Low bandwidth (Opus)",
        codecs="opus",
        sha256=file.sha256,
    )


def check_item(episode: Episode) -> None:
    """Raises feeds.FeedError where no feed would take this episode, wherever it is published."""
    anywhere = Channel(title="-", description="-", author="-", base_url="https://a.example", podcast_guid="-")
    feeds.render_item(item_of(episode, anywhere))


def _notes(episode: Episode, channel: Channel) -> str:
    """The episode's notes, and who is behind all this (notes leave room for it)."""
    if channel.about_url is None:
        return episode.notes_html
    link = channel.about_url.replace("&", "&amp;").replace('"', "%22")
    about = f'\n<p><a href="{link}">About this service, and what it doesn’t read</a></p>'
    room = feeds.MAX_DESCRIPTION_BYTES - len(episode.notes_html.encode())
    return episode.notes_html + about if len(about.encode()) <= room else episode.notes_html
