"""Collapsed sections -> their title announced, their text said, their end announced."""

from __future__ import annotations

from dataclasses import replace

from bs4 import Tag

from narrate.script.parts import Block, Left, Line, Place, Walk, cue, join, nothing
from narrate.script.pen import Pen
from narrate.script.visible import visible_text


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<details>, and the editor's `.detailsBlock`."""
    title = next((c for c in element.children if isinstance(c, Tag) and _is_title(c)), None)
    line = join(b.line for b in walk.blocks(title.contents, place)) if title is not None else Line()
    inside = replace(place, is_hidden=True)
    blocks = walk.blocks([node for node in element.contents if node is not title], inside)
    if not any(block.is_said for block in blocks) and not line:
        return blocks
    named = Block(kind="cue", line=line, place=replace(place, role="aside"), lead="Collapsed section: ")
    opening = named if line else cue("A collapsed section.", place)
    return [opening, *blocks, cue("End of section.", place)]


def read_hidden(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """`.conditionallyVisibleBlock.defaultHidden`: the page shows it only to readers who ask for it."""
    words = visible_text(element)
    return [nothing(Left(what="hidden text", text=words, why="the page hides it at first"))] if words else []


def write_hidden(element: Tag, pen: Pen, walk: Walk) -> None:
    """A hidden piece of a line; formulas and notes hide parts of their own."""
    words = visible_text(element)
    if words:
        pen.leave(Left(what="hidden text", text=words, why="the page doesn't show it"))


def _is_title(element: Tag) -> bool:
    return element.name == "summary" or "detailsBlockTitle" in (element.get("class") or ())
