"""Models, chips and versions, whose numbers aren't counted but read: "RTX forty ninety", "version two point zero"."""

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
    return (
        f"{numerals.cardinal(found[1][0])} {numerals.cardinal(found[1][1:])}"
        if found[1][1] != "0"
        else numerals.digits(found[1])
    )


def _version(found: re.Match[str]) -> str:
    parts = found["n"].split(".")
    return "version " + " point ".join(say_whole(p) for p in parts)


def _dotted(found: re.Match[str]) -> str:
    """`"3.11"` after Python -> "three point eleven"; `"2.0.1"` -> "two point zero point one"."""
    return " point ".join(say_whole(p) for p in found["n"].split("."))


def _params(found: re.Match[str]) -> str:
    return f"{say_number(found[1])} b"


_TIMED = re.compile(r"\b(?:for|every|after|within|takes?|took|than|an?|in|under|over|about|of|last(?:s|ed)?|[~<>]) ?\Z")


def _plural(found: re.Match[str]) -> str | None:
    """`0s and 1s`, `747s`; but "30s" and "for 5s" are seconds, which the units say."""
    n = found["n"]
    before = found.string[max(0, found.start() - 4) : found.start()]
    if before.lower() == "the ":
        return plural(say_whole(n))
    timed = len(n) == 1 and _TIMED.search(found.string, max(0, found.start() - 9), found.start())
    seconds = "'" not in found[0] and (timed or len(n) == 2)
    return None if seconds else plural(say_whole(n))


def _form(found: re.Match[str]) -> str:
    """`501(c)(3)` -> "five oh one c three"."""
    first, last = found[1][0], found[1][2]
    rest = " ".join(numerals.cardinal(c) if c.isdigit() else c for c in found[2] if c.isalnum())
    return f"{numerals.cardinal(first)} oh {numerals.cardinal(last)} {rest}"


_ROUND = {
    "10": "tens", "100": "hundreds", "1000": "thousands", "1,000": "thousands", "10,000": "tens of thousands",
    "100,000": "hundreds of thousands", "1,000,000": "millions",
}  # fmt: skip
_SOFTWARE = (
    "Python|python|PHP|Ruby|Node|Ubuntu|Debian|CUDA|PyTorch|TensorFlow|JAX|Java|macOS|iOS|Android|Django|GCC|GHC|Lean|"
    "Linux|kernel|Perl|Emacs|Windows|Chrome|Firefox|Postgres|PostgreSQL|SQLite|Go|Rust|Stan|R"
)

RULES = (
    rule(
        "telephone",
        r"(?:(?<=[Cc]all )|(?<=[Dd]ial )|(?<=[Cc]alled ))911\b|\b911(?= calls?\b| operator)",
        "nine one one",
        needs="9",
    ),
    rule("form", r"\b(401|403)(k)\b", _form, needs="k"),
    rule("model", r"\b[A-Z]{2,}(?P<n>v)(?=\d)", "v", needs="v", group="n"),
    rule("form", r"\b(401|403|501)(\([a-z]\)(?:\(\d\))?)", _form, needs="("),
    rule(
        "resolution",
        r"\b([48])K(?= (?:video|display|monitor|TV|resolution|screen|movie|footage))",
        lambda m: f"{numerals.cardinal(m[1])} K",
        needs="K",
    ),
    rule("model", r"(?<=-)(\d+(?:\.\d+)?)b(?=-|\b)", _params, needs="b"),
    rule(
        "hardware",
        r"(?:(?<=RTX )|(?<=GTX )|(?<=GeForce )|(?<=Radeon )|(?<=RX )|(?<=Ryzen \d )|(?<=Xeon ))(?P<n>\d{4})"
        r"(?=[A-Z]*\b)",
        lambda m: _pairs(m["n"]),
        needs=DIGITS,
    ),
    rule(
        "hardware",
        r"\b(?:Boeing|MCAS|Dreamliner) (?P<n>7\d7)\b",
        lambda m: f"{numerals.cardinal(m['n'][0])} {numerals.cardinal(m['n'][1:])}",
        needs=DIGITS,
        group="n",
    ),
    rule(
        "plural number",
        r"(?<![\w.,$'])(10{1,3}|1,000|10,000|100,000|1,000,000)s(?= of\b)",
        lambda m: _ROUND[m[1]],
        needs="s",
    ),
    rule("plural number", r"(?<![\w.,:$'-])(?P<n>\d{1,4})'?s\b(?!\w)", _plural, needs="s"),
    rule("plural number", r"(?<=[A-Z])(?P<n>\d{1,4})'?s\b(?!\w)(?!' )", lambda m: plural(say_whole(m["n"])), needs="s"),
    rule("version", r"\b[vV](?:er|ersion)?\.? ?(?P<n>\d+(?:\.\d+)+)", _version, needs="vV"),
    rule("version", r"(?<![\w.])[v](?P<n>\d{1,2})(?![\w]|\.\d)", _version, needs="v"),
    rule(
        "version",
        rf"(?:(?<=\b)(?:{_SOFTWARE})) (?P<n>\d+(?:\.\d+)+)(?!\w|%| ?(?:million|billion|percent))",
        _dotted,
        needs=".",
        group="n",
    ),
    rule("section", r"^(?P<n>\d{1,2}(?:\.\d{1,2})+)(?=\.? [A-Z\"])(?! (?:[LVWJNK]|[kMGTP]B)\b)", _dotted, needs="."),
    rule("version", r"(?<![\w.,$])(?P<n>\d+(?:\.\d+){2,})(?![\w]|\.\d)", _dotted, needs="."),
    rule(
        "quarter",
        r"(?<![A-Za-z])Q(?P<n>[1-4])(?![A-Za-z.]|\d(?!\d{3}))",
        lambda m: numerals.cardinal(m["n"]),
        needs="Q",
        group="n",
    ),
)
