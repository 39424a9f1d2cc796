"""What is left of digits -> words: ordinals, decimals, thousands, integers, superscripts, digits of other scripts."""

from __future__ import annotations

import re
import unicodedata

from narrate.script import numerals
from narrate.script.spoken.quantity import INTEGER, say_number, say_whole
from narrate.script.spoken.rule import DIGITS, rule

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")


def _ordinal(found: re.Match[str]) -> str:
    return numerals.ordinal(found[1].replace(",", ""))


def _letter_ordinal(found: re.Match[str]) -> str:
    return f"{found[1]}th"


def _number(found: re.Match[str]) -> str:
    return say_number(found[0])


def _raised(found: re.Match[str]) -> str:
    """A superscript that no rule knew: "²" -> "squared", "⁷" -> "to the seven"."""
    text = found[0].lstrip("⁻⁺").translate(_SUPER)
    if found[0][0] == "⁻":
        return f" to the minus {say_whole(text)}"
    if text in ("2", "3"):
        return " squared" if text == "2" else " cubed"
    return f" to the {say_whole(text)}"


def _lowered(found: re.Match[str]) -> str:
    return " " + say_whole(found[0].translate(_SUPER))


def _foreign(found: re.Match[str]) -> str:
    return say_whole("".join(str(int(char)) for char in found[0]))


def _numeric(found: re.Match[str]) -> str | None:
    """Circled, Roman and other characters that are one number: ③, Ⅷ, 〇."""
    char = found[0]
    if char.isalpha():
        return None
    number = unicodedata.numeric(char, None)
    if number is None:
        return None
    return (
        numerals.cardinal(int(number)) if number == int(number) else numerals.decimal_words(f"{number:.6f}".rstrip("0"))
    )


ORDINALS = (
    rule(
        "ordinal",
        r"(?<![.,\w])(\d{1,3}(?:,\d{3})+|\d+)(?:(?:st|nd|rd|th|ST|ND|RD|TH)\b|(?:ˢᵗ|ⁿ[ᵈd]|ʳ[ᵈd]|ᵗʰ)(?!\w))",
        _ordinal,
        needs="tdTDᵗᵈ",
    ),
    rule("ordinal", r"\b([nkimNK])[-']?th\b", _letter_ordinal, needs="t"),
)
NUMBERS = (
    rule("number", rf"(?<![\d.])(?:{INTEGER})\.\d+(?![\d])(?!\.\d)", _number, needs="."),
    rule("number", r"(?<![\w.)])\.\d+(?!\.\d)", _number, needs="."),
    rule("number", r"\d{1,3}(?:,\d{2,3}){0,10},\d{3}(?!\d)", _number, needs=","),
    rule(
        "number",
        r"(?<!\d)(?<!\d )\d{1,3}(?:(?: \d{3}){2,}|(?:'\d{3})+)(?![\d])",
        lambda m: say_number(re.sub("[ ']", "", m[0])),
        needs=DIGITS,
    ),
    rule("number", r"[0-9]+", _number, needs=DIGITS),
    rule("superscript", r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", _raised, needs="⁰¹²³⁴⁵⁶⁷⁸⁹"),
    rule("subscript", r"[₀₁₂₃₄₅₆₇₈₉]+", _lowered, needs="₀₁₂₃₄₅₆₇₈₉"),
    rule("number", r"\d+", _foreign),
    rule(
        "number",
        r"[\u00bc-\u00be\u09f4-\u09f9\u0b72-\u0b77\u0bf0-\u0bf2\u0d58-\u0d78\u2150-\u218b\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3007\u3021-\u3029\u3192-\u3195\u3220-\u3229\u3248-\u324f\u3251-\u325f\u3280-\u3289\u32b1-\u32bf]",
        _numeric,
    ),
)
