"""How long the silence before and after each kind of block is, in seconds.

From the table of what good readers do: structure is heard as silence, not as words.
"""

from __future__ import annotations

from narrate.script.parts import Block, Kind

#: kind -> (before, after) in seconds. A pause is the longer of what the two blocks beside it ask for.
PAUSES_S: dict[Kind, tuple[float, float]] = {
    "heading": (0.9, 0.5),
    "paragraph": (0.0, 0.55),
    "item": (0.0, 0.35),
    "line": (0.0, 0.3),
    "row": (0.0, 0.35),
    "cue": (0.4, 0.4),
    "name": (0.5, 0.25),
    "caption": (0.4, 0.4),
    "note": (0.4, 0.4),
    "rule": (1.2, 0.0),
    "quote": (0.5, 0.0),
    "unquote": (0.0, 0.6),
    "nothing": (0.0, 0.0),
}
#: Around a heading that opens a chapter.
CHAPTER_S = (1.3, 0.7)
OPENING_S = 1.0
#: Between two sentences of one block, and where a long sentence is cut at a comma.
SENTENCE_S = 0.2
CLAUSE_S = 0.08


def before_s(block: Block, is_chapter: bool) -> float:
    return CHAPTER_S[0] if is_chapter else PAUSES_S[block.kind][0]


def after_s(block: Block, is_chapter: bool) -> float:
    return CHAPTER_S[1] if is_chapter and block.kind == "heading" else PAUSES_S[block.kind][1]
