"""Arithmetic typed as plain text -> words: p*10 + (1-p)*(-5), n(n+1)/2, sqrt(n), |x - y|, f(2x+1), 1-p.

What makes a run of characters arithmetic is what no prose has: a bracket with an operator in it that is itself
multiplied, raised or divided. The TeX reader says it; relations around it are left to the signs.
"""

from __future__ import annotations

import re

from narrate.script.math import say_text
from narrate.script.spoken.rule import GAP, rule
from narrate.script.words import is_word

_VARIABLE = r"[A-Za-zα-ωΔ](?![A-Za-z])(?:_(?:[A-Za-z0-9](?!\w)|\{\w{1,6}\}))?'?"
_NUMBER = r"(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)"
_TERM = rf"(?:{_NUMBER}(?:{_VARIABLE}|[a-z]{{2}}(?![a-z]))?|{_VARIABLE})"
_POWER = r"(?:\^(?:-?\d+(?:\.\d+)?|-?[A-Za-z](?!\w)|\{[^{}\s]{1,12}\})|[²³⁴ⁿ])?!?"
_SIGN = r"(?:\s?[-+*/^×·−]\s?|\s[-–]\s)"
_INNER = rf"[-−]?{_TERM}{_POWER}(?:{_SIGN}[-−]?{_TERM}{_POWER}){{0,8}}"
_ARGUMENTS = rf"{_INNER}(?:, ?{_INNER}){{0,3}}"
_BRACKET = rf"\({_ARGUMENTS}\)"
_DEEP = rf"\((?:[-−]?(?:{_TERM}|{_BRACKET}){_POWER}|{_SIGN}| ?{_BRACKET}{_POWER}){{1,8}}\)"
_OPERAND = rf"(?:{_TERM}{_POWER}(?:{_DEEP}{_POWER}){{0,3}}|{_DEEP}{_POWER}(?:{_DEEP}{_POWER}|{_VARIABLE}{_POWER})?)"
#: A bracket that holds an operator and has something at its side that only arithmetic puts there.
_WORKED = re.compile(
    rf"\([^()]*[-+*/^×·−][^()]*\)(?:[!²³^(*/×·]|\s[-+*/×·−]\s|[A-Za-z])|[\w)*/^×·](?<!\d\))\([^()]*[-+*/^×·−]"
    rf"|\s[-+*/×·−]\s\([^()]*[-+*/^×·−]|{_VARIABLE}\({_VARIABLE}\("
    rf"|[A-Za-zα-ω](?:\^|[²³⁴ⁿ]).*[-+*/−]|[-+*/−].*[A-Za-zα-ω](?:\^|[²³⁴ⁿ])"
)
#: A hyphen between two numbers is as often a range.
_RANGE = re.compile(r"\(\d[\d.,]*\s?[-–]\s?\d[\d.,]*\)")
#: Metres per second squared.
_OF_UNITS = re.compile(r"\b(?:m|ft|g|W|J|N)/(?:s|m|h)(?![A-Za-z])|^\d[\d.]* ?m(?:²|\^2)")
#: What the letters of these brackets are is for the reader of probabilities.
_PROBABLE = re.compile(r"\b[PE]r?[(\[]")


def _say(found: re.Match[str]) -> str | None:
    typed = found[0]
    if not _WORKED.search(typed) or _RANGE.search(typed) or _OF_UNITS.search(typed) or _PROBABLE.search(typed):
        return None
    said = say_text(typed)
    return said.removeprefix("big ") if said else None


def _always(found: re.Match[str]) -> str | None:
    said = say_text(found[0])
    return said.removeprefix("big ") if said else None


_FUNCTIONS = {
    "log": "log of ", "log2": "log base two of ", "log10": "log base ten of ", "log_2": "log base two of ",
    "ln": "natural log of ", "exp": "exp of ", "sqrt": "the square root of ", "max": "the max of ",
    "min": "the min of ", "sin": "sine of ", "cos": "cosine of ", "tan": "tangent of ", "tanh": "tanh of ",
    "softmax": "softmax of ", "argmax": "arg max of ", "argmin": "arg min of ",
}  # fmt: skip
_BIG = {"sum": "the sum", "prod": "the product", "argmax": "arg max", "argmin": "arg min", "max": "the max"}


