"""The door's functions: a formula's TeX -> Said(spoken, written), or None when it can't be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from narrate.script.math.facts import gather_facts
from narrate.script.math.macros import Macro
from narrate.script.math.parse import parse
from narrate.script.math.pieces import finish
from narrate.script.math.speech import Reader
from narrate.script.math.summary import stand_in
from narrate.script.math.tokens import Unreadable
from narrate.script.math.unicode import show

_NO_MACROS: Mapping[str, Macro] = {}


@dataclass(frozen=True, slots=True)
class Said:
    """`spoken`: words only. `written`: readable Unicode. `summarised`: `spoken` is a stand-in, list the TeX."""

    spoken: str
    written: str
    summarised: bool = False


def say(tex: str, macros: Mapping[str, Macro] = _NO_MACROS, display: bool = False) -> Said | None:
    """One formula's TeX -> its reading.

    None when it can't be read, and for blank source. Definitions alone (`\\newcommand…`) give an empty Said: nothing is
    visible, so there is nothing to list. `display` reads relations as verbs and sums up what is too long for the ear.
    """
    return _say(tex, tuple(sorted(macros.items(), key=lambda item: item[0])), display)


@lru_cache(maxsize=4096)
def _say(tex: str, macros: tuple[tuple[str, Macro], ...], display: bool) -> Said | None:
    try:
        tree = parse(tex, dict(macros))
    except Unreadable:
        return None
    reader = Reader(gather_facts(tree, display=display))
    spoken = finish(reader.row(tree))
    instead = stand_in(reader, tree, spoken, display=display)
    if not spoken:
        return Said("", "") if tex.strip() and not tree.items else None
    return Said(spoken if instead is None else instead, show(tree), summarised=instead is not None)


#: What a person who types plain text means by a raised or lowered part: all of a number, a word, a bracket.
_PLAIN_SCRIPT = re.compile(
    r"(?P<mark>\^|_)(?:\((?P<bracket>[^()]*)\)|\{(?P<brace>[^{}]*)\}|(?P<run>[-−+]?\d+(?:[.,]\d+)*%?|[-−+]?[^\W\d_]+\d*|[-−+*]))"
)


#: Greek letters spelled out: e^(i*pi).
_GREEK = re.compile(
    r"(?<![A-Za-z\\])(alpha|beta|gamma|delta|epsilon|theta|lambda|mu|pi|rho|sigma|tau|phi|psi|omega)(?![A-Za-z])"
)


def _grouped(typed: str) -> str:
    """Scripts in marks that stand for braces, the ones within them too: 10^(10^100)."""

    def group(found: re.Match[str]) -> str:
        inside = found["bracket"] or found["brace"] or ""
        return f"{found['mark']}\ue000{_grouped(inside) if inside else found['run'] or ''}\ue001"

    return _PLAIN_SCRIPT.sub(group, typed)


def say_text(plain: str) -> str | None:
    """Math typed as plain text, `P(A|B)`, `x_i`, `2^10`, `x^(n+1)` -> words; None when there is nothing to say."""
    typed = _GREEK.sub(r"\\\1 ", re.sub(r"\*\*(?=\S)", "^", plain))
    escaped = re.sub(
        r"(?<!\\)[{}%#&$~]", lambda found: "\\sim " if found[0] == "~" else "\\" + found[0], _grouped(typed)
    )
    said = say(escaped.replace("\ue000", "{").replace("\ue001", "}"))
    return said.spoken if said is not None and said.spoken else None
