"""Fractions -> words: "one half", "a plus b, over c", "n choose k", "the derivative of y with respect to x"."""

from __future__ import annotations

from narrate.script.math.applications import has_relation, is_sum
from narrate.script.math.pieces import Piece, Reads, is_compound, number_words
from narrate.script.math.tree import Fraction, Letter, Node, Number, Row, Script, Sign
from narrate.script.numerals import cardinal, ordinal

_SMALL_DENOMINATORS = range(2, 11)


def simple_fraction(over: str, under: str) -> list[str] | None:
    """Two whole numbers as people say them, where they do: 1/2, 2/3, 3/4, 1/10; None for others."""
    if not (over.isdecimal() and under.isdecimal() and len(under) < 4 and len(over) < 3):
        return None
    top, bottom = int(over), int(under)
    if not (0 < top < bottom and (bottom in _SMALL_DENOMINATORS or (bottom in (100, 1000) and top == 1))):
        return None
    name = {2: "half", 4: "quarter"}.get(bottom, ordinal(bottom).removeprefix("one "))
    return [cardinal(top), name if top == 1 else "halves" if bottom == 2 else name + "s"]


def read_fraction(reader: Reads, node: Fraction) -> Piece:
    """A fraction or a binomial coefficient."""
    if not node.bar:
        words = (*reader.row(node.over), "choose", *reader.row(node.under))
        return Piece(words, factor="application", open_end=len(node.under.items) > 1)
    top, bottom = _only_number(node.over), _only_number(node.under)
    first = node.over.items[0] if len(node.over.items) == 2 else None
    if isinstance(first, Sign) and first.symbol.words == "minus" and bottom is not None:
        positive = read_fraction(reader, Fraction(Row(node.over.items[1:]), node.under))
        return Piece(("minus", *positive.words), factor=positive.factor, open_start=True)
    if top is not None and bottom is not None:
        simple = simple_fraction(top, bottom)
        if simple:
            return Piece(tuple(simple), factor="number")
        return Piece((number_words(top), "over", number_words(bottom)), factor="fraction")
    return _read_derivative(reader, node) or _read_quotient(reader, node)


def _only_number(row: Row) -> str | None:
    only = row.items[0] if len(row.items) == 1 else None
    return only.text if isinstance(only, Number) else None


def _read_quotient(reader: Reads, node: Fraction) -> Piece:
    over, under = reader.row(node.over), reader.row(node.under)
    is_long = is_compound(over) or has_relation(node.over)
    words = [*over, *([","] if is_long else []), "over"]
    if is_sum(node.under):
        words += ["the", "quantity"]
    elif is_compound(under) and not is_sum(node.under) and "over" in under:
        words.append(",")
    opens = len(under) > 1 or any(isinstance(item, Script) and item.sup for item in node.under.items)
    return Piece((*words, *under), factor="fraction", open_end=opens, open_start=is_long)


def _order(node: Node) -> str | None:
    """`d` or `∂` -> "1", `d^2` -> "2", anything else -> None."""
    base, order = node, "1"
    if isinstance(node, Script):
        only = node.sup.items[0] if node.sup is not None and len(node.sup.items) == 1 else None
        if node.sub is not None or node.n_primes or not isinstance(only, (Number, Letter)):
            return None
        base, order = node.base, only.text if isinstance(only, Number) else only.char
    is_d = isinstance(base, Letter) and base.char == "d"
    is_partial = isinstance(base, Sign) and base.symbol.glyph in "∂δ"
    return order if is_d or is_partial else None


def _is_partial(node: Node) -> bool:
    base = node.base if isinstance(node, Script) else node
    return isinstance(base, Sign)


def _read_derivative(reader: Reads, node: Fraction) -> Piece | None:
    """dy/dx, ∂L/∂w, d²y/dx², ∂²f/∂x∂y, d/dx; None when the fraction is no derivative."""
    over, under = node.over.items, node.under.items
    if not over or len(under) < 2 or (order := _order(over[0])) is None or _order(under[0]) != "1":
        return None
    if _is_partial(over[0]) != _is_partial(under[0]):
        return None
    variables: list[list[Node]] = []
    for item in under:
        if _order(item) == "1" and not isinstance(item, Script):
            variables.append([])
        else:
            variables[-1].append(_without_order(item, order))
    if not all(variables):
        return None
    names = [
        word for at, each in enumerate(variables) for word in ([] if not at else ["and"]) + reader.row(Row((*each,)))
    ]
    kind = [] if order == "1" else [ordinal(order) if order.isdecimal() else f"{order}th"]
    words = ["the", *kind, *(["partial"] if _is_partial(over[0]) else []), "derivative"]
    about = ["with", "respect", "to", *names]
    if len(over) == 1:
        return Piece((*words, *about, "of"), kind="prefix")
    return Piece((*words, "of", *reader.row(Row(over[1:])), *about), factor="application", open_end=True)


def _without_order(node: Node, order: str) -> Node:
    """`x^2` under `d^2` is just x."""
    if isinstance(node, Script) and node.sup is not None and order != "1" and len(node.sup.items) == 1:
        only = node.sup.items[0]
        raised = only.text if isinstance(only, Number) else only.char if isinstance(only, Letter) else ""
        if raised == order:
            return Script(node.base, node.sub) if node.sub is not None else node.base
    return node
