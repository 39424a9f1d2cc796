"""A week's quick takes -> one Post with a chapter for each, titled by its first words and its author. Pure.

Quick takes are short posts that people write as comments below a container post of their own. The best of a week, by
karma, make one episode; its key names the ISO week, in which the week starts on Monday (UTC).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bs4 import BeautifulSoup

from narrate.errors import PostEmpty, PostMissing, UnknownAddress
from narrate.records import Author, Post, PostKey
from narrate.sources.forums import Forum
from narrate.sources.mapping import parse_quick_take

KEY_START = "quick-takes-"
_WEEK = re.compile(r"(\d{4})-W(\d{2})\Z")
_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])", re.IGNORECASE)
_TITLE_CHARS = 50


def starts_at(week: str) -> datetime:
    """ "2026-W47" -> its first moment. Raises UnknownAddress when there is no such week."""
    found = _WEEK.match(week)
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        monday = None
    if monday is None:
        raise UnknownAddress(f"{week!r} is no week: weeks look like 2026-W47")
    return datetime.combine(monday, datetime.min.time(), UTC)


def week_before(at: datetime, n_weeks: int = 1) -> str:
    """The name of the week that ended last before `at`, or of one before that."""
    year, week, _ = (at.astimezone(UTC) - timedelta(weeks=n_weeks)).date().isocalendar()
    return f"{year}-W{week:02}"


def compose(
    week: str,
    comments: Iterable[Mapping[str, Any]],
    forum: Forum,
    fetched_at: datetime,
    *,
    min_karma: int,
    may_read: Callable[[Author], bool],
) -> Post:
    """Comment objects of a week -> its Post, the best first; authors who object are left out.

    Raises PostEmpty when the week isn't over, or had no quick take of that karma.
    """
    starts = starts_at(week)
    ends = starts + timedelta(days=7)
    if fetched_at < ends:
        raise PostEmpty(f"the week {week} isn't over: its quick takes can be narrated from {ends:%d %B} on")
    takes = []
    for comment in comments:
        try:
            take = parse_quick_take(comment, forum, fetched_at)
        except (PostEmpty, PostMissing):
            continue
        in_week = take.posted_at is not None and starts <= take.posted_at < ends
        if in_week and (take.karma or 0) >= min_karma and all(map(may_read, take.authors)):
            takes.append(take)
    if not takes:
        raise PostEmpty(f"{forum.name} had no quick take of {min_karma} karma in the week {week}")
    takes.sort(key=lambda take: (-(take.karma or 0), str(take.key)))
    last = ends - timedelta(days=1)
    return Post(
        key=PostKey(forum.source, KEY_START + week),
        url=f"{forum.public_url}/quicktakes",
        site=forum.name,
        title=f"Quick takes of {starts.day} {starts:%B} to {last.day} {last:%B %Y}",
        authors=tuple(dict.fromkeys(author for take in takes for author in take.authors)),
        posted_at=ends,
        html="\n".join(map(_chapter, takes)),
        revision="",
        fetched_at=fetched_at,
        kind="quick_take",
        karma=max(take.karma or 0 for take in takes),
    )


def _chapter(take: Post) -> str:
    """A take under a heading of its own; its own headings come below that."""
    title = html.escape(f"{_first_words(take.html)}, by {take.authors[0].name}", quote=False)
    body = _HEADING.sub(lambda found: f"<{found[1]}h{min(int(found[2]) + 2, 6)}", take.html)
    return f"<h2>{title}</h2>\n{body}"


def _first_words(body: str) -> str:
    words = BeautifulSoup(body, "lxml").get_text(" ").split()
    title = ""
    for word in words:
        if len(title) + len(word) >= _TITLE_CHARS:
            return f"{title or word[:_TITLE_CHARS]}…"
        title = f"{title} {word}".strip()
        if word[-1] in ".?!":
            break
    return title or "Untitled"
