"""Blocks -> the same, those without a stop of their own told how they end: ":" before a list or a quote, "," where the
sentence or the verse goes on, "." else.

Only read by what says a block that ends without a stop; nothing here looks at how a block ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from narrate.script.parts import Block

_STOPS = frozenset(",;:.?!…—–-")
#: A sentence that ends with one of these before something shown runs on into it.
_LEADING_WORDS = (
    "and or but then that which who is are was were be as by of to with for from where when so not this these in on "
    "into get have gives becomes"
)
_LEADS = frozenset(_LEADING_WORDS.split())
#: Lines enough to be verse.
MIN_VERSE = 3


def mark(blocks: Sequence[Block]) -> list[Block]:
    """The blocks of one text, each that doesn't end with a plain stop with its `ending`."""
    verse = _verse(blocks)
    out = list(blocks)
    runs_on = False  # whether the paragraph before runs on into this one
    for i, block in enumerate(blocks):
        if block.kind not in ("paragraph", "line") or not block.is_said or block.heading is not None:
            runs_on = runs_on and (_is_display(block) or not block.is_said)
            continue
        ending = "," if i in verse else _ending(blocks, i, runs_on)
        runs_on = ending == ","
        if ending != ".":
            out[i] = replace(block, ending=ending)
    return out


def _ending(blocks: Sequence[Block], at: int, runs_on: bool) -> str:
    block = blocks[at]
    following = next((b for b in blocks[at + 1 :] if b.is_said or b.kind == "rule" or b.note is not None), None)
    if following is None or following.kind in ("rule", "heading", "name") or following.note is not None:
        return "."
    if (following.kind == "item" or _opens_quote(block, following)) and not _ends_with_address(block):
        return ":"
    if block.place.speaker is not None:  # chats have neither capitals nor stops
        return "."
    if _is_formula(following) and following.place.role == block.place.role:
        return ","
    last = block.line.written.rsplit(None, 1)[-1]
    if _is_display(following) and last.lower() in _LEADS:
        return ","
    after = next((b for b in blocks[at + 1 :] if b.is_said and not _is_display(b)), None)
    if after is None or after.kind not in ("paragraph", "line") or after.place.role != block.place.role:
        return "."
    begins_small = block.line.written[:1].islower() and not _is_formula(block)
    joined = not begins_small or runs_on or after is not following or block.kind == "line"
    return "," if joined and after.line.written[:1].islower() and not _is_formula(after) else "."


def _ends_with_address(block: Block) -> bool:
    return "://" in block.line.written.rsplit(None, 1)[-1]


def _is_display(block: Block) -> bool:
    """Shown things that a sentence may run around: "... a function of type / [code] / can only be ..."."""
    return block.kind in ("caption", "row") or (block.kind == "cue" and block.line.written.startswith("["))


def _opens_quote(block: Block, following: Block) -> bool:
    """Whether a quote follows a text that isn't one."""
    opened = following.place.role == "quote" or (following.kind == "cue" and following.line.written == "Quote.")
    return block.place.role != "quote" and opened


def _is_formula(block: Block) -> bool:
    """Whether a block is a displayed formula and nothing else."""
    fixed = block.line.fixed
    return len(fixed) == 1 and fixed[0].rule == "math" and fixed[0].before == block.line.written


def _verse(blocks: Sequence[Block]) -> set[int]:
    """The lines of verse that run on: in a stanza whose lines mostly end with a sign, those that don't."""
    found: set[int] = set()
    stanza: list[int] = []
    for i, block in enumerate(blocks):
        if block.kind in ("line", "paragraph") and block.is_said:
            stanza.append(i)
            if block.kind == "line":
                continue
        if len(stanza) >= MIN_VERSE:
            bare = [j for j in stanza if blocks[j].line.written.rstrip("\"'”’)")[-1:] not in _STOPS]
            if len(bare) * 2 <= len(stanza):
                found.update(j for j in bare if j != stanza[-1])
        stanza = []
    return found
