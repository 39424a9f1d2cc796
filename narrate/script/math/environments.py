"""`\\begin{…}` environments: cells in rows -> the node they make."""

from __future__ import annotations

from narrate.script.math.tree import Grid, Node, Row, Sign

_MATRICES = {"vmatrix": "determinant", "Vmatrix": "determinant"} | dict.fromkeys(
    ("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "psmallmatrix", "bsmallmatrix"), "matrix"
)
_CASES = frozenset({"cases", "dcases", "rcases", "drcases", "numcases"})
#: Pictures: what is inside has no reading.
DIAGRAMS = frozenset({"tikzcd", "tikzpicture", "CD", "xy", "picture", "forest", "prooftree", "diagram", "bussproofs"})


def read_environment(name: str, lines: list[list[Row]]) -> list[Node]:
    """An environment's cells -> nodes; a single line of aligned cells is just that line."""
    rows = tuple(tuple(cells) for cells in lines)
    if name in _CASES:
        return [Grid("cases", rows)]
    if name in _MATRICES:
        return [Grid(_MATRICES[name], rows)]
    if name in ("array", "tabular") and rows and not _is_equations(rows):
        return [Grid("matrix", rows)]
    if len(rows) > 1:
        return [Grid("lines", rows)]
    return [item for cells in rows for cell in cells for item in cell.items]


def _is_equations(rows: tuple[tuple[Row, ...], ...]) -> bool:
    """An array that lays out equations: a relation in most of its rows, or a single column."""
    related = sum(
        any(isinstance(item, Sign) and item.symbol.kind in ("rel", "arrow", "logic") for item in cell.items)
        for cells in rows
        for cell in cells[:4]
    )
    return related * 2 >= len(rows)
