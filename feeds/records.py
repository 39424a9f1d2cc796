"""What a feed is made from: strings and numbers only. This library has never heard of forum posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal


class FeedError(Exception):
    """Something about publishing that a person can act on. `str()` is one line: what happened, why, what to do."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """podcast:person. `role` and `group` as in the podcast taxonomy: ("author", "writing"), ("narrator", "cast")."""

    name: str
    role: str
    group: str
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterMark:
    """One chapter, whole milliseconds. Contiguous: each end is the next start; the last end is the audio's length."""

    start_ms: int
    end_ms: int
    title: str
    url: str | None = None
    image_url: str | None = None
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLink:
    url: str
    mime: str  # "text/vtt", "application/x-subrip", "application/json"
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundbite:
    """podcast:soundbite: 15 to 120 s of the audio that are worth hearing alone."""

    start_ms: int
    duration_ms: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateAudio:
    """podcast:alternateEnclosure: the same sound in another file. `sha256`: 64 hex digits of its content."""

    url: str
    n_bytes: int
    mime: str
    bitrate_bps: int
    title: str
    codecs: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One episode of a feed. `published_at` is aware; `duration_s` whole seconds of the decoded file."""

    guid: str
    title: str
    link: str
    audio_url: str
    n_bytes: int
    mime: str
    duration_s: int
    published_at: datetime
    updated_at: datetime  # when this version was made: moves lastBuildDate
    notes_html: str
    author: str
    image_url: str | None = None
    comments_url: str | None = None
    content_link: str | None = None
    content_link_text: str = ""
    persons: tuple[Person, ...] = ()
    chapters: tuple[ChapterMark, ...] = ()
    chapters_url: str | None = None
    transcripts: tuple[TranscriptLink, ...] = ()
    soundbites: tuple[Soundbite, ...] = ()
    alternates: tuple[AlternateAudio, ...] = ()
    licence: str = ""  # of the text: an SPDX id; "" where it isn't known
    licence_url: str | None = None
    season: int | None = None  # from 1
    season_name: str = ""
    episode: int | None = None  # its number from 1; a serial show needs it
    episode_display: str = ""  # how the number is shown, "Ch.3"
    explicit: bool = False
    ai_voice: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """Another feed, as podcast:remoteItem names it: by its podcast:guid."""

    guid: str
    url: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A feed's channel. `guid` is a UUIDv5, made once and kept for ever by whoever calls."""

    title: str
    description: str
    home_url: str
    feed_url: str
    author: str
    guid: str
    image_url: str
    categories: tuple[tuple[str, str | None], ...]  # Apple's exact names: (category, subcategory)
    language: str = "en"
    copyright: str | None = None
    explicit: bool = False
    kind: Literal["episodic", "serial"] = "episodic"
    medium: str = "podcast"
    owner_email: str | None = None
    links: tuple[tuple[str, str], ...] = ()  # more atom:links (rel, url): "next" and "prev" pages (RFC 5005), "hub"
    ai_voice: bool = True
    is_private: bool = False  # one listener's: directories are asked to leave it out
    siblings: tuple[Sibling, ...] = ()  # other feeds that whoever hears this one may like (podcast:podroll)
    new_feed_url: str | None = None  # where the feed has moved to (itunes:new-feed-url)
    texts: tuple[tuple[str, str], ...] = ()  # podcast:txt (purpose, text): what a directory wants to see as a proof
    uses_podping: bool = False  # whether podping is told of every change


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A stretch of a transcript. `words` are (text, start_ms, end_ms), never empty, rising and not overlapping."""

    speaker: str
    words: tuple[tuple[str, int, int], ...]
