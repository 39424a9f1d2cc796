"""Powers and scientific notation -> "ten to the minus six", "three e minus four"; signs are never lost."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.quantity import NUMBER, say_number
from narrate.script.spoken.rule import rule

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_EXPONENT = (
    r"(?:\^ ?\{ ?(?P<e1>[-−–+]?[\d.,]+|[a-z]) ?\}|"
    r"(?:\^|\*\*) ?\(?(?P<e2>[-−–]?(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)|[a-zA-Z](?!\w))\)?|"
    r"(?P<e3>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|ⁿ))"
)
_TIMES = r"(?:\s?[×x*·⋅]\s?)"


def say_exponent(text: str, base: str) -> str:
    """`"-6"` over "10" -> "to the minus six"; a square or cube of anything but ten has its own name."""
    plain = text.translate(_SUPERSCRIPT).replace("−", "-").replace("–", "-").lstrip("+")
    if base != "10" and plain in ("2", "3"):
        return "squared" if plain == "2" else "cubed"
    if plain.startswith("-"):
        return f"to the minus {_value(plain[1:])}"
    return f"to the {_value(plain)}"


def _value(text: str) -> str:
    return text if text.isalpha() else say_number(text)


def _exponent(found: re.Match[str]) -> str:
    return found["e1"] or found["e2"] or found["e3"]


def _power(found: re.Match[str]) -> str:
    times = f"{say_number(found['c'])} times " if found["c"] else ""
    base = found["base"]
    dollars = " dollars" if found["dollars"] else ""
    return (
        f"{times}{say_number(base)} {say_exponent(_exponent(found), base)}{dollars}{' minus' if found['minus'] else ''}"
    )


def _scientific(found: re.Match[str]) -> str:
    sign = {"-": "minus ", "−": "minus ", "–": "minus "}.get(found["s"] or "", "")
    dollars = " dollars" if found["dollars"] else ""
    return f"{say_number(found['a'])} e {sign}{numerals.cardinal(found['n'])}{dollars}"


RULES = (
    rule(
        "power",
        rf"(?<![\w.,^/])(?P<dollars>\$)?(?:(?P<c>{NUMBER}){_TIMES})?(?P<base>\d[\d,]*(?:\.\d+)?){_EXPONENT}(?![\w])(?P<minus>-(?=\d))?",
        _power,
        needs="^*⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ",
    ),
    rule(
        "scientific",
        rf"(?<![\w.,])(?P<dollars>\$)?(?P<a>{NUMBER})[eE](?P<s>[-−–+])?(?P<n>\d{{1,4}})(?![\w.]\d|\w)",
        _scientific,
        needs="eE",
    ),
)
