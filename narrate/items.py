"""Episodes and what a feed says of itself -> the items and the show that `feeds` renders. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import feeds
from narrate import pages
from narrate.channels import Listing, Placed, feed_path
from narrate.notes import MAX_AUTHOR_CHARS, comments_url, item_title, short_byline
from narrate.records import Episode, StoredFile
from narrate.settings import Settings

#: Changes when the show's picture is drawn differently.
COVER_FORM = "1"
#: Changes when the same episode would give another item; then every item is rendered anew.
ITEM_FORM = "1"
#: Changes when the same items would give another feed.
FEED_FORM = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says of itself. `is_service`: a running service stands behind the site, with pages of its own.

    `title` is the show's; what makes this feed another one stands in `feed_title` and `feed_description`.
    """

    title: str
    description: str
    author: str
    base_url: str
    podcast_guid: str
    owner_email: str | None = None
    feed_path: str = "feed.xml"
    feed_title: str = ""
    feed_description: str = ""
    is_service: bool = False
    may_index: bool = False  # may search engines list pages that hold a post's text?
    is_private: bool = False  # one listener's: kept out of directories
    is_serial: bool = False
    links: tuple[tuple[str, str], ...] = ()  # (rel, path): the pages of its archive
    siblings: tuple[feeds.Sibling, ...] = ()
    has_moved: bool = False  # it was at another address before
    texts: tuple[tuple[str, str], ...] = ()
    hub_url: str | None = None
    uses_podping: bool = False

    @property
    def feed_url(self) -> str:
        return f"{self.base_url}/{self.feed_path}"

    @property
    def about_url(self) -> str | None:
        return f"{self.base_url}/about" if self.is_service else None

    @property
    def whole_title(self) -> str:
        """The show's title and what this feed is of it, as podcast apps list it."""
        if not self.feed_title:
            return self.title
        return feeds.cut(f"{self.title}: {feeds.plain(self.feed_title)}", feeds.MAX_TEXT_CHARS)

    @property
    def cover_path(self) -> str:
        """Named by what is drawn: apps fetch a picture again only when its address changes."""
        drawn = "\n".join([COVER_FORM, self.title, self.author])
        return f"media/show/{hashlib.sha256(drawn.encode()).hexdigest()[:12]}.jpg"


def show_channel(settings: Settings, base_url: str, podcast_guid: str, *, is_service: bool) -> Channel:
    """What the main feed of a site says of itself."""
    texts = (("verify", settings.verify_text), ("applepodcastsverify", settings.verify_apple))
    return Channel(
        title=feeds.plain(settings.show_title),
        description=settings.show_description,
        author=feeds.plain(settings.show_author),
        base_url=base_url,
        podcast_guid=podcast_guid,
        owner_email=settings.owner_email,
        is_service=is_service,
        may_index=settings.may_index,
        has_moved=is_service and settings.former_url is not None,
        texts=tuple((purpose, text) for purpose, text in texts if text),
        hub_url=settings.websub_hub if is_service else None,
        uses_podping=is_service and settings.podping_token is not None,
    )


def own_channel(
    show: Channel, listing: Listing, podcast_guid: str, siblings: tuple[feeds.Sibling, ...] = ()
) -> Channel:
    """What one of a show's feeds says of itself; `siblings` are the feeds of everything, itself among them or not."""
    return replace(
        show,
        podcast_guid=podcast_guid,
        feed_path=feed_path(listing.name),
        feed_title=listing.title,
        feed_description=listing.description,
        is_serial=listing.is_serial,
        siblings=tuple(other for other in siblings if other.guid != podcast_guid),
    )


def show_of(channel: Channel) -> feeds.Show:
    """The channel as `feeds` takes it."""
    hub = (("hub", channel.hub_url),) if channel.hub_url else ()
    return feeds.Show(
        title=channel.whole_title,
        description="\n".join(filter(None, (_short(channel.feed_description), channel.description))),
        home_url=f"{channel.base_url}/",
        feed_url=channel.feed_url,
        author=channel.author,
        guid=channel.podcast_guid,
        image_url=f"{channel.base_url}/{channel.cover_path}",
        categories=(("Society & Culture", "Philosophy"), ("Science", None), ("Technology", None)),
        copyright="The texts belong to their authors",
        kind="serial" if channel.is_serial else "episodic",
        owner_email=channel.owner_email,
        links=(*hub, *((rel, f"{channel.base_url}/{path}") for rel, path in channel.links)),
        is_private=channel.is_private,
        siblings=channel.siblings,
        new_feed_url=channel.feed_url if channel.has_moved else None,
        texts=channel.texts,
        uses_podping=channel.uses_podping,
    )


def _short(description: str) -> str:
    """What a feed is a choice of; many tags and authors would leave no room for the show's own words."""
    return feeds.cut(feeds.plain(description), feeds.MAX_TEXT_CHARS)


def feed_of(channel: Channel, placed: Sequence[Placed], items: Mapping[str, bytes]) -> bytes:
    """A feed of these episodes, in this order, from their rendered items (by key)."""
    updated_at = max((one.made_at for one in placed), default=None)
    dated = (feeds.date_item(items[one.key], one.at, one.number, one.season, one.season_name) for one in placed)
    return feeds.join_feed(show_of(channel), dated, updated_at)


def digest_of(channel: Channel, placed: Sequence[Placed]) -> str:
    """64 hex digits of all that goes into a feed; two feeds with the same have the same bytes."""
    made_from = "\n".join([FEED_FORM, repr(channel), *(one.mark for one in placed)])
    return hashlib.sha256(made_from.encode("utf-8", "surrogatepass")).hexdigest()


def stamp_of(version: str, channel: Channel, edition: str = "") -> str:
    """64 hex digits of all that goes into an item and a page on a site. `version` is the episode's."""
    shown = [pages.FORM, str(channel.may_index), channel.title]
    made_from = "\n".join([ITEM_FORM, version, channel.base_url, channel.about_url or "", edition, *shown])
    return hashlib.sha256(made_from.encode()).hexdigest()


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
