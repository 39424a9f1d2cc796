"""Horizontal rules -> silence."""

from __future__ import annotations

from bs4 import Tag

from narrate.script.parts import Block, Place, Walk


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<hr>."""
    return [Block(kind="rule", place=place)]
