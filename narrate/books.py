"""Episodes in order -> an audiobook's chapters and tags, or the count and guess of a dry run. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import feeds
from narrate.notes import day, short_byline
from narrate.records import Episode

#: An audiobook's chapter list holds so many (Nero's list counts in one byte).
MAX_CHAPTERS = 255
_MAX_NAMES_CHARS = 200
_MAX_ABOUT_CHARS = 3500


@dataclass(frozen=True, slots=True)
class Stretch:
    """An episode's place in the book, in milliseconds: where its part starts, and where its own first sample is."""

    start_ms: int
    sound_ms: int


def deepest_level(episodes: Sequence[Episode]) -> int:
    """How deep sections can be listed so that the whole list fits: 0 is posts alone, 1 their top sections, ..."""
    levels = sorted({chapter.level for e in episodes for chapter in e.chapters[1:]})
    for level in reversed(levels):
        n_sections = sum(chapter.level <= level for e in episodes for chapter in e.chapters[1:])
        if len(episodes) + n_sections <= MAX_CHAPTERS:
            return level
    return 0


def chapters_of(episodes: Sequence[Episode], stretches: Sequence[Stretch]) -> list[tuple[int, str]]:
    """(start in ms, title): a chapter a post, and its sections as deep as the list has room for."""
    level = deepest_level(episodes)
    several_authors = len({episode.authors for episode in episodes}) > 1
    found: list[tuple[int, str]] = []
    for episode, stretch in zip(episodes, stretches, strict=True):
        by = f", by {short_byline([a.name for a in episode.authors], _MAX_NAMES_CHARS)}" if several_authors else ""
        found.append((stretch.start_ms, feeds.plain(episode.title) + by))
        found += [(stretch.sound_ms + c.start_ms, c.title) for c in episode.chapters[1:] if c.level <= level]
    return found


def tags_of(title: str, episodes: Sequence[Episode], show_title: str) -> dict[str, str]:
    """Tags by ffmpeg's names for MP4. The narrator stands under composer, where audiobook apps look for one."""
    names = list(dict.fromkeys(author.name for episode in episodes for author in episode.authors))
    authors = short_byline(names, _MAX_NAMES_CHARS)
    voices = list(dict.fromkeys(episode.voice_title or episode.voice_id for episode in episodes))
    posted = sorted(episode.posted_at for episode in episodes if episode.posted_at)
    span = f", {day(posted[0])} to {day(posted[-1])}" if len(posted) > 1 else ""
    count = f"{len(episodes)} posts" if len(episodes) > 1 else "1 post"
    lines = [f"{e.title}: {e.source_url}" if e.source_url else e.title for e in episodes]
    about = f"{count}{span}, read word for word by a machine. Text © {authors}."
    return {
        "title": feeds.plain(title),
        "artist": authors,
        "album": feeds.plain(title),
        "album_artist": authors,
        "composer": f"{short_byline(voices, _MAX_NAMES_CHARS)} (a machine)",
        "genre": "Audiobook",
        "date": f"{posted[-1]:%Y-%m-%d}" if posted else "",
        "publisher": feeds.plain(show_title),
        "copyright": authors,
        "comment": about,
        "description": about,
        "synopsis": feeds.cut("\n".join([about, *lines]), _MAX_ABOUT_CHARS),
        "media_type": "2",  # an audiobook, to Apple's apps
    }


def file_name(title: str) -> str:
    """A title as a file's name: "The Sequence, part 2" -> "the-sequence-part-2.m4b"."""
    return f"{'-'.join(re.findall(r'[a-z0-9]+', title.lower()))[:80].strip('-') or 'book'}.m4b"
