"""Numbers as typed -> words, and the small grammar of numbers that the rules share.

The patterns here are source strings, to be put into a rule's own pattern.
"""

from __future__ import annotations

import re

from narrate.script import numerals

#: 5, 1,024, 1,00,000, 3.14, .05
INTEGER = r"\d{1,3}(?:,\d{2,3}){0,10},\d{3}(?!\d)|\d+"
NUMBER = rf"(?:(?:{INTEGER})(?:\.\d+)?|\.\d+)"
#: Between two ends of a range, "10–20", "10-20", "10 to 20".
TO = r"(?:\s?[–—]\s?|-| - | to )"
#: A number may start here: not inside a word, a decimal, a path or a hyphenated name ("GPT-4-8k").
START = r"(?<![\w.,/:\-–−$£€¥₹#^])"
#: One number or a range of two; as groups a and b.
RANGE = rf"(?P<a>{NUMBER})(?:{TO}(?P<b>{NUMBER}))?"

#: Short magnitudes, as typed after a number.
MAGNITUDES = {
    **dict.fromkeys(("k", "K"), "thousand"),
    **dict.fromkeys(("m", "M", "mn", "mm", "MM", "mil", "Mn"), "million"),
    **dict.fromkeys(("b", "B", "bn", "Bn", "BN", "bil"), "billion"),
    **dict.fromkeys(("t", "T", "tn", "Tn", "trn"), "trillion"),
}
MAGNITUDE_WORDS = "hundred|thousand|million|billion|trillion|quadrillion|quintillion"

#: Words before which "a five dollar ..." isn't followed by a noun: "a $5 for each" has none.
_FUNCTION_WORDS_LIST = (
    "a about above after again all also although an and any are as at be because been before being below between "
    "both but by can could did do does down during each either else even ever every except few for from had has "
    "have he her here him his how however i if in inside instead into is it its just less like may me might more "
    "most much must my near neither next no nor not now of off on once one only onto or other our out outside "
    "over per plus rather same she should since so some such than that the their them then there these they this "
    "those though through till to today together tomorrow tonight too total toward towards under unless until up "
    "upon us versus very via was we were what when where whereas whether which while who whom whose why will with "
    "within without worth would yearly yet yesterday you your annually apart away ago daily each every later long "
    "longer old older wide tall high deep heavy faster slower cheaper bigger larger smaller higher lower thick "
    "across monthly weekly straight"
)
_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_LIST.split())
_DETERMINERS_WORDS = (
    "a an the this that each every another one any your my our his her its their single first second third last "
    "next same whole entire extra initial additional existing no per some new"
)
_DETERMINERS = frozenset(_DETERMINERS_WORDS.split())
#: Nouns that are measured in money or units without an article too: "$20 bills".
_MEASURED_WORDS = (
    "bill bills note notes coin coins stamp stamps prize prizes bet bets grant grants fee fees fine fines "
    "donation donations check checks cheque cheques reward rewards bounty bounties ticket tickets salary salaries"
)
_MEASURED = frozenset(_MEASURED_WORDS.split())
_LAST_WORD = re.compile(r"([A-Za-z]+)[ \-][\"'(]?$")
_NEXT_WORD = re.compile(r"[ \-]([a-z][a-z\-]*)")


def say_number(text: str) -> str:
    """`"1,024"` -> "one thousand twenty-four", `"0.05"` -> "zero point zero five", `"007"` -> digit by digit."""
    whole, point, fraction = text.partition(".")
    plain = whole.replace(",", "")
    if point and fraction:
        return f"{say_whole(plain or '0')} point {numerals.digits(fraction)}"
    return say_whole(plain)


def say_whole(plain: str) -> str:
    """A run of digits: a cardinal, or digit by digit where it is a code (leading zero, over fifteen digits).

    Over 24 digits only the first are read: nobody follows the rest.
    """
    if len(plain) > 24:
        return f"a number of {numerals.cardinal(len(plain))} digits beginning {numerals.digits(plain[:4])}"
    if (len(plain) > 1 and plain[0] == "0") or len(plain) > 15:
        return numerals.digits(plain)
    return numerals.cardinal(plain)


def say_range(found: re.Match[str]) -> str:
    """Groups a and b of RANGE: "ten", or "ten to twenty"."""
    first = say_number(found["a"])
    return f"{first} to {say_number(found['b'])}" if found["b"] else first


def is_one(found: re.Match[str]) -> bool:
    """The quantity is exactly one, so its unit is singular."""
    return found["b"] is None and found["a"] == "1"


def is_attributive(found: re.Match[str]) -> bool:
    """The match stands before the noun it measures, "a $5 bill": its unit stays singular."""
    text = found.string
    following = _NEXT_WORD.match(text, found.end())
    if not following or following[1] in _FUNCTION_WORDS:
        return False
    if text[found.end()] == "-" or following[1] in _MEASURED:
        return True
    before = _LAST_WORD.search(text, max(0, found.start() - 20), found.start())
    return bool(before and before[1].lower() in _DETERMINERS) and not following[1].endswith("ly")


def plural(words: str) -> str:
    """`"one hundred"` -> "one hundreds", `"twenty"` -> "twenties", `"six"` -> "sixes"."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith("x") else "s")
