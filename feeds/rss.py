"""A show and its items -> the bytes of an RSS feed. Pure: the same input gives the same bytes.

Rules: Apple's podcast RSS requirements (podcasters.apple.com/support/823), PSP-1 (podstandards.org), the podcast
namespace (Podcastindex-org/podcast-namespace). feedgen writes plain RSS; every other tag goes through `Tags`, since
feedgen's own iTunes extension refuses true/false, drops image addresses it dislikes and knows no podcast: tags.

An item's bytes depend on that item alone. What differs from feed to feed, its date and its number, goes in last: so
whoever publishes often keeps `render_undated(item)`, and only dates and joins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from uuid import UUID
from xml.sax.saxutils import quoteattr

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.categories import CATEGORIES
from feeds.chapters import psc_rows
from feeds.item_extras import alternate_attributes, counted, soundbite_attributes
from feeds.records import FeedError, Item, Show
from feeds.text import ascii_url, cut, defuse, plain, prose

NAMESPACES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
}
#: Apple's limit for a description, of a show or an item, in bytes of UTF-8.
MAX_DESCRIPTION_BYTES = 4000
#: PSP-1's limit for any other text.
MAX_TEXT_CHARS = 255
#: Transcript types that apps read, of those the podcast namespace lists.
TRANSCRIPT_TYPES = frozenset({"text/vtt", "application/x-subrip", "application/json", "text/html", "text/plain"})
_MEDIA = frozenset({"podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "course", "mixed"})
#: The podcast namespace's limit for names, of persons, seasons, licences, soundbites; and for a number as shown.
_MAX_SHORT_CHARS = 128
_MAX_DISPLAY_CHARS = 32
_EXTENSIONS = {"audio/mpeg": {".mp3"}, "audio/mp4": {".m4a", ".mp4"}, "audio/x-m4a": {".m4a"}}
_ACTIVE = re.compile(r"<(script|style|iframe|form|object|svg)\b|\bon\w+\s*=|javascript:", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})*")
_END = b"</channel></rss>"
_ITEM_END = b"</item>\n"


class Tags:
    """A feedgen extension for a channel or an item: appends the tags it was given, in order."""

    def __init__(self) -> None:
        self._tags: list[etree._Element] = []

    def add(self, name: str, body: str | None = None, /, **attributes: str | None) -> etree._Element:
        """One tag, `name` as in "podcast:guid". Attributes that are None are left out."""
        prefix, _, local = name.partition(":")
        given = {key: value for key, value in attributes.items() if value is not None}
        tag = etree.Element(f"{{{NAMESPACES[prefix]}}}{local}", given, nsmap=NAMESPACES)
        tag.text = body
        self._tags.append(tag)
        return tag

    def extend_ns(self) -> dict[str, str]:
        return NAMESPACES

    def extend_rss(self, node: etree._Element) -> etree._Element:
        (node[0] if node.tag == "rss" else node).extend(self._tags)
        return node


def render_feed(show: Show, items: Sequence[Item], render: Callable[[Item], bytes] | None = None) -> bytes:
    """The whole feed, items in the order given (apps expect newest first). Raises FeedError, never drops an item.

    `render` is `render_item`, or something that remembers what it gave: `functools.lru_cache(20_000)(render_item)`.
    """
    for what, values in (("GUID", [item.guid for item in items]), ("audio URL", [item.audio_url for item in items])):
        value, times = Counter(values).most_common(1)[0] if values else ("", 1)
        if times > 1:
            raise FeedError(f"The feed {show.title!r} has {times} items with the {what} {value!r}. Keep one of them.")
    if show.kind == "serial" and any(item.episode is None for item in items):
        raise FeedError(f"The feed {show.title!r} is serial, so each item needs an episode number. Number them.")
    updated_at = max((item.updated_at for item in items), default=None)
    return join_feed(show, map(render or render_item, items), updated_at)


def join_feed(show: Show, rendered: Iterable[bytes], updated_at: datetime | None) -> bytes:
    """A feed of items rendered before. `updated_at`, the newest item's, becomes lastBuildDate; None leaves it out."""
    channel = _channel(show, updated_at)
    return b"".join([channel.removesuffix(_END), b"\n", *rendered, _END, b"\n"])


