"""What a person typed -> where on which forum that is. Pure: nothing is asked of anybody.

Accepted are the shapes people copy from a browser, for every host that shows a forum's posts:
/posts/ID[/SLUG], /posts/slug/SLUG, /s/SEQUENCE/p/ID, /events/ID, /g/GROUP/p/ID, /lw/BASE36[/SLUG], /rationality/SLUG
and the other books, /s/SEQUENCE, /rationality; a bare id; a key. Only the id or slug is taken from what was typed:
nobody is ever asked at an address that a stranger chose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from narrate.errors import UnknownAddress
from narrate.records import PostKey
from narrate.sources.forums import Forum

AddressKind = Literal["post", "slug", "legacy", "comment", "week", "sequence", "collection"]

_ID = re.compile(r"(?:[A-Za-z0-9]{17}|[0-9a-f]{24})\Z")  # random ids, and those of an older database
_SLUG = re.compile(r"[A-Za-z0-9_.~%-]{1,500}\Z")
_BASE36 = re.compile(r"[0-9a-z]{1,10}\Z")
_COMMENT_KEY = "comment-"
_WEEK_KEY = re.compile(r"quick-takes-(\d{4}-W\d{2})\Z")
_WHAT_WORKS = "give a post's address, such as https://www.lesswrong.com/posts/ID/its-title, or its id"


@dataclass(frozen=True, slots=True)
class PostAddress:
    """A place on a forum. `value` is an id, a slug or a base-36 number, as `kind` says.

    `comment_id`: the address of a post points at this comment of it. That is how quick takes are linked: the post is
    then only the container of somebody's quick takes. For any other post the comment doesn't matter.
    """

    forum: Forum
    kind: AddressKind
    value: str
    comment_id: str | None = None

    @property
    def key(self) -> PostKey | None:
        """The post's key where the address alone tells it."""
        if self.kind == "post" and self.comment_id is None:
            return PostKey(self.forum.source, self.value)
        if self.kind == "comment":
            return PostKey(self.forum.source, _COMMENT_KEY + self.value)
        if self.kind == "week":
            return PostKey(self.forum.source, f"quick-takes-{self.value}")
        return None


def is_id(text: str) -> bool:
    """Whether text has the form of a post's id: 17 letters and digits, or 24 hex digits."""
    return _ID.match(text) is not None


def locate(text: str, forums: Iterable[Forum]) -> PostAddress:
    """A URL, a bare id or a key -> PostAddress. The first forum wins where several would do; bare ids are its own.

    Raises UnknownAddress, whose message says what would have worked.
    """
    known = tuple(forums)
    typed = _unwrapped(text)
    if is_id(typed):
        return PostAddress(known[0], "post", typed)
    return _from_key(typed, known) or _from_url(typed, known)


def _unwrapped(text: str) -> str:
    """Without the white space and the angle brackets that copying leaves around an address."""
    text = text.strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    return text


def _from_key(text: str, forums: tuple[Forum, ...]) -> PostAddress | None:
    source, colon, post_id = text.partition(":")
    forum = next((f for f in forums if f.source == source), None)
    if not colon or forum is None:
        return None
    if is_id(post_id):
        return PostAddress(forum, "post", post_id)
    comment_id = post_id.removeprefix(_COMMENT_KEY)
    if comment_id != post_id and is_id(comment_id):
        return PostAddress(forum, "comment", comment_id)
    if week := _WEEK_KEY.match(post_id):
        return PostAddress(forum, "week", week[1])
    raise UnknownAddress(f"{_shown(text)} isn't a key of a {forum.name} post: {_WHAT_WORKS}")


def _from_url(text: str, forums: tuple[Forum, ...]) -> PostAddress:
    url = _split(text)
    forum = next((f for f in forums if url.netloc.lower() in f.hosts), None)
    if forum is None:
        where = f"{_shown(url.netloc)} isn't a forum we know" if url.netloc else f"{_shown(text)} isn't an address"
        raise UnknownAddress(f"{where}: {_WHAT_WORKS} (known are {_listed(forums)})")
    address = _from_path(forum, [unquote(part) for part in url.path.split("/") if part])
    if address is None:
        raise UnknownAddress(f"{_shown(text)} isn't the address of a post on {forum.name}: {_WHAT_WORKS}")
    if address.kind in ("post", "slug"):
        comment_id = next(iter(parse_qs(url.query).get("commentId", ())), None)
        if comment_id and is_id(comment_id):
            return PostAddress(forum, address.kind, address.value, comment_id)
    return address


def _split(text: str) -> SplitResult:
    """The URL's parts; nothing that browsers and libraries read differently gets through."""
    try:
        url = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        url = urlsplit("")
    strange = re.search(r"[\x00-\x20\x7f\\]", text) or "@" in url.netloc or not url.netloc.isascii()
    if strange or url.scheme not in ("http", "https"):
        raise UnknownAddress(f"{_shown(text)} isn't an address of a forum: {_WHAT_WORKS}")
    return url


def _from_path(forum: Forum, parts: list[str]) -> PostAddress | None:
    """The specification of A6 as a table of shapes; what follows the decisive part is decoration."""
    match parts:
        case ["posts", "slug", slug, *_] if _SLUG.match(slug):
            return PostAddress(forum, "slug", slug)
        case ["posts", post_id, _, "comment", comment_id, *_] if is_id(post_id) and is_id(comment_id):
            return PostAddress(forum, "post", post_id, comment_id)
        case ["posts" | "events", post_id, *_] if is_id(post_id):
            return PostAddress(forum, "post", post_id)
        case ["s" | "g", _, "p", post_id, *_] if is_id(post_id):
            return PostAddress(forum, "post", post_id)
        case ["s" | "sequences", sequence_id] if is_id(sequence_id):
            return PostAddress(forum, "sequence", sequence_id)
        case [path, number, *_] if path == forum.legacy_path and _BASE36.match(number.lower()):
            return PostAddress(forum, "legacy", number.lower())
        case ["r", _, path, number, *_] if path == forum.legacy_path and _BASE36.match(number.lower()):
            return PostAddress(forum, "legacy", number.lower())
        case [collection] if forum.collection_id(collection):
            return PostAddress(forum, "collection", collection)
        case [collection, slug] if forum.collection_id(collection) and _SLUG.match(slug):
            return PostAddress(forum, "slug", slug)
    return None


def _listed(forums: tuple[Forum, ...]) -> str:
    return ", ".join(dict.fromkeys(forum.name for forum in forums))


def _shown(text: str) -> str:
    """What was typed, short and harmless enough for one line of a message."""
    return repr(text if len(text) <= 100 else text[:97] + "...")
