"""A local file -> Post: the JSON object that a forum returns for a post, or a saved web page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.dammit import UnicodeDammit

from narrate.errors import ForumProtocol, PostEmpty, UnreadableFile
from narrate.records import Author, Post, PostKey
from narrate.sources import mapping, metadata
from narrate.sources.forums import Forum

MAX_BYTES = 20_000_000
SUFFIXES = (".json", ".html", ".htm", ".xhtml")

_BODIES = (
    "#postContent",
    ".PostsPage-postContent",
    ".ContentStyles-postBody",
    ".post-body",
    "article",
    "main",
    "[role=main]",
    "[itemprop=articleBody]",
)
_NOT_BODY = "script, noscript, template, nav, button, input, dialog"


def read_post(path: Path, forums: Iterable[Forum], now: datetime) -> Post:
    """The post in a .json or .html file. Raises UnreadableFile for what isn't one, PostEmpty for one without text."""
    data = _read_bytes(path)
    if path.suffix.lower() == ".json" or (path.suffix.lower() not in SUFFIXES and data.lstrip()[:1] == b"{"):
        return _from_json(data, path, tuple(forums), now)
    if path.suffix.lower() in SUFFIXES or data.lstrip()[:1] == b"<":
        return _from_html(data, path, tuple(forums), now)
    raise UnreadableFile(f"{_shown(path)} is neither a post's JSON nor a web page: give a .json or .html file")


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableFile(f"{_shown(path)} is a folder: give the files in it")
        if not path.is_file():
            raise UnreadableFile(f"there is no file {_shown(path)}: check its name")
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFile(
                f"{_shown(path)} is larger than {MAX_BYTES // 1_000_000} MB: no post is; give the post alone"
            )
        data = path.read_bytes()
    except (OSError, ValueError) as unreadable:
        why = unreadable.strerror if isinstance(unreadable, OSError) and unreadable.strerror else str(unreadable)
        raise UnreadableFile(f"{_shown(path)} can't be read ({why}): check its name and rights") from unreadable
    if not data.strip():
        raise UnreadableFile(f"{_shown(path)} is empty: save the post again")
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile(f"{_shown(path)} isn't text: give a post's JSON or a saved web page")
    return data


def _from_json(data: bytes, path: Path, forums: tuple[Forum, ...], now: datetime) -> Post:
    try:
        decoded = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as broken:
        raise UnreadableFile(f"{_shown(path)} isn't whole JSON ({str(broken)[:80]}): save the post again") from broken
    post = _unwrapped(decoded)
    if post is None:
        raise UnreadableFile(
            f"{_shown(path)} holds no post: give the object that the forum's GraphQL returns, with its _id"
        )
    comments = post.get("_comments")
    try:
        return mapping.parse_post(
            post, _forum_of(post, path, forums), now, comments if isinstance(comments, list) else ()
        )
    except ForumProtocol as unusable:
        raise UnreadableFile(f"{_shown(path)} can't be used: {unusable}") from unusable


def _shown(path: Path) -> str:
    """The path as one line of a message."""
    return mapping.clean_line(str(path)) or repr(str(path))


def _unwrapped(decoded: object) -> Mapping[str, Any] | None:
    """The post object, out of `{"data": {"post": {"result": ...}}}` or any part of that."""
    for name in ("data", "post", "result"):
        if isinstance(decoded, Mapping) and isinstance(decoded.get(name), Mapping) and "_id" not in decoded:
            decoded = decoded[name]
    return decoded if isinstance(decoded, Mapping) and "_id" in decoded else None


def _forum_of(post: Mapping[str, Any], path: Path, forums: tuple[Forum, ...]) -> Forum:
    """By the host of pageUrl; LessWrong, the first, where there is none."""
    url = post.get("pageUrl")
    if not isinstance(url, str) or not url.strip():
        return forums[0]
    forum = _forum_at(url, forums)
    if forum is None:
        known = ", ".join(dict.fromkeys(forum.name for forum in forums))
        raise UnreadableFile(
            f"{_shown(path)} has the pageUrl {url[:100]!r}, of no forum we know ({known}): correct or remove it"
        )
    return forum


def _forum_at(url: str, forums: tuple[Forum, ...]) -> Forum | None:
    try:
        host = urlsplit(url.strip()).netloc.lower()
    except ValueError:
        return None
    return next((forum for forum in forums if host in forum.hosts), None)


def _from_html(data: bytes, path: Path, forums: tuple[Forum, ...], now: datetime) -> Post:
    # decoded first: the parser alone lets lxml guess, which answers differently with other packages installed
    page = BeautifulSoup(UnicodeDammit(data, is_html=True).unicode_markup or "", "lxml")
    if page.find() is None:
        raise UnreadableFile(f"{_shown(path)} has no HTML in it: give a saved web page")
    url = metadata.canonical_url(page)
    host = urlsplit(url).netloc.lower().removeprefix("www.")
    forum = _forum_at(url, forums)
    title = metadata.title(page) or mapping.clean_line(path.stem) or "Untitled"
    body = _body(page, title)
    if why := mapping.why_empty(body, {}):
        raise PostEmpty(f"{_shown(path)} can't be narrated: {why}")
    return Post(
        key=PostKey("file", hashlib.sha256((url or path.name).encode("utf-8", "replace")).hexdigest()[:16]),
        url=url,
        site=forum.name if forum else host,
        title=title,
        authors=tuple(Author(name=name) for name in metadata.authors(page)) or (mapping.ANONYMOUS,),
        posted_at=metadata.posted_at(page),
        html=body,
        revision="",
        fetched_at=now,
    )


def _body(page: BeautifulSoup, title: str) -> str:
    """Inner HTML of the element that holds the text, without scripts, navigation and a heading that is the title."""
    chosen = next(
        (tag for selector in _BODIES if (tag := page.select_one(selector)) and tag.get_text(strip=True)), None
    )
    body = chosen or _densest(page) or page.body or page
    for tag in body.select(_NOT_BODY):
        tag.decompose()
    heading = body.find("h1")
    if isinstance(heading, Tag) and mapping.clean_line(heading.get_text(" ")) == title:
        heading.decompose()
    return body.decode_contents()


def _densest(page: BeautifulSoup) -> Tag | None:
    """The element whose own paragraphs hold most of the page's paragraph text, if one holds over half of it."""
    sizes: dict[int, tuple[int, Tag]] = {}
    for paragraph in page.find_all("p"):
        if isinstance(parent := paragraph.parent, Tag):
            n_chars = sizes.get(id(parent), (0, parent))[0] + len(paragraph.get_text(strip=True))
            sizes[id(parent)] = (n_chars, parent)
    if not sizes:
        return None
    n_chars, tag = max(sizes.values(), key=lambda size: size[0])
    return tag if 2 * n_chars > sum(size for size, _ in sizes.values()) else None
