"""A forum's JSON -> our records. Pure, and the only place that knows the forum's field names.

Whatever is missing or odd is settled here, once: names that are hidden, dates in any ISO form, control characters,
posts whose body lives on another forum. Deeper code never asks whether something is None that a record promises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from narrate.errors import ForumProtocol, PostElsewhere, PostEmpty, PostMissing
from narrate.records import Author, Candidate, Comment, Post, PostKey, PostKind, Series, Term
from narrate.sources.forums import FORUMS, Forum

Json = Mapping[str, Any]

ANONYMOUS = Author(name="anonymous")
DELETED_USER = Author(name="a deleted user")

#: Directions and overrides that, left open, would turn around everything printed after a title.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")  # no file, database or parser takes these
_BLANK = "\\s\u00ad\u200b-\u200f\u2060\ufeff"
_TEXT = re.compile(rf"(?:\A|>)[{_BLANK}]*[^<&{_BLANK}]")
_SHOWS = re.compile(r"<(?:img|figure|iframe|video|audio|svg|picture|math|mjx-container|table)\b", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_EPISODE_EMBED = re.compile(r"(https://www\.buzzsprout\.com)/+(\d+)/+([\w-]+)\.js(?:\?|\Z)")


def parse_post(data: Json, forum: Forum, fetched_at: datetime, comments: Iterable[Json] = ()) -> Post:
    """One post object with its body -> Post. `comments` are a question's answers or a debate's messages, in any order.

    Raises PostMissing, PostElsewhere, PostEmpty where there is nothing to read aloud, ForumProtocol without an id.
    """
    candidate_url, title = post_url(data, forum), clean_line(data.get("title")) or "Untitled"
    if data.get("deletedDraft"):
        raise PostMissing(f"{title!r} was deleted by its author or a moderator: it can't be narrated")
    if (foreign_id := hosted_elsewhere(data)) and forum.crossposts_with:
        there = f"{FORUMS[forum.crossposts_with].public_url}/posts/{foreign_id}"
        raise PostElsewhere(
            f"{title!r} is only linked on {forum.name}, its text is on another forum: give {there}", url=there
        )
    kind = post_kind(data)
    messages = parse_comments(comments, kind, forum)
    html = _valid(_inside(data, "contents").get("html") or data.get("htmlBody"))
    is_bare_link = forum.has_bare_links and _link_url(data) is not None
    why = why_unreadable(data) or ("" if is_bare_link else why_empty(html, data))
    if why and not (messages and kind == "debate"):
        raise PostEmpty(f"{title!r} can't be narrated: {why}")
    return Post(
        key=PostKey(forum.source, post_id(data)),
        url=candidate_url,
        site=forum.name,
        title=title,
        authors=parse_authors(data, forum),
        posted_at=parse_date(data.get("postedAt")),
        html=html,
        revision=str(_inside(data, "contents").get("version") or ""),
        fetched_at=fetched_at,
        kind=kind,
        karma=_whole(data.get("baseScore")),
        curated_at=parse_date(data.get("curatedDate")),
        link_url=_link_url(data),
        tags=tuple(name for tag in _objects(data.get("tags")) if (name := clean_line(tag.get("name")))),
        comments=messages,
        glossary=_glossary(data),
        recording_url=_recording_url(data, candidate_url),
        review_votes=_whole(data.get("positiveReviewVoteCount")) or 0,
        won_review=_whole(_inside(data, "reviewWinner").get("reviewYear")),
        series=parse_series(_inside(data, "canonicalSequence") or _inside(data, "sequence"), forum),
    )


def parse_candidate(data: Json, forum: Forum) -> Candidate:
    """One post object of a listing -> Candidate. A crosspost has the key of the forum that hosts the body."""
    posted_at = parse_date(data.get("postedAt"))
    if posted_at is None:
        raise ForumProtocol(f"{forum.name} listed a post without a date ({post_id(data)}): report this as a fault")
    url = post_url(data, forum)
    key = PostKey(forum.source, post_id(data))
    if (foreign_id := hosted_elsewhere(data)) and forum.crossposts_with:
        key = PostKey(forum.crossposts_with, foreign_id)
    return Candidate(
        key=key,
        url=url,
        title=clean_line(data.get("title")) or "Untitled",
        authors=parse_authors(data, forum),
        karma=_whole(data.get("baseScore")) or 0,
        posted_at=posted_at,
        kind=post_kind(data),
        word_count=_whole(_inside(data, "contents").get("wordCount") or data.get("wordCount")) or 0,
        curated_at=parse_date(data.get("curatedDate")),
        positive_review_votes=_whole(data.get("positiveReviewVoteCount")) or 0,
        recording_url=_recording_url(data, url),
        refusal=why_unreadable(data) or (None if foreign_id or data.get("contents") else "it has no text"),
        site=forum.name,
        collection=clean_line(data.get("canonicalCollectionSlug")) or None,
        hidden=why_hidden(data),
        won_review=_whole(_inside(data, "reviewWinner").get("reviewYear")),
    )


def parse_quick_take(data: Json, forum: Forum, fetched_at: datetime) -> Post:
    """A quick take, which is a comment on its author's container post -> Post with the key of the comment."""
    comment_id = str(data.get("_id") or "")
    if not data.get("shortform") or data.get("topLevelCommentId"):
        raise PostEmpty(f"the comment {comment_id} isn't a quick take: give the address of the post it belongs to")
    html = _valid(_inside(data, "contents").get("html"))
    if data.get("deleted"):
        raise PostMissing(f"the quick take {comment_id} was deleted: it can't be narrated")
    if why := why_empty(html, {}):
        raise PostEmpty(f"the quick take {comment_id} can't be narrated: {why}")
    posted_at = parse_date(data.get("postedAt"))
    day = f" of {posted_at.day} {posted_at:%B %Y}" if posted_at else ""
    return Post(
        key=PostKey(forum.source, f"comment-{comment_id}"),
        url=f"{forum.public_url}/posts/{data.get('postId')}?commentId={comment_id}",
        site=forum.name,
        title=f"Quick take{day}",
        authors=parse_authors(data, forum),
        posted_at=posted_at,
        html=html,
        revision=str(_inside(data, "contents").get("version") or ""),
        fetched_at=fetched_at,
        kind="quick_take",
        karma=_whole(data.get("baseScore")),
    )


