"""Percents, approximations, bounds, ranges and multiples: "about five percent", "ten to twenty", "three x"."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.quantity import MAGNITUDES, NUMBER, RANGE, START, TO, say_number, say_range
from narrate.script.spoken.ratios import say_fraction
from narrate.script.spoken.rule import DIGITS, GAP, rule

_OPERAND_AHEAD = rf"(?=\s?[-−+]?(?:[\d.$£€¥]|{GAP}))"
_VALUE_AHEAD = rf"(?=\s?(?:[-−+]?(?:\.?\d|[½⅓⅔¼¾⅕⅛]|[$£€¥]|{GAP})|(?:zero|one|two|three|half|a|an)\b))"
#: A sign of comparison opens a quantity ("<2 hours") unless something is compared with it ("p<0.05", "3 < 5").
_OPENS = (
    rf"(?:(?<=^)|(?<=[^\w\s{GAP})\]%'+=<>-])|(?<=[^\W\d_]{{2}} )|(?<=[,;:(\[\"'—–] )|"
    r"(?<= [aA] )|(?<=^[aAI] )|(?<=[-.] ))"
)
_BOUNDS = {
    "<": "less than", ">": "more than", "≤": "at most", "≥": "at least", "<=": "at most", ">=": "at least",
    "≦": "at most", "≧": "at least", "⩽": "at most", "⩾": "at least", "≪": "much less than", "≫": "much more than",
    "<<": "much less than", ">>": "much more than", "=<": "at most", "=>": "at least",
}  # fmt: skip
_UNKNOWN_TAIL = r"(?![\w]|\.\d|,\d{3})"
#: The letter after a number of parameters, tokens, steps, people: 70B, 128k, 10M. "5m" alone is metres, not millions.
_BIG = r"(?P<m>k|K|M|mn|B|bn|T|tn|trn)"


def _percent(found: re.Match[str]) -> str:
    more = " plus" if found["more"] else ""
    return f"{_ends(found)}{more} percent"


def _ends(found: re.Match[str]) -> str:
    return say_range(found)


def _percent_range(found: re.Match[str]) -> str:
    return f"{say_number(found['a'])} percent to {say_number(found['b'])} percent"


def _percent_fraction(found: re.Match[str]) -> str:
    """`33 1/3%` -> "thirty-three and a third percent"."""
    part = say_fraction(int(found["a"]), int(found["b"]))
    whole = f"{say_number(found['w'])} and " if found["w"] else ""
    return f"{whole}{part} percent" if whole else f"{part} of a percent"


def _times(found: re.Match[str]) -> str:
    said = say_range(found)
    more = " plus" if found["more"] else ""
    return f"{said}{more} {'x' if found['x'] in 'xX' else 'times'}"


#: "Scenario 1B", "1A or 1B", "1B: ...": the second of some things, not a billion.
_LABELLED = re.compile(
    r"\b(?:gamble|scenario|option|figure|fig|table|part|case|question|problem|step|section|experiment|phase|appendix|"
    r"exhibit|exercise|lemma|theorem|claim|group|room|apartment|unit|class|type|item|study)s? \Z",
    re.I,
)


def _is_label(found: re.Match[str]) -> bool:
    if found["m"] not in ("B", "M") or not re.fullmatch(r"\d{1,2}[BM]", found[0]):
        return False
    text = found.string
    opens = not text[: found.start()].strip() and text[found.end() : found.end() + 1] in (":", ".", ")")
    before = text[max(0, found.start() - 16) : found.start()]
    return opens or bool(_LABELLED.search(before)) or bool(re.search(rf"(?<!\w){found['a']}A(?!\w)", text))


def _big(found: re.Match[str]) -> str | None:
    if _is_label(found):
        return None
    return f"{say_range(found)} {MAGNITUDES[found['m']]}"


def _big_range(found: re.Match[str]) -> str:
    return f"{say_number(found['a'])} {MAGNITUDES[found['m']]} to {say_number(found['b'])} {MAGNITUDES[found['n']]}"


def _to(found: re.Match[str]) -> str | None:
    """Between two quantities; but "Mistral-7B-v0.1" is a name."""
    return None if found[0] == "-" and _NAMED.search(found.string, 0, found.start()) else " to "


_NAMED = re.compile(r"[A-Za-z]-\ue000+\Z")


def _mixture(found: re.Match[str]) -> str:
    """`8x7B`, a mixture of experts."""
    return f"{say_number(found['a'])} x {say_number(found['b'])} B"


def _screen(found: re.Match[str]) -> str:
    """`1920x1080` -> "nineteen twenty by ten eighty"."""
    return f"{numerals.year(int(found['a']))} by {numerals.year(int(found['b']))}"


def _range(found: re.Match[str]) -> str | None:
    """`10-20` is a range and `3-2` a score; a difference is what stands in an equation or falls between decimals."""
    a, b = found["a"], found["b"]
    text = found.string
    falls = float(a.replace(",", "")) > float(b.replace(",", ""))
    if (
        (falls and "." in a + b)
        or _EQUATED.match(text, found.end())
        or _COMPUTED.search(text, max(0, found.start() - 40), found.start())
    ):
        return f"{say_number(a)} minus {say_number(b)}"
    if falls and found["dash"].strip() != found["dash"]:
        return None
    between = re.search(r"\b[Bb]etween \Z", text[max(0, found.start() - 9) : found.start()])
    return f"{say_number(a)} {'and' if between else 'to'} {say_number(b)}"


def _minus(found: re.Match[str]) -> str | None:
    """What no range took, `-0.1-0.05` or `(1)-(2)`: a difference, unless a name ends in the first number."""
    return " minus " if _SUBTRACTED.search(found.string, max(0, found.start() - 40), found.start()) else None


_SUBTRACTED = re.compile(r"(?:(?:^|[\s(=+*/\ue000])[-−]?[\d.,]+|\))\Z")
_EQUATED = re.compile(r"\)?\s?=")
_COMPUTED = re.compile(r"[=+*×·]\s?\(?\Z")
_MORE = r"(?P<more>\+)?"

BOUNDS = (
    rule("not", r"(?<![\w.~/])~(?=[A-Z]\b)", "not ", needs="~"),
    rule("approximately", rf"(?<=\b[aA] )~{{1,2}}{_VALUE_AHEAD}\s?", "roughly ", needs="~"),
    rule("approximately", rf"(?<![\w.~/])~{{1,2}}{_VALUE_AHEAD}\s?", "about ", needs="~"),
    rule("approximately", r"(?<![\w.~/])~(?=[A-Za-z])", "about ", needs="~"),
    rule("approximately", rf"{_OPENS}[≈≃≅]\s?{_VALUE_AHEAD}", "about ", needs="≈≃≅"),
    rule("plus or minus", rf"\s?(?:±|\+/-|\+-|\+/−)\s?{_VALUE_AHEAD}", " plus or minus ", needs="±+"),
    rule("order of magnitude", r"\bOOMs\b", "orders of magnitude", needs="O"),
    rule("order of magnitude", r"\bOOM\b", "order of magnitude", needs="O"),
    rule(
        "bound",
        rf"{_OPENS}(<<|>>|<=|>=|=<|=>|[<>≤≥≦≧⩽⩾≪≫])\s?{_VALUE_AHEAD}",
        lambda m: _BOUNDS[m[1]] + " ",
        needs="<>≤≥≦≧⩽⩾≪≫",
    ),
)
PERCENTS = (
    rule(
        "percent",
        r"(?<![\w.,/:$-])(?:(?P<w>\d{1,3})[ -])?(?P<a>\d)/(?P<b>[2-9]) ?%",
        _percent_fraction,
        needs="/",
    ),
    rule("percent", rf"{START}(?P<a>{NUMBER}) ?%{TO}(?P<b>{NUMBER}) ?%", _percent_range, needs="%"),
    rule("percent", rf"{START}{RANGE} ?{_MORE}%(?!\w)", _percent, needs="%"),
    rule("percent", rf"(?P<a>{NUMBER})(?P<b>)?{_MORE} ?%", lambda m: f"{say_number(m['a'])} percent", needs="%"),
    rule("percentage points", r"(?<=\bpercent )pp\b|(?<=\ue000 )pp\b|(?<=\ue000)pp\b", " percentage points", needs="p"),
    rule("per mille", r" ?‰", " per mille", needs="‰"),
)
MULTIPLES = (
    rule(
        "multiple",
        rf"{START}(?P<a>{NUMBER})[xX×](?:\s?–\s?|-)(?P<b>{NUMBER})(?P<more>)(?P<x>[xX×])(?!\w)",
        _times,
        needs="xX×",
    ),
    rule("multiple", rf"{START}{RANGE}{_MORE} ?(?P<x>[xX×])(?![\w]|\s?[\d(]|\.\d)(?=\W|$)", _times, needs="xX×"),
    rule(
        "magnitude",
        rf"{START}(?P<a>{NUMBER})(?P<m>[kKMBT]|bn|tn|mn){TO}(?P<b>{NUMBER})(?P<n>[kKMBT]|bn|tn|mn)(?!\w)",
        _big_range,
        needs=DIGITS,
    ),
    rule("magnitude", rf"{START}{RANGE} ?{_BIG}(?![\w]|/[A-Z])(?<!\d [KMBT])", _big, needs="kKMBTn"),
    rule("multiple", r"(?<=\d)[x×](?=[A-Z]\d)", " ", needs="x×"),
    rule("size", r"(?<![\w.,])(?P<a>\d{1,3})x(?P<b>\d{1,3}(?:\.\d+)?)[Bb]\b", _mixture, needs="x"),
    rule("size", r"(?<![\w.,])(?P<a>\d{3,4}) ?[x×] ?(?P<b>\d{3,4})(?=p?\b)", _screen, needs="x×"),
    rule("magnitude", rf"(?<=\w-)(?P<a>\d{{1,3}}(?:\.\d+)?)(?P<b>)?{_BIG}(?![\w])", _big, needs="kKMBTn"),
)
RANGES = (
    rule(
        "range",
        rf"{START}(?P<a>{NUMBER})(?P<dash>\s?–\s?|[—-])(?P<b>{NUMBER}){_UNKNOWN_TAIL}(?!\s?[-–]\s?\d)",
        _range,
        needs="-–—",
    ),
    rule("minus", r"(?<=\d) – (?=\d)", " minus ", needs="–"),
    rule("minus", r"(?<=[\d)])[-–](?=\(?\.?\d)", _minus, needs="-–"),
    rule("range", r"(?<=\ue000)\s?[–—-]\s?(?=\ue000)(?<! - )", _to, needs="-–—"),
)
