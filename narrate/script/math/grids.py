"""Matrices, cases and aligned equations -> words."""

from __future__ import annotations

from narrate.script.math.pieces import Piece, Reads
from narrate.script.math.tree import Grid, Row, Sign, Word
from narrate.script.numerals import cardinal

_CONDITION_WORDS = ("if", "for", "when", "otherwise", "else", "where", "unless", "with", "and", "in", "as", "whenever")


def shape(grid: Grid) -> tuple[int, int]:
    """Rows and columns."""
    return len(grid.rows), max((len(cells) for cells in grid.rows), default=0)


def read_grid(reader: Reads, grid: Grid) -> Piece:
    """Any grid; a matrix of any size is read whole here, `say` decides what is too large."""
    if grid.kind == "cases":
        return Piece(tuple(_cases(reader, grid)), open_end=True, has_relation=True)
    if grid.kind == "lines":
        return Piece(tuple(_lines(reader, grid)), kind="prose")
    return Piece(tuple(_matrix(reader, grid)), factor="application", open_end=True)


def _matrix(reader: Reads, grid: Grid) -> list[str]:
    n_rows, n_columns = shape(grid)
    lead = ["the", "determinant", "of"] if grid.kind == "determinant" else []
    rows = [_listed([reader.row(cell) for cell in cells]) for cells in grid.rows]
    if n_columns == 1 and n_rows > 1:
        return [*lead, "the", "column", "vector", *_listed([reader.row(cells[0]) for cells in grid.rows])]
    if n_rows == 1:
        return [*lead, "the", "row", "vector", *rows[0]] if n_columns > 1 else [*lead, *rows[0]]
    words = [*lead, "the", cardinal(n_rows), "by", cardinal(n_columns), "matrix", "with", "rows"]
    for at, row in enumerate(rows):
        words += ([";", "and"] if at == len(rows) - 1 else [";"]) + row if at else row
    return words


def _listed(parts: list[list[str]]) -> list[str]:
    """Parts with commas between; an empty cell is "blank"."""
    words: list[str] = []
    for at, part in enumerate(parts):
        words += [",", *(part or ["blank"])] if at else part or ["blank"]
    return words


def _cases(reader: Reads, grid: Grid) -> list[str]:
    """`0 & x<0 \\\\ 1 & otherwise` -> "zero if x is less than zero, one otherwise"."""
    words: list[str] = []
    for at, cells in enumerate(grid.rows):
        words += [","] if at else []
        value = reader.row(cells[0])
        words += value[:-1] if value[-1:] == [","] else value
        condition = [word for cell in cells[1:] for word in reader.row(cell, "sentence")]
        if condition and condition[0] not in _CONDITION_WORDS:
            words.append("if")
        words += condition
    return words


def _lines(reader: Reads, grid: Grid) -> list[str]:
    """Lines of a derivation: one that goes on with a relation continues the last, another begins a new statement."""
    words: list[str] = []
    for cells in grid.rows:
        line = Row(tuple(item for cell in cells for item in cell.items))
        if not line.items:
            continue
        first = line.items[0]
        goes_on = isinstance(first, (Sign, Word))
        if words:
            words.append("," if goes_on or words[-1] in (",", ";", ".") else ";")
        words += reader.row(line)
    return words
