"""Raised and lowered text -> ordinals, exponents, indices, hand-made footnote marks, by what they stand at.

`5<sup>th</sup>`, `10<sup>15</sup>`, `x<sub>i</sub>`, `political<sup>1</sup>`. Written as Unicode, so that what is read
on a page (one word, "10" raised "15") stays one word.
"""

from __future__ import annotations

import re

from bs4 import Tag

from narrate.script import math
from narrate.script.parts import Walk
from narrate.script.pen import Pen
from narrate.script.visible import tidy

_RAISED = str.maketrans("0123456789+-−=()abcdefghijklmnoprstuvwxyzTN*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴺ*")
_LOWERED = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|e|eme|ème)\Z")
_WORDS = re.compile(r"(?:TM|SM|R|C|[™®©])\Z|.*\s")
_NUMBERS = re.compile(r"\[?\d{1,3}(?:[,;–-]\s?\d{1,3})*\]?\Z|[*†‡§]+\Z")
#: A word that takes an exponent: one letter, a number, a unit.
_BASE = re.compile(r"(?:[A-Za-zα-ωΑ-Ω]|\d+|[kcmµn]?m|ft|in|sec|km|yd|mi)\Z")


def write(element: Tag, pen: Pen, walk: Walk) -> None:
    """<sup>, <sub>."""
    text = tidy(element.get_text())
    base = pen.last_word
    if element.find(["a", "img", "br", "math", "span"]) is not None and not _is_plain(element):
        if not _is_linked_mark(element, walk) or not _NUMBERS.match(text) or not _takes_note(base, pen.last):
            return walk.write(element.contents, pen)
        return pen.fix(_raised(text), "", "footnote mark")
    if not text:
        return None
    if element.name == "sup" and _NUMBERS.match(text) and _takes_note(base, pen.last):
        return pen.fix(_raised(text), "", "footnote mark")
    if _ORDINAL.match(text) or _WORDS.match(text) or len(text) > 12:
        return pen.text(text)
    sign, script = ("^", _raised(text)) if element.name == "sup" else ("_", _lowered(text))
    tex = f"{base}{sign}{{{text}}}"
    rule = "raised" if element.name == "sup" else "lowered"
    if not base or not pen.can_glue(base):
        alone = math.say(f"x{sign}{{{text}}}")
        said_alone = alone.spoken.removeprefix("x").strip() if alone else ""
        return pen.fix(script, f" {said_alone}", rule, tex) if said_alone and pen.last != " " else pen.text(script)
    said = math.say(tex)
    if said is None:
        return pen.text(script)
    return pen.glue(base, script, said.spoken, rule, tex)


def _takes_note(base: str, last: str) -> bool:
    """Whether a raised number there is a footnote's: after a word or a stop, not after a variable, number or unit."""
    return not _BASE.match(base) if base else last not in (")", "]")


def _is_linked_mark(element: Tag, walk: Walk) -> bool:
    """`<sup><a href="#note1">1</a></sup>`, to a place on the page that isn't one of the notes already known."""
    links = element.find_all("a")
    here = [str(link.get("href") or "").rpartition("#")[2] for link in links if "#" in str(link.get("href") or "")]
    return bool(here) and not any(fragment in walk.notes or fragment in walk.back_links for fragment in here)


def _is_plain(element: Tag) -> bool:
    """Only spans inside, and those without a class: the residue of an import."""
    return all(inner.name == "span" and not inner.get("class") for inner in element.find_all(True))


def _raised(text: str) -> str:
    return _shifted(text, _RAISED)


def _lowered(text: str) -> str:
    return _shifted(text, _LOWERED)


def _shifted(text: str, table: dict[int, int]) -> str:
    """`text` in raised or lowered characters if every one of them has such a form, else as it is."""
    return text.translate(table) if all(ord(char) in table for char in text) else text