def render_item(item: Item) -> bytes:
    """One item's XML and a line end, as it stands inside a channel of `join_feed`."""
    _aware(item.published_at, f"The date of item {item.guid!r}")
    undated = render_undated(item)
    return date_item(
        undated, item.published_at, item.episode, item.season, item.season_name, item.episode_display, item.guid
    )


def date_item(
    undated: bytes,
    published_at: datetime,
    episode: int | None = None,
    season: int | None = None,
    season_name: str = "",
    episode_display: str = "",
    guid: str = "",
) -> bytes:
    """What `render_undated` gave, with this feed's date for it and its place in this feed. `guid` is for errors."""
    day = format_datetime(_aware(published_at, f"The date of item {guid!r}"))
    tags = [f"<pubDate>{day}</pubDate>"]
    if season is not None:
        counted(season, f"The season of item {guid!r}")
        named = _attribute("name", season_name, _MAX_SHORT_CHARS)
        tags.append(f"<itunes:season>{season}</itunes:season><podcast:season{named}>{season}</podcast:season>")
    if episode is not None:
        counted(episode, f"The number of item {guid!r}")
        shown = _attribute("display", episode_display, _MAX_DISPLAY_CHARS)
        tags.append(f"<itunes:episode>{episode}</itunes:episode><podcast:episode{shown}>{episode}</podcast:episode>")
    return undated.removesuffix(_ITEM_END) + "".join(tags).encode() + _ITEM_END


def _attribute(name: str, text: str, max_chars: int) -> str:
    short = cut(plain(text), max_chars) if text else ""
    return f" {name}={quoteattr(short)}" if short else ""


def render_undated(item: Item) -> bytes:
    """One item's XML but for its date, number and season: the same in every feed. `date_item` makes it whole."""
    named = f"Item {item.guid!r}"
    entry = FeedEntry()
    entry.title(_line(item.title, f"The title of {named}"))
    entry.guid(_line(item.guid, f"The GUID of {named}"), permalink=False)
    entry.link(href=ascii_url(item.link, f"The link of {named}"))
    entry.content(_notes(item.notes_html, named), type="CDATA")
    entry.enclosure(_audio_url(item, named), str(item.n_bytes), item.mime)
    _aware(item.updated_at, f"The date of the version of {named}")
    if item.comments_url:
        entry.comments(ascii_url(item.comments_url, f"The comments link of {named}"))
    entry.register_extension("tags", Tags, atom=False)
    _add_item_tags(entry.tags, item, named)
    root = etree.Element("rss", nsmap=NAMESPACES)
    etree.SubElement(root, "channel").append(entry.rss_entry())
    xml = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    rendered: bytes = xml[xml.index(b"<item>") : xml.rindex(b"</channel>")] + b"\n"
    assert rendered.endswith(_ITEM_END)
    return rendered


