"""A flat list of nodes -> a Row whose matched delimiters have become Fences; what has no partner stays where it is.

A bar opens where an operand is expected and closes where one has just ended (`|x|`, `|a-b|`); a bar between two
operands with nothing open is "given" (`P(A|B)`), a double one "from" (`D(P||Q)`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from narrate.script.math.symbols import COMMANDS, Symbol
from narrate.script.math.tree import Fence, Function, Grid, Node, Row, Script, Sign

_CLOSERS = {
    "(": ")]", "[": "])", "{": "}", "⟨": "⟩", "〈": "〉", "⌊": "⌋⌉", "⌈": "⌉⌋", "⌜": "⌝", "⌞": "⌟", "⟦": "⟧",
}  # fmt: skip
_DOUBLE = Symbol("‖", "bar", "")
_FROM = Symbol("‖", "given", "from")
_BEFORE_OPERAND = frozenset({"rel", "arrow", "bin", "logic", "pre", "quant", "mark", "money", "open", "given", "big"})


def pair_delimiters(items: list[Node]) -> Row:
    """Nodes as they stand in the source -> a Row with Fences."""
    if not any(_symbol(item).kind in ("open", "close", "bar") for item in items):
        return Row(tuple(items))
    levels: list[tuple[str, Node | None, list[Node]]] = [("", None, [])]
    for item in items:
        symbol = _symbol(item)
        if symbol.kind == "open" and isinstance(item, Sign):
            levels.append((symbol.glyph, item, []))
            continue
        if symbol.kind == "close":
            if symbol.glyph in _CLOSERS.get(levels[-1][0], ""):
                left, _, body = levels.pop()
                levels[-1][2].append(_rewrap(item, Fence(left, Row(tuple(_pair_bars(body))), symbol.glyph)))
                continue
            if symbol.glyph == "⟩" and (ket := _take_ket(levels[-1][2])) is not None:
                levels[-1][2].append(_rewrap(item, ket))
                continue
        levels[-1][2].append(item)
    while len(levels) > 1:
        left, opener, body = levels.pop()
        assert opener is not None
        if left == "{" and len(body) == 1 and isinstance(grid := body[0], Grid):
            levels[-1][2].append(Grid("cases", grid.rows))
        else:
            levels[-1][2].extend(_bra(body) if left == "⟨" else [opener, *body])
    return Row(tuple(_pair_bars(levels[0][2])))


def _symbol(node: Node) -> Symbol:
    """The symbol of a Sign, or of the Sign that scripts hang on."""
    if isinstance(node, Script):
        return _symbol(node.base)
    return node.symbol if isinstance(node, Sign) else _NONE


_NONE = Symbol("", "", "")


def _rewrap(closer: Node, fence: Fence) -> Node:
    """The fence, carrying the scripts that its closing delimiter carries."""
    return replace(closer, base=fence) if isinstance(closer, Script) else fence


def _take_ket(body: list[Node]) -> Fence | None:
    """`| ψ ⟩`: takes everything after the last bar out of `body`."""
    for at in range(len(body) - 1, -1, -1):
        if _symbol(body[at]).kind == "bar":
            inside = body[at + 1 :]
            del body[at:]
            return Fence("|", Row(tuple(inside)), "⟩")
    return None


def _bra(body: list[Node]) -> list[Node]:
    """`⟨ ψ |` without its `⟩`; anything else goes on without the bracket."""
    for at, item in enumerate(body):
        if _symbol(item).kind == "bar":
            return [Fence("⟨", Row(tuple(body[:at])), "|"), *_pair_bars(body[at + 1 :])]
    return body


def _expects_operand(before: list[Node]) -> bool:
    if not before:
        return True
    last = before[-1]
    if isinstance(last, Function):
        return True
    if isinstance(last, Script) and isinstance(last.base, Function):
        return True
    return isinstance(last, (Sign, Script)) and _symbol(last).kind in _BEFORE_OPERAND


def _pair_bars(items: list[Node]) -> list[Node]:
    """Bars of one level: paired into Fences, or turned into "given"."""
    if not any(_symbol(item).kind == "bar" for item in items):
        return items
    levels: list[tuple[str, list[Node]]] = [("", [])]
    queue = _merge_double_bars(items)
    n_left = Counter(_symbol(item).glyph for item in queue if _symbol(item).kind == "bar")
    for item in queue:
        symbol = _symbol(item)
        if symbol.kind != "bar":
            levels[-1][1].append(item)
            continue
        glyph, body = levels[-1]
        expects = _expects_operand(body)
        n_later = n_left[symbol.glyph] = n_left[symbol.glyph] - 1
        # `2|x|`: after an operand an odd number of partners makes a factor, an even one makes "given".
        expects = expects or (not any(glyph for glyph, _ in levels) and n_later % 2 == 1)
        later = n_later > 0
        if glyph == symbol.glyph and not (expects and later) and body:
            levels.pop()
            levels[-1][1].append(_rewrap(item, Fence(glyph, Row(tuple(body)), glyph)))
        elif expects and later:
            levels.append((symbol.glyph, []))
        else:
            middle = Sign(_FROM if symbol.glyph == "‖" else COMMANDS["mid"])
            body.append(replace(item, base=middle) if isinstance(item, Script) else middle)
    while len(levels) > 1:
        glyph, body = levels.pop()
        levels[-1][1].extend([Sign(_FROM if glyph == "‖" else COMMANDS["mid"]), *body])
    return levels[0][1]


def _merge_double_bars(items: list[Node]) -> list[Node]:
    """`||` -> one double bar, unless a single bar is open there (`|x||y|`)."""
    merged: list[Node] = []
    n_single = 0
    at = 0
    while at < len(items):
        item = items[at]
        following = items[at + 1] if at + 1 < len(items) else None
        is_pair = isinstance(item, Sign) and _is_single(item) and following is not None and _is_single(following)
        if is_pair and (n_single % 2 == 0 or _expects_operand(merged)):
            double = Sign(_DOUBLE)
            merged.append(replace(following, base=double) if isinstance(following, Script) else double)
            at += 2
            continue
        n_single += _is_single(item)
        merged.append(item)
        at += 1
    return merged


def _is_single(node: Node) -> bool:
    symbol = _symbol(node)
    return symbol.kind == "bar" and symbol.glyph == "|"
