"""Paragraphs -> blocks: one a paragraph, one a line where the author set lines (poems), bold lines as headings.

"* * *" and "---" are rules, whatever they are marked up as.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from narrate.script import chats, embeds, figures, furniture, headings
from narrate.script.parts import Block, Line, Place, Walk, join

#: A line that is only a drawn rule.
_RULE = re.compile(r"[\s*＊⁂•·~_=\-–—#.◆❖]{0,80}\Z")
_DRAWN = re.compile(r"(?:[*＊•·~_=\-–—#.◆❖]\s*){3,}|[⁂*＊~❖]")
#: Lines this long that end in mid-sentence are wrapped text, not lines an author set.
_WRAPPED_CHARS = 50


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<p> and what is used as one."""
    if walk.has_blocks(element):
        return walk.blocks(element.contents, place)
    title = headings.whole_bold(element)
    if title is not None and not place.is_heading_free:
        return headings.read_bold(element, title, place, walk)
    return from_nodes(element.contents, place, walk)


def from_nodes(nodes: Iterable[PageElement], place: Place, walk: Walk) -> list[Block]:
    """Text of one paragraph, or text that stands in none."""
    nodes = list(nodes)
    if furniture.is_contents(nodes):
        return furniture.contents(join(walk.lines(nodes)).written)
    return from_lines(walk.lines(nodes), place)


def from_lines(lines: list[Line], place: Place) -> list[Block]:
    """Lines of one element -> paragraphs (an empty line ends one) of lines."""
    blocks: list[Block] = []
    group: list[Line] = []
    for line in lines:
        if line.breaks_before > 1 and group:
            blocks += _paragraph(group, place)
            group = []
        group.append(line)
    return blocks + _paragraph(group, place)


def _paragraph(lines: list[Line], place: Place) -> list[Block]:
    out: list[Block] = []
    pictures: list[Block] = []  # those that stand among words
    for line in _unwrapped(lines):
        if line.pictures and not line.written:
            out += figures.named(line, place)
            continue
        if not line.written and any(left.name for left in line.left):
            out.append(embeds.named([left.name for left in line.left if left.name], place, *line.left))
            continue
        if line.written and _RULE.match(line.written):
            drawn = _DRAWN.search(line.written)
            out.append(Block(kind="rule" if drawn else "nothing", line=_without_text(line), place=place))
        else:
            text, shown = figures.apart(line)
            out += chats.read_line(text, place)
            pictures += figures.named(shown, place)
    if any(block.kind == "name" for block in out):
        out = chats.assign(out)
    said = [i for i, block in enumerate(out) if block.kind == "line"]
    return [_as_paragraph(block) if said and i == said[-1] else block for i, block in enumerate(out)] + pictures


def _as_paragraph(block: Block) -> Block:
    return Block(kind="paragraph", line=block.line, place=block.place, lead=block.lead)


def _without_text(line: Line) -> Line:
    return Line(left=line.left, pictures=line.pictures)


def _unwrapped(lines: list[Line]) -> list[Line]:
    """Lines that an editor wrapped in mid-sentence, joined again; lines that an author set, kept."""
    out: list[Line] = []
    for line in lines:
        before = out[-1].written if out else ""
        wrapped = len(before) >= _WRAPPED_CHARS and before[-1] not in ".?!:;\"'”’)…" and line.written[:1].islower()
        if out and (wrapped or not line.written or not before):
            out[-1] = join([out[-1], line])
        else:
            out.append(line)
    return out


def is_blank(node: PageElement) -> bool:
    return isinstance(node, NavigableString) and not node.strip()
