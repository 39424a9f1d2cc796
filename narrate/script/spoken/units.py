"""Units after a number -> their names: "ten kilometers per hour", "a ten gigabyte file", "six feet two inches"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from narrate.script import numerals
from narrate.script.spoken.quantity import RANGE, START, is_attributive, is_one, say_number, say_range
from narrate.script.spoken.rule import DIGITS, GAP, rule
from narrate.script.spoken.unit_names import AREA, PER, UNITS

#: One-letter units are taken only where nothing else is likely.
_SHY_UNITS = "A AU B Gb IU J K L MP Mb Mt N V W cal d fs ft g gal h ha in kt l ly m mi min mo ms oz pc pm ps s sec us y"
_SHY = frozenset(_SHY_UNITS.split())
#: After a space, "s", "m", "h" and the like are units only before a stop or a slash.
_ALONE = r"(?=[\s,;:)\]!?—–\-]|\.(?:\s|$)|$)"
_PER_UNIT = rf"(?:\s?/\s?(?P<per>{'|'.join(sorted(map(re.escape, PER), key=len, reverse=True))})(?![\w²³^]))"
_MORE = r"(?P<more>\+)?"


def _name(found: re.Match[str], one: str, many: str) -> str:
    """The unit after its quantity: one or many; a square or cubic one says so first."""
    return one if is_one(found) or is_attributive(found) else many


def _say(found: re.Match[str]) -> str:
    one, many = UNITS[found["u"]]
    per = f" per {PER[found['per']]}" if found["per"] else ""
    name = many if per and not is_one(found) else _name(found, one, many)
    more = " plus" if found["more"] else ""
    return f"{say_range(found)}{more} {name}{per}"


def _after_gap(found: re.Match[str]) -> str:
    """A unit whose number has been said already: "7.8 billion km", "10^6 kg"."""
    _one, many = UNITS[found["u"]]
    return f" {many}" + (f" per {PER[found['per']]}" if found["per"] else "")


def _area(found: re.Match[str]) -> str:
    one, many = AREA[found["u"]]
    kind = "square" if found["e"] in ("2", "²") else "cubic"
    return f"{say_range(found)} {kind} {_name(found, one, many)}"


def _feet(found: re.Match[str]) -> str:
    feet, inches = found["f"], found["i"]
    said = f"{say_number(feet)} {'foot' if feet == '1' else 'feet'}"
    return said if not inches else f"{said} {say_number(inches)} {'inch' if inches == '1' else 'inches'}"


def _inches(found: re.Match[str]) -> str:
    return f"{say_range(found)} {_name(found, 'inch', 'inches')}"


def _hours(found: re.Match[str]) -> str:
    parts = [(found["h"], "hour"), (found["m"], "minute"), (found["s"], "second")]
    return " ".join(f"{say_number(n)} {name}{'' if n == '1' else 's'}" for n, name in parts if n)


_BARE = {
    "km/h": "kilometers per hour", "m/s": "meters per second", "FLOP/s": "FLOP per second",
    "FLOPs/s": "FLOPs per second", "FLOP/sec": "FLOP per second", "FLOP/s/$": "FLOP per second per dollar",
    "req/s": "requests per second", "tok/s": "tokens per second", "tokens/s": "tokens per second",
    "kWh": "kilowatt hours", "GB/s": "gigabytes per second", "MB/s": "megabytes per second", "mph": "miles per hour",
}  # fmt: skip


def _alternation(units: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, units), key=len, reverse=True))


_PLAIN = _alternation(set(UNITS) - _SHY)
_TIGHT = _alternation(_SHY & set(UNITS) - {"us", "pc", "cal", "IU", "B", "K", "A", "y"})
_LOOSE_UNITS = "m g s h W V L mi ms min sec ft oz ly Mb Gb mo gal cal IU AU ha kt Mt"
_LOOSE = _alternation(_LOOSE_UNITS.split())

#: Where "1s" is no second.
_BITS = re.compile(r"\b(?:0s|zeros|bits?|binary|strings?)\b|number of 1s")


def _bits(found: re.Match[str]) -> str | None:
    """`"all the 0s and 1s"`; "1s" is a second elsewhere."""
    if not _BITS.search(found.string) or re.match(r" (?:later|ago|delay|latency|timeout)", found.string[found.end() :]):
        return None
    return "ones" if found[1] == "1" else "zeros"


_PACED = _alternation(
    ("km", "mi", "kg", "lb", "hr", "min", "sec", "GB", "MB", "TB", "kWh", "MWh", "mL", "cm", "mm", "gal", "oz")
)

RULES = (
    rule(
        "pace",
        r"(?<![\w.,:])(?P<m>\d{1,2})[':](?P<s>[0-5]\d)\"?(?= ?(?:/|per) ?(?:km|mi|mile|kilometer)\b)",
        lambda m: f"{say_number(m['m'])} {numerals.digits(m['s']) if m['s'][0] == '0' else say_number(m['s'])}",
        needs="':",
    ),
    rule("unit", rf"(?<=\bper )({_PACED})\b", lambda m: UNITS[m[1]][0], needs="p"),
    rule("unit", r"(?<=[a-z])/(km|m|mi|ft)(?:²|\^2)", lambda m: f" per square {UNITS[m[1]][0]}", needs="²^"),
    rule("unit", r"(?<=\ue000) ?/ ?(km|mi)\b", lambda m: f" per {UNITS[m[1]][0]}", needs="/"),
    rule("digits", r"(?<![\w.,$:-])([01])s(?![\w'])", _bits, needs="01"),
    rule(
        "unit",
        r"(?<=\d(?:st|nd|rd|th) )(min|sec|hr|yr|wk)\b(?:\.(?=\s+[a-z]))?",
        lambda m: {"min": "minute", "sec": "second", "hr": "hour", "yr": "year", "wk": "week"}[m[1]],
        needs="s",
    ),
    rule(
        "unit",
        r"(?<![\w.,$])(?P<f>\d{1,2})(?: ?ft\.?|'|′) ?(?P<i>\d{1,2}(?:\.\d+)?)(?: ?in\b\.?(?! [a-z])|\"|″|'')?"
        r"(?![\w.]\d|\w)",
        _feet,
        needs="f'′",
    ),
    rule(
        "unit",
        rf"{START}{RANGE} ?-?(?:in\.(?= [a-z])|inch(?:es)?\b|in\.(?=[,;:)])|in\b(?=[,.;)]|$|s*\s*\d* ?×))",
        _inches,
        needs="n",
    ),
    rule(
        "unit",
        r"(?<![\w.,$:])(?P<h>\d{1,3}) ?h(?:rs?)? ?(?P<m>\d{1,2}) ?m(?:in)?(?: ?(?P<s>\d{1,2}) ?s(?:ec)?)?\b",
        _hours,
        needs="h",
    ),
    rule("unit", r"(?<![\w.,$:])(?P<h>)(?P<m>\d{1,3}) ?m(?:in)? ?(?P<s>\d{1,2}) ?s(?:ec)?\b", _hours, needs="m"),
    rule(
        "unit", rf"{START}{RANGE} ?(?P<u>km|m|cm|mm|ft|mi|in|nm|dm)\^?(?P<e>[²³]|(?<=\^)[23])(?!\w)", _area, needs="²³^"
    ),
    rule("unit", rf"{START}{RANGE}{_MORE}[ -]?(?P<u>{_PLAIN})(?:{_PER_UNIT})?(?![\w²³^]|/[a-z])", _say, needs=DIGITS),
    rule("unit", rf"{START}{RANGE}{_MORE} ?-?(?P<u>{_TIGHT}){_PER_UNIT}(?!\w)", _say, needs="/"),
    rule("unit", rf"{START}{RANGE}{_MORE}(?P<per>)(?P<u>{_TIGHT})(?![\w²³^/'])", _say, needs=DIGITS),
    rule(
        "unit",
        rf"{START}{RANGE}{_MORE}(?P<per>)[ -](?P<u>ms|min|sec|hr|yr|ft|oz|mo|lbs?|mins|hrs|yrs)(?:\.(?=\s+[a-z])|"
        rf"(?=\.)|{_ALONE})(?!['/])",
        _say,
        needs=DIGITS,
    ),
    rule("unit", rf"{START}{RANGE}{_MORE}(?P<per>) (?P<u>{_LOOSE}){_ALONE}(?!['/]|\.[A-Z])(?! -)", _say, needs=DIGITS),
    rule(
        "unit",
        r"(?<=million )(?P<u>km|kg|mi|lbs|kWh|MWh|GB|TB)\b(?P<per>)|(?<=billion )(?P<u2>km|kg|mi|lbs|kWh|MWh|GB|TB)\b",
        lambda m: UNITS[m["u"] or m["u2"]][1],
        needs="m",
    ),
    rule(
        "unit",
        r"(?<![\w/])(?:km/h|m/s|FLOPs?/s(?:ec)?(?:/\$)?|req/s|tok/s|tokens/s|kWh|GB/s|MB/s|mph)(?![\w/])",
        lambda m: _BARE[m[0]],
        needs="hs",
    ),
)
#: Units of numbers that other rules said: "7.8 billion km", "10^6 kg", "120/80 mmHg".
TAIL = (rule("unit", rf"(?<={GAP}) ?(?P<u>{_PLAIN}|mi|ms|ft)(?:{_PER_UNIT})?(?![\w²³^'(])", _after_gap, needs=DIGITS),)
