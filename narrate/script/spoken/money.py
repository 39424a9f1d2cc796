"""Money -> "one point five billion dollars", "three dollars fifty", "a five dollar bill"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrate.script import numerals
from narrate.script.spoken.quantity import (
    INTEGER,
    MAGNITUDE_WORDS,
    MAGNITUDES,
    NUMBER,
    is_attributive,
    say_number,
)
from narrate.script.spoken.rule import DIGITS, rule


@dataclass(frozen=True, slots=True)
class Currency:
    """What one unit and many are called, and the hundredths."""

    one: str
    many: str
    cent: str = "cent"
    cents: str = "cents"


_DOLLAR = Currency("dollar", "dollars")
_POUND = Currency("pound", "pounds", "penny", "pence")
_EURO = Currency("euro", "euros")
_YEN = Currency("yen", "yen", "sen", "sen")
_SIGNS = {
    "$": _DOLLAR, "£": _POUND, "€": _EURO, "¥": _YEN, "₹": Currency("rupee", "rupees", "paisa", "paise"),
    "₽": Currency("ruble", "rubles", "kopek", "kopeks"), "₩": Currency("won", "won", "jeon", "jeon"),
    "₪": Currency("shekel", "shekels", "agora", "agorot"), "₺": Currency("lira", "lira", "kurus", "kurus"),
    "₿": Currency("bitcoin", "bitcoins"), "฿": Currency("baht", "baht"), "₫": Currency("dong", "dong"),
    "₱": Currency("peso", "pesos"), "₦": Currency("naira", "naira"), "₴": Currency("hryvnia", "hryvnias"),
    "Ξ": Currency("ether", "ether"), "Rs": Currency("rupee", "rupees", "paisa", "paise"),
    "Rs.": Currency("rupee", "rupees"), "R$": Currency("real", "reais"),
}  # fmt: skip
_DOLLARS = {
    "US": "U S", "U.S.": "U S", "USD": "U S", "A": "Australian", "AU": "Australian", "AUD": "Australian",
    "C": "Canadian", "CA": "Canadian", "CAD": "Canadian", "NZ": "New Zealand", "NZD": "New Zealand",
    "HK": "Hong Kong", "HKD": "Hong Kong", "S": "Singapore", "SGD": "Singapore", "M": "Manifold",
}  # fmt: skip
_CODES = {
    "EUR": _EURO, "GBP": _POUND, "JPY": _YEN, "CHF": Currency("Swiss franc", "Swiss francs"),
    "INR": Currency("rupee", "rupees"), "CNY": Currency("yuan", "yuan"), "RMB": Currency("renminbi", "renminbi"),
    "SEK": Currency("Swedish krona", "Swedish kronor"), "BTC": Currency("bitcoin", "bitcoins"),
    "ETH": Currency("ether", "ether"), "USD": Currency("U S dollar", "U S dollars"),
    "AUD": Currency("Australian dollar", "Australian dollars"),
    "CAD": Currency("Canadian dollar", "Canadian dollars"),
}  # fmt: skip
_PER = {
    "yr": "per year", "year": "per year", "y": "per year", "mo": "per month", "month": "per month", "wk": "per week",
    "week": "per week", "day": "per day", "hr": "per hour", "hour": "per hour", "h": "per hour",
    "person": "per person", "kg": "per kilogram", "kWh": "per kilowatt hour", "ton": "per ton", "tonne": "per tonne",
    "QALY": "per QALY", "DALY": "per DALY", "life": "per life", "token": "per token", "min": "per minute",
    "lb": "per pound", "M": "per million", "1M": "per million", "k": "per thousand", "1k": "per thousand",
    "1K": "per thousand", "unit": "per unit", "MWh": "per megawatt hour", "W": "per watt", "GB": "per gigabyte",
    "user": "per user",
}  # fmt: skip

_SIGN = r"(?P<sign>(?:\b(?:US|USD) ?|(?<!\w)U\.S\. ?|\b(?:AU?|CA?|NZ|HK|S|M))?\$|R\$|[£€¥₹₽₩₪₺₿฿₫₱₦₴Ξ]|\bRs\.?)"
_SHORT = "k|K|mn|Mn|mm|MM|mil|m|M|bn|Bn|BN|bil|b|B|tn|Tn|trn|t|T"
_MAG = rf"(?:\s?(?P<{{0}}>{_SHORT})(?![\w])|[ -](?P<{{0}}w>{MAGNITUDE_WORDS})\b)"
_PER_UNIT = rf"(?:\s?/\s?(?P<per>{'|'.join(sorted(_PER, key=len, reverse=True))})\b)"
_AMOUNT = rf"\d{{1,3}}(?:\.\d{{3}})*,\d{{2}}(?!\d|,\d)|(?:{INTEGER})(?:\.\d+)?|\.\d+"
_TO = r"(?:\s?[–—]\s?|-| - )"


def _currency(sign: str) -> Currency:
    if sign in _SIGNS:
        return _SIGNS[sign]
    country = _DOLLARS[sign.rstrip("$ ")]
    return Currency(f"{country} dollar", f"{country} dollars")


def _magnitude(found: re.Match[str], group: str) -> str:
    short, word = found[group], found[f"{group}w"]
    return MAGNITUDES[short] if short else word or ""


def _say_money(found: re.Match[str]) -> str:
    currency = _currency(found["sign"])
    a, b = _american(found["a"]), found["b"] and _american(found["b"])
    first, last = _magnitude(found, "am"), _magnitude(found, "bm")
    one = is_attributive(found) or (a in ("1", "1.00") and not b and not first)
    name = currency.one if one else currency.many
    per = f" {_PER[found['per']]}" if found["per"] else ""
    more = "-plus" if found["more"] else ""
    minus = "minus " if found["minus"] else ""
    if b:
        ends = f"{say_number(a)}{f' {first}' if first and first != last else ''} to {say_number(b)}"
        return f"{minus}{ends}{f' {last}' if last else ''}{more} {name}{per}"
    if first:
        return f"{minus}{say_number(a)} {first}{more.replace('-', ' ')} {name}{per}"
    return f"{minus}{_say_exact(a, currency, name, more, one)}{per}"


def _american(amount: str) -> str:
    """`"1.000,50"` -> "1000.50": a comma before the last two digits is a decimal point."""
    return amount.replace(".", "").replace(",", ".") if re.fullmatch(r"[\d.]+,\d\d", amount) else amount


def _say_exact(amount: str, currency: Currency, name: str, more: str, one: bool) -> str:
    """An amount with no magnitude; two decimals are hundredths."""
    whole, _, cents = amount.partition(".")
    if len(cents) != 2:
        return f"{say_number(amount)}{more.replace('-', ' ')} {name}"
    n = int(cents)
    if not int(whole.replace(",", "") or 0):
        return f"{numerals.cardinal(n)} {currency.cent if n == 1 or one else currency.cents}" if n else f"zero {name}"
    said = f"{say_number(whole)} {currency.one if whole == '1' or one else name}"
    if not n:
        return said
    return f"{said} {numerals.cardinal(n)}" + (f" {currency.cent if n == 1 else currency.cents}" if n < 10 else "")


def _say_suffixed(found: re.Match[str]) -> str:
    currency = _SIGNS[found["sign"]] if found["sign"] in _SIGNS else _CODES[found["sign"]]
    magnitude = _magnitude(found, "am")
    one = found["a"] == "1" or is_attributive(found)
    words = (say_number(_american(found["a"])), magnitude, currency.one if one else currency.many)
    return " ".join(filter(None, words))


def _say_coded(found: re.Match[str]) -> str:
    return _say_suffixed(found)


def _say_cents(found: re.Match[str]) -> str:
    name = "cent" if found["a"] == "1" or is_attributive(found) else "cents"
    per = f" {_PER[found['per']]}" if found["per"] else ""
    return f"{say_number(found['a'])} {name}{per}"


_CODE = "|".join(_CODES)

RULES = (
    rule(
        "per",
        rf"[$£€]\d[\d,.]*(?:{_SHORT})?(?P<n>/)(?!(?:{'|'.join(sorted(_PER, key=len, reverse=True))})\b(?!-))"
        r"(?=[A-Za-z]{2,}(?:-[a-z]+)?(?![\w/])|\d+ ?(?:g|ml|mL|oz|km|kg|MWh)\b)",
        " per ",
        needs="$£€",
        group="n",
    ),
    rule("money", rf"\${_PER_UNIT}", lambda m: f"dollars {_PER[m['per']]}", needs="$"),
    rule("ticker", r"(?<![\w$])\$(?=[A-Z]{2,})", "", needs="$"),
    rule(
        "money",
        rf"(?:(?<![\w)])(?P<minus>[-−–]))?{_SIGN}\s?(?P<a>{_AMOUNT}){_MAG.format('am')}?"
        rf"(?:{_TO}(?:(?P=sign)\s?)?(?P<b>{_AMOUNT}){_MAG.format('bm')}?(?![\w%]))?(?P<more>\+(?!\d))?{_PER_UNIT}?"
        rf"(?: (?:US )?(?:dollars|euros|pounds|USD))?\b(?:(?<=\w))?",
        _say_money,
        needs="$£€¥₹₽₩₪₺₿฿₫₱₦₴ΞR",
    ),
    rule(
        "money",
        rf"(?<![\w.,])(?P<a>{_AMOUNT}){_MAG.format('am')}? ?(?P<sign>[£€¥₹₽₩₪₺₿₫₱₴])(?!\w)",
        _say_suffixed,
        needs="£€¥₹₽₩₪₺₿₫₱₴",
    ),
    rule(
        "money",
        rf"(?<![\w.,])(?P<a>{NUMBER}){_MAG.format('am')}? ?(?P<sign>{_CODE})\b",
        _say_suffixed,
        needs="DRPFYBKH",
    ),
    rule("money", rf"\b(?P<sign>{_CODE}) ?(?P<a>{NUMBER}){_MAG.format('am')}?(?!\w)", _say_coded, needs=DIGITS),
    rule("money", rf"(?<![\w.,])(?P<a>{NUMBER}) ?[¢￠]{_PER_UNIT}?", _say_cents, needs="¢"),
    rule(
        "money",
        r"(?<![\w$])\$([A-Za-z])\b(?!\$)",
        lambda m: f"{m[1]} {'dollar' if is_attributive(m) else 'dollars'}",
        needs="$",
    ),
    rule("money", r"(?<![\w$])\${2,5}(?![\w$])", "dollars", needs="$"),
)
