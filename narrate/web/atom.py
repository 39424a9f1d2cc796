"""Queue entries -> an Atom feed (RFC 4287). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree

from narrate.pages import byline
from narrate.store.entries import Entry

_ATOM = "http://www.w3.org/2005/Atom"
#: Control characters that XML 1.0 can't hold.
_UNWRITABLE = {c: None for c in (*range(0x20), 0xFFFE, 0xFFFF) if c not in (0x09, 0x0A, 0x0D)}


def render(show_title: str, public_url: str, entries: Sequence[Entry]) -> bytes:
    """The feed, newest entry first. An entry's id never changes, wherever the site moves (RFC 4151)."""
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item]
    host = urlsplit(public_url).hostname or "localhost"
    _add(feed, "title", f"{show_title}: the queue")
    _add(feed, "subtitle", "Posts that wait to be narrated. Vote for those you want to hear.")
    _add(feed, "id", f"tag:{host},2026:queue")
    _add(feed, "updated", _when(max((e.queued_at for e in entries), default=datetime(2026, 1, 1, tzinfo=UTC))))
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{public_url}/queue.atom")
    _add(feed, "link", rel="alternate", type="text/html", href=f"{public_url}/queue")
    for entry in entries:
        item = etree.SubElement(feed, f"{{{_ATOM}}}entry")
        _add(item, "title", entry.title)
        _add(item, "id", f"tag:{host},2026:queue:{entry.key}")
        _add(item, "updated", _when(entry.queued_at))
        _add(item, "published", _when(entry.queued_at))
        for author in entry.authors:
            _add(etree.SubElement(item, f"{{{_ATOM}}}author"), "name", author.name)
        _add(
            item,
            "link",
            rel="alternate",
            type="text/html",
            href=f"{public_url}/queue?lane={entry.lane}#{entry.key.slug}",
        )
        _add(item, "link", rel="related", href=entry.url)
        _add(item, "category", term=entry.lane)
        _add(item, "summary", _summary(entry))
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _summary(entry: Entry) -> str:
    names = byline([author.name for author in entry.authors])
    facts = [f"by {names} on {entry.site}", f"about {max(1, round(entry.minutes))} minutes", *entry.why]
    return ". ".join(fact[:1].upper() + fact[1:] for fact in facts) + "."


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> None:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", {k: _clean(v) for k, v in attributes.items()})
    if text is not None:
        element.text = _clean(text)


def _clean(text: str) -> str:
    return text.translate(_UNWRITABLE).encode("utf-8", "replace").decode("utf-8")


def _when(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
