"""Formulas typed as plain text -> words: P(A|B), O(n log n), x_i, y^2; the TeX reader has a door for plain text."""

from __future__ import annotations

import re
import unicodedata

from narrate.script.math import say, say_text
from narrate.script.spoken.rule import rule

_NESTED = r"\([^()\n]*\)"
_INNER = r"(?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))"


def _say(found: re.Match[str]) -> str | None:
    said = say_text(found[0])
    return said.removeprefix("big ") if said else None


def _tex(found: re.Match[str]) -> str | None:
    """`$x^2$`, `\\(x\\)`: TeX that nobody has taken out of the text."""
    said = say(next(filter(None, found.groups())))
    return said.spoken if said else None


def _absolute(found: re.Match[str]) -> tuple[str, str]:
    return ("the norm of " if found["o"] in ("||", "‖") else "the absolute value of "), ""


def _probability(found: re.Match[str]) -> tuple[str, ...]:
    """`P(A|B)`, `p(doom)`, `E[R]`: "of", "given"; what stands inside is read by the other rules."""
    following = found.string[found.end() : found.end() + 24]
    close = " over " if found["c"].endswith("/") else " times " if re.match(r"\s?[Pp]r?\(", following) else ""
    return (" of ", " given ", close)


RULES = (
    rule("formula", r"(?<=∂[A-Za-z])(?P<n>/)(?=∂)", " over ", needs="∂", group="n"),
    rule(
        "formula",
        r"(?<![\w$\\])\$\$?(?=[^\s$\d])([^$\n]{1,200}?)(?<=[^\s\\])\$\$?(?![\w$])|\\\((.{1,200}?)\\\)|\\\[(.{1,200}?)\\\]",
        _tex,
        needs="$\\",
    ),
    rule("formula", r"[Σ∑]_\{?(?P<n>\w)\}? ?", lambda m: f"the sum over {m['n']} of ", needs="_"),
    rule("formula", r"\b\d{1,3}(?P<n>!)(?=\s?[=+*/)-])", " factorial", needs="!", group="n"),
    rule(
        "formula",
        r"(?:(?<=[a-z0-9]\))|(?<=[a-z]{2})|(?<=\w\|))(?P<n>\^[23])(?!\d)",
        lambda m: "squared" if m["n"] == "^2" else "cubed",
        needs="^",
        group="n",
    ),
    rule(
        "formula",
        r"(?<![\w/])(?:d?[a-z])(?P<n>/)(?:d?[a-z])(?![\w/])(?<!m/s)(?<!g/l)(?<!h/t)(?<!b/c)(?<!b/w)(?<!c/o)(?<!w/o)(?<!w/e)(?<!n/a)(?<!s/he)(?<!r/t)(?<!w/r)",
        " over ",
        needs="/",
        group="n",
    ),
    rule(
        "formula",
        r"(?<!\w)(?P<o>\|\|?|‖)[A-Za-zα-ω\ue000]\w?(?P<c>\|\|?|‖)(?!\w)",
        _absolute,
        needs="|‖",
        group=("o", "c"),
    ),
    rule("formula", r"\b[nkm]!(?=[\s,.;)/*+=-]|$)", lambda m: f"{m[0][0]} factorial", needs="!"),
    rule(
        "formula",
        r"\blog(?:_|(?=[₂]))(?P<n>[2₂]|10)\b",
        lambda m: f"log base {'ten' if m['n'] == '10' else 'two'}",
        needs="_₂",
    ),
    rule(
        "formula", r"∑(?P<n>[ᵢⱼₖₙ]) ?", lambda m: f"the sum over {unicodedata.normalize('NFKC', m['n'])} of ", needs="∑"
    ),
    rule(
        "formula",
        rf"(?<![\w\\])(?:Pr?|p|Prob|ℙ|𝔼|E|Var|Cov)(?P<o>\()(?:[^()|\n]|{_NESTED}){{1,80}}?(?:(?P<bar>\|)(?:[^()|\n]"
        rf"|{_NESTED}){{1,80}})?(?P<c>\)(?:\s?/(?=\s?[Pp]r?\())?)",
        _probability,
        needs="(",
        group=("o", "bar", "c"),
    ),
    rule(
        "formula",
        r"(?<![\w\\])(?:E|Pr?|𝔼|Var)(?P<o>\[)[^\[\]|\n]{1,80}(?:(?P<bar>\|)[^\[\]|\n]{1,80})?(?P<c>\])",
        _probability,
        needs="[",
        group=("o", "bar", "c"),
    ),
    rule("formula", rf"(?<![\w\\])[OoΘΩθ]\((?=[^)]*[\dnkmNdTVElog])(?:{_INNER}){{1,40}}\)", _say, needs="("),
    rule(
        "formula",
        r"(?<![\w\\'])[a-zA-ZΑ-ω](?:_\{?\w\}?)?'?\((?:[a-zA-Zα-ω](?:_\{?\w\}?)?'?(?:\s?[-+*/]\s?\w)?(?:, ?|\)"
        r"(?![a-z])))+(?<=\))",
        _say,
        needs="(",
    ),
    rule(
        "formula",
        r"(?<![\w\\/.])[A-Za-zΑ-ω]_(?:\{[^{}\s]{1,12}\}|[A-Za-z0-9α-ω]{1,2}(?![\w]))(?:\^(?:\{[^{}\s]{1,12}\}|-?\w"
        r"(?!\w)|\*))?",
        _say,
        needs="_",
    ),
    rule(
        "formula",
        r"(?<![\w\\/.^])(?:\d+)?[A-Za-zΑ-ω](?:\^|\*\*)(?:\{[^{}\s]{1,16}\}|\(-?[^()\s]{1,12}\)|-?\d+(?:\.\d+)?"
        r"|-?[A-Za-zα-ω](?!\w)|\*(?!\w))",
        _say,
        needs="^*",
    ),
    rule(
        "formula",
        r"(?<![\w\\/.^])\d+(?:\^)(?:\{[^{}\s]{1,16}\}|\(-?[^()\s]{1,12}\)|-?[A-Za-zα-ω](?!\w))",
        _say,
        needs="^",
    ),
    rule(
        "formula",
        r"(?<![\w\\/.^])(?<!\d )[A-Za-zΑ-ω][²³⁴⁵⁶⁷⁸⁹ⁿᵏ]|(?<![\w\\/.^])[A-Za-zα-ω][₀-₉ₐ-ₜᵢᵣᵤᵥ]+",
        _say,
        needs="²³⁴⁵⁶⁷⁸⁹ⁿᵏ₀₁₂₃₄₅₆₇₈₉ₙᵢₖₘₜₓₐₑₒ",
    ),
)
