"""Embedded things (videos, markets, tweets, predictions, buttons) -> one sentence that names them, and an omission."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from bs4 import Tag

from narrate.script.parts import Block, Left, Place, Walk, nothing, sign
from narrate.script.pen import Pen
from narrate.script.visible import visible_text

#: No embed holds paragraphs of more words than this.
MAX_WORDS = 80

UNKNOWN = "something embedded"
#: Host or class -> what is embedded, as said aloud.
KINDS = {
    "youtube": "a YouTube video",
    "youtu.be": "a YouTube video",
    "vimeo": "a video",
    "metaculus": "a Metaculus forecast",
    "d3s0w6fek99l5b.cloudfront": "a Metaculus forecast",
    "manifold": "a Manifold market",
    "metaforecast": "a forecast",
    "elicit": "a prediction",
    "thoughtsaver": "flash cards",
    "ourworldindata": "a chart from Our World in Data",
    "owid": "a chart from Our World in Data",
    "strawpoll": "a poll",
    "estimaker": "an estimate",
    "viewpoints": "a poll",
    "calendly": "a calendar",
    "neuronpedia": "a Neuronpedia page",
    "lwartifacts": "an interactive figure",
    "iframe-widget": "an interactive figure",
    "twitter": "a tweet",
    "tweet": "a tweet",
    "spotify": "a recording",
    "soundcloud": "a recording",
    "review-results": "a table of review results",
    "docs.google": "a document",
}


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """An embed that stands on its own: named once."""
    href, words = _address(element), visible_text(element)
    kind = _kind(element, href)
    left = Left(what="embed", text=words, why=f"{kind} can't be heard", href=href or None)
    if not href and not words and kind == UNKNOWN:
        return []
    if walk.has_blocks(element) and sum(len(p.get_text().split()) for p in element.find_all("p")) > MAX_WORDS:
        return walk.blocks(element.contents, place)  # an unclosed tag has swallowed what follows it
    return [named([kind], place, left)]


def named(kinds: Sequence[str], place: Place, *left: Left) -> Block:
    """What stands embedded on its own, in one sentence."""
    known = [kind for kind in kinds if kind != UNKNOWN]
    said = f"Embedded: {' and '.join(known)}." if known else "Something is embedded here."
    return sign("[embedded]", said, place, *left)


def read_silent(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """Parts of a page around the text (banners, forms, menus): listed, not said."""
    words = visible_text(element)
    return [nothing(Left(what="page furniture", text=words, why="not part of the text"))] if words else []


def write(element: Tag, pen: Pen, walk: Walk) -> None:
    """An embed in a line of text."""
    href, words = _address(element), visible_text(element)
    if href or words:
        kind = _kind(element, href)
        pen.leave(Left(what="embed", text=words, why=f"{kind} can't be heard", href=href or None, name=kind))


def write_button(element: Tag, pen: Pen, walk: Walk) -> None:
    """Buttons and form fields."""
    words = visible_text(element)
    if words:
        href = str(element.get("data-href") or element.get("href") or "") or None
        pen.leave(Left(what="button", text=words, why="there is nothing to press in a recording", href=href))


def _address(element: Tag) -> str:
    """Where an embed comes from, "" when it doesn't say."""
    for holder in (element, *element.find_all(["iframe", "video", "audio", "source", "a", "div"])):
        for name in ("data-oembed-url", "src", "data-src", "data", "href"):
            value = str(holder.get(name) or "")
            if value.startswith(("http", "//")):
                return value
    return ""


def _kind(element: Tag, href: str) -> str:
    names = " ".join(str(c) for e in (element, *element.find_all(["div", "blockquote"])) for c in e.get("class") or ())
    host = urlsplit(href).netloc.lower() if re.match(r"(?:https?:)?//[\w.-]+", href) else ""
    for part, kind in KINDS.items():
        if part in host or part in names.lower():
            return kind
    if element.name == "audio" or href.endswith((".mp3", ".ogg", ".wav")):
        return "a recording"
    if element.name == "video" or href.endswith((".mp4", ".webm")):
        return "a video"
    return UNKNOWN
