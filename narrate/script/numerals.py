"""Numbers -> words, American style: 105 -> "one hundred five", 21st -> "twenty-first", 1905 -> "nineteen oh five".

Pure, table-driven, and total: a number too large to have a name (10^66 and up) is read digit by digit, so no caller
needs a special case and no digit is ever lost. Names follow the short scale (Conway & Guy, The Book of Numbers, 1996).
"""

from __future__ import annotations

from functools import lru_cache

_UNIT_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TEN_NAMES = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
_SCALE_NAMES = (
    "thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion "
    "undecillion duodecillion tredecillion quattuordecillion quindecillion sexdecillion septendecillion octodecillion "
    "novemdecillion vigintillion"
)
_UNITS = _UNIT_NAMES.split()
_TENS = _TEN_NAMES.split()
#: Name of each group of three digits, from the right.
_SCALE = ["", *_SCALE_NAMES.split()]
_MAX_DIGITS = 3 * len(_SCALE)
_IRREGULAR_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_MINUS = "-−–"


@lru_cache(maxsize=1024)
def _below_thousand(n: int) -> str:
    """0..999 in words."""
    if n < 20:
        return _UNITS[n]
    if n < 100:
        tens, unit = divmod(n, 10)
        return _TENS[tens] + (f"-{_UNITS[unit]}" if unit else "")
    hundreds, rest = divmod(n, 100)
    return f"{_UNITS[hundreds]} hundred" + (f" {_below_thousand(rest)}" if rest else "")


def _split_sign(number: int | str) -> tuple[str, str]:
    """A number as typed -> ("minus " or "", its ASCII digits with no grouping). Raises ValueError on anything else."""
    if isinstance(number, int):
        return ("minus " if number < 0 else ""), str(abs(number))
    text = number.strip()
    sign = "minus " if text[:1] and text[0] in _MINUS else ""
    plain = text.lstrip(_MINUS + "+").translate({ord(mark): None for mark in ",_    "})
    if not plain.isdecimal():
        raise ValueError(f"not a whole number: {number!r}")
    return sign, "".join(str(int(digit)) for digit in plain)


def digits(text: str) -> str:
    """Every digit on its own, anything else passed over: `"4-0-4"` -> "four zero four"."""
    return " ".join(_UNITS[int(char)] for char in text if char.isdecimal())


def cardinal(number: int | str) -> str:
    """`105`, `"105"`, `"1,024"`, `"-7"` -> words. Leading zeros are dropped. Raises ValueError if it isn't whole."""
    sign, plain = _split_sign(number)
    plain = plain.lstrip("0") or "0"
    if len(plain) > _MAX_DIGITS:
        return sign + digits(plain)
    groups = [int(plain[max(0, end - 3) : end]) for end in range(len(plain), 0, -3)]
    named = [
        f"{_below_thousand(group)} {scale}".rstrip() for group, scale in zip(groups, _SCALE, strict=False) if group
    ]
    return sign + (" ".join(reversed(named)) or "zero")


def ordinal(number: int | str) -> str:
    """`21` -> "twenty-first", `100` -> "one hundredth". Raises ValueError if it isn't whole."""
    words = cardinal(number)
    start = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[start:]
    if last in _IRREGULAR_ORDINALS:
        last = _IRREGULAR_ORDINALS[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return words[:start] + last


def year(number: int) -> str:
    """A year as it is said: 1905 "nineteen oh five", 1900 "nineteen hundred", 2003 "two thousand three", 2019
    "twenty nineteen". Outside 1000..9999 it is a cardinal."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 9999 or (number % 1000) < 10:
        return cardinal(number)
    if rest == 0:
        return f"{_below_thousand(century)} hundred"
    return f"{_below_thousand(century)} " + (f"oh {_UNITS[rest]}" if rest < 10 else _below_thousand(rest))


def decimal_words(text: str) -> str:
    """`"3.14"` -> "three point one four", `".05"` -> "point zero five", `"-1,024.5"` too; a whole number is a cardinal.

    Raises ValueError on anything that is not one plain decimal number.
    """
    whole, point, fraction = text.strip().partition(".")
    if not point or not fraction:
        return cardinal(whole)
    if not fraction.isdecimal():
        raise ValueError(f"not a decimal number: {text!r}")
    unsigned = whole.lstrip(_MINUS + "+")
    if not unsigned:
        sign = "minus " if whole[:1] and whole[0] in _MINUS else ""
        return f"{sign}point {digits(fraction)}"
    return f"{cardinal(whole)} point {digits(fraction)}"
