"""Spoilers -> announced with their length, then said, then closed."""

from __future__ import annotations

from dataclasses import replace

from bs4 import Tag

from narrate.script import paragraphs
from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Place, Walk, cue

#: A narrator's pace, for saying how long a spoiler is.
WORDS_PER_S = 2.6


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """`.spoilers`, `.spoiler`, whether a box or a paragraph."""
    inside = replace(place, is_hidden=True)
    if element.name == "p" and not walk.has_blocks(element):
        blocks = paragraphs.from_nodes(element.contents, inside, walk)
    else:
        blocks = walk.blocks(element.contents, inside)
    n_words = sum(len(b.line.written.split()) for b in blocks)
    if not n_words:
        return blocks
    return [cue(f"Spoiler, {_lasting(n_words / WORDS_PER_S)}.", place), *blocks, cue("End of spoiler.", place)]


def _lasting(seconds: float) -> str:
    if seconds < 8:
        return "a few seconds"
    if seconds < 55:
        return f"about {cardinal(5 * round(seconds / 5))} seconds"
    minutes = max(1, round(seconds / 60))
    return "about a minute" if minutes == 1 else f"about {cardinal(minutes)} minutes"
