"""Names of models, chips and versions whose numbers aren't counted but read: "RTX forty ninety", "version two point zero"."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.quantity import plural, say_number, say_whole
from narrate.script.spoken.rule import DIGITS, rule


def _pairs(number: str) -> str:
    """`"4090"` -> "forty ninety", `"1080"` -> "ten eighty", `"5000"` -> "five thousand"."""
    first, last = int(number[:2]), int(number[2:])
    if last == 0:
        return numerals.cardinal(number)
    return f"{numerals.cardinal(first)} {'oh ' if last < 10 else ''}{numerals.cardinal(last)}"


def _airplane(found: re.Match[str]) -> str:
    return f"{numerals.cardinal(found[1][0])} {numerals.cardinal(found[1][1:])}" if found[1][1] != "0" else numerals.digits(found[1])


def _version(found: re.Match[str]) -> str:
    parts = found["n"].split(".")
    return "version " + " point ".join(say_whole(p) for p in parts)


def _dotted(found: re.Match[str]) -> str:
    """`"3.11"` after Python -> "three point eleven"; `"2.0.1"` -> "two point zero point one"."""
    return " point ".join(say_whole(p) for p in found["n"].split("."))


def _params(found: re.Match[str]) -> str:
    return f"{say_number(found[1])} b"


_SOFTWARE = "Python|python|PHP|Ruby|Node|Ubuntu|Debian|CUDA|PyTorch|TensorFlow|JAX|Java|macOS|iOS|Android|Django|GCC|GHC|Lean|Linux|kernel|Perl|Emacs|Windows|Chrome|Firefox|Postgres|PostgreSQL|SQLite|Go|Rust|Stan|R"

RULES = (
    rule("model", r"(?<=-)(\d+(?:\.\d+)?)b(?=-|\b)", _params, needs="b"),
    rule("hardware", r"(?:(?<=RTX )|(?<=GTX )|(?<=GeForce )|(?<=Radeon )|(?<=RX )|(?<=Ryzen \d )|(?<=Xeon ))(?P<n>\d{4})(?=[A-Z]*\b)", lambda m: _pairs(m["n"]), needs=DIGITS),
    rule("hardware", r"\b(?:Boeing|MCAS|Dreamliner) (?P<n>7\d7)\b", lambda m: f"{numerals.cardinal(m['n'][0])} {numerals.cardinal(m['n'][1:])}", needs=DIGITS, group="n"),
    rule("plural number", r"(?<![\w.,$'])(10{1,3})s(?= of\b)", lambda m: {"10": "tens", "100": "hundreds", "1000": "thousands"}[m[1]], needs="s"),
    rule("plural number", r"(?<![\w.,$'])(?P<n>\d{1,4})'?s\b(?!\w)", lambda m: plural(say_whole(m["n"])), needs="s"),
    rule("plural number", r"(?<=[A-Z])(?P<n>\d{1,4})'?s\b(?!\w)(?!' )", lambda m: plural(say_whole(m["n"])), needs="s"),
    rule("version", r"\b[vV](?:er|ersion)?\.? ?(?P<n>\d+(?:\.\d+)+)", _version, needs="vV"),
    rule("version", r"(?<![\w.])[v](?P<n>\d{1,2})(?![\w]|\.\d)", _version, needs="v"),
    rule("version", rf"(?:(?<=\b)(?:{_SOFTWARE})) (?P<n>\d+(?:\.\d+)+)(?!\w|%| ?(?:million|billion|percent))", _dotted, needs=".", group="n"),
    rule("version", r"(?<![\w.,$])(?P<n>\d+(?:\.\d+){2,})(?![\w]|\.\d)", _dotted, needs="."),
    rule("quarter", r"\bQ(?P<n>[1-4])(?=\b|[A-Z]|\d{4})", lambda m: f" {numerals.cardinal(m['n'])} ", needs="Q", group="n"),
)  # fmt: skip
