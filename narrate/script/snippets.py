"""Code in a line of text -> words: names split, signs called by their names, brackets silent.

Only for what prose rules would misread; `x = 1`, `P(A|B)`, `ls` and a file's name are left to them.
"""

from __future__ import annotations

import re

from narrate.script import spoken

#: More named signs than this are for the eye.
MAX_SIGNS = 4
MAX_CHARS = 80

#: Sign -> what a programmer calls it. Longer ones first.
SIGNS = {
    ">>=": "bind",
    "<=>": "spaceship",
    "===": "triple equals",
    "!==": "not equals",
    "<->": "double arrow",
    "->": "arrow",
    "=>": "arrow",
    "<-": "left arrow",
    "::": "double colon",
    ":=": "colon equals",
    "==": "equals equals",
    "!=": "not equals",
    "/=": "not equals",
    "<=": "at most",
    ">=": "at least",
    "++": "plus plus",
    "--": "dash dash",
    "&&": "and",
    "||": "or",
    "**": "star star",
    "+=": "plus equals",
    "-=": "minus equals",
    "//": "slash slash",
    "[]": "empty brackets",
    "{}": "empty braces",
    "$": "dollar",
    "<": "less than",
    ">": "greater than",
    "&": "ampersand",
    "*": "star",
    "|": "pipe",
    "@": "at",
    "#": "hash",
    "^": "caret",
    "~": "tilde",
    "\\": "backslash",
    "=": "equals",
    "+": "plus",
    "/": "slash",
    "%": "percent",
    "!": "bang",
    "-": "dash",
}
_TOKEN = re.compile(
    r"</?(?P<tag>[a-zA-Z][\w-]*)\s*/?>|(?P<word>[^\W\d_]+)|(?P<number>\d+(?:\.\d+)*)|(?P<empty>\(\))|(?P<space>\s+)|(?P<sign>"
    + "|".join(re.escape(sign) for sign in SIGNS)
    + r")|(?P<dot>\.(?!\s|$)|(?<=\s)\.(?=\s))|(?P<pause>[,;:.])|(?P<rest>.)",
    re.S,
)
#: Signs that prose rules don't know as code.
_CODE = re.compile(
    r"[{}\[\]&\\;@#$~`*]|->|=>|<-|::|:=|==|!=|\+\+|&&|\|\||[<>][^\s\w]|[^\s\w)][<>]|</?[a-z]+>|^[<>|]$|\s\.\s"
)
_BRACKETED = re.compile(r"\[\s*([^\W\d_]+)\s*\]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def say(code: str) -> str | None:
    """`"[a] -> Bool"` -> "a arrow Bool"; "" when it is too much to say; None when prose rules read it well."""
    if not _CODE.search(code) or "://" in code:
        return None
    alone = _BRACKETED.fullmatch(code)
    if alone:
        return f"{spoken.read(alone[1]).spoken} in brackets"
    words: list[str] = []
    n_signs = 0
    for found in _TOKEN.finditer(code):
        if found["word"]:
            words.append(_CAMEL.sub(" ", found["word"]))
        elif found["tag"]:
            words.append(f"{found['tag']} tag")
        elif found["number"]:
            words.append(found["number"])
        elif found["sign"]:
            words.append(SIGNS[found["sign"]])
            n_signs += 1
        elif found["dot"]:
            words.append("dot")
        elif found["pause"] and words:
            words[-1] += ","
    said = spoken.read(" ".join(words).strip(" ,")).spoken
    if not any(c.isalpha() for c in said) or n_signs > MAX_SIGNS or len(code) > MAX_CHARS:
        return ""
    return said
