"""Roots, accents and what is written above or below -> words."""

from __future__ import annotations

from narrate.script.math.pieces import Piece, Reads
from narrate.script.math.signs import glyph_of, kind_of
from narrate.script.math.symbols import ACCENTS
from narrate.script.math.tree import Accent, Number, Root, Stack
from narrate.script.numerals import ordinal

#: What is written over an equals sign, and what the two say together.
_OVER_EQUALS = {
    "def": "is defined as", "definition": "is defined as", "defn": "is defined as", "△": "is defined as",
    "triangle": "is defined as", "factorial": "must equal", "?": "equals, question mark,", "d": "is distributed as",
}  # fmt: skip


def read_root(reader: Reads, node: Root) -> Piece:
    words = reader.row(node.radicand)
    degree = reader.row(node.index) if node.index is not None else ["two"]
    only = node.index.items[0] if node.index is not None and len(node.index.items) == 1 else None
    if degree == ["two"]:
        name = ["square"]
    elif degree == ["three"]:
        name = ["cube"]
    elif isinstance(only, Number) and only.text.isdecimal():
        name = [ordinal(only.text)]
    else:
        name = [*degree[:-1], f"{degree[-1]}th"] if degree else []
    return Piece(("the", *name, "root", "of", *words), factor="application", open_end=len(words) > 1)


def read_accent(reader: Reads, node: Accent) -> Piece:
    word = ACCENTS[node.mark][0]
    body = reader.row(node.body)
    if word == "vector" and len(body) == 1:
        return Piece(("vector", *body))
    comma = [","] if len(body) > 2 else []
    return Piece(
        (*body, *comma, "with", "a", "vector", "arrow") if word == "vector" else (*body, *comma, *word.split())
    )


def read_stack(reader: Reads, node: Stack) -> Piece:
    """Labels above and below: a defined equals, an arrow "via" something, a brace with its caption."""
    base = reader.node(node.base)
    above = reader.row(node.above) if node.above is not None else []
    below = reader.row(node.below) if node.below is not None else []
    if node.brace:
        labels = [word for label in (above, below) if label for word in (",", "labelled", *label, ",")]
        return Piece((*base.words, *labels), factor=base.factor, open_end=base.open_end)
    if base.words == ("equals",) and "".join(above) in _OVER_EQUALS:
        return Piece(tuple(_OVER_EQUALS["".join(above)].split()), kind="rel")
    only = node.base.items[0] if len(node.base.items) == 1 else None
    if glyph_of(only) == "∼" and "".join(above).replace(".", "") == "iid":
        return Piece(("drawn", "i", "i", "d", "from"), kind="rel")
    if kind_of(only) == "arrow":
        lead = ("goes",) if base.words == ("to",) else base.words
        tail = ("to",) if base.words == ("to",) else ()
        via = ("via", *above) if above else ()
        where = ("where", *below, ",") if below else ()
        return Piece((*lead, *via, *where, *tail), kind="rel")
    if kind_of(only) in ("rel", "logic", "bin"):
        labels = [word for label in (above, below) if label for word in (",", "by", *label, ",")]
        return Piece((*base.words, *labels), kind=base.kind)
    words = [
        *base.words,
        *(["with", *above, "above"] if above else []),
        *(["with", *below, "below"] if below else []),
    ]
    return Piece(tuple(words), factor=base.factor, open_end=True)