def _say_function(found: re.Match[str]) -> tuple[str, str, str] | None:
    """`log(n)`, but not "min(utes)": what stands in the brackets is no torn-off end of a word."""
    inside = found["inside"]
    if inside == "s" or (len(inside) > 1 and inside.isalpha() and inside.islower() and not is_word(inside)):
        return None
    return _FUNCTIONS[found["f"][:-1]], "minus ", ""


def _say_big(found: re.Match[str]) -> str:
    low, high = found["low"], found["high"]
    bounds = (say_text(low) or low) if low else ""
    if high:
        return f"{_BIG[found['f']]} {'from' if '=' in low else 'over'} {bounds} to {say_text(high) or high} of "
    return f"{_BIG[found['f']]} over {bounds} of "


_STARTS = rf"(?<![\w\\'$£€{GAP}.,^_|)])"
#: No part of a longer thing follows: a word, a bracket, a bar, a unit.
_ENDS = r"(?![\w(|^_%°]|\.\d|/\w)"

#: Operators with their bounds typed below them; before the names of programs, which look alike.
OPERATORS = (
    rule(
        "expression",
        r"\b(?P<f>sum|prod|argmax|argmin|max)_(?:\{(?P<low>[^{}\n]{1,20})\}|(?P<one>\w)(?!\w))"
        r"(?:\^(?:\{?(?P<high>\w{1,3})\}?))? ?",
        lambda m: _say_big(m) if m["low"] else f"{_BIG[m['f']]} over {m['one']} of ",
        needs="_",
    ),
)
RULES = (
    rule(
        "expression",
        rf"{_STARTS}(?:(?<=^)[-−]|(?<=[=<>(\s])[-−])?{_OPERAND}(?:{_SIGN}[-−]?{_OPERAND}){{0,8}}{_ENDS}",
        _say,
        needs="(^²³⁴ⁿ",
    ),
    rule(
        "expression",
        r"(?<!\w)(?P<f>(?:log(?:_?2|10)?|ln|exp|sqrt|max|min|sin|cos|tanh?|softmax|arg(?:max|min))\()(?P<minus>[-−](?=\w))?(?P<inside>(?:[^()\n]|\([^()\n]*\)){1,60})(?P<c>\))",
        _say_function,
        needs="(",
        group=("f", "minus", "c"),
    ),
    rule(
        "expression",
        rf"(?<![\w\\'])[fghFG]'?\({_ARGUMENTS}\)(?![\w(])|"
        rf"(?<![\w\\'])[uvUVHLt]\(-?{_NUMBER}(?:, ?-?{_NUMBER})*\)(?![\w(])",
        _always,
        needs="(",
    ),
    rule(
        "absolute value",
        rf"(?<![\w|)])(?P<o>\|)(?=[^|\n]*[-−+*/]){_INNER}(?P<c>\|)(?![\w|(])",
        lambda _: ("the absolute value of ", ","),
        needs="|",
        group=("o", "c"),
    ),
    # One minus a probability: "1-p", "(1-c)", "1-P(A)".
    rule(
        "minus",
        r"(?<![\w.,/:-])1(?P<n>[-−])(?=[pqrsεδαβγλ](?![\w-])|[xyz](?:\s*[=<>*/+)^,.;]|$)|[PpE]r?\()",
        " minus ",
        needs="1",
        group="n",
    ),
    rule("minus", r"(?<=\(1)[-−–](?=[a-zα-ω]\))", " minus ", needs="1"),
    # The right side of an equation: "E = mc^2", "y = mx + b".
    rule(
        "formula",
        r"\b[A-Za-z] = "
        r"(?P<n>(?!(?:am|an|as|at|be|by|do|go|he|if|in|is|it|me|my|no|of|ok|on|or|so|to|up|us|we)\b)[a-z]{2})"
        r"(?:(?P<two>\^2|²)(?!\w)|(?= [-+*] |[.,;)]|$))",
        lambda m: (" ".join(m["n"]), " squared"),
        needs="=",
        group=("n", "two"),
    ),
    rule("prime", r"(?<![\w'])[A-Za-z](?P<n>')(?=\s?[=<>≤≥∈≠]|\()", " prime", needs="'", group="n"),
    rule(
        "group",
        r"\b(?P<n>S[OULp]|G[L]|U)\((?P<d>\d|n)\)",
        lambda m: f"{' '.join(m['n'])} {say_text(m['d'])}",
        needs="(",
    ),
)
