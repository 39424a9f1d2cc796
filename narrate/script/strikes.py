"""Struck-out text -> listed, not said: the author took it back."""

from __future__ import annotations

from bs4 import Tag

from narrate.script.parts import Left, Walk, visible_text
from narrate.script.pen import Pen


def write(element: Tag, pen: Pen, walk: Walk) -> None:
    """<s>, <strike>, <del>. Nothing is said: neither the words nor that they were struck."""
    text = visible_text(element)
    if text:
        pen.leave(Left(what="struck text", text=text, why="the author struck it out"))
