"""Struck-out text -> listed, not said: the author took it back. A whole passage is said as struck out."""

from __future__ import annotations

from bs4 import Tag

from narrate.script.parts import Left, Walk
from narrate.script.pen import Pen
from narrate.script.visible import visible_text

#: More than this is no slip of the pen: a listener should hear what was taken back.
MAX_SILENT_WORDS = 25


def write(element: Tag, pen: Pen, walk: Walk) -> None:
    """<s>, <strike>, <del>. A few words aren't said; a passage that is struck out is, and announced."""
    text = visible_text(element)
    if len(text.split()) > MAX_SILENT_WORDS:
        pen.fix("[struck out]", "struck out: ", "strike")
        pen.text(" ")
        walk.write(element.contents, pen)
    elif text:
        pen.leave(Left(what="struck text", text=text, why="the author struck it out"))