def _add_item_tags(tags: Tags, item: Item, named: str) -> None:
    tags.add("itunes:author", _line(item.author, f"The author of {named}"))
    tags.add("itunes:duration", str(item.duration_s))
    tags.add("itunes:explicit", "true" if item.explicit else "false")
    tags.add("itunes:episodeType", "full")
    if item.image_url:
        tags.add("itunes:image", href=_image_url(item.image_url, f"The picture of {named}"))
    for person in item.persons:
        href = ascii_url(person.href, f"The link of {person.name!r}") if person.href else None
        name = cut(plain(person.name), _MAX_SHORT_CHARS)
        tags.add("podcast:person", name, role=person.role, group=person.group, href=href)
    if item.chapters_url:
        url = ascii_url(item.chapters_url, f"The chapters of {named}")
        tags.add("podcast:chapters", url=url, type="application/json+chapters")
    for link in item.transcripts:
        if link.mime not in TRANSCRIPT_TYPES:
            raise FeedError(
                f"{named} has a transcript of type {link.mime!r}, which no app reads. Make it VTT, SRT or JSON."
            )
        url = ascii_url(link.url, f"The transcript of {named}")
        tags.add("podcast:transcript", url=url, type=link.mime, language=link.language)
    if item.content_link:
        href = ascii_url(item.content_link, f"The content link of {named}")
        tags.add("podcast:contentLink", plain(item.content_link_text) or None, href=href)
    if item.licence:
        terms = ascii_url(item.licence_url, f"The licence of {named}") if item.licence_url else None
        tags.add("podcast:license", cut(plain(item.licence), _MAX_SHORT_CHARS).lower(), url=terms)
    for bite in item.soundbites:
        title = cut(plain(bite.title), _MAX_SHORT_CHARS)
        tags.add("podcast:soundbite", title, **soundbite_attributes(bite, item.duration_s, named))
    for audio in item.alternates:
        enclosure, source, integrity = alternate_attributes(audio, named)
        tag = tags.add("podcast:alternateEnclosure", **enclosure)
        etree.SubElement(tag, f"{{{NAMESPACES['podcast']}}}source", source)
        etree.SubElement(tag, f"{{{NAMESPACES['podcast']}}}integrity", integrity)
    if item.ai_voice:
        tags.add("podcast:txt", "true", purpose="ai-content")
    if item.chapters:
        rows = tags.add("psc:chapters", version="1.2")
        for row in psc_rows(item.chapters):
            etree.SubElement(rows, f"{{{NAMESPACES['psc']}}}chapter", row)


def _channel(show: Show, updated_at: datetime | None) -> bytes:
    """The feed without items, its end being `_END`."""
    feed = FeedGenerator()
    feed.title(_line(show.title, "The show's title"))
    feed.description(_description(show))
    # feedgen takes the last link for the channel's own <link>, whatever its rel
    feed.link(href=ascii_url(show.feed_url, "The feed's own URL"), rel="self", type="application/rss+xml")
    feed.link(href=_home_url(show), rel="alternate")
    feed.language(_language(show.language))
    if show.copyright:
        feed.copyright(_line(show.copyright, "The show's copyright"))
    if updated_at is not None:
        feed.lastBuildDate(_aware(updated_at, "The date of the newest item"))
    feed.register_extension("tags", Tags, Tags, atom=False)
    _add_channel_tags(feed.tags, show)
    xml: bytes = feed.rss_str()
    if updated_at is None:  # feedgen says now, and the same feed would never have the same bytes
        xml = re.sub(rb"<lastBuildDate>[^<]*</lastBuildDate>", b"", xml, count=1)
    assert xml.endswith(_END)
    return xml


def _add_channel_tags(tags: Tags, show: Show) -> None:
    for rel, url in show.links:
        tags.add("atom:link", rel=rel, href=ascii_url(url, f"The feed's {rel!r} link"))
    tags.add("itunes:author", _line(show.author, "The show's author"))
    tags.add("itunes:image", href=_image_url(show.image_url, "The show's picture"))
    if not show.categories:
        raise FeedError("The show has no category, which Apple requires. Name one of Apple's.")
    for name, sub in show.categories:
        if name not in CATEGORIES or (sub is not None and sub not in CATEGORIES[name]):
            raise FeedError(f"Apple has no category {name!r} with {sub!r} in it. Write one exactly as Apple lists it.")
        category = tags.add("itunes:category", text=name)
        if sub is not None:
            etree.SubElement(category, f"{{{NAMESPACES['itunes']}}}category", text=sub)
    tags.add("itunes:explicit", "true" if show.explicit else "false")
    tags.add("itunes:type", show.kind)
    tags.add("podcast:guid", _uuid5(show.guid))
    tags.add("podcast:locked", "yes", owner=show.owner_email)
    if show.medium not in _MEDIA:
        raise FeedError(
            f"The podcast namespace has no medium {show.medium!r}. Take one of {', '.join(sorted(_MEDIA))}."
        )
    tags.add("podcast:medium", show.medium)
    if show.is_private:
        tags.add("itunes:block", "Yes")
        tags.add("podcast:block", "yes")
    if show.new_feed_url:
        tags.add("itunes:new-feed-url", ascii_url(show.new_feed_url, "The feed's new URL"))
    if show.ai_voice:
        tags.add("podcast:txt", "true", purpose="ai-content")
    for purpose, text in show.texts:
        tags.add("podcast:txt", _line(text, f"The text for {purpose!r}"), purpose=_line(purpose, "A text's purpose"))
    if show.uses_podping:
        tags.add("podcast:podping", usesPodping="true")
    if show.siblings:
        roll = tags.add("podcast:podroll")
        for other in show.siblings:
            etree.SubElement(roll, f"{{{NAMESPACES['podcast']}}}remoteItem", {
                "feedGuid": _uuid5(other.guid), "feedUrl": ascii_url(other.url, f"The feed {other.title!r}"),
                "title": _line(other.title, "A sister feed's title"),
            })  # fmt: skip


