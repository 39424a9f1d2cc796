"""A list of feeds -> OPML 2.0 (opml.org/spec2), which podcast apps import. Pure: the same list gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from feeds.text import ascii_url, plain


def render_opml(title: str, outlines: Iterable[tuple[str, str]]) -> bytes:
    """`outlines` are (title, feed URL), in the order in which they are listed. Raises FeedError for a bad address."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = plain(title)
    body = etree.SubElement(root, "body")
    for name, url in outlines:
        text = plain(name)
        etree.SubElement(
            body, "outline", type="rss", text=text, title=text, xmlUrl=ascii_url(url, f"The feed {text!r}")
        )
    document: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return document
