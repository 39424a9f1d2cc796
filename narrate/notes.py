"""An episode's facts -> its show notes (HTML, at most 4,000 bytes) and item title. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import feeds
from narrate.pages import byline
from narrate.records import Omission, Post

#: A feed's item titles may have this many characters.
MAX_TITLE_CHARS = 255
#: And the line that names an item's authors.
MAX_AUTHOR_CHARS = 255
_LEAST_TITLE_CHARS = 40
_MAX_STAMP_BYTES = 2500
#: Left free for the link to the page about the service, which only the feed knows.
_ROOM_FOR_ABOUT_BYTES = 250


def item_title(title: str, authors: Sequence[str]) -> str:
    """`TITLE, by AUTHOR` within 255 characters: the title is cut at a word, an author's name never.

    Of more names than fit, the first is given and the others are counted.
    """
    by = f", by {short_byline(authors, MAX_TITLE_CHARS - _LEAST_TITLE_CHARS)}"
    return feeds.cut(feeds.plain(title), MAX_TITLE_CHARS - len(by)) + by


def short_byline(names: Sequence[str], max_chars: int) -> str:
    """The names; of more than fit, the first and how many others. Only a name that is no name is cut."""
    line = feeds.plain(byline(names))
    if len(line) > max_chars and len(names) > 1:
        n_others = len(names) - 1
        line = f"{feeds.plain(names[0])} and {n_others} {'other' if n_others == 1 else 'others'}"
    return feeds.cut(line, max_chars)


def show_notes(
    post: Post, marks: Sequence[feeds.ChapterMark], omissions: Sequence[Omission], opening: str, voice: str
) -> str:
    """Chapter stamps first (apps look for them there), then what this is, who reads, what was left out."""
    text = feeds.note_text
    names = short_byline([author.name for author in post.authors], MAX_AUTHOR_CHARS)
    parts = [feeds.chapter_stamps(marks, max_bytes=_MAX_STAMP_BYTES), f"<p>{text(opening)}</p>" if opening else ""]
    link = post.url.replace("&", "&amp;").replace('"', "%22")
    where = text(post.site or "the page it comes from")
    parts.append(f'<p><a href="{link}">Read and comment on {where}</a></p>' if link else "")
    parts.append(f"<p>Read word for word by a machine: a text-to-speech voice ({text(voice)}), no human narrator.</p>")
    if omissions:
        parts.append(f"<p>Not spoken, listed on the episode’s page: {text(count_omissions(omissions))}.</p>")
    parts.append(f"<p>Text © {text(names)}.</p>")
    for spare in (1, 0, 2):  # the opening goes first, then the stamps, then a very long link: never the disclosure
        if len("\n".join(filter(None, parts)).encode()) > feeds.MAX_DESCRIPTION_BYTES - _ROOM_FOR_ABOUT_BYTES:
            parts[spare] = ""
    return "\n".join(filter(None, parts))


def count_omissions(omissions: Sequence[Omission]) -> str:
    """What was left out, most frequent first: "3 images, 2 tables and 1 code block"."""
    counts = Counter(omission.what for omission in omissions)
    return byline([f"{n} {what if n == 1 else plural(what)}" for what, n in counts.most_common()])


def plural(noun: str) -> str:
    """English plural of the last word: "image" -> "images", "emoji" stays."""
    if noun.endswith(("emoji", "s")):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
