"""Clock times -> "seven thirty P M", "nineteen hundred"; a ratio with two-digit ends is left to the ratios."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.rule import DIGITS, rule

_HALF = r"(?P<half>\s?[aApP]\.?[mM]\b(?:\.(?=\s*[a-z,;:)\d–-]|\s[(]|\s+[A-Z]{2,4}\b)|(?<=\.[mM])(?=\.))?)"
_RATIO_BEFORE = re.compile(
    r"(?:odds(?: ratio)?|ratio|split|ratios)(?: of)?(?: (?:about|roughly|around))? $|betting $", re.I
)
_RATIO_AFTER = re.compile(
    r" ?-?(?:odds|ratio|chance|bet|against|in favou?r|prior|split|leverage|scale|mix|likelihood)\b", re.I
)


#: A time zone right after "7 pm": its letters must not run into the M.
_ZONE = re.compile(r" [A-Z]{2,4}\b")


def say_clock(hour: int, minute: int | None, half: str) -> str:
    """19, 5 -> "nineteen oh five"; 7, 0 -> "seven o'clock"; 7, 30, "pm" -> "seven thirty P M"."""
    said = numerals.cardinal(hour)
    suffix = f" {half[0].upper()} M" if half else ""
    if minute is None:
        return said + suffix
    if minute:
        return f"{said} {'oh ' if minute < 10 else ''}{numerals.cardinal(minute)}{suffix}"
    if half:
        return said + suffix
    if hour == 0:
        return "midnight"
    return f"{said} hundred" if hour > 12 else f"{said} o'clock"


def _half(found: re.Match[str], group: str) -> str:
    return re.sub(r"[^apAP]", "", found[group] or "")


def _minute(text: str | None) -> int | None:
    return None if text is None else int(text)


def _half_day(found: re.Match[str]) -> str | None:
    """`7:30pm`, `7 p.m.`, `1:30–3pm`."""
    half = _half(found, "half")
    clings = bool(_ZONE.match(found.string, found.end()))
    last = say_clock(int(found["h2"]), _minute(found["m2"]), half)
    if clings:
        last = last.replace(f"{half[0].upper()} M", f"{half[0].upper()}M")
    if not found["h1"]:
        return last if int(found["h2"]) <= 24 else None
    first = say_clock(int(found["h1"]), _minute(found["m1"]) or None, _half(found, "half1"))
    return f"{first} to {last}"


def _clock(found: re.Match[str]) -> str | None:
    hour, minute = int(found["h"]), int(found["m"])
    text = found.string
    if _RATIO_BEFORE.search(text, max(0, found.start() - 30), found.start()) or _RATIO_AFTER.match(text, found.end()):
        return None
    said = say_clock(hour, minute, "")
    if found["s"]:
        second = numerals.cardinal(found["s"].lstrip("0") or "0")
        return f"{numerals.cardinal(hour)} {_two(found['m'])} {'oh ' if int(found['s']) < 10 else ''}{second}"
    if found["h2"]:
        return f"{said} to {say_clock(int(found['h2']), int(found['m2']), '')}"
    return said


def _two(digits: str) -> str:
    n = int(digits)
    return f"oh {numerals.cardinal(n)}" if n < 10 else numerals.cardinal(n)


_HOUR = r"(?:2[0-4]|1\d|0?\d)"

RULES = (
    rule("time", r"(?<=\ue000)T(?=\d\d:)", " at ", needs="T"),
    rule(
        "time",
        rf"(?<![\w.:,$-])(?:(?P<h1>{_HOUR})(?:[:.](?P<m1>[0-5]\d))?(?P<half1>\s?[aApP]\.?[mM]\.?)?(?:\s?[-–—]\s?"
        rf"|\sto\s))?"
        rf"(?P<h2>{_HOUR})(?:[:.](?P<m2>[0-5]\d))?{_HALF}",
        _half_day,
        needs=DIGITS,
    ),
    rule(
        "time",
        r"(?<![\w.:,$/-])(?P<h>2[0-4]|1\d|0?\d):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?:\s?[-–—]\s?(?P<h2>2[0-4]|1\d"
        r"|0?\d):(?P<m2>[0-5]\d))?(?:(?=Z\b|\.\d{3}Z)|(?![\w:]|[.,]\d|/\d))",
        _clock,
        needs=":",
    ),
    rule("time", r"(?<=\ue000)(?:\.\d+)?Z\b", "UTC", needs="Z"),
    rule("time", r"(?<=\ue000 )[AP]M\b", lambda m: f"{m[0][0]} M", needs="M"),
)
