"""Spoken text -> where its sentences end, and where a sentence may be cut.

It works on normalised text: no digits, no addresses, no abbreviations are left, which removes most of what splitters
get wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

#: A stop, what closes with it, white space, then something that can begin a sentence.
_END = re.compile(r"(?P<stop>[.!?…]+)(?P<close>[\"')\]”’]*)(?P<gap>\s+)(?=[\"'(\[“‘–—-]*\s?(?P<next>\w))")
_INITIAL = re.compile(r"(?:^|[\s(\"'“‘])[A-Z]$")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|cf|etc|eg|ie|al|Inc|Ltd|Co|No|approx|ca|Gen|Gov|Rev)$")

_CLAUSES = (
    re.compile(r"[;:](?=\s)\s*|\s+[—–-]+\s+|[—–](?=\w)|…\s+(?=[a-z])"),
    re.compile(r",[\"'”’]?\s+(?=(?:and|but|or|which|who|because|so|while|where|when|if|then|though|although|as)\b)"),
    re.compile(r"[,)][\"'”’]?\s+|\s+(?=\([^()]{60})"),
    re.compile(
        r"(?<! to)(?<! of)(?<! in)(?<! by)(?<! on)(?<! at)(?<! for)(?<! with)(?<! from)\s+(?=(?:and|but|or|nor|that|"
        r"which|who|because|so|while|where|when|if|then|though|although|since|unless|until|before|after|whether|how|why)\b)"
    ),
    re.compile(r"\s+(?=(?:to|of|for|in|on|at|by|with|from|into|about|over|under|between|through|as|than)\b)"),
    re.compile(r"\s+"),
)
#: The first signs of these are worth a place outside brackets before any place inside them.
_N_STRONG = 4


def sentence_ends(text: str, openers: Set[int] = frozenset()) -> list[int]:
    """Offsets at which a sentence has ended and the next begins, white space before it; never 0 or the length.

    `openers`: offsets of words that may begin a sentence in small letters.
    """
    ends = []
    for found in _END.finditer(text):
        begins = found["next"].isupper() or not found["next"].isalpha() or found.start("next") in openers
        if not begins and not (found["stop"] in ("?", "!") and found["close"] and text[found.end()] in "\"'(“‘"):
            continue
        before = text[max(0, found.start() - 8) : found.start()]
        if found["stop"] == "." and (
            (_INITIAL.search(before) and not before.endswith(" I")) or _ABBREVIATION.search(before)
        ):
            continue
        ends.append(found.end())
    return ends


def clause_ends(text: str) -> Iterator[list[int]]:
    """Where a long sentence may be cut, the best places first.

    The strongest signs first: ; : — then comma and conjunction, comma, conjunction, preposition, words; but a place
    outside brackets is better than a stronger sign inside them.
    """
    for pattern in _CLAUSES[:_N_STRONG]:
        yield [found.end() for found in pattern.finditer(text) if _is_outside(text, found.end())]
    for pattern in _CLAUSES:
        yield [found.end() for found in pattern.finditer(text)]


def _is_outside(text: str, at: int) -> bool:
    return text.count("(", 0, at) <= text.count(")", 0, at)
