"""A formula too long for the ear -> a short stand-in, "a displayed equation defining U of a"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrate.script.math.facts import base_letter
from narrate.script.math.grids import shape
from narrate.script.math.pieces import Reads, finish
from narrate.script.math.tree import Diagram, Fence, Grid, Node, Row, Script, Sign, walk
from narrate.script.numerals import cardinal

#: More words than this in a display, or in a line of prose, and the listener has lost the thread (text.md 2.3, 2.4 i).
MAX_DISPLAY_WORDS = 25
MAX_INLINE_WORDS = 60
_MAX_SUBJECT_WORDS = 14
_MAX_SIDE = 3
#: All but the last letter of an initialism, which counts as one word.
_SPELLED = re.compile(r"\b[A-Z] (?=[A-Z]\b)")


def stand_in(reader: Reads, tree: Row, spoken: str, *, display: bool) -> str | None:
    """What to say instead of `spoken`; None when `spoken` will do."""
    nodes = list(walk(tree))
    if any(isinstance(node, Diagram) for node in nodes):
        return "a diagram" if len(tree.items) == 1 else "a formula with a diagram"
    large = next((node for node in nodes if isinstance(node, Grid) and _is_large(node)), None)
    n_words = len(_SPELLED.sub("", spoken.replace("-", " ")).split())
    if large is None and n_words <= (MAX_DISPLAY_WORDS if display else MAX_INLINE_WORDS):
        return None
    how = "displayed" if display else "long"
    first, n_lines, is_derivation = _first_line(tree)
    if large is not None:
        kind = f"a {cardinal(shape(large)[0])} by {cardinal(shape(large)[1])} matrix"
        subject = _subject(reader, first)
        return f"a {how} equation of {subject} and {kind}" if subject else kind
    noun, subject = _noun(first), _subject(reader, first)
    purpose = f" {'defining' if noun == 'equation' and _is_name(first) else 'for'} {subject}" if subject else ""
    if n_lines > 1 and is_derivation:
        return f"a {how} derivation in {cardinal(n_lines)} lines" + (f", starting from {subject}" if subject else "")
    if n_lines > 1:
        return f"{cardinal(n_lines)} {how} lines of formulas" + (f", the first{purpose}" if subject else "")
    return f"a {how} {noun}{purpose}"


def _is_large(grid: Grid) -> bool:
    return grid.kind in ("matrix", "determinant") and max(shape(grid)) > _MAX_SIDE


def _first_line(tree: Row) -> tuple[Sequence[Node], int, bool]:
    """The nodes of the first statement, how many lines there are, and whether the others continue it."""
    grid = tree.items[0] if tree.items else None
    if not isinstance(grid, Grid) or grid.kind != "lines":
        return tree.items, 1, False
    lines = [[item for cell in cells for item in cell.items] for cells in grid.rows]
    lines = [line for line in lines if line]
    goes_on = all(isinstance(line[0], Sign) for line in lines[1:])
    return lines[0], len(lines), goes_on


def _relation_at(items: Sequence[Node]) -> int | None:
    return next((at for at, item in enumerate(items) if _is_relation(item)), None)


def _is_relation(node: Node) -> bool:
    return isinstance(node, Sign) and node.symbol.kind == "rel"


def _noun(items: Sequence[Node]) -> str:
    at = _relation_at(items)
    sign = items[at] if at is not None else None
    if not isinstance(sign, Sign):
        return "formula"
    return {"=": "equation", "≔": "equation", "≜": "equation"}.get(
        sign.symbol.glyph, "inequality" if sign.symbol.glyph in "<>≤≥≪≫" else "formula"
    )


def _is_name(items: Sequence[Node]) -> bool:
    """Whether the left side is a letter or a function of something: what an equation can define."""
    at = _relation_at(items) or 0
    left = items[:at]
    return (len(left) == 1 and base_letter(left[0]) is not None) or (
        len(left) == 2
        and (isinstance(left[1], Fence) or (isinstance(left[1], Script) and isinstance(left[1].base, Fence)))
    )


def _subject(reader: Reads, items: Sequence[Node]) -> str:
    """The left side in words, "" when there is none or it is itself long."""
    at = _relation_at(items)
    if not at:
        return ""
    words = finish(reader.row(Row(tuple(items[:at]))))
    return words if 0 < len(words.split()) <= _MAX_SUBJECT_WORDS else ""
