"""Polls -> their question, which only their data holds."""

from __future__ import annotations

import json
from dataclasses import replace

from bs4 import Tag

from narrate.script.parts import Block, Left, Line, Place, Walk, sign
from narrate.script.visible import tidy, visible_text


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """`.ck-poll`: the question in `data-props`."""
    try:
        props = json.loads(str(element.get("data-props") or "{}"))
    except ValueError:
        props = {}
    question = tidy(str(props.get("question") or "")) if isinstance(props, dict) else ""
    words = visible_text(element)
    if words and not question:
        return walk.blocks(element.contents, place)
    left = (Left(what="poll", text=words or question, why="there is nothing to press in a recording"),)
    if not question:
        return [sign("[poll]", "A poll.", place, *left)]
    return [
        Block(
            kind="caption", line=Line(written=question, left=left), place=replace(place, role="aside"), lead="A poll: "
        )
    ]
