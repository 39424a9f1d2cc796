"""Factories with defaults, so that a test shows only what matters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from feeds import ChapterMark, Cue, Item, Person, Show, TranscriptLink

SITE = "https://casts.example"


def chapters_of(*titles: str, length_ms: int = 61_500, level: int = 1) -> tuple[ChapterMark, ...]:
    return tuple(
        ChapterMark(start_ms=n * length_ms, end_ms=(n + 1) * length_ms, title=title, level=level)
        for n, title in enumerate(titles)
    )


def a_show(**changes: Any) -> Show:
    given: dict[str, Any] = {
        "title": "Posts, Read Aloud",
        "description": "Essays chosen by readers.\nRead by a machine.",
        "home_url": f"{SITE}/",
        "feed_url": f"{SITE}/feed.xml",
        "author": "The Readers",
        "guid": "917393e3-1b1e-5cef-ace4-edaa54e1f810",
        "image_url": f"{SITE}/media/show-0a1b.jpg",
        "categories": (("Society & Culture", "Philosophy"), ("Science", None)),
        "copyright": "2026 The Readers",
    }
    return Show(**given | changes)


def an_item(**changes: Any) -> Item:
    media = f"{SITE}/media/x7/5f2c"
    given: dict[str, Any] = {
        "guid": "forum:x7",
        "title": "Maps & Territories, by Ada Quill",
        "link": f"{SITE}/episodes/x7",
        "audio_url": f"{media}.mp3",
        "n_bytes": 2_214_000,
        "mime": "audio/mpeg",
        "duration_s": 185,
        "published_at": datetime(2026, 11, 3, 6, 0, tzinfo=UTC),
        "updated_at": datetime(2026, 11, 4, 7, 30, tzinfo=UTC),
        "notes_html": '<p>(00:00) Maps</p><p>Read by a machine. <a href="https://forum.example/x7">The post</a></p>',
        "author": "Ada Quill",
        "image_url": f"{media}.jpg",
        "comments_url": "https://forum.example/x7#comments",
        "content_link": "https://forum.example/x7",
        "content_link_text": "Read and comment",
        "persons": (
            Person(name="Ada Quill", role="author", group="writing", href="https://forum.example/users/ada"),
            Person(name="Flite rms", role="narrator", group="cast"),
        ),
        "chapters": chapters_of("Maps", "Roads & rivers", "Territories"),
        "chapters_url": f"{media}.chapters.json",
        "transcripts": (
            TranscriptLink(url=f"{media}.vtt", mime="text/vtt"),
            TranscriptLink(url=f"{media}.srt", mime="application/x-subrip"),
            TranscriptLink(url=f"{media}.json", mime="application/json"),
        ),
    }
    return Item(**given | changes)


def a_cue(text: str, *, start_ms: int = 0, word_ms: int = 300, speaker: str = "Ada Quill") -> Cue:
    times = [start_ms + n * word_ms for n in range(len(text.split()) + 1)]
    return Cue(speaker=speaker, words=tuple(zip(text.split(), times, times[1:], strict=False)))


@pytest.fixture(scope="session")
def make_show() -> Callable[..., Show]:
    return a_show


@pytest.fixture(scope="session")
def make_item() -> Callable[..., Item]:
    return an_item


@pytest.fixture(scope="session")
def make_chapters() -> Callable[..., tuple[ChapterMark, ...]]:
    return chapters_of


@pytest.fixture(scope="session")
def make_cue() -> Callable[..., Cue]:
    return a_cue
