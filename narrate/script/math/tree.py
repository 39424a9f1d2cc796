"""What a formula is made of: frozen nodes, built by `parse`, read aloud by `speech`, shown by `unicode`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from narrate.script.math.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Number:
    """Digits with an optional decimal point, no grouping: "1024", "0.05", ".5"."""

    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One identifier letter, Latin or Greek, or the name of a command nobody defined.

    `style`: "plain", "bold", "blackboard", "script", "fraktur", "name" (upright).
    """

    char: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Word:
    """Letters that are read as words. `is_prose` for `\\text`, whose edges and blanks are the author's own."""

    text: str
    is_prose: bool = False
    spaced: bool = False  # prose with a blank at either edge: it joins two formulas, nothing is multiplied


@dataclass(frozen=True, slots=True)
class Sign:
    """A symbol of the table that stands for itself: relation, connective, operator, quantifier, value, mark."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Function:
    """A named function or sum-like operator that takes what follows it: log, max, argmax, sum, integral."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Row:
    """Nodes side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A base with what hangs on it. `n_primes` counts its prime marks."""

    base: Node
    sub: Row | None = None
    sup: Row | None = None
    n_primes: int = 0


@dataclass(frozen=True, slots=True)
class Fraction:
    """`over` above `under`; without a `bar` it is a binomial coefficient."""

    over: Row
    under: Row
    bar: bool = True


@dataclass(frozen=True, slots=True)
class Root:
    """The `index`-th root (None: the square root)."""

    radicand: Row
    index: Row | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """Matched delimiters: `left` and `right` are their characters, "" for TeX's invisible one."""

    left: str
    body: Row
    right: str


@dataclass(frozen=True, slots=True)
class Accent:
    """`mark` is a key of symbols.ACCENTS."""

    mark: str
    body: Row


@dataclass(frozen=True, slots=True)
class Stack:
    """Something written above or below a base: `\\overset`, `\\underbrace{…}_{…}`, `\\xrightarrow`."""

    base: Row
    above: Row | None = None
    below: Row | None = None
    brace: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells in rows. `kind`: "matrix", "determinant", "cases" or "lines" (aligned equations, one a row)."""

    kind: str
    rows: tuple[tuple[Row, ...], ...]


@dataclass(frozen=True, slots=True)
class Struck:
    """A crossed-out part."""

    body: Row


@dataclass(frozen=True, slots=True)
class Tag:
    """An equation's own number or name."""

    text: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture drawn in TeX; it has no reading."""

    kind: str


Node = (
    Number | Letter | Word | Sign | Function | Row | Script | Fraction | Root | Fence | Accent | Stack | Grid | Struck
    | Tag | Diagram
)  # fmt: skip


#: The fields of each kind of node that hold nodes, left to right.
_PARTS: dict[type, tuple[str, ...]] = {
    Script: ("base", "sub", "sup"), Fraction: ("over", "under"), Root: ("radicand", "index"), Fence: ("body",),
    Accent: ("body",), Stack: ("base", "above", "below"), Struck: ("body",),
}  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside a node, left to right."""
    if isinstance(node, Row):
        return node.items
    if isinstance(node, Grid):
        return tuple(cell for cells in node.rows for cell in cells)
    parts = _PARTS.get(type(node))
    if parts is None:
        return ()
    return tuple(part for name in parts if (part := getattr(node, name)) is not None)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything inside it, depth first, left to right."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def depth(node: Node) -> int:
    """How many levels a tree has; counted without recursion, so that any tree can be judged."""
    level, n_levels = [node], 0
    while level:
        level = [child for parent in level for child in children(parent)]
        n_levels += 1
    return n_levels


def from_symbol(symbol: Symbol) -> Node:
    """A symbol of the table as the node its kind asks for."""
    if symbol.kind == "letter":
        return Letter(symbol.glyph)
    if symbol.kind in ("fn", "lim", "big"):
        return Function(symbol)
    return Sign(symbol)


def joined(first: Row | None, second: Row) -> Row:
    """Two scripts in the same place, one after the other."""
    return second if first is None else Row((*first.items, *second.items))