def _line(text: str, what: str) -> str:
    """One line of 1 to 255 characters."""
    line = plain(text)
    if not line or len(line) > MAX_TEXT_CHARS:
        raise FeedError(f"{what} has {len(line)} characters; a feed takes 1 to {MAX_TEXT_CHARS}. Shorten or fill it.")
    return line


def _notes(notes_html: str, named: str) -> str:
    """HTML that apps show and directories accept. feedgen splits a "]]>" in it by itself."""
    notes = defuse(prose(notes_html))
    _check_bytes(notes, f"The notes of {named}")
    active = _ACTIVE.search(notes)
    if active:
        raise FeedError(f"The notes of {named} hold active content ({active[0]!r}). Clean the HTML before publishing.")
    return notes


def _description(show: Show) -> str:
    text = prose(show.description)
    _check_bytes(text, "The show's description")
    return text


def _check_bytes(text: str, what: str) -> None:
    n_bytes = len(text.encode())
    if not 0 < n_bytes <= MAX_DESCRIPTION_BYTES:
        raise FeedError(
            f"{what}: {n_bytes} bytes of UTF-8; Apple takes 1 to {MAX_DESCRIPTION_BYTES}. Shorten or fill it."
        )


def _audio_url(item: Item, named: str) -> str:
    url = ascii_url(item.audio_url, f"The audio of {named}")
    if PurePosixPath(urlsplit(url).path).suffix not in _EXTENSIONS.get(item.mime, ()):
        raise FeedError(f"The audio of {named} is {url} of type {item.mime}; apps want .mp3 as audio/mpeg or .m4a.")
    if item.n_bytes <= 0 or item.duration_s <= 0:
        raise FeedError(f"The audio of {named} has {item.n_bytes} bytes and {item.duration_s} s. Make it again.")
    return url


def _image_url(url: str, what: str) -> str:
    url = ascii_url(url, what)
    if PurePosixPath(urlsplit(url).path).suffix not in {".jpg", ".jpeg", ".png"}:
        raise FeedError(f"{what}, {url}, must end in .jpg, .jpeg or .png: apps refuse other names. Rename the file.")
    return url


def _home_url(show: Show) -> str:
    url = ascii_url(show.home_url, "The show's home page")
    if url.rstrip("/") == show.feed_url.rstrip("/"):
        raise FeedError(f"The show's home page is the feed itself, {url}. Name the web page listeners should see.")
    return url


def _aware(when: datetime, what: str) -> datetime:
    if when.tzinfo is None:
        raise FeedError(f"{what}, {when}, has no time zone. Give it one (UTC).")
    return when


def _language(code: str) -> str:
    if not _LANGUAGE.fullmatch(code):
        raise FeedError(f"The show's language {code!r} is no ISO 639 code. Write it like 'en' or 'en-GB'.")
    return code


def _uuid5(guid: str) -> str:
    try:
        version = UUID(guid).version
    except ValueError:
        version = None
    if version != 5:
        raise FeedError(f"The show's podcast:guid {guid!r} is no UUIDv5. Make it once from the feed's URL and keep it.")
    return guid
