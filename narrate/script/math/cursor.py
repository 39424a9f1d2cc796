"""A place in a list of tokens: looking ahead, taking arguments, reading numbers. `parse` builds trees on top of it."""

from __future__ import annotations

from collections.abc import Mapping

from narrate.script.math.tokens import Token, source
from narrate.script.math.tree import Number

#: Arrows and comparisons typed with plain characters, longest first, and the commands they mean.
_TYPED = (
    ("<=>", "iff"), ("<->", "leftrightarrow"), ("->", "to"), ("=>", "implies"), ("<=", "le"), (">=", "ge"),
    ("==", "eq"), ("<<", "ll"), (">>", "gg"),
)  # fmt: skip


class Cursor:
    """Tokens and where we are in them; every method that takes something moves on past it."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self, offset: int = 0) -> Token | None:
        at = self.at + offset
        return self.tokens[at] if at < len(self.tokens) else None

    def skip_space(self) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "space":
            self.at += 1

    def next_is(self, kind: str, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.kind == kind and token.text in texts

    def raw_argument(self) -> list[Token]:
        """The tokens of the next group (without braces) or the next single token."""
        self.skip_space()
        first = self.peek()
        if first is None or first in (("char", "}"), ("char", "&")):
            return []
        self.at += 1
        if first != ("char", "{"):
            return [first]
        start, depth = self.at, 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            depth += (token == ("char", "{")) - (token == ("char", "}"))
            self.at += 1
            if depth == 0:
                return self.tokens[start : self.at - 1]
        return self.tokens[start:]

    def raw_optional(self) -> list[Token] | None:
        """The tokens inside `[…]` if that comes next."""
        self.skip_space()
        if not self.next_is("char", "["):
            return None
        self.at += 1
        start, depth = self.at, 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            depth += (token == ("char", "{")) - (token == ("char", "}"))
            self.at += 1
            if depth == 0 and token == ("char", "]"):
                return self.tokens[start : self.at - 1]
        return self.tokens[start:]

    def raw_optional_length(self) -> None:
        """Skip the `[2pt]` that may follow a line break; any other bracket belongs to the next line."""
        token = self.peek()
        if token != ("char", "["):
            return
        start = self.at
        inside = source(self.raw_optional() or [])
        if not inside.strip("-.0123456789 ").isalpha():
            self.at = start

    def skip_environment(self) -> None:
        depth = 1
        while depth and self.at < len(self.tokens):
            token = self.tokens[self.at]
            depth += (token == ("command", "begin")) - (token == ("command", "end"))
            self.at += 1
        self.raw_argument()

    def unicode_script(self, table: Mapping[str, str]) -> list[Token]:
        found: list[Token] = []
        while (token := self.peek()) is not None and token.kind == "char" and token.text in table:
            found.append(Token("char", table[token.text]))
            self.at += 1
        return found

    def ascii_arrow(self, first: str) -> str | None:
        """`->`, `=>`, `<=`, `>=`, `<->`, `!=` typed with plain characters: the command they mean."""
        rest = "".join(
            token.text for token in self.tokens[self.at : self.at + 2] if token.kind == "char" and len(token.text) == 1
        )
        for typed, command in _TYPED:
            if (first + rest).startswith(typed):
                self.at += len(typed) - 1
                return command
        return None

    def number(self) -> Number:
        """Digits, grouping commas (1,000; 1{,}000; 1\\,000) taken out, and one decimal part."""
        start = self.at
        digits = self._digits()
        while len(digits) > 0 and (step := self._grouping(start, digits)):
            self.at += step
            digits += "," + self._digits()
        point, after = self.peek(), self.peek(1)
        if point == ("char", ".") and after is not None and after.kind == "char" and after.text.isdecimal():
            self.at += 1
            digits += "." + self._digits()
        return Number(digits)

    def _digits(self) -> str:
        start = self.at
        while (token := self.peek()) is not None and token.kind == "char" and token.text.isdecimal():
            self.at += 1
        return "".join(str(int(token.text)) for token in self.tokens[start : self.at])

    def _grouping(self, start: int, digits: str) -> int:
        """How many tokens of separator stand before the next group of exactly three digits; 0 for none."""
        raw = "".join(token.raw for token in self.tokens[self.at : self.at + 8])
        separator = next((mark for mark in ("{,}", ",", "\\,") if raw.startswith(mark)), None)
        if separator is None or ("," not in digits and len(digits) > 3):
            return 0
        three = raw[len(separator) : len(separator) + 4]
        if len(three) < 3 or not three[:3].isdecimal() or three[3:].isdecimal() or self.tokens[start].text == "0":
            return 0
        n_tokens = len(separator) if separator != "\\," else 1
        before = next((token.text for token in reversed(self.tokens[:start]) if token.kind != "space"), "")
        rest = self.tokens[self.at + n_tokens + 3 :]
        after = next((token.text for token in rest if token.kind != "space"), "")
        is_pair = separator == "," and before in ("(", "[", "{") and after in (")", "]", "}")
        return 0 if is_pair else n_tokens
