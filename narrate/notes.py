"""An episode's facts -> its show notes (HTML, at most 4,000 bytes) and item title. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import feeds
from narrate.pages import byline, is_web_address
from narrate.records import Author, Correction, EditionName, Omission, Post

#: A feed's item titles may have this many characters.
MAX_TITLE_CHARS = 255
#: And the line that names an item's authors.
MAX_AUTHOR_CHARS = 255
_LEAST_TITLE_CHARS = 40
_MAX_STAMP_BYTES = 2000
#: Left free for the link to the page about the service, which only the feed knows.
_ROOM_FOR_ABOUT_BYTES = 250
_ROOM_BYTES = feeds.MAX_DESCRIPTION_BYTES - _ROOM_FOR_ABOUT_BYTES
#: So many corrections are told; the page of an episode has no more either.
_CORRECTIONS_TOLD = 2
_AUTHORS_LINKED = 6
_MAX_LINK_CHARS = 400
_OMITTED_CHARS = 160
_EDITIONS: dict[EditionName, str] = {
    "nofn": "This edition leaves the footnotes out.",
    "fnafter": "In this edition the footnotes follow the text.",
}
#: Things left out that nobody looks for in notes; the page has them.
_TRIFLES = frozenset({"footnote mark", "formula glyphs", "TeX source", "time stamp", "button", "page furniture"})
#: Forums whose posts have their comments below them.
_FORUM_SITES = ("LessWrong", "Alignment Forum", "EA Forum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What notes tell of an episode beside its post."""

    marks: Sequence[feeds.ChapterMark]
    omissions: Sequence[Omission]
    opening: str
    voice: str  # its name and licence
    made_at: datetime
    corrections: Sequence[Correction] = ()  # newest first
    edition: EditionName | None = None


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


def comments_url(site: str, post_url: str) -> str | None:
    """Where a post is talked about, for forums that have that below the post."""
    return f"{post_url}#comments" if site in _FORUM_SITES and post_url else None


def show_notes(post: Post, told: Told) -> str:
    """Chapter stamps first (apps look for them there), then the opening lines, whose it is, who reads, what isn't said.

    What never falls out is that a machine reads, and whose text it is. The rest is added in the order of its worth as
    long as there is room: the link, what was corrected, chapters, the opening lines, each thing left out.
    """
    must = {
        "author": _author(post, told.made_at),
        "machine": "<p>Read word for word by a machine: a text-to-speech voice "
        f"({feeds.note_text(told.voice)}), no human narrator.</p>",
        "rights": f"<p>Text © {feeds.note_text(_short_names(post))}.</p>",
    }
    if _n_bytes(must.values()) > _ROOM_BYTES // 2:
        must["author"] = _author(post, told.made_at, linked=False)
    parts = _Parts(must)
    parts.add("edition", f"<p>{_EDITIONS[told.edition]}</p>" if told.edition else "")
    parts.add("links", _links(post))
    parts.add("corrections", "".join(map(_correction, told.corrections[:_CORRECTIONS_TOLD])))
    parts.add("omissions", _omissions(told.omissions, 0))
    parts.add("stamps", feeds.chapter_stamps(told.marks, max_bytes=min(_MAX_STAMP_BYTES, parts.room - 1)))
    parts.add("opening", f"<p>{feeds.note_text(told.opening)}</p>" if told.opening else "")
    for n_shown in range(1, _n_listed(told.omissions) + 1):
        if not parts.add("omissions", _omissions(told.omissions, n_shown)):
            break
    return parts.joined()


_ORDER = ("stamps", "opening", "edition", "author", "links", "corrections", "machine", "omissions", "rights")


class _Parts:
    """Paragraphs by name, as many as fit into the notes."""

    def __init__(self, must: dict[str, str]) -> None:
        self._parts = must

    @property
    def room(self) -> int:
        return _ROOM_BYTES - _n_bytes(self._parts.values())

    def add(self, name: str, html: str) -> bool:
        """Put in a paragraph, or another form of it, if there is room. Whether there was."""
        with_it = {**self._parts, name: html} if html else self._parts
        if _n_bytes(with_it.values()) > _ROOM_BYTES:
            return False
        self._parts = with_it
        return True

    def joined(self) -> str:
        return "\n".join(self._parts[name] for name in _ORDER if self._parts.get(name))


