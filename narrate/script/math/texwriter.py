"""Small pieces of TeX source, for the two readers of formula markup that carries none (`mathml`, `glyphs`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Markup nested deeper than this is not a formula.
DEPTH_LIMIT = 60

_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b\u00a0\u2009\ufeff"), " ")
_ESCAPED = str.maketrans(
    {"{": "\\{", "}": "\\}", "%": "\\%", "$": "\\$", "#": "\\#", "&": "\\&", "_": "\\_", "\\": "\\backslash ",
     "^": "\\hat{}", "~": "\\sim "}
)  # fmt: skip
_MARKS = {
    "^": "hat", "ˆ": "hat", "\u0302": "hat", "¯": "bar", "‾": "bar", "_": "bar", "―": "bar", "\u0304": "bar",
    "\u0305": "bar", "~": "tilde", "˜": "tilde", "\u0303": "tilde", "→": "vec", "⃗": "vec", "˙": "dot", ".": "dot",
    "\u0307": "dot", "¨": "ddot", "\u0308": "ddot", "ˇ": "check", "˘": "breve", "´": "acute", "`": "grave",
}  # fmt: skip
_BRACES = {"⏟": "underbrace", "⏞": "overbrace", "︸": "underbrace", "︷": "overbrace"}


def escape(text: str) -> str:
    """Plain characters as TeX source; invisible operators become blanks."""
    return text.translate(_INVISIBLE).translate(_ESCAPED)


def group(tex: str) -> str:
    """In braces, once."""
    return "{" + tex.strip() + "}"


def identifier(text: str) -> str:
    """A letter as it is, a longer name upright."""
    plain = text.translate(_INVISIBLE).strip()
    if len(plain) > 1 and plain.isalpha():
        return f"\\mathrm{{{plain}}}"
    return escape(plain)


def fraction(over: str, under: str, *, bar: bool) -> str:
    """Two groups, one above the other."""
    return ("\\frac" if bar else "\\binom") + over + under


def accented(mark: str, base: str) -> str | None:
    """A mark above or below a base as an accent command; None when it is a limit or a label."""
    if mark in _BRACES:
        return f"\\{_BRACES[mark]}{base}"
    return f"\\{_MARKS[mark]}{base}" if mark in _MARKS else None


def scripts(base: str, sub: str | None, sup: str | None) -> str:
    """A base group with its scripts. A lone character or operator keeps no braces, so that it stays an operator."""
    inner = base[1:-1].strip()
    bare = inner if re.fullmatch(r".|\\[A-Za-z]+|\\mathrm\{[A-Za-z]+\}|\\[a-z]+(?:brace)\{.*\}", inner) else base
    return bare + (f"_{sub}" if sub else "") + (f"^{sup}" if sup else "")


def matrix(rows: Sequence[Sequence[str]]) -> str:
    """Cells as an `array`: the parser tells matrices from aligned equations."""
    body = " \\\\ ".join(" & ".join(cells) for cells in rows)
    return f"\\begin{{array}}{{c}} {body} \\end{{array}}"