def parse_series(data: Json, forum: Forum) -> Series | None:
    """A sequence object -> its posts in reading order, chapter by chapter; None for one without a usable id or title.

    A forum that doesn't tell the chapters leaves `chapters` empty.
    """
    series_id, title = data.get("_id"), clean_line(data.get("title"))
    if not isinstance(series_id, str) or not _ID.fullmatch(series_id) or not title:
        return None
    seen: set[str] = set()
    chapters = []
    for chapter in sorted(_objects(data.get("chapters")), key=_number):
        ids = [post["_id"] for post in _objects(chapter.get("posts")) if _ID.fullmatch(str(post.get("_id")))]
        new = tuple(PostKey(forum.source, i) for i in dict.fromkeys(ids) if i not in seen)
        seen.update(ids)
        if new:
            chapters.append((clean_line(chapter.get("title")), new))
    return Series(
        key=PostKey(forum.source, f"sequence-{series_id}"),
        title=title,
        url=f"{forum.public_url}/s/{series_id}",
        chapters=tuple(chapters),
    )


def _number(data: Json) -> float:
    number = data.get("number")
    return number if isinstance(number, (int, float)) else float("inf")


def parse_comments(comments: Iterable[Json], kind: PostKind, forum: Forum) -> tuple[Comment, ...]:
    """Comment objects -> those with text, in reading order: answers best first, a debate's messages as they came."""
    parsed = [
        Comment(
            comment_id=str(data.get("_id") or ""),
            author=parse_authors(data, forum)[0],
            karma=_whole(data.get("baseScore")) or 0,
            posted_at=parse_date(data.get("postedAt")),
            html=html,
        )
        for data in comments
        if not why_empty(html := _valid(_inside(data, "contents").get("html")), {})
    ]
    first = datetime.min.replace(tzinfo=UTC)
    if kind == "question":
        return tuple(sorted(parsed, key=lambda c: (-c.karma, c.posted_at or first, c.comment_id)))
    return tuple(sorted(parsed, key=lambda c: (c.posted_at or first, c.comment_id)))


def post_id(data: Json) -> str:
    """The object's `_id`. Raises ForumProtocol when it has none that can be part of a key."""
    found = data.get("_id")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise ForumProtocol(f"a post came without a usable _id ({found!r}): report this as a fault")
    return found


def post_kind(data: Json) -> PostKind:
    if data.get("collabEditorDialogue"):
        return "dialogue"
    if data.get("debate"):
        return "debate"
    if data.get("question") or data.get("postCategory") == "question":
        return "question"
    return "post"


def post_url(data: Json, forum: Forum) -> str:
    """The post's public page."""
    slug = data.get("slug")
    return web_url(data.get("pageUrl")) or f"{forum.public_url}/posts/{post_id(data)}" + (f"/{slug}" if slug else "")


