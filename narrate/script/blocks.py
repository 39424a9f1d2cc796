"""A post's html -> its blocks in reading order: one table, class or tag -> the construct's own file.

Read BY_CLASS and BY_TAG as the specification of what this room knows. Whatever isn't in them is transparent: a block
tag's children are read in order, loose text between blocks is a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from functools import cached_property

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement

from narrate.script import (
    collapsibles,
    dialogues,
    embeds,
    figures,
    footnotes,
    formulas,
    headings,
    inline,
    listings,
    lists,
    machines,
    math,
    paragraphs,
    polls,
    quotes,
    rules,
    spoilers,
    tables,
)
from narrate.script.parts import Block, Handler, Line, Place, join
from narrate.script.pen import Pen
from narrate.script.visible import BREAKING, TEXT, UNSEEN, is_hidden

#: Class -> handler. Classes are asked before tags.
BY_CLASS: dict[str, Handler] = {
    "spoilers": spoilers.read,
    "spoiler": spoilers.read,
    "detailsBlock": collapsibles.read,
    "llm-content-block": machines.read,
    "dialogue-message": dialogues.read,
    "dialogue-message-header": dialogues.read_header,
    "dialogue-message-input": dialogues.read_input,
    "dialogue-message-input-wrapper": dialogues.read_input,
    "ck-poll": polls.read,
    "defaultHidden": collapsibles.read_hidden,
    "code-block": listings.read,
    "twitter-tweet-rendered": embeds.read,
    "thoughtSaverFrameWrapper": embeds.read,
    "strawpoll-embed": embeds.read,
    "iframe-widget": embeds.read,
    "metaculus-preview": embeds.read,
    "manifold-preview": embeds.read,
    "neuronpedia-preview": embeds.read,
    "metaforecast-preview": embeds.read,
    "owid-preview": embeds.read,
    "estimaker-preview": embeds.read,
    "viewpoints-preview": embeds.read,
    "calendly-preview": embeds.read,
    "lwartifacts-preview": embeds.read,
    "youtube-preview": embeds.read,
    "elicit-binary-prediction": embeds.read,
    "ElicitBlock-root": embeds.read,
    "review-results-table": embeds.read,
    "LinkPostMessage-root": embeds.read_silent,
    "AlignmentCrosspostMessage-root": embeds.read_silent,
    "subscription-widget-wrap": embeds.read_silent,
}

#: Tag -> handler.
BY_TAG: dict[str, Handler] = {
    "h1": headings.read,
    "h2": headings.read,
    "h3": headings.read,
    "h4": headings.read,
    "h5": headings.read,
    "h6": headings.read,
    "p": paragraphs.read,
    "ul": lists.read,
    "ol": lists.read,
    "menu": lists.read,
    "li": lists.read_item,
    "dt": lists.read_item,
    "dd": lists.read_item,
    "blockquote": quotes.read,
    "table": tables.read,
    "figure": figures.read,
    "img": figures.read_image,
    "pre": listings.read,
    "details": collapsibles.read,
    "hr": rules.read,
    "iframe": embeds.read,
    "video": embeds.read,
    "audio": embeds.read,
    "object": embeds.read,
    "embed": embeds.read,
    "form": embeds.read_silent,
    "title": embeds.read_silent,
}

#: Of what is nested deeper, only text and pictures are kept (see _flatten).
MAX_DEPTH = 80

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BREAKING_IN_TEXT = frozenset({"br", "button", "option", "caption"})
_INLINE_IN_TEXT = frozenset({"img", "iframe", "video", "audio", "object", "embed"})


def read(html: str, place: Place | None = None) -> list[Block]:
    """A post's html, or any part of a page. Never raises on bad markup; deep nesting and garbage are bounded."""
    root = BeautifulSoup(_CONTROL.sub("", html), "lxml")
    _flatten(root)
    reader = Reader(root)
    return reader.blocks(root.contents, place or Place())


