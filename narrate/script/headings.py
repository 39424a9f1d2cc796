"""Headings and bold lines -> heading blocks, as the forum's own contents list counts them (forummagnum.md A5).

h1 to h4, and a paragraph whose only text is bold. Nothing inside a spoiler, a collapsible or code is a chapter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest

from bs4 import Tag
from bs4.element import NavigableString

from narrate.records import Rewrite
from narrate.script import chats
from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Heading, Line, Place, Walk, join
from narrate.script.visible import tidy

_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
_ROMAN = {"I": 1, "V": 5, "X": 10}
_NUMERAL = re.compile(r"(X{0,3}(?:IX|IV|V?I{0,3}))(?<=[IVX])(?:[.:)](?:\s|\Z)|\s*\Z)")
#: A bold line's level: below every real heading.
BOLD_LEVEL = 7


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<h1> to <h6>."""
    return _heading(element, _LEVELS.get(element.name), place, walk)


def read_bold(element: Tag, title: Tag, place: Place, walk: Walk) -> list[Block]:
    """A paragraph that `whole_bold` found to be a title."""
    blocks = _heading(element, BOLD_LEVEL, place, walk)
    own = str(title.get("id") or "")
    return [_anchored(block, own) if block.heading and own else block for block in blocks]


def _heading(element: Tag, level: int | None, place: Place, walk: Walk) -> list[Block]:
    if walk.has_blocks(element):
        line = join(block.line for block in walk.blocks(element.contents, place))
    else:
        line = walk.line(element.contents)
    if level == BOLD_LEVEL and chats.is_stamp(line.written):
        return chats.read_line(line, place)
    if not line.written:
        return [Block(kind="nothing", line=line, place=place)] if not line.is_empty else []
    line = _numbered(line)
    if level is None or place.is_hidden or place.is_heading_free:
        return [Block(kind="heading", line=line, place=place)]
    own = str(element.get("id") or "") if level != BOLD_LEVEL else ""
    heading = Heading(level=level, anchor_text=_anchor_text(element), anchor=own or None)
    return [Block(kind="heading", line=line, place=place, heading=heading)]


def _numbered(line: Line) -> Line:
    """A heading's Roman numeral as its number: "IV. The end", "I."; a lone letter without a stop is a word."""
    found = _NUMERAL.match(line.written)
    if not found or any(r.start < found.end(1) for r in line.fixed):
        return line
    digits = [_ROMAN[letter] for letter in found[1]]
    number = sum(-digit if digit < after else digit for digit, after in zip_longest(digits, digits[1:], fillvalue=0))
    words = cardinal(number).capitalize()
    said = Rewrite(start=0, end=len(digits), rule="roman numeral", before=found[1], after=words)
    return replace(line, fixed=(said, *line.fixed))


def _anchored(block: Block, anchor: str) -> Block:
    assert block.heading is not None
    heading = Heading(level=block.heading.level, anchor_text=block.heading.anchor_text, anchor=anchor)
    return Block(kind=block.kind, line=block.line, place=block.place, heading=heading)


def _anchor_text(element: Tag) -> str:
    """The text that the forum derives an anchor from: all of it but styles."""
    return "".join(s for s in element.find_all(string=True) if type(s) is NavigableString).strip("\n")[:300]


def _bold_within(element: Tag) -> Tag | None:
    """The bold that is all of an <em>, a <span> or the like."""
    return whole_bold(element) if element.name in ("em", "i", "u", "span", "font") else None


def whole_bold(paragraph: Tag) -> Tag | None:
    """The <b> or <strong> that is all of a paragraph's text, None when there is none such."""
    found: Tag | None = None
    for child in paragraph.children:
        if isinstance(child, Tag):
            if found is None and tidy(child.get_text()):
                found = child if child.name in ("b", "strong") else _bold_within(child)
                if found is None:
                    return None
            elif tidy(child.get_text()) or child.find(["img", "iframe"]) is not None or child.name == "img":
                return None
        elif type(child) is NavigableString and tidy(child):
            return None
    return found
