"""TeX source -> tokens, as TeX's own eyes do it: control words, control symbols, characters, runs of white space.

White space is kept as one token: TeX ignores it, but whether an author wrote `heads` or `h e a d s` tells a word from a
product. A `%` only starts a comment where nothing but white space stands before it on its line (`8%` is a percentage).
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: More than any formula people wrote (the longest of 8,465 real ones has 3,419 characters), less than would hurt.
MAX_CHARS = 10_000

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z@]+)(?P<star>\*)?"
    r"|\\(?P<symbol>.)"
    r"|(?P<comment>(?:^|(?<=\n))[ \t]*%[^\n]*)"
    r"|(?P<space>[\s\u200b\u2060\ufeff]+)"
    r"|(?P<char>.)",
    re.S,
)
#: Commands whose starred form is the same command; elsewhere a star is a star (`\pi*2`).
_STARRED = frozenset(
    {"operatorname", "tag", "hspace", "vspace", "newcommand", "renewcommand", "providecommand", "DeclareMathOperator"}
)


class Unreadable(Exception):
    """This formula is too long, too deep, or grows without end; `say` answers None. Never leaves the package."""


class Token(NamedTuple):
    """`kind` is "command" (text without the backslash), "space" or "char"."""

    kind: str
    text: str

    @property
    def raw(self) -> str:
        """The token as TeX source."""
        return "\\" + self.text if self.kind == "command" else self.text


def tokenize(tex: str) -> list[Token]:
    """TeX -> tokens, in order. Raises Unreadable past MAX_CHARS."""
    if len(tex) > MAX_CHARS:
        raise Unreadable(f"{len(tex)} characters")
    tokens: list[Token] = []
    for found in _TOKEN.finditer(tex):
        kind = found.lastgroup
        if kind == "star" or kind == "word":
            tokens.append(Token("command", found["word"]))
            if found["star"] and found["word"] not in _STARRED:
                tokens.append(Token("char", "*"))
        elif kind == "symbol":
            tokens.append(Token("command", found["symbol"]))
        elif kind == "space":
            tokens.append(Token("space", " "))
        elif kind == "char":
            tokens.append(Token("char", found["char"]))
    return tokens


def source(tokens: list[Token]) -> str:
    """Tokens -> TeX, with a space after a control word where the next letter would join it."""
    parts: list[str] = []
    for index, token in enumerate(tokens):
        parts.append(token.raw)
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.kind == "command" and token.text.isalpha() and following is not None and following.text[:1].isalpha():
            parts.append(" " if following.kind == "char" else "")
    return "".join(parts)
