"""Pieces of a reading -> words: where "times" is said, and where a comma makes grouping audible.

A comma is its own word here; `finish` turns it into punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from narrate.script.math.facts import Facts
from narrate.script.math.tree import Node, Row
from narrate.script.numerals import decimal_words, digits

#: How a row is read: "plain"; "bounds" below a sum or a quantifier (no verbs, ∼ is "drawn from"); "sentence" (verbs);
#: "limit" (arrows "go to"); "divergence" (separators are "from"); "shared" (`;` is "and", as in I(X;Y)); "list" (last
#: comma is "and"); "size" (× is "by").
Manner = Literal["plain", "bounds", "sentence", "limit", "divergence", "shared", "list", "size"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stand together.

    `kind`: "operand", "prefix" (what follows belongs to it), "suffix" (it belongs to what precedes), "rel", "bin",
    "logic", "mark", "prose".
    `factor`, of an operand: "number", "letter", "application", "group", "fraction", "word".
    `open_end`: what follows could be heard as part of it. `open_start`: it could be heard as part of what precedes.
    `has_relation`: it holds a relation of its own, so that a second one needs a pause.
    """

    words: tuple[str, ...]
    kind: str = "operand"
    factor: str = "letter"
    open_end: bool = False
    open_start: bool = False
    has_relation: bool = False


class Reads(Protocol):
    """What the readers of single constructs need of the whole: `speech.Reader` is one."""

    facts: Facts

    def row(self, row: Row, manner: Manner = "plain") -> list[str]: ...

    def node(self, node: Node, manner: Manner = "plain") -> Piece: ...


_JOINING = (("and",), ("or",))


def _says_times(left: Piece, right: Piece) -> bool:
    """Whether a product of these two needs the word: "two x" and "n log n" don't, "P of A times P of B" does."""
    if left.kind == "prose" or right.kind == "prose":
        return False
    pair = (left.factor, right.factor)
    if right.words[0] == "d":
        return False  # a differential
    if right.kind == "prefix":
        return right.words[0] == "the"
    if left.open_end or right.words[0] == "the":
        return True
    if "group" in pair or right.factor == "number" or left.factor == "application":
        return True
    if right.factor == "fraction" or left.factor == "fraction":
        return right.factor == "fraction"
    return pair in (("letter", "word"), ("word", "letter"), ("word", "application"))


def join(pieces: Sequence[Piece]) -> list[str]:
    """Pieces in order -> words, with commas and "times" between them."""
    words: list[str] = []
    before: Piece | None = None
    has_stated = False  # something was said that an "implies" could be heard as a part of
    for piece in pieces:
        if before is not None and before.words:
            is_product = (
                before.kind in ("operand", "suffix") and piece.kind in ("operand", "prefix") and bool(piece.words)
            )
            pauses = before.open_end and piece.kind in ("operand", "prefix", "suffix", "bin", "logic")
            pauses |= before.has_relation and piece.kind in ("rel", "logic")
            pauses |= piece.open_start and before.kind in ("bin", "operand", "logic")
            pauses |= piece.open_start and piece.has_relation and before.kind == "rel"
            pauses |= piece.kind == "logic" and has_stated and piece.words not in _JOINING
            if pauses:
                words.append(",")
            if is_product and _says_times(before, piece):
                words.append("times")
        has_stated = has_stated or piece.kind in ("rel", "logic", "mark")
        words += piece.words
        if piece.words:
            before = piece
    return words


def number_words(text: str) -> str:
    """A Number's text as it is said: `0110`, with its leading zero, is a string of digits."""
    return digits(text) if len(text) > 1 and text[0] == "0" and text.isdecimal() else decimal_words(text)


def is_compound(words: Sequence[str]) -> bool:
    """Long enough that the ear needs a pause round it."""
    return len(words) > 4 or any(word in ("plus", "minus", ",") for word in words[1:])


def finish(words: Sequence[str]) -> str:
    """Words with loose punctuation -> text: "a , , b ." becomes "a, b."."""
    text = " ".join(word for word in words if word)
    text = re.sub(r"“\s*", ' "', text)
    text = re.sub(r"[\s,]*”", '"', text)
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,.;:?!])", r"\1", text)
    text = re.sub(r"(?:,\s*)+(?=[,.;:?!])|(?<=[.;:?!]),+", "", text)
    text = re.sub(r"(?<=[(]) |^[,;:. ]+| (?=[)])", "", text)
    return re.sub(r"(?: of)?[,;:]*$", "", text).strip()