def _n_bytes(parts: Iterable[str]) -> int:
    return sum(len(part.encode()) + 1 for part in parts)


def _author(post: Post, made_at: datetime, *, linked: bool = True) -> str:
    """ "By Ana, 4 May 2026, on LessWrong. Karma 83 when narrated on 3 November 2026." """
    by = _linked_names(post.authors) if linked else None
    posted = f", {day(post.posted_at)}" if post.posted_at else ""
    site = f", on {feeds.note_text(post.site)}" if post.site else ""
    narrated = f"narrated on {day(made_at)}"
    karma = f"Karma {post.karma} when {narrated}." if post.karma is not None else f"{narrated.capitalize()}."
    return f"<p>By {by or feeds.note_text(_short_names(post))}{posted}{site}. {karma}</p>"


def _linked_names(authors: Sequence[Author]) -> str | None:
    """The names with links to their profiles; None for more than notes have room for."""
    if len(authors) > _AUTHORS_LINKED:
        return None
    return byline([_link(a.url, a.name) if a.url else feeds.note_text(a.name) for a in authors])


def _short_names(post: Post) -> str:
    return short_byline([author.name for author in post.authors], MAX_AUTHOR_CHARS)


def _links(post: Post) -> str:
    if not is_web_address(post.url) or len(post.url) > _MAX_LINK_CHARS:
        return ""
    comments = comments_url(post.site, post.url)
    where = f"on {post.site}" if post.site else "where it comes from"
    read = _link(post.url, f"Read the post {where}")
    return f"<p>{read} · {_link(comments, 'Comments')}</p>" if comments else f"<p>{read}</p>"


def _correction(correction: Correction) -> str:
    changes = f": {correction.what}" if correction.what else ""
    return f"<p>Re-narrated {day(correction.at)}, {feeds.note_text(correction.why + changes)}.</p>"


def _omissions(omissions: Sequence[Omission], n_shown: int) -> str:
    """What isn't spoken: counted, and the first few with what they show or where they are."""
    if not omissions:
        return ""
    head = f"<p>Not spoken, all on the episode’s page: {feeds.note_text(count_omissions(omissions))}.</p>"
    listed = [omission for omission in omissions if omission.what not in _TRIFLES]
    rows = "".join(f"<li>{_omission(omission)}</li>" for omission in listed[:n_shown])
    return f"{head}<ul>{rows}</ul>" if rows else head


def _n_listed(omissions: Sequence[Omission]) -> int:
    return sum(omission.what not in _TRIFLES for omission in omissions)


def _omission(omission: Omission) -> str:
    """One thing left out: a formula's TeX, a picture's link, the beginning of any other text."""
    shown = feeds.cut(feeds.plain(omission.text), _OMITTED_CHARS)
    name = f"{omission.what}: {shown}" if shown else omission.what
    if is_web_address(omission.href) and omission.href and len(omission.href) <= _MAX_LINK_CHARS:
        return _link(omission.href, name)
    if omission.what == "formula" and shown:
        return f"formula: <code>{feeds.note_text(shown)}</code>"
    return feeds.note_text(name)


def _link(href: str | None, words: str) -> str:
    """A link, if `href` is an address that may be followed; its words alone otherwise."""
    if not is_web_address(href) or href is None:
        return feeds.note_text(words)
    address = href.replace("&", "&amp;").replace('"', "%22").replace("<", "%3C").replace(">", "%3E")
    return f'<a href="{address}">{feeds.note_text(words)}</a>'


def day(at: datetime) -> str:
    """A date as people write it: "3 November 2026"."""
    return f"{at.day} {at:%B %Y}"


def count_omissions(omissions: Sequence[Omission]) -> str:
    """What was left out, most frequent first: "3 images, 2 tables and 1 code block"."""
    counts = Counter(omission.what for omission in omissions)
    return byline([f"{n} {what if n == 1 else plural(what)}" for what, n in counts.most_common()])


def plural(noun: str) -> str:
    """English plural of the last word: "image" -> "images", "emoji" stays."""
    if noun.endswith(("emoji", "s")):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