def hosted_elsewhere(data: Json) -> str | None:
    """The id that the post has on the other forum, where that forum hosts the body; None when it is hosted here."""
    crosspost = _inside(data, "fmCrosspost")
    if crosspost.get("isCrosspost") and crosspost.get("hostedHere") is False:
        return str(crosspost.get("foreignPostId") or "") or None
    return None


def why_unreadable(data: Json) -> str | None:
    """Why this kind of post can't be narrated whatever its body says, None when it can."""
    if data.get("isEvent"):
        return "it announces an event"
    if data.get("shortform"):
        return "it only holds its author's quick takes; give the address of one of them"
    return None


def why_hidden(data: Json) -> str | None:
    """Why the forum doesn't list this post, None when it does. Its author or a moderator wanted it so."""
    if data.get("draft") or data.get("deletedDraft"):
        return "it is a draft"
    if data.get("rejected"):
        return "the forum's moderators rejected it"
    if data.get("unlisted"):
        return "its author didn't list it"
    if data.get("authorIsUnreviewed"):
        return "it waits for the forum's moderators"
    if data.get("onlyVisibleToLoggedIn"):
        return "only people who sign in to the forum may read it"
    return None


def why_empty(html: str, data: Json) -> str | None:
    """Why there is nothing to read in this body, None when there may be (the script decides what is said)."""
    if _TEXT.search(html) or _SHOWS.search(html):
        return None
    if re.sub(f"[{_BLANK}]+", "", BeautifulSoup(html, "lxml").get_text()):
        return None
    if link := _link_url(data):
        return f"it only links to {link} and has no text of its own"
    return "it has no text"


def parse_authors(data: Json, forum: Forum) -> tuple[Author, ...]:
    """The author, then the co-authors; never empty. A name that the forum hides stays hidden."""
    if data.get("hideAuthor"):
        return (ANONYMOUS,)
    people = [_author(user, forum) for user in (data.get("user"), *_objects(data.get("coauthors")))]
    named = tuple(dict.fromkeys(person for person in people if person is not None))
    if named:
        return named
    if "user" in data:  # asked for and not there: the account is gone
        return (DELETED_USER,)
    return (Author(name=clean_line(data.get("author")) or ANONYMOUS.name),)


def _author(user: object, forum: Forum) -> Author | None:
    if not isinstance(user, Mapping):
        return None
    name, slug = clean_line(user.get("displayName")), user.get("slug")
    if not name:
        return None
    return Author(name=name, url=f"{forum.public_url}/users/{slug}" if isinstance(slug, str) and slug else None)


def parse_date(value: object) -> datetime | None:
    """An ISO 8601 date -> aware UTC, None when there is none that can be read."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def clean_line(value: object) -> str:
    """One printable line: no control characters, no open text directions, white space as single spaces."""
    if not isinstance(value, str):
        return ""
    kept = (
        " " if c.isspace() else c
        for c in value
        if c.isspace() or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _BIDI_CONTROLS)
    )
    return " ".join("".join(kept).split())


def _glossary(data: Json) -> tuple[Term, ...]:
    return tuple(
        Term(term=clean_line(entry.get("term")), html=_valid(_inside(entry, "contents").get("html")))
        for entry in _objects(data.get("glossary"))
        if entry.get("approved") and not entry.get("deleted") and clean_line(entry.get("term"))
    )


def _recording_url(data: Json, page_url: str) -> str | None:
    """Where a human reading can be heard: the episode's page, else the post's own, whose player has it."""
    link = _inside(data, "podcastEpisode").get("episodeLink")
    if isinstance(link, str) and (found := _EPISODE_EMBED.match(link)):
        return "/".join(found.groups())
    return page_url if data.get("podcastEpisodeId") or data.get("podcastEpisode") else None


def web_url(value: object) -> str | None:
    """The value if it is an absolute http(s) URL, else None."""
    text = clean_line(value)
    try:
        parts = urlsplit(text)
        return text if parts.scheme in ("http", "https") and parts.hostname and " " not in text else None
    except ValueError:
        return None


def _link_url(data: Json) -> str | None:
    """What a link-post points to; the forum lets people leave out the scheme."""
    text = clean_line(data.get("url"))
    return web_url(text if "://" in text or not text else f"https://{text}")


def _valid(value: object) -> str:
    """Text that can be stored and parsed; otherwise as published."""
    return _UNUSABLE.sub("", value) if isinstance(value, str) else ""


def _inside(data: Json, name: str) -> Json:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> tuple[Json, ...]:
    return tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def _whole(value: object) -> int | None:
    return round(value) if isinstance(value, (int, float)) and abs(value) < 1e15 else None
