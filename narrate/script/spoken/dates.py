"""Dates -> "March fourteenth, twenty twenty-three": ISO, US and European order, ranges, weekdays."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.rule import DIGITS, rule

_MONTHS_WORDS = "January February March April May June July August September October November December"
_MONTHS = _MONTHS_WORDS.split()
_BY_SHORT = {month[:3]: month for month in _MONTHS} | {"Sept": "September"}
_MONTH = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    "Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?:1\d{3}|20\d{2}|21\d{2})"
_NO_MORE = r"(?![\w%$]|[.,:/]\d|-\d)"
_WEEKDAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Weds": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_WEEKDAY = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_COUNTS = re.compile(r" (?:[a-z]+s|people|more|of|out|percent|times?|or|different|million|billion)\b")


def month_name(text: str) -> str:
    """`"Sept"`, `"Sept."`, `"september"` -> "September"."""
    return _BY_SHORT[text[:3].capitalize()]


def _iso(found: re.Match[str]) -> str | None:
    year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return _american(_MONTHS[month - 1], day, year)


def _american(month: str, day: int, year: int | None) -> str:
    said = f"{month} {numerals.ordinal(day)}"
    return said if year is None else f"{said}, {numerals.year(year)}"


def _slashed(found: re.Match[str]) -> str | None:
    a, b, year = int(found["a"]), int(found["b"]), int(found["y"])
    if len(found["y"]) == 2:
        year += 2000 if year < 70 else 1900
    month, day = (a, b) if a <= 12 and found["sep"] != "." else (b, a)
    if month > 12 or not 1 <= day <= 31 or month < 1:
        return None
    return _american(_MONTHS[month - 1], day, year)


def _month_first(found: re.Match[str]) -> str | None:
    month = found["month"]
    if month == "May" and found["y"] is None and _counts_things(found):
        return None
    day = numerals.ordinal(found["d"])
    to = f" to {numerals.ordinal(found['d2'])}" if found["d2"] else ""
    the = "the " if re.match(r"\S+ the ", found[0]) else ""
    year = f", {numerals.year(int(found['y']))}" if found["y"] else ""
    return f"{month_name(month)} {the}{day}{to}{year}"


def _counts_things(found: re.Match[str]) -> bool:
    """`"May 5 people come?"`: the verb, not the month."""
    before = found.string[max(0, found.start() - 12) : found.start()].rstrip()
    return (not before or before[-1] in ".!?\"'") and bool(_COUNTS.match(found.string, found.end()))


def _day_first(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 4) : found.start()].lower()
    the = "" if before.endswith("the ") else "the "
    to = f" to {numerals.ordinal(found['d2'])}" if found["d2"] else ""
    year = f" {numerals.year(int(found['y']))}" if found["y"] else ""
    return f"{the}{numerals.ordinal(found['d'])}{to} of {month_name(found['month'])}{year}"


def _month_year(found: re.Match[str]) -> str:
    said = month_name(found["month"])
    if found["m2"]:
        said += f" to {month_name(found['m2'])}"
    return f"{said} {numerals.year(int(found['y']))}"


def _month_number(found: re.Match[str]) -> str:
    return f"{_MONTHS[int(found['m']) - 1]} {numerals.year(int(found['y']))}"


def _weekday(found: re.Match[str]) -> str:
    return _WEEKDAYS[found[1]]


def _day_range(found: re.Match[str]) -> str | None:
    first = _WEEKDAYS.get(found["a"], found["a"])
    return f"{first} to {_WEEKDAYS.get(found['b'], found['b'])}" if first in _WEEKDAYS.values() else None


_TO = r"\s?[-–—]\s?"
_SUFFIX = "(?:st|nd|rd|th)?"

RULES = (
    rule("month", rf"\b({_MONTH})\.?(?= '\d\d\b)", lambda m: month_name(m[0].rstrip(".")), needs="'"),
    rule(
        "date",
        r"\b(?P<y>\d{4})(?P<sep>[-/.])(?P<m>[01]?\d)(?P=sep)(?P<d>[0-3]?\d)(?=T\d|\b)(?![-/]\d)",
        _iso,
        needs="-/.",
    ),
    rule(
        "date",
        r"(?<![\w./-])(?P<a>\d{1,2})(?P<sep>[/.-])(?P<b>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d\d|(?<=/)\d\d)(?![\w/]"
        r"|[-.]\d)",
        _slashed,
        needs="/.-",
    ),
    rule(
        "date",
        rf"\b(?P<month>{_MONTH})\.?,? (?:the )?(?P<d>{_DAY}){_SUFFIX}(?:{_TO}(?P<d2>{_DAY}){_SUFFIX})?(?:,? "
        rf"(?P<y>{_YEAR})(?!,\d|\d|%| (?:people|words|karma)))?{_NO_MORE}",
        _month_first,
        needs=DIGITS,
    ),
    rule(
        "date",
        rf"(?<![\w.,/:$-])(?P<d>{_DAY}){_SUFFIX}(?:{_TO}(?P<d2>{_DAY}){_SUFFIX})?(?: of)? (?P<month>{_MONTH})\b(?:\."
        rf"(?=,? \d)|\.(?= ?[a-z,)]))?(?:,? (?P<y>{_YEAR})(?!,\d|\d))?(?!\w)(?<!May(?= ))",
        _day_first,
        needs=DIGITS,
    ),
    rule(
        "date",
        rf"\b(?P<month>{_MONTH})\b\.?(?:{_TO}(?P<m2>{_MONTH})\b\.?)?,? (?P<y>{_YEAR})(?!,\d|[\d%]|-\d)(?!\w)",
        _month_year,
        needs=DIGITS,
    ),
    rule("date", r"(?<![\w./-])(?P<y>(?:19|20)\d\d)-(?P<m>0[1-9])(?![\w/]|[-.]\d)", _month_number, needs="-"),
    rule(
        "date",
        r"(?<![\w./-])(?P<m>1[0-2]|0?[1-9])/(?P<y>(?:19[5-9]|20[0-4])\d)(?![\w/]|[-.]\d)",
        _month_number,
        needs="/",
    ),
    rule(
        "date",
        rf"(?:(?<=\bMon )|(?<=\bTue )|(?<=\bWed )|(?<=\bThu )|(?<=\bFri )|(?<=\bSat )|(?<=\bSun )|(?<=day ))"
        rf"(?P<m>1[0-2]|0?[1-9])/(?P<d>{_DAY})(?![\w/]|[-.]\d)",
        lambda m: _american(_MONTHS[int(m["m"]) - 1], int(m["d"]), None),
        needs="/",
    ),
    rule(
        "range of days",
        rf"\b(?P<a>{_WEEKDAY}|\w{{3,6}}day) ?[-–] ?(?P<b>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|{_WEEKDAY})\b",
        _day_range,
        needs="-–",
    ),
    rule(
        "range of months",
        rf"\b(?P<a>{_MONTH}) ?[-–] ?(?P<b>{_MONTH})\b",
        lambda m: f"{month_name(m['a'])} to {month_name(m['b'])}",
        needs="-–",
    ),
    rule("quarter", r"(?<=\bQ[1-4]) ?[-–] ?(?=Q?[1-4]\b)", " to ", needs="Q"),
    rule("quarter", r"(?<=\bQ[1-4])'(?P<y>\d\d)\b", lambda m: " " + numerals.year(2000 + int(m["y"])), needs="Q"),
    rule("weekday", r"\b(Tues|Weds|Thurs|Thur)\b\.?(?=\s*[^\s.]|$)(?<!\.(?=$))", _weekday, needs="TW"),
    rule(
        "weekday",
        r"\b(?<!the )(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\.(?=\s+[a-z]|\s*[,;)])|(?<=\bon )(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b",
        lambda m: _WEEKDAYS[m[0].rstrip(".")],
        needs="MTWFS",
    ),
    rule("weekday", r"(?<=\band )(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?=\.)", _weekday, needs="MTWFS"),
    rule("weekday", rf"\b({_WEEKDAY})\b\.?(?=,? ?(?:\d|\ue000|{_MONTH}\b))", _weekday, needs="MTWFS"),
    rule(
        "weekday",
        rf"\b({_WEEKDAY})(?=[-–](?:{_WEEKDAY})\b)|(?<=[a-z][-–])({_WEEKDAY})\b",
        lambda m: _WEEKDAYS[m[0]],
        needs="-–",
    ),
    rule(
        "month",
        rf"\b({'|'.join(k for k in _BY_SHORT if k != 'May')})\b\.?(?=[-–/](?:{_MONTH})\b)|(?<=[a-z][-–/])\b"
        rf"({_MONTH})\b(?<=[A-Z][a-z][a-z])\.?",
        lambda m: month_name(m[0].rstrip(".")),
        needs="-–/",
    ),
    rule(
        "month",
        r"(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<=\b[Bb]y )|(?<=\buntil )|(?<=\blast )|(?<=\bnext )|(?<=\bearly )|"
        r"(?<=\blate )|(?<=\bmid-))(Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec)\b(?:\.(?=\s*[a-z,;)]))?",
        lambda m: month_name(m[1]),
        needs="JFASOND",
    ),
)
