"""Fractions, odds, scores and shares: "three quarters", "three to one", "seven out of ten", "fifty fifty"."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.quantity import NUMBER, plural, say_number, say_whole
from narrate.script.spoken.rule import rule

_FIXED = {
    "24/7": "twenty-four seven", "50/50": "fifty fifty", "9/11": "nine eleven", "7/7": "seven seven",
    "20/20": "twenty twenty", "60/40": "sixty forty", "80/20": "eighty twenty", "90/10": "ninety ten",
    "70/30": "seventy thirty", "40/60": "forty sixty", "20/80": "twenty eighty", "30/70": "thirty seventy",
    "10/90": "ten ninety", "95/5": "ninety-five five", "99/1": "ninety-nine one", "4/20": "four twenty",
    "10/7": "ten seven", "1/6": "one sixth", "24/7/365": "twenty-four seven three sixty-five", "0/1": "zero one",
    "50-50": "fifty fifty", "50:50": "fifty fifty", "60-40": "sixty forty", "80-20": "eighty twenty",
}  # fmt: skip
_SINGLE = {
    "½": "one half", "⅓": "one third", "⅔": "two thirds", "¼": "one quarter", "¾": "three quarters",
    "⅕": "one fifth", "⅖": "two fifths", "⅗": "three fifths", "⅘": "four fifths", "⅙": "one sixth",
    "⅚": "five sixths", "⅐": "one seventh", "⅛": "one eighth", "⅜": "three eighths", "⅝": "five eighths",
    "⅞": "seven eighths", "⅑": "one ninth", "⅒": "one tenth", "↉": "zero thirds",
}  # fmt: skip
#: What is rated out of ten or a hundred: "a 7/10 post", "rate it 8/10".
_RATED = re.compile(
    r"(?:\b(?:a|an|was|is|rate|rated|rating|score|scored|scores|got|give|gave|solid|about|maybe|like|at|from|to|of"
    r"|with|only|feels?)\b[: ]*|^)$",
    re.I,
)


def _fixed(found: re.Match[str]) -> str | None:
    return _FIXED.get(found[0])


def _rounded(words: str) -> str:
    """`"one thousand"` -> "a thousand"; anything longer stays."""
    return "a" + words[3:] if words in ("one hundred", "one thousand", "one million", "one billion") else words


def say_fraction(top: int, bottom: int) -> str:
    """1, 2 -> "one half"; 3, 4 -> "three quarters"; 17, 300 -> "seventeen over three hundred"."""
    if bottom in (2, 4):
        name = "half" if bottom == 2 else "quarter"
        many = "halves" if bottom == 2 else "quarters"
        return f"{numerals.cardinal(top)} {name if top == 1 else many}"
    if top == 1 and bottom >= 100:
        return f"one in {_rounded(numerals.cardinal(bottom))}"
    if bottom < 2 or top > bottom or (bottom > 20 and bottom not in (25, 30, 32, 40, 50, 60, 64, 100, 1000)):
        return f"{numerals.cardinal(top)} over {numerals.cardinal(bottom)}"
    name = numerals.ordinal(bottom)
    return f"{numerals.cardinal(top)} {name if top == 1 else plural(name)}"


def _fraction(found: re.Match[str]) -> str:
    top, bottom = (int(n.replace(",", "")) for n in (found["a"], found["b"]))
    if top in (0, bottom):
        return f"{numerals.cardinal(top)} out of {numerals.cardinal(bottom)}"
    text = found.string
    before = text[max(0, found.start() - 16) : found.start()]
    if (
        bottom in (5, 10, 100)
        and 0 <= top <= bottom
        and top != 1
        and not re.match(r" (?:of|as|the|in)\b|ths?\b", text[found.end() : found.end() + 12])
    ):
        return f"{numerals.cardinal(top)} out of {numerals.cardinal(bottom)}"
    if top > 1 and bottom >= 10 and top <= bottom and (bottom > 12 or _RATED.search(before)):
        return f"{numerals.cardinal(top)} out of {numerals.cardinal(bottom)}"
    return say_fraction(top, bottom)


def _mixed(found: re.Match[str]) -> str:
    return f"{numerals.cardinal(found['w'])} and {_halved(say_fraction(int(found['a']), int(found['b'])))}"


def _halved(said: str) -> str:
    return "a" + said[3:] if said.startswith("one ") else said


def _stars(found: re.Match[str]) -> str:
    full, all_ = found[0].count("★") + found[0].count("⭐"), len(found[0])
    stars = "star" if full == 1 else "stars"
    return (
        f"{numerals.cardinal(full)} {stars}"
        if full == all_
        else f"{numerals.cardinal(full)} out of {numerals.cardinal(all_)} stars"
    )


def _single(found: re.Match[str]) -> str:
    said = _SINGLE[found["f"]]
    return f"{say_number(found['w'])} and {_halved(said)}" if found["w"] else said


def _ratio(found: re.Match[str]) -> str:
    parts = [say_number(n) for n in found[0].replace(" ", "").split(":")]
    parts[-1] = _rounded(parts[-1])
    return " to ".join(parts)


def _sequence(found: re.Match[str]) -> str:
    """`1-2-3` by its numbers; a phone number, ISBN or serial digit by digit."""
    parts = re.split(r"[-–]", found[0])
    if any(len(part) > 3 or (len(part) > 1 and part[0] == "0") for part in parts):
        return ", ".join(numerals.digits(part) for part in parts)
    return " ".join(say_whole(part) for part in parts)


_SIGNS = "".join(_SINGLE)

_BOOKS = (
    "Genesis|Exodus|Leviticus|Numbers|Deuteronomy|Psalms?|Proverbs|Ecclesiastes|Isaiah|Jeremiah|Matthew|Mark|Luke|John|"
    "Acts|Romans|Corinthians|Galatians|Ephesians|Philippians|Revelation|Hebrews|Job"
)

RULES = (
    rule("stars", r"[★⭐]{2,}☆*|[★⭐]☆+", _stars, needs="★⭐"),
    rule(
        "one on one",
        r"\b1:1(s?)\b(?=\W|$)(?:(?<=s)|(?= (?:with|meeting|call|chat|session)))",
        lambda m: f"one on one{m[1]}",
        needs=":",
    ),
    rule(
        "verse",
        rf"\b(?:{_BOOKS}) (?P<n>\d{{1,3}}:\d{{1,3}})",
        lambda m: " ".join(map(say_whole, m["n"].split(":"))),
        needs=":",
        group="n",
    ),
    rule(
        "part of",
        r"\b[Pp]art (?P<n>\d{1,2}/\d{1,2})\b",
        lambda m: " of ".join(map(say_whole, m["n"].split("/"))),
        needs="/",
        group="n",
    ),
    rule(
        "fixed expression",
        r"(?<![\w.,/:$-])(?:\d{1,2}/\d{1,2}(?:/365)?|\d0-\d0|50:50)(?![\w/%]|[.,:-]\d)",
        _fixed,
        needs="/-:",
    ),
    rule("fraction", rf"(?:(?P<w>\d+)\s?)?(?P<f>[{_SIGNS}])", _single, needs=_SIGNS),
    rule(
        "fraction",
        r"(?<![\w.,/:$-])(?P<w>\d{1,3})[ -](?P<a>[1-9])/(?P<b>2|3|4|5|6|8|16)(?!\w|/|[.,]\d)",
        _mixed,
        needs="/",
    ),
    rule(
        "fraction",
        r"(?<![\w.,/:$])(?<![A-Za-z]-)(?P<a>\d{1,3}(?:,\d{3})+|\d{1,4})(?: ?/ ?)(?P<b>\d{1,3}(?:,\d{3})+|\d{1,10})"
        r"(?:ths?\b|rds?\b|nds?\b)?(?!\w|/|[.,]\d|%)",
        _fraction,
        needs="/",
    ),
    rule(
        "ratio",
        rf"(?<![\w.,/:])(?!\d{{10}}){NUMBER}(?: ?: ?(?!\d{{10}}){NUMBER}){{1,4}}(?![\w/:]|[.,]\d)(?<!\d: \d)(?<!\d: "
        rf"\d\d)(?<!\d: \d\d\d)(?<!\d: \d\d\d\d)",
        _ratio,
        needs=":",
    ),
    rule("ratio", r"(?<![\w.,/:-])(?P<n>1:)(?=\ue000{4})", "one to ", needs=":"),
    rule("sequence", r"(?<![\w.,/:-])\d{1,3}(?:[-–]\d{1,7}){2,}(?![\w-]|[.,]\d)", _sequence, needs="-–"),
    rule(
        "score",
        r"(?<![\w.,/:$])(?P<a>\d{1,2}\.\d)(?: ?/ ?)(?P<b>5|10|100|(?:4|5|10)\.0)(?!\w|/|[.,]\d|%)",
        lambda m: f"{say_number(m['a'])} out of {say_number(m['b'])}",
        needs="/",
    ),
    rule("one over", r"(?<![\w.,/])(?P<n>1)/(?=[A-Za-z]\b)", "one over ", needs="/"),
)
