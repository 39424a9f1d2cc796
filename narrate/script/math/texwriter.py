"""Small pieces of TeX source, for the two readers of formula markup that carries none (`mathml`, `glyphs`)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from narrate.script.math.symbols import CHARACTERS, COMMANDS

#: Markup nested deeper than this is not a formula.
DEPTH_LIMIT = 60

#: Invisible operators and thin spaces, which MathJax and browsers put between the parts of a formula.
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b\u00a0\u2006\u2009\ufeff"), " ")
_ESCAPED = str.maketrans(
    {"{": "\\{", "}": "\\}", "%": "\\%", "$": "\\$", "#": "\\#", "&": "\\&", "_": "\\_", "\\": "\\backslash ",
     "^": "\\hat{}", "~": "\\sim "}
)  # fmt: skip
_ABOVE = {
    "^": "hat", "ˆ": "hat", "\u0302": "hat", "¯": "bar", "‾": "bar", "_": "bar", "―": "bar", "\u0304": "bar",
    "\u0305": "bar", "~": "tilde", "˜": "tilde", "\u0303": "tilde", "→": "vec", "⃗": "vec", "˙": "dot", ".": "dot",
    "\u0307": "dot", "¨": "ddot", "\u0308": "ddot", "ˇ": "check", "˘": "breve", "´": "acute", "`": "grave",
    "⏞": "overbrace", "︷": "overbrace", "–": "bar", "−": "bar",
}  # fmt: skip
_BELOW = {"⏟": "underbrace", "︸": "underbrace"} | dict.fromkeys("_¯‾―–−\u0332", "underline")
_GROUPED_DIGITS = re.compile(r"(?<=\d) , (?=\d{3}(?!\d))")
#: What scripts may hang on without braces, so that an operator stays one.
_BARE = re.compile(r".|\\[A-Za-z]+|\\operatorname\{[A-Za-z]+\}|\\(?:over|under)brace\{.*\}", re.S)
_ARG_LIMIT = re.compile(r"\\operatorname\{arg\}\s*\\operatorname\{(max|min)\}")


def escape(text: str) -> str:
    """Plain characters as TeX source; invisible operators become blanks."""
    return text.translate(_INVISIBLE).translate(_ESCAPED)


def prose(text: str) -> str:
    """Words as `\\text{…}`; a backslash in them is an error message's and means nothing aloud."""
    plain = text.translate(_INVISIBLE).replace("\\", "").translate(_ESCAPED)
    return f"\\text{{{plain}}}" if plain.strip() else ""


def token(text: str) -> str:
    """A letter or sign as it is (italic letters plain), a longer name upright."""
    plain = text.translate(_INVISIBLE).strip()
    name = unicodedata.normalize("NFKC", plain.replace(" ", ""))
    if len(name) > 1 and name.isalpha() and name.isascii():
        return f"\\operatorname{{{name}}}"
    return escape("".join(map(_upright, plain)))


def _upright(char: str) -> str:
    """MathJax draws x as 𝑥; letters of other alphabets keep their characters, which say what they are."""
    kind = unicodedata.name(char, "")
    is_italic = kind.startswith("MATHEMATICAL ITALIC") or kind == "PLANCK CONSTANT"
    return unicodedata.normalize("NFKC", char) if is_italic else char


def beside(parts: Sequence[str]) -> str:
    """Parts side by side. Single letters join, so that a word typed in italics is still seen as one."""
    row = ""
    for part in parts:
        joins = len(part) == 1 and part.isalpha() and re.search(r"(?:^|[^A-Za-z\\{])[A-Za-z]+\Z", row)
        row += part if not row or joins else f" {part}"
    return _GROUPED_DIGITS.sub(",", row)


def group(tex: str) -> str:
    """In braces, once."""
    return "{" + tex.strip() + "}"


def fraction(over: str, under: str, *, bar: bool) -> str:
    """Two groups, one above the other."""
    return ("\\frac" if bar else "\\binom") + over + under


def limits(base: str, below: str | None, above: str | None) -> str:
    """Groups set below and above a base group: an accent, a label on a relation, or the bounds of an operator."""
    low, high = (part[1:-1].strip() if part else None for part in (below, above))
    if high is not None and low is None and high in _ABOVE_TEX:
        return f"\\{_ABOVE_TEX[high]}{base}"
    if low is not None and high is None and low in _BELOW_TEX:
        return f"\\{_BELOW_TEX[low]}{base}"
    inner = base[1:-1].strip()
    known = CHARACTERS.get(inner) or COMMANDS.get(inner.removeprefix("\\"))
    if known is not None and known.kind in ("rel", "arrow", "logic"):
        labelled = f"\\overset{above}{base}" if above else base
        return f"\\underset{below}{{{labelled}}}" if below else labelled
    return scripts(base, below, above)


_ABOVE_TEX = {escape(mark).strip(): command for mark, command in _ABOVE.items()}
_BELOW_TEX = {escape(mark).strip(): command for mark, command in _BELOW.items()}


def scripts(base: str, sub: str | None, sup: str | None) -> str:
    """A base group with its scripts. A lone character or operator keeps no braces, so that it stays an operator."""
    inner = _ARG_LIMIT.sub(r"\\operatorname{arg\1}", base[1:-1].strip())
    bare = inner if _BARE.fullmatch(inner) else group(inner)
    return bare + (f"_{sub}" if sub else "") + (f"^{sup}" if sup else "")


def tag(label: str) -> str:
    """An equation's number as `\\tag{…}`, without the brackets that show it."""
    return f"\\tag{{{label.strip().strip('()')}}}" if label.strip() else ""


def matrix(rows: Sequence[Sequence[str]]) -> str:
    """Cells as an `array`: the parser tells matrices from aligned equations."""
    body = " \\\\ ".join(" & ".join(cells) for cells in rows)
    return f"\\begin{{array}}{{c}} {body} \\end{{array}}"
