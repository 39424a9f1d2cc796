"""Blocks -> the same with chapter starts: the forum's own contents list (forummagnum.md A5), kept whole.

Every heading of that list is a chapter. Chapters are added only where a post has none (at its rules) and in stretches
of over ten minutes; an added one is named by its bold line or its first words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from narrate.script.headings import BOLD_LEVEL
from narrate.script.parts import Block, Heading, Line, Start
from narrate.script.pen import JOINER

#: A chapter's title for the eye.
MAX_TITLE_CHARS = 80
#: With more headings than this, bold lines aren't counted if enough others remain (A5).
MANY, ENOUGH = 30, 8
#: Characters of text that take ten minutes, and the least that makes an added chapter worth a jump.
LONG_CHARS = 8400
SHORT_CHARS = 600


def mark(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with a Start on each that begins a chapter."""
    headings = _listed(blocks)
    chosen = headings or _at_rules(blocks)
    if headings:
        chosen = chosen + _in_long_stretches(blocks, {id(b) for b in headings})
    wanted = {id(b) for b in chosen}
    levels = sorted({_level(b) for b in chosen})
    seen: dict[str, int] = {}
    return [
        replace(block, start=_start(block, levels.index(_level(block)) + 1, seen)) if id(block) in wanted else block
        for block in blocks
    ]


def _start(block: Block, level: int, seen: dict[str, int]) -> Start:
    written = _without_marks(block.line)
    title = cut_title(written) if block.heading else first_words(written)
    return Start(title=title, anchor=_anchor(block.heading, seen), level=level)


def _without_marks(line: Line) -> str:
    """A heading's text without the marks of its footnotes."""
    out, at = "", 0
    for rewrite in line.fixed:
        if rewrite.rule == "footnote mark":
            out += line.written[at : rewrite.start]
            at = rewrite.end
    return (out + line.written[at:]).replace(JOINER, "")


def _level(block: Block) -> int:
    return block.heading.level if block.heading else BOLD_LEVEL


def _listed(blocks: Sequence[Block]) -> list[Block]:
    """The headings of the forum's contents list."""
    headings = [b for b in blocks if b.heading is not None and re.search(r"\w", b.line.written)]
    if len(headings) > MANY and max(map(_level, headings)) == BOLD_LEVEL:
        larger = [b for b in headings if _level(b) != BOLD_LEVEL]
        if len(larger) >= ENOUGH:
            return larger
    return headings


def _at_rules(blocks: Sequence[Block]) -> list[Block]:
    """In a post without headings: what follows each rule, unless it is only a line or two."""
    return _spaced(blocks, _after_rules(blocks), SHORT_CHARS)


def _in_long_stretches(blocks: Sequence[Block], heads: set[int]) -> list[Block]:
    """Further starts, at rules and bold lines, inside chapters that last over ten minutes."""
    added: list[Block] = []
    stretch: list[Block] = []
    for block in [*blocks, None]:
        if block is None or id(block) in heads:
            if _chars(stretch) > LONG_CHARS:
                bold = [b for b in stretch[1:] if b.heading is not None]
                added += _spaced(stretch, bold or _after_rules(stretch), LONG_CHARS // 4)
            stretch = []
        if block is not None:
            stretch.append(block)
    return added


def _after_rules(blocks: Sequence[Block]) -> list[Block]:
    found = []
    is_due = False
    for block in blocks:
        is_due = is_due or block.kind == "rule"
        if is_due and block.is_said and block.note is None and block.kind not in ("cue", "name", "caption"):
            found.append(block)
            is_due = False
    return found


def _spaced(blocks: Sequence[Block], candidates: Sequence[Block], least_chars: int) -> list[Block]:
    """Those candidates that have enough text before them and after them."""
    wanted = {id(b) for b in candidates}
    kept: list[Block] = []
    since, remaining = 0, _chars(blocks)
    for block in blocks:
        if id(block) in wanted and since >= least_chars and remaining >= least_chars:
            kept.append(block)
            since = 0
        since += len(block.line.written)
        remaining -= len(block.line.written)
    return kept


def _chars(blocks: Sequence[Block]) -> int:
    return sum(len(block.line.written) for block in blocks)


def cut_title(text: str) -> str:
    """Text -> a title of at most 80 characters, cut at a word.

    >>> cut_title("One sentence. Another.")
    'One sentence. Another.'
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(text) <= MAX_TITLE_CHARS:
        return text
    head = text[: MAX_TITLE_CHARS - 1]
    at = head.rfind(" ")
    return head[: at if at > MAX_TITLE_CHARS // 2 else None].rstrip(" ,;:–—-(") + "…"


def first_words(text: str) -> str:
    """The first sentence of `text`, as the title of an added chapter."""
    found = re.match(r".{12,}?[.?!…](?=[\"'”’)]*\s)", text)
    words = (found[0] if found else text).rstrip(".:, ")
    for opening, closing in ("“”", '""'):
        is_open = words.count(opening) > words.count(closing) if opening != closing else words.count(opening) % 2
        if is_open and words.startswith(opening) and words.find(closing, 1) < 0:
            words = words[1:]
        elif is_open:
            words += closing
    return cut_title(words)


def _anchor(heading: Heading | None, seen: dict[str, int]) -> str | None:
    """A5: every character outside [A-Za-z0-9_] becomes _, and a repeated anchor gets a number."""
    if heading is None:
        return None
    name = heading.anchor
    if name is None:
        name = re.sub(r"[^A-Za-z0-9_]", "_", heading.anchor_text)
        if name in seen:
            name = f"{name}{seen[name]}"
    base = re.sub(r"[^A-Za-z0-9_]", "_", heading.anchor_text)
    seen[base] = seen.get(base, 0) + 1
    return name or None
