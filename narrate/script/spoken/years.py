"""Years, decades, spans of years: "nineteen fifty-six", "nineteen nineties", "nineteen fourteen to eighteen"."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.quantity import plural
from narrate.script.spoken.rule import DIGITS, rule

_ERA = r"(?: ?(?:AD|BC|BCE|CE|A\.D\.|B\.C\.|B\.C\.E\.|C\.E\.))\b"
#: Words after which a bare four-digit number is a count.
_COUNT_BEFORE = re.compile(
    r"(?:[~≈$£€#<>≤≥+=*/^]|\b(?:about|least|most|than|nearly|almost|approximately|roughly|exactly|only|over|under"
    r"|page|room|"
    r"line|score|rating|elo|top|first|last|another|some|pages|step|steps|every|each|per|population|costs?|paid"
    r"|than)) ?$",
    re.I,
)
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|by|until|till|before|after|from|during|circa|early|late|mid|year|of|and|to|around|between"
    r"|through|for|"
    r"spring|summer|autumn|fall|winter|ca|the|election|pre|post|Q\d|AD|is|was|approximately|about|roughly|over|to)[ "
    r"\-][(\"']?$",
    re.I,
)
#: Nouns and units after which a four-digit number is a count, whatever stands before.
_COUNT_AFTER = re.compile(
    r"[ -](?:(?:[a-z]+[ -])?(?:people|karma|men|women|children|humans|tokens|words|years|days|hours|minutes|seconds|"
    r"miles|dollars|times|points|calories|per|million|billion|percent|degrees|meters|metres|square|or so|different|"
    r"such|other|more|fewer|additional|distinct|separate|unique|individual|km|kg|kWh|MW|GW|GB|MB|TB|Hz|MHz|ms|mg|ml|"
    r"dimensional|dimensions|elo|Elo|word|page|mile|year|token|foot|feet|volts|watts|lines|examples|samples|"
    r"GPUs|LLMs|AIs|H100s|A100s|EAs)\b)"
)
#: A plural noun after it is counted too, but not a verb or a possessive: "In 2019 researchers found" keeps its year.
_PLURAL_AFTER = re.compile(r" [a-z]{3,}[^s\W'u]s\b(?!')")
_OPENING = re.compile(r"(?:^|[.!?;:(\"'] ?|\b(?:In|By|Since|in|by|since|of|from|until|during|the|late|early|mid) )$")


def _span(found: re.Match[str]) -> str | None:
    first, last = found["a"], found["b"]
    if len(last) == 2:
        if int(last) <= int(first[2:]):
            return None
        return f"{numerals.year(int(first))} {_joint(found)} {_two(last)}"
    if int(last) < int(first):
        return None
    return f"{numerals.year(int(first))} {_joint(found)} {numerals.year(int(last))}"


def _joint(found: re.Match[str]) -> str:
    """`from 1914–18` is "to", `between 1914–18` is "and"."""
    return "and" if found.string[max(0, found.start() - 8) : found.start()].lower() == "between " else "to"


def _two(digits: str) -> str:
    return f"oh {numerals.cardinal(digits)}" if digits[0] == "0" else numerals.cardinal(digits)


_CITED = re.compile(r"\b(?!The|In|By|Of|Early|Late|Mid|Since|Pre|Post)(?:[A-Z][a-z]+|et al\.?),? \Z")


def _decade(found: re.Match[str]) -> str:
    """ "the 1990's"; but "Cotra 2020's anchors" are those of a paper."""
    if "'" in found[0] and _CITED.search(found.string, max(0, found.start() - 20), found.start()):
        return numerals.year(int(found[1])) + "'s"
    return plural(numerals.year(int(found[1])))


def _short_decade(found: re.Match[str]) -> str:
    return plural(numerals.cardinal(found[0].rstrip("s").rstrip("'")[-2:]))


#: After a year: "in 1066, 1492 and 1805".
_IN_LIST = re.compile(r"\b[Ii]n (?:(?:1\d{3}|20\d\d|\ue000+)(?:,? and |,? or |, ))+\Z")


def is_year(found: re.Match[str]) -> bool:
    """Whether a bare four-digit number is a year, from the words around it."""
    text, n = found.string, int(found[0])
    if _COUNT_AFTER.match(text, found.end()):
        return False
    before = text[max(0, found.start() - 24) : found.start()]
    if 1500 <= n < 2100:
        if _COUNT_BEFORE.search(before) and n % 100 == 0:
            return False
        if re.search(r"[~≈$£€#<>≤≥+=*/^] ?$", before):
            return n > 1900 and before.rstrip()[-1:] in "~≈<>≤≥"
        if _PLURAL_AFTER.match(text, found.end()):
            return bool(_OPENING.search(before))
        return True
    named = _YEAR_BEFORE.search(before) or _IN_LIST.search(text, max(0, found.start() - 40), found.start())
    return 1000 <= n < 2400 and bool(named) and not _PLURAL_AFTER.match(text, found.end())


def _year(found: re.Match[str]) -> str | None:
    return numerals.year(int(found[0])) if is_year(found) else None


#: "the 60s", "in her 30s"; "30s" alone is half a minute.
_DECADE_BEFORE = r"\b(?:[Tt]he|[Ee]arly|[Ll]ate|[Mm]id|his|her|their|my|your|our|of) |\b[Mm]id-|(?<=\ue000)[-–]"

SPANS = (
    rule(
        "year",
        r"(?<=\bFY)(?P<a>(?:19|20)\d\d)(?:[-–/](?P<b>\d\d))?\b",
        lambda m: f" {numerals.year(int(m['a']))}" + (f" to {_two(m['b'])}" if m["b"] else ""),
        needs="F",
    ),
    rule(
        "years",
        r"(?<![\w.,/$£€#-])(?P<a>1\d{3}|20\d\d)(?:\s?[–—]\s?|-)(?P<b>1\d{3}|2\d{3}|\d\d)(?![\w%]|[.,:/-]\d)",
        _span,
        needs="-–—",
    ),
    rule("years", r"(?<=\bfrom )(?P<a>1\d{3}|20\d\d) to (?P<b>1\d{3}|2\d{3})(?![\w%]|[.,:/-]\d)", _span, needs=DIGITS),
    rule("decade", r"(?<![\w.,$])(1[1-9]\d0|2\d{2}0)'?s\b", _decade, needs="s"),
    rule("decade", r"(?<!\w)'([2-9]0)s\b", _short_decade, needs="'"),
    rule("decade", rf"(?:{_DECADE_BEFORE})(?P<n>([2-9]0)'?s)\b", _short_decade, needs="s", group="n"),
    rule("year", r"(?<!\w)'(\d\d)(?![\w'])", lambda m: _two(m[1]), needs="'"),
    rule("era", rf"(?<![\w.,-])(\d{{1,4}})(?={_ERA})", lambda m: numerals.year(int(m[1])), needs="BCA"),
    rule("era", r"(?<=\bAD )(\d{1,4})\b", lambda m: numerals.year(int(m[1])), needs="A"),
)
YEARS = (
    rule("year", r"(?<=[ (])(?:19|20)\d\d(?=[a-d]\b)", lambda m: numerals.year(int(m[0])), needs=DIGITS),
    rule("year", r"(?<![\w.,$£€#])\d{4}(?!(?!Q\ue000)[\w%°]|[.,:]\d|,\d{3})", _year, needs=DIGITS),
)
