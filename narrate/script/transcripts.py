"""Written-out conversations ("Alice: ... Bob: ...") -> each line in its speaker's voice.

The names are text and are said as they stand; only the voice is decided here. A label must come back and take turns
with another to be a person: "Note:" and "Term: definition" are no speakers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from narrate.script.parts import Block

_LABEL = re.compile(r"(?P<name>[A-Z][^\W_]*(?:[ .'’-]{1,2}[A-Z][^\W_]*){0,2}\.?)(?: ?\([^()]{1,30}\))?:(?=\s|\Z)")
_NO_NAMES = frozenset(
    {"note", "edit", "update", "example", "summary", "claim", "proof", "theorem", "lemma", "definition", "pro", "con"}
    | {"pros", "cons", "answer", "question", "source", "related", "warning", "caveat", "step", "option", "case", "tldr"}
    | {"input", "output", "prompt", "response", "before", "after", "problem", "solution", "objection", "reply"}
)
#: So often must two names come back, and so much of what lies between must be labelled.
MIN_TURNS, MIN_SHARE = 3, 0.4


def assign(blocks: Sequence[Block]) -> list[Block]:
    """The blocks of a conversation with their speakers; other blocks as they are."""
    labels = {i: name for i, block in enumerate(blocks) if (name := _label(block))}
    turns = Counter(labels.values())
    names = {name for name, n in turns.items() if n >= MIN_TURNS}
    at = [i for i, name in labels.items() if name in names]
    if len(names) < 2 or not _alternates([labels[i] for i in at]):
        return list(blocks)
    inside = [i for i in range(at[0], at[-1] + 1) if _is_line(blocks[i])]
    if len(at) < MIN_SHARE * len(inside):
        return list(blocks)
    out = list(blocks)
    speaker = None
    for i in range(at[0], at[-1] + 1):
        if blocks[i].kind == "heading":
            speaker = None
        speaker = labels[i] if i in labels and labels[i] in names else speaker
        if speaker and _is_line(blocks[i]):
            out[i] = replace(blocks[i], place=replace(blocks[i].place, speaker=speaker))
    return out


def _label(block: Block) -> str | None:
    found = _LABEL.match(block.line.written) if _is_line(block) else None
    return found["name"] if found and found["name"].lower() not in _NO_NAMES else None


def _is_line(block: Block) -> bool:
    return (
        block.kind in ("paragraph", "line")
        and block.is_said
        and block.place.speaker is None
        and block.place.role in ("prose", "quote")
    )


def _alternates(names: Sequence[str]) -> bool:
    """Whether the speaker changes more often than not."""
    changes = sum(a != b for a, b in pairwise(names))
    return changes * 2 >= len(names) - 1
