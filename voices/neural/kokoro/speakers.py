"""Names of Kokoro's speakers: a voice pack, or several blended, "af_heart*0.6+bf_emma*0.4". Pure.

A pack's name begins with the accent it speaks, a for American and b for British, then f or m.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

#: Packs and their shares, which sum to 1.
Blend = tuple[tuple[str, float], ...]

#: By the first letter of a pack's name: eSpeak's language.
ACCENTS: Mapping[str, str] = {"a": "en-us", "b": "en"}

_PART = re.compile(r"([a-z]\w*)(?:\*(\d+(?:\.\d+)?))?")


def parse(speaker: str, packs: Collection[str]) -> Blend | None:
    """The blend a speaker's name stands for; None when it is none of these packs. Shares needn't sum to 1 there."""
    shares: dict[str, float] = {}
    for part in speaker.split("+"):
        found = _PART.fullmatch(part.strip())
        if found is None or found[1] not in packs or found[1][0] not in ACCENTS:
            return None
        shares[found[1]] = shares.get(found[1], 0.0) + float(found[2] or 1)
    whole = sum(shares.values())
    return tuple((name, share / whole) for name, share in shares.items()) if whole else None


def accent(blend: Blend) -> str:
    """The first letter of the pack with the largest share."""
    return max(blend, key=lambda part: part[1])[0][0]
