"""Roman numerals where the words around say that they are numbers: "Chapter IV", "Henry VIII", "World War II"."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.rule import rule

#: Things more often named by a letter than by a number: "Model X".
_LETTERED = re.compile(r"(?:Model|Option|Case|Group|Factor|Zone|Method|Class|Problem|Team) ")
_VALID = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\Z")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_COUNTED = (
    "Part|Chapter|Ch|Chap|Book|Volume|Vol|Act|Scene|Section|Sec|Appendix|Article|Figure|Fig|Table|Type|Phase|Stage|"
    "Step|Level|Tier|Class|Title|Schedule|Annex|Canto|Lecture|Episode|Season|Theorem|Lemma|Axiom|Round|Option|Case|"
    "World War|War|Factor|Grade|Group|Category|Vatican|Apollo|Mark|Rocky|Civilization|Super Bowl|iPhone|"
    "Division|Formula|Bell|Problem|Question|Method|Model|Zone|Final Fantasy|Star Wars|Cold War|Page|Note|Item|Rule|"
    "Principle|Movement|Symphony|Sonata|Opus|Proposition|Exercise|Example|Solvency|Basel|SALT|START|Camp"
)
_RULERS = (
    "Henry|Louis|Charles|George|Edward|James|Richard|William|Elizabeth|Mary|Philip|Francis|Frederick|Napoleon|Peter|"
    "Catherine|Alexander|Nicholas|Ivan|Pius|John|Paul|John Paul|Benedict|Gregory|Leo|Clement|Innocent|Urban|Boniface|"
    "Pope [A-Z][a-z]+|King [A-Z][a-z]+|Queen [A-Z][a-z]+|Emperor [A-Z][a-z]+|Tsar [A-Z][a-z]+|Kaiser [A-Z][a-z]+|"
    "Wilhelm|Friedrich|Otto|Ramesses|Ptolemy|Cleopatra|Darius|Xerxes|Leopold|Albert|Carlos|Felipe|Gustav|Christian|"
    "Haakon|Umberto|Victor Emmanuel|Mehmed|Murad|Selim|Robert|Kenneth|Justinian|Constantine|Theodosius|"
    "Maximilian|Rudolf|Ferdinand|Rama|Thutmose|Amenhotep|Seti|Sixtus|Julius|Callixtus|Celestine|Honorius|Adrian|"
    "Eugene|Martin|Nikolaus|Johann|Augustus|Stanislaus|Sigismund|Casimir|Ladislaus|Bela|Andrew|Stephen"
)


def value(numeral: str) -> int | None:
    """`"XIV"` -> 14, None where it isn't one."""
    if not numeral or not _VALID.match(numeral):
        return None
    total = 0
    for this, following in zip(numeral, (*numeral[1:], ""), strict=True):
        n = _VALUES[this]
        total += -n if following and _VALUES[following] > n else n
    return total


def _cardinal(found: re.Match[str]) -> str | None:
    n = value(found["n"].upper())
    if n is None or (found["n"] in ("V", "X") and _LETTERED.match(found[0])):
        return None
    return numerals.cardinal(n)


def _page(found: re.Match[str]) -> str | None:
    """`p. xiv`, `pp. ix–xii`: the pages before page one."""
    first, last = value(found["n"].upper()), value((found["to"] or "i").upper())
    if first is None or last is None:
        return None
    to = f" to {numerals.cardinal(last)}" if found["to"] else ""
    return f"page{'s' if found['p'] else ''} {numerals.cardinal(first)}{to}"


def _ordinal(found: re.Match[str]) -> str | None:
    n = value(found["n"])
    return None if n is None else f"the {numerals.ordinal(n)}"


def _century(found: re.Match[str]) -> str | None:
    n = value(found["n"])
    return None if n is None else numerals.ordinal(n)


RULES = (
    rule("roman numeral", r"\b(?P<n>[IVX]{2,})(?:th\b|(?= [Cc]entury))", _century, needs="IVX"),
    rule(
        "roman numeral",
        rf"\b(?:{_COUNTED})s?\.?[ ](?P<n>[IVX]+|X?L[IVX]+|C[IVXL]+[IVX])\b(?!['.](?![A-Z]\b)\w)",
        _cardinal,
        group="n",
        needs="IVXLC",
    ),
    rule(
        "roman numeral",
        r"\bSystem (?P<n>I)(?=[,.;:)]| \ue000| (?:vs|versus|and|or|thinking|reasoning|is|was|has|does)\b)",
        "one",
        group="n",
        needs="I",
    ),
    rule("roman numeral", r"\bp(?P<p>p?)\. ?(?P<n>[ivxlc]{1,7})(?:[-–](?P<to>[ivxlc]{1,7}))?\b", _page, needs="ivxlc"),
    rule(
        "roman numeral", rf"\b(?i:{_COUNTED})s?\.? (?P<n>[ivx]{{2,6}})\b(?!['.]\w)", _cardinal, group="n", needs="ivx"
    ),
    rule(
        "roman numeral",
        rf"\b(?:{_COUNTED})s? [IVX\ue000]+(?:, | and | or |[-–/]| to )(?P<n>[IVX]+)\b",
        _cardinal,
        group="n",
        needs="IVX",
    ),
    rule("roman numeral", rf"\b(?:{_RULERS}) (?P<n>[IVX]+)\b(?<! I)(?!\.\w)", _ordinal, group="n", needs="IVX"),
    rule(
        "roman numeral",
        rf"\b(?:{_RULERS}) (?P<n>I)\b(?=[,.;:)]| of\b|'s\b| and\b(?! I\b)| was\b(?! I\b)|$)",
        _ordinal,
        group="n",
        needs="I",
    ),
    # Standing alone, only what is no word, no letter and no initialism: II, III, IV, VI, VII, VIII, IX, XI to XXXIX.
    rule(
        "roman numeral",
        r"(?<![\w.'&/-])(?P<n>I{2,3}|IV|VI{1,3}|IX|XI{1,3}|XI?V|XVI{1,3}|XI?X{1,2}|XX[IVX]+)(?![\w'&/]|\.\w)",
        _cardinal,
        group="n",
        needs="IVX",
    ),
)