class Reader:
    """One walk over one page. Implements parts.Walk for the constructs' files."""

    def __init__(self, root: Tag) -> None:
        self._root = root
        elements = _elements(root)
        self._index = footnotes.index(elements)
        self._holders = _holders(elements)

    @property
    def notes(self) -> Mapping[str, str]:
        return self._index.fragments

    @property
    def back_links(self) -> Set[str]:
        return self._index.back_links

    @cached_property
    def macros(self) -> Mapping[str, math.Macro]:
        return math.collect_macros(formulas.sources(self._root))

    def has_blocks(self, element: Tag) -> bool:
        return id(element) in self._holders

    def blocks(self, nodes: Iterable[PageElement], place: Place) -> list[Block]:
        out: list[Block] = []
        loose: list[PageElement] = []
        for node in nodes:
            if isinstance(node, Tag) and self._is_block(node):
                out += self._loose(loose, place)
                loose = []
                out += self._element(node, place)
            else:
                loose.append(node)
        return out + self._loose(loose, place)

    def lines(self, nodes: Iterable[PageElement]) -> list[Line]:
        return inline.lines(nodes, self)

    def line(self, nodes: Iterable[PageElement]) -> Line:
        return join(self.lines(nodes))

    def write(self, nodes: Iterable[PageElement], pen: Pen) -> None:
        inline.write(nodes, pen, self)

    def write_formula(self, tex: str, pen: Pen) -> None:
        formulas.write_source(formulas.Source(tex, False), pen, self)

    def _loose(self, nodes: list[PageElement], place: Place) -> list[Block]:
        """Text that stands between blocks. A picture alone there is a block of its own."""
        seen = [n for n in nodes if not paragraphs.is_blank(n) and not (isinstance(n, Tag) and n.name in UNSEEN)]
        if len(seen) == 1 and isinstance(seen[0], Tag):
            only = seen[0]
            while (
                only.name in ("span", "a", "em", "strong", "center", "u")
                and len(only.find_all(True, recursive=False)) == 1
            ):
                if only.get_text(strip=True):
                    break
                inner = only.find(True, recursive=False)
                assert isinstance(inner, Tag)
                only = inner
            if only.name in _INLINE_IN_TEXT:
                return BY_TAG[only.name](only, place, self)
        return paragraphs.from_nodes(nodes, place, self) if seen else []

    def _is_block(self, element: Tag) -> bool:
        if formulas.is_formula(element) and element.name != "div":
            return False
        if element.name in BREAKING and element.name not in _BREAKING_IN_TEXT:
            return True
        if not BY_CLASS.keys().isdisjoint(element.get("class") or ()):
            return True
        return id(element) in self._holders

    def _element(self, element: Tag, place: Place) -> list[Block]:
        if id(element) in self._index.elements and not place.is_note:
            return footnotes.read_item(element, place, self, *self._index.elements[id(element)])
        if formulas.is_formula(element):
            return paragraphs.from_nodes([element], place, self)
        if is_hidden(element):
            return collapsibles.read_hidden(element, place, self)
        for name in element.get("class") or ():
            if name in BY_CLASS:
                return BY_CLASS[name](element, place, self)
        if element.name in BY_TAG:
            return BY_TAG[element.name](element, place, self)
        return self.blocks(element.contents, place)


def _holders(elements: Iterable[Tag]) -> set[int]:
    """Elements (by id()) with a block somewhere inside them."""
    holders: set[int] = set()
    for element in elements:
        if _stands_alone(element):
            parent = element.parent
            while parent is not None and id(parent) not in holders:
                holders.add(id(parent))
                parent = parent.parent
    return holders


def _stands_alone(element: Tag) -> bool:
    if element.name in BREAKING:
        return element.name not in _BREAKING_IN_TEXT
    return element.name not in ("code", "a") and not BY_CLASS.keys().isdisjoint(element.get("class") or ())


def _flatten(root: Tag) -> None:
    """Keep only text and pictures of what is nested deeper than any editor nests: reading goes by recursion."""
    rest: list[tuple[Tag, int]] = [(root, 0)]
    while rest:
        element, depth = rest.pop()
        if depth < MAX_DEPTH:
            inside = (child for child in element.contents if isinstance(child, Tag))
            rest += [(child, depth + 1) for child in inside if not formulas.is_formula(child)]
            continue
        kept = [
            node
            for node in element.descendants
            if type(node) in TEXT or (isinstance(node, Tag) and node.name in _INLINE_IN_TEXT)
        ]
        element.clear()
        element.extend(kept)


def _elements(root: Tag) -> list[Tag]:
    """Every element of a page in document order but what formulas are set with."""
    found: list[Tag] = []
    rest: list[PageElement] = [root]
    while rest:
        node = rest.pop()
        if isinstance(node, Tag):
            found.append(node)
            if not formulas.is_formula(node):
                rest += reversed(node.contents)
    return found
