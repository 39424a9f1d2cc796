"""Chapter marks -> the podcast:chapters file, stamps for the notes, psc rows: the same chapters and times in each.

Apps that find several forms keep the longest list, so every form starts from `fit_chapters`.
Formats: podcast-namespace `chapters/jsonChapters.md` 1.2; podlove.org/simple-chapters 1.2; Spotify's and Apple's
rules for stamps (three or more, one a line, the first at 00:00, rising).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from feeds.records import ChapterMark, FeedError
from feeds.text import ascii_url, note_text, plain

#: The ID3 table of contents counts its entries in one byte.
MAX_CHAPTERS = 255
#: Fewer stamps than this are no chapter list to Apple or Spotify.
MIN_STAMPS = 3
#: What a reader of stamps would take for the separator between time and title.
_SEPARATORS = tuple("-–—:|.")


def fit_chapters(chapters: Sequence[ChapterMark], limit: int = MAX_CHAPTERS) -> tuple[ChapterMark, ...]:
    """At most `limit` contiguous chapters; the others, deepest and shortest first, join the chapter before them.

    Titles come back as plain text. Raises FeedError for chapters that don't start at 0, have holes, no length or
    no title.
    """
    _check(chapters := [replace(mark, title=plain(mark.title)) for mark in chapters])
    others = sorted(chapters[1:], key=lambda mark: (mark.level, mark.start_ms - mark.end_ms, mark.start_ms))
    kept = sorted([*chapters[:1], *others[: limit - 1]], key=lambda mark: mark.start_ms)
    ends = [mark.start_ms for mark in kept[1:]] + [mark.end_ms for mark in chapters[-1:]]
    return tuple(
        mark if mark.end_ms == end else replace(mark, end_ms=end) for mark, end in zip(kept, ends, strict=True)
    )


def render_chapters(title: str, author: str, podcast: str, chapters: Sequence[ChapterMark]) -> bytes:
    """The file that podcast:chapters points to, type application/json+chapters."""
    rows = [_row(mark) for mark in fit_chapters(chapters)]
    head = {"version": "1.2.0", "title": plain(title), "author": plain(author), "podcastName": plain(podcast)}
    return json.dumps(head | {"chapters": rows}, ensure_ascii=False, indent=1).encode() + b"\n"


def psc_rows(chapters: Sequence[ChapterMark]) -> list[dict[str, str]]:
    """The attributes of each psc:chapter; starts are Normal Play Time with milliseconds."""
    rows = []
    for mark in fit_chapters(chapters):
        row = {"start": _play_time(mark.start_ms), "title": mark.title}
        if mark.url:
            row["href"] = ascii_url(mark.url, f"The link of chapter {mark.title!r}")
        if mark.image_url:
            row["image"] = ascii_url(mark.image_url, f"The picture of chapter {mark.title!r}")
        rows.append(row)
    return rows


def chapter_stamps(chapters: Sequence[ChapterMark], max_bytes: int = 2500) -> str:
    """HTML lines "(MM:SS) Title" for the top of the notes, at most `max_bytes` of UTF-8; "" when fewer than three.

    All chapters if they fit; else the top level and, where that leaves room, the longest of the levels below.
    """
    counts = range(MIN_STAMPS, min(len(chapters), MAX_CHAPTERS) + 1)
    fitting = bisect_right(counts, max_bytes, key=lambda count: len(_stamps(chapters, count).encode()))
    return _stamps(chapters, counts[fitting - 1]) if fitting else ""


def _stamps(chapters: Sequence[ChapterMark], count: int) -> str:
    return _stamp_lines(fit_chapters(chapters, count))


def _stamp_lines(marks: Sequence[ChapterMark]) -> str:
    """Whole seconds, rising even where two chapters begin within one second."""
    with_hours = marks[-1].start_ms >= 3_600_000
    lines, at_s = [], -1
    for mark in marks:
        at_s = max(mark.start_ms // 1000, at_s + 1)
        minutes, seconds = divmod(at_s, 60)
        stamp = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}" if with_hours else f"{minutes:02}:{seconds:02}"
        dash = "– " if mark.title.startswith(_SEPARATORS) else ""
        lines.append(f"({stamp}) {dash}{note_text(mark.title)}")
    return "<p>" + "<br>\n".join(lines) + "</p>"


def _row(mark: ChapterMark) -> dict[str, Any]:
    row: dict[str, Any] = {"startTime": mark.start_ms / 1000, "endTime": mark.end_ms / 1000, "title": mark.title}
    if mark.url:
        row["url"] = ascii_url(mark.url, f"The link of chapter {mark.title!r}")
    if mark.image_url:
        row["img"] = ascii_url(mark.image_url, f"The picture of chapter {mark.title!r}")
    return row


def _play_time(at_ms: int) -> str:
    seconds, ms = divmod(at_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def _check(chapters: Sequence[ChapterMark]) -> None:
    at_ms = 0
    for number, mark in enumerate(chapters, 1):
        if not mark.title:
            raise FeedError(
                f"Chapter {number} has no title, so apps can't list it. Give it one, or join it to another."
            )
        if mark.start_ms != at_ms or mark.end_ms <= mark.start_ms:
            raise FeedError(
                f"Chapter {number} ({mark.title[:60]!r}) runs from {mark.start_ms} to {mark.end_ms} ms where "
                f"{at_ms} ms was due as its start: chapters follow each other from 0 without holes. Make them again "
                "from the recording's marks."
            )
        at_ms = mark.end_ms
