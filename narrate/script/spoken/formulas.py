"""Formulas typed as plain text -> words: P(A|B), O(n log n), x_i, y^2. The TeX reader's plain-text door does the reading."""

from __future__ import annotations

import re


from narrate.script.spoken.rule import rule


def say_text(plain: str) -> str | None:
    from narrate.script import math

    reader = getattr(math, "say_text", None)
    return reader(plain) if reader else None


_NESTED = r"\([^()\n]*\)"
_INNER = r"(?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))"


def _say(found: re.Match[str]) -> str | None:
    return say_text(found[0])


def _probability(found: re.Match[str]) -> tuple[str, ...]:
    """`P(A|B)`, `p(doom)`, `E[R]`: "of", "given"; what stands inside is read by the other rules."""
    following = found.string[found.end() :]
    close = " over " if found["c"].endswith("/") else " times " if re.match(r"\s?[Pp]r?\(", following) else ""
    return (" of ", " given ", close)


RULES = (
    rule("formula", rf"(?<![\w\\])(?:Pr?|p|Prob|ℙ|𝔼|E|Var|Cov)(?P<o>\()(?:[^()|\n]|{_NESTED}){{1,80}}?(?:(?P<bar>\|)(?:[^()|\n]|{_NESTED}){{1,80}})?(?P<c>\)(?:\s?/(?=\s?[Pp]r?\())?)", _probability, needs="(", group=("o", "bar", "c")),
    rule("formula", r"(?<![\w\\])(?:E|Pr?|𝔼|Var)(?P<o>\[)[^\[\]|\n]{1,80}(?:(?P<bar>\|)[^\[\]|\n]{1,80})?(?P<c>\])", _probability, needs="[", group=("o", "bar", "c")),
    rule("formula", rf"(?<![\w\\])[OoΘΩθ]\((?=[^)]*[\dnkmNdTVElog])(?:{_INNER}){{1,40}}\)", _say, needs="("),
    rule("formula", rf"(?<![\w\\'])[a-zA-ZΑ-ω](?:_\{{?\w\}}?)?'?\((?:[a-zA-Zα-ω](?:_\{{?\w\}}?)?'?(?:\s?[-+*/]\s?\w)?(?:, ?|\)(?![a-z])))+(?<=\))", _say, needs="("),
    rule("formula", r"(?<![\w\\/.])[A-Za-zΑ-ω]_(?:\{[^{}\s]{1,12}\}|[A-Za-z0-9α-ω]{1,2}(?![\w]))(?:\^(?:\{[^{}\s]{1,12}\}|-?\w(?!\w)|\*))?", _say, needs="_"),
    rule("formula", r"(?<![\w\\/.^])(?:\d+)?[A-Za-zΑ-ω](?:\^|\*\*)(?:\{[^{}\s]{1,16}\}|\(-?[^()\s]{1,12}\)|-?\d+(?:\.\d+)?|-?[A-Za-zα-ω](?!\w)|\*(?!\w))", _say, needs="^*"),
    rule("formula", r"(?<![\w\\/.^])\d+(?:\^)(?:\{[^{}\s]{1,16}\}|\(-?[^()\s]{1,12}\)|-?[A-Za-zα-ω](?!\w))", _say, needs="^"),
    rule("formula", r"(?<![\w\\/.^])[A-Za-zΑ-ω][²³⁴⁵⁶⁷⁸⁹ⁿᵏ]|(?<![\w\\/.^])[A-Za-zα-ω][₀-₉ₐ-ₜᵢᵣᵤᵥ]+", _say, needs="²³⁴⁵⁶⁷⁸⁹ⁿᵏ₀₁₂₃₄₅₆₇₈₉ₙᵢₖₘₜₓₐₑₒ"),
)  # fmt: skip
