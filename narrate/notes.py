"""An episode's facts -> its show notes (HTML, at most 4,000 bytes) and item title. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import feeds
from narrate.pages import byline
from narrate.records import Omission, Post

#: A feed's item titles may have this many characters.
MAX_TITLE_CHARS = 255
_LEAST_TITLE_CHARS = 40
_MAX_STAMP_BYTES = 2500
#: Left free for the link to the page about the service, which only the feed knows.
_ROOM_FOR_ABOUT_BYTES = 250


def item_title(title: str, authors: Sequence[str]) -> str:
    """`TITLE, by AUTHOR` within 255 characters: the title is cut at a word, an author's name never.

    Of more names than fit, the first is given and the others are counted.
    """
    by = f", by {feeds.plain(byline(authors))}"
    if len(by) > MAX_TITLE_CHARS - _LEAST_TITLE_CHARS and len(authors) > 1:
        by = f", by {feeds.plain(authors[0])} and {len(authors) - 1} others"
    return feeds.cut(feeds.plain(title), max(MAX_TITLE_CHARS - len(by), 1)) + by


def show_notes(
    post: Post, marks: Sequence[feeds.ChapterMark], omissions: Sequence[Omission], opening: str, voice: str
) -> str:
    """Chapter stamps first (apps look for them there), then what this is, who reads, what was left out."""
    text = feeds.note_text
    names = byline([author.name for author in post.authors])
    parts = [feeds.chapter_stamps(marks, max_bytes=_MAX_STAMP_BYTES), f"<p>{text(opening)}</p>" if opening else ""]
    if post.url:
        link = post.url.replace("&", "&amp;").replace('"', "%22")
        parts.append(f'<p><a href="{link}">Read and comment on {text(post.site or "the page it comes from")}</a></p>')
    parts.append(f"<p>Read word for word by a machine: a text-to-speech voice ({text(voice)}), no human narrator.</p>")
    if omissions:
        parts.append(f"<p>Not spoken, listed on the episode’s page: {text(count_omissions(omissions))}.</p>")
    parts.append(f"<p>Text © {text(names)}.</p>")
    notes = "\n".join(part for part in parts if part)
    while len(notes.encode()) > feeds.MAX_DESCRIPTION_BYTES - _ROOM_FOR_ABOUT_BYTES and len(parts) > 1:
        parts.pop(1 if parts[1] else 0)  # the opening goes first, then the stamps: never the disclosure
        notes = "\n".join(part for part in parts if part)
    return notes


def count_omissions(omissions: Sequence[Omission]) -> str:
    """What was left out, most frequent first: "3 images, 2 tables and 1 code block"."""
    counts = Counter(omission.what for omission in omissions)
    return byline([f"{n} {what if n == 1 else plural(what)}" for what, n in counts.most_common()])


def plural(noun: str) -> str:
    """English plural of the last word: "image" -> "images", "emoji" stays."""
    if noun.endswith(("emoji", "s")):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
