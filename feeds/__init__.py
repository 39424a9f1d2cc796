"""Podcast feeds and the files around them, from plain records. Never heard of forum posts."""

from feeds.chapters import MAX_CHAPTERS, chapter_stamps, fit_chapters, render_chapters
from feeds.cover import draw_cover, draw_show_cover
from feeds.id3 import MAX_COVER_BYTES, id3_tag
from feeds.item_extras import SOUNDBITE_MS
from feeds.opml import render_opml
from feeds.publish import CHANGING, IMMUTABLE, PublicFile, Published, Publisher, StorageFull, StorageUnavailable
from feeds.records import (
    AlternateAudio,
    ChapterMark,
    Cue,
    FeedError,
    Item,
    Person,
    Show,
    Sibling,
    Soundbite,
    TranscriptLink,
)
from feeds.rss import (
    MAX_DESCRIPTION_BYTES,
    MAX_TEXT_CHARS,
    date_item,
    join_feed,
    render_feed,
    render_item,
    render_undated,
)
from feeds.text import ascii_url, cut, note_text, plain
from feeds.transcripts import render_json, render_srt, render_vtt

__all__ = [
    "CHANGING",
    "IMMUTABLE",
    "MAX_CHAPTERS",
    "MAX_COVER_BYTES",
    "MAX_DESCRIPTION_BYTES",
    "MAX_TEXT_CHARS",
    "SOUNDBITE_MS",
    "AlternateAudio",
    "ChapterMark",
    "Cue",
    "FeedError",
    "Item",
    "Person",
    "PublicFile",
    "Published",
    "Publisher",
    "Show",
    "Sibling",
    "Soundbite",
    "StorageFull",
    "StorageUnavailable",
    "TranscriptLink",
    "ascii_url",
    "chapter_stamps",
    "cut",
    "date_item",
    "draw_cover",
    "draw_show_cover",
    "fit_chapters",
    "id3_tag",
    "join_feed",
    "note_text",
    "plain",
    "render_chapters",
    "render_feed",
    "render_item",
    "render_json",
    "render_opml",
    "render_srt",
    "render_undated",
    "render_vtt",
]
