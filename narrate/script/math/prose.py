"""Words inside a formula (`\\text{gain \\$5M | no AGI by 2036}`) -> words a voice can say, no digit or symbol left.

A formula's text is short and plain; this knows numbers, years, money, percentages, initialisms and operators, no more.
"""

from __future__ import annotations

import re
import unicodedata

from narrate.script.math.quotients import simple_fraction
from narrate.script.math.symbols import CHARACTERS
from narrate.script.numerals import cardinal, decimal_words, ordinal, year

_ABBREVIATIONS = {
    "s.t.": "such that", "w.p.": "with probability", "i.e.": "that is", "e.g.": "for example", "iff": "if and only if",
    "wrt": "with respect to", "w.r.t.": "with respect to", "i.i.d.": "i i d", "iid": "i i d", "vs": "versus",
    "vs.": "versus", "etc.": "et cetera", "a.s.": "almost surely", "resp.": "respectively", "approx.": "approximately",
    "w.l.o.g.": "without loss of generality", "cf.": "compare", "b/c": "because",
}  # fmt: skip
_CURRENCIES = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent"), "¥": ("yen", "sen")}
_SCALES = {"k": "thousand", "K": "thousand", "M": "million", "m": "million", "B": "billion", "b": "billion",
           "bn": "billion", "T": "trillion"}  # fmt: skip
#: Short words that are sometimes shouted; other short words in capitals are initialisms.
_SHOUTED_WORDS = (
    "and or not if then else for all in of the no yes true false win lose max min is on to do end none any but by when"
)
_SHOUTED = frozenset(_SHOUTED_WORDS.split())
_TOKEN = re.compile(
    r"(?P<abbreviation>(?<![A-Za-z])(?:" + "|".join(re.escape(key) for key in _ABBREVIATIONS) + r")(?![A-Za-z]))"
    r"|(?P<currency>[$£€¥])\s?(?P<amount>\d[\d,]*(?:\.\d+)?)(?P<scale>bn|[kKMmBbT])?(?![A-Za-z])"
    r"|(?P<nth>\d[\d,]*)(?:st|nd|rd|th)\b"
    r"|(?P<minus>(?<![\w)\]])[-−–](?=\.?\d)|(?<=\s)[-−](?=\s))"
    r"|(?P<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?P<percent>\s?%)?"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)",
    re.S,
)
_QUOTES = {"«": "“", "»": "”", "‘": "'", "’": "'", "`": "'"}
_KEPT = frozenset(",.;:?!'\"-–—…()“”")


def money(currency: str, amount: str, scale: str | None = None) -> str:
    """`("$", "1.75")` -> "one dollar and seventy-five cents", `("$", "5", "M")` -> "five million dollars"."""
    unit, small = _CURRENCIES[currency]
    plain = amount.replace(",", "")
    plural = unit if unit == "yen" else unit + "s"
    if scale:
        return f"{decimal_words(plain)} {_SCALES[scale]} {plural}"
    whole, _, cents = plain.partition(".")
    if len(cents) == 2 and unit != "yen" and plain.isascii():
        small_words = f"{cardinal(cents)} {small if cents == '01' else 'pence' if small == 'penny' else small + 's'}"
        if not int(whole or "0"):
            return small_words
        large_words = f"{cardinal(whole)} {unit if int(whole) == 1 else plural}"
        return f"{large_words} and {small_words}" if int(cents) else large_words
    return f"{decimal_words(plain)} {unit if plain == '1' else plural}"


def spelled(word: str) -> str:
    """`AGI` -> "A G I", `AGIs` -> "A G Is"; shouted words and longer ones stay words."""
    stem, plural = (word[:-1], "s") if len(word) > 2 and word.endswith("s") else (word, "")
    if not (2 <= len(stem) <= 5 and stem.isupper() and stem.isalpha()) or stem.lower() in _SHOUTED:
        return word.lower() if stem.isupper() and len(stem) > 1 else word
    if len(stem) == 5 and re.search(r"[AEIOU]", stem):
        return word
    return " ".join(stem) + plural


def _number(text: str, *, is_percent: bool) -> str:
    plain = text.replace(",", "")
    if plain.isdecimal() and len(plain) == 4 and "," not in text and not is_percent and 1800 <= int(plain) <= 2099:
        return year(int(plain))
    return decimal_words(plain) + (" percent" if is_percent else "")


def _symbol(char: str) -> str:
    """A character that is no letter, digit or blank."""
    if char in _QUOTES or char in _KEPT:
        return _QUOTES.get(char, char)
    if char in "[{⟨":
        return " ("
    if char in "]}⟩":
        return ") "
    if char in "|∣":
        return " given "
    known = CHARACTERS.get(char)
    if known is not None:
        return f" {known.words.removeprefix('is ')} "
    if char in "_^`" or unicodedata.category(char) in ("Cc", "Cf", "Mn", "Co", "Cn", "Cs"):
        return " "
    plain = unicodedata.normalize("NFKC", char)
    if plain != char:
        return f" {say_prose(plain)} "
    return " " + " ".join(word for word in unicodedata.name(char, "").lower().split() if word.isalpha()) + " "


def _compatible(word: str) -> str:
    """½, x², ① after compatibility decomposition."""
    over, slash, under = word.partition("⁄")
    simple = simple_fraction(over, under) if slash else None
    return " ".join(simple) if simple else say_prose(word)


def _spoken(found: re.Match[str]) -> str:
    if found["abbreviation"]:
        return _ABBREVIATIONS[found["abbreviation"]]
    if found["currency"]:
        return money(found["currency"], found["amount"], found["scale"])
    if found["nth"]:
        return ordinal(found["nth"])
    if found["minus"]:
        return "minus "
    if found["number"]:
        return _number(found["number"], is_percent=found["percent"] is not None)
    if found["word"]:
        word = unicodedata.normalize("NFKC", found["word"]).replace("’", "'")
        if not word.replace("'", "").isalpha():
            return f" {_compatible(word)} "  # a raised digit or ½ counts as a letter for `re`
        known = CHARACTERS.get(word)
        return known.words if known is not None and known.kind == "letter" else spelled(word)
    return " " if found["space"] else _symbol(found["other"])


def say_prose(text: str) -> str:
    """The words of a piece of text, blanks normalised; only letters, blanks and speakable punctuation are left.

    Curly double quotes stay as they are: `pieces.finish` knows by them which word they belong to.
    """
    parts: list[str] = []
    for found in _TOKEN.finditer(text):
        said = _spoken(found)
        joins = parts and parts[-1][-1:].isalpha() and said[:1].isalpha()
        parts.append(" " + said if joins else said)
    return " ".join("".join(parts).split())
