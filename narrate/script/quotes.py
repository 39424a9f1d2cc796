"""Quotes -> their blocks in the quote role, opened and closed aloud where the ear needs it.

"Quote." unless the text before leads into it with a colon; "End quote." after more than one sentence. A quote within
a quote is announced once; deeper ones are flattened. Quotes that touch are one quote.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bs4 import Tag

from narrate.script.parts import Block, Place, Walk, cue

_SENTENCE_END = re.compile(r"[.?!…][\"'”’)]*\s+\S")


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<blockquote>. A tweet's quote is announced as one."""
    role = place.role if place.is_note else "quote"
    blocks = walk.blocks(element.contents, replace(place, role=role, quote_depth=place.quote_depth + 1, number=""))
    if place.is_note or place.quote_depth > 1 or not any(block.is_said for block in blocks):
        return blocks
    if "twitter-tweet" in (element.get("class") or ()):
        return [cue("A tweet.", place), *blocks]
    if place.quote_depth == 1:
        return [cue("Within it, a quote.", place), *blocks]
    return [Block(kind="quote", place=place), *blocks, Block(kind="unquote", place=place)]


def announce(blocks: list[Block]) -> list[Block]:
    """A post's blocks with every quote's bounds said, or dropped where they are clear without words."""
    out: list[Block] = []
    opened_at = 0
    for block in _merged(blocks):
        if block.kind == "quote":
            opened_at = len(out)
            before = next((b for b in reversed(out) if b.is_said), None)
            if before is None or not before.line.written.endswith(":"):
                out.append(cue("Quote.", block.place))
        elif block.kind == "unquote":
            if _is_long([b for b in out[opened_at:] if b.is_said and b.place.role == "quote"]):
                out.append(cue("End quote.", block.place))
        else:
            out.append(block)
    return out


def _is_long(said: list[Block]) -> bool:
    return len(said) > 1 or any(_SENTENCE_END.search(block.line.written) for block in said)


def _merged(blocks: list[Block]) -> list[Block]:
    """Without the bounds between quotes that nothing separates."""
    out: list[Block] = []
    closed_at: int | None = None  # where a quote's end stands in `out`, as long as nothing has been said since
    for block in blocks:
        if block.kind == "quote" and closed_at is not None:
            del out[closed_at]
            closed_at = None
            continue
        if block.kind == "unquote":
            closed_at = len(out)
        elif block.is_said or block.kind == "rule":
            closed_at = None
        out.append(block)
    return out
