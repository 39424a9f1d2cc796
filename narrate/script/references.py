"""Reference lists -> listed, not said: a sentence says where they are.

Only under a heading that says so, only entries that cite, and only while they are a small part of the post: a page
that is mostly references is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrate.script.parts import Block, Left, cue, nothing

_HEADING = re.compile(r"\W*(?:\d+\W+)?(?:references|bibliography|works cited|citations|sources(?: cited)?)\W*\Z", re.I)
_CITES = re.compile(r"\b(?:1[5-9]|20)\d\d[a-z]?\b|https?://|\bdoi\b|\barxiv\b", re.I)
#: The most of a post's words that may go unsaid this way.
MAX_SHARE = 0.06
MAX_ENTRY_WORDS = 70


def sift(blocks: Sequence[Block]) -> list[Block]:
    """A post's blocks with the entries of its reference lists left out."""
    entries = _entries(blocks)
    words = sum(len(block.line.written.split()) for block in blocks)
    listed = sum(len(blocks[i].line.written.split()) for i in entries)
    if not entries or listed > MAX_SHARE * words:
        return list(blocks)
    out: list[Block] = []
    for i, block in enumerate(blocks):
        if i not in entries:
            out.append(block)
            continue
        if i - 1 not in entries:
            out.append(cue("The references are in the notes.", block.place))
        left = Left(what="citation", text=block.line.written, why="an entry of a reference list")
        out.append(nothing(left, *block.line.left, pictures=block.line.pictures))
    return out


def _entries(blocks: Sequence[Block]) -> set[int]:
    """Indices of the blocks that are entries under a heading "References"."""
    found: set[int] = set()
    inside = False
    for i, block in enumerate(blocks):
        if block.kind == "heading":
            inside = bool(_HEADING.match(block.line.written))
        elif inside and block.kind in ("paragraph", "line", "item"):
            written = block.line.written
            if _CITES.search(written) and len(written.split()) <= MAX_ENTRY_WORDS:
                found.add(i)
    return found
