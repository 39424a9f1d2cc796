"""Any text -> text that is safe in XML, ID3, JSON, HTML notes and in the apps that read them."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

from feeds.records import FeedError

#: Not allowed in XML 1.0, or allowed and of no use to anybody (C1 controls); lone surrogates can't be encoded at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-fA-F]{1,6});", re.IGNORECASE)
_TAG_LIKE = re.compile(r"<(/?[a-zA-Z][^<>]*)>")
_BEYOND_URLS = re.compile(r"[^\x21-\x7e]+")
_EVENT_LIKE = re.compile(r"\b(on\w+\s*)=", re.IGNORECASE)
_SCRIPT_LIKE = re.compile(r"(javascript):", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def strip_controls(text: str) -> str:
    r"""Without what XML forbids; line ends become "\n".

    >>> strip_controls("a\x00b\r\nc\ud800")
    'ab\nc'
    """
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def plain(text: str) -> str:
    """A title or a name: one line that reads the same in every form and in apps that take titles for HTML.

    Escapes that came in with the text are resolved, and tags are only quoted, because most apps take both for HTML.

    >>> plain(" On\\n\\tthe <b> tag &amp;amp; others ")
    'On the ‹b› tag & others'
    """
    text = strip_controls(text).replace("\ufffd", "")
    while _ENTITY.search(text):
        resolved = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        if resolved == text:
            break
        text = strip_controls(resolved).replace("\ufffd", "")
    return " ".join(mark_tags(text).split())


def mark_tags(text: str) -> str:
    """What looks like a tag in single angle quotation marks, for readers that would drop a `<b>` without a word."""
    return _TAG_LIKE.sub(r"‹\1›", text)


def prose(text: str) -> str:
    """Text of several lines, without control characters or outer white space."""
    return strip_controls(text).strip()


def cut(text: str, max_chars: int) -> str:
    """`text`, or its beginning up to a word's end with "…" when it is longer than `max_chars`.

    >>> cut("a rather long name", 12)
    'a rather…'
    """
    if len(text) <= max_chars:
        return text
    head = text[: max_chars - 1]
    if not text[max_chars - 1].isspace() and " " in head:
        head = head[: head.rindex(" ")]
    return head.rstrip(" ,;:.…-–—") + "…"


def note_text(text: str) -> str:
    """Plain text, escaped for HTML notes."""
    return defuse(html.escape(plain(text), quote=False))


def defuse(notes_html: str) -> str:
    """The same HTML for a browser; words that only look like active content ("one = two") don't match filters.

    Some directories refuse notes by pattern, wherever the pattern stands. What really is active stays as it is.

    >>> defuse('<a href="https://a.example/?once=1" onclick="x">one = "javascript:"</a>')
    '<a href="https://a.example/?once&#61;1" onclick="x">one &#61; "javascript&#58;"</a>'
    """
    if not _EVENT_LIKE.search(notes_html) and not _SCRIPT_LIKE.search(notes_html):
        return notes_html
    parts = re.split(r"(<[^<>]*>)", notes_html)
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = _QUOTED.sub(lambda value: _EVENT_LIKE.sub(r"\1&#61;", value[0]), part)
        else:
            parts[i] = _SCRIPT_LIKE.sub(r"\1&#58;", _EVENT_LIKE.sub(r"\1&#61;", part))
    return "".join(parts)


def is_said(text: str) -> bool:
    """Whether anything in it can be heard: a letter, a digit or a symbol, not only punctuation and marks."""
    return any(char.isalnum() or char == "_" or unicodedata.category(char)[0] == "S" for char in text)


def ascii_url(url: str, what: str) -> str:
    """An absolute http(s) address in the ASCII that Apple, ID3 and psc want; FeedError for anything else.

    >>> ascii_url("https://exämple.org/über uns#a%20b", "It")
    'https://xn--exmple-cua.org/%C3%BCber%20uns#a%20b'
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
            whole = url if host == parts.netloc else urlunsplit(parts._replace(netloc=host))
            return _BEYOND_URLS.sub(lambda found: quote(found[0]), whole)
    except ValueError:
        pass  # no port, no such host: told below
    raise FeedError(
        f"{what} {url[:120]!r} can't go into a feed: it must be an absolute http(s) URL. Correct it where it comes "
        "from, or set the site's public URL."
    )
