"""Tables -> rows read with their headers when small, named and listed when large; layout tables are prose.

One cell or one column is no table but a frame around text (chat transcripts, newsletters); so is a table that holds
other tables, headings or long paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bs4 import Tag

from narrate.records import Rewrite
from narrate.script import chats, spoken
from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Left, Line, Place, Walk, cue, join, sign

#: A table larger than this is looked at, not listened to.
MAX_SPOKEN_ROWS, MAX_SPOKEN_COLUMNS = 6, 5
#: A cell reaches over no more rows or columns than this.
MAX_SPAN = 100
#: Cells with more words than this hold prose.
PROSE_WORDS = 30
#: Column names longer than this together aren't repeated in every row.
MAX_NAMES_CHARS = 60
_SAYABLE = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*\Z")
_LAYOUT = ["table", "h1", "h2", "h3", "h4", "blockquote", "ul", "ol", "pre", "details", "hr"]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's cells in their columns, row by row, and how many of the first rows are headers."""

    rows: list[list[Tag | None]]  # None where a cell from the left or above reaches over, in the body
    n_header_rows: int

    @property
    def n_columns(self) -> int:
        return max((len(row) for row in self.rows), default=0)

    @property
    def header(self) -> list[list[Tag]]:
        """Each column's header cells from top to bottom, those that span several columns in each of them."""
        heads = self.rows[: self.n_header_rows]
        columns = range(self.n_columns) if heads else ()
        return [_unique(cell for row in heads if (cell := row[i]) is not None) for i in columns]

    @property
    def body(self) -> list[list[Tag | None]]:
        return self.rows[self.n_header_rows :]


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<table>."""
    grid = grid_of(element)
    if _is_layout(element, grid):
        return chats.assign(_read_frame(element, place, walk))
    caption = element.find("caption")
    title = join(walk.lines(caption.contents)) if isinstance(caption, Tag) else Line()
    blocks: list[Block] = []
    if title:
        blocks.append(Block(kind="caption", line=title, place=replace(place, role="aside"), lead="Table: "))
    if len(grid.body) <= MAX_SPOKEN_ROWS and grid.n_columns <= MAX_SPOKEN_COLUMNS:
        return blocks + _read_rows(grid, place, walk, not title)
    return blocks + _describe(grid, place, walk)


def grid_of(element: Tag) -> Grid:
    """The rows and cells of a table itself, without those of tables inside it."""
    rows: list[list[Tag | None]] = []
    heads = 0
    below: dict[int, tuple[int, Tag]] = {}  # column -> how many more rows a cell from above reaches over, and the cell
    for row in element.find_all("tr"):
        cells = [cell for cell in row.children if isinstance(cell, Tag) and cell.name in ("td", "th")]
        if not cells or row.find_parent("table") is not element:
            continue
        is_head = heads == len(rows) and (all(c.name == "th" for c in cells) or row.find_parent("thead") is not None)
        heads += is_head
        rows.append(_placed(cells, below, is_head))
    width = max((len(row) for row in rows), default=0)
    return Grid([row + [None] * (width - len(row)) for row in rows], heads if heads < len(rows) else 0)


def _placed(cells: list[Tag], below: dict[int, tuple[int, Tag]], is_head: bool) -> list[Tag | None]:
    """One row's cells in their columns. A header stands in every column it spans, another cell only in its first."""
    placed: list[Tag | None] = []
    queue = list(cells)
    while queue or len(placed) in below:
        column = len(placed)
        if column in below:
            n, above = below.pop(column)
            placed.append(above if is_head else None)
            if n > 1:
                below[column] = (n - 1, above)
            continue
        cell = queue.pop(0)
        n_rows = _span(cell, "rowspan")
        for i in range(_span(cell, "colspan")):
            placed.append(cell if is_head or not i else None)
            if n_rows > 1:
                below[column + i] = (n_rows - 1, cell)
    return placed


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name) or "1")
    return min(max(int(text), 1), MAX_SPAN) if text.isdecimal() else 1


def _unique(cells: Iterable[Tag]) -> list[Tag]:
    return list({id(cell): cell for cell in cells}.values())


def _is_layout(element: Tag, grid: Grid) -> bool:
    if len(grid.rows) <= 1 or grid.n_columns <= 1:
        return True
    if element.find(_LAYOUT) is not None:
        return True
    cells = [cell for row in grid.body for cell in row if cell is not None]
    if not any(sum(1 for cell in row if cell is not None and cell.get_text(strip=True)) > 1 for row in grid.rows):
        return True
    return sum(len(cell.get_text().split()) > PROSE_WORDS for cell in cells) * 2 > len(grid.body)


def _read_frame(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """A layout table: its cells' contents, one after another."""
    return walk.blocks(element.contents, place)


def read_part(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<tbody>, <tr>, <td> of a layout table."""
    return walk.blocks(element.contents, place)


def _read_rows(grid: Grid, place: Place, walk: Walk, announce: bool) -> list[Block]:
    aside = replace(place, role="aside")
    headers = _headers(grid, walk)
    blocks: list[Block] = []
    if headers:
        lead = "A table, with the columns: " if announce else "Columns: "
        blocks.append(Block(kind="row", line=_row(headers, [""] * len(headers)), place=aside, lead=lead))
    elif announce:
        blocks.append(cue("A table.", place))
    for row in grid.body:
        cells = [walk.line(cell.contents) if cell is not None else Line() for cell in row]
        names = _names(headers) if len(headers) == len(cells) > 2 else [""] * len(cells)
        line = _row(cells, names)
        first = next((i for i, cell in enumerate(cells) if cell.written), 0)
        lead = f"{names[first]}: " if names[first] else ""
        if not line.is_empty:
            blocks.append(Block(kind="row", line=line, place=aside, lead=lead))
    return [b for b in blocks if not (b.kind == "row" and b.line.is_empty)]


def _headers(grid: Grid, walk: Walk) -> list[Line]:
    """Each column's name: its header cells, the upper ones first."""
    return [join(walk.line(cell.contents) for cell in column) for column in grid.header]


def _names(headers: list[Line]) -> list[str]:
    """What each cell of a row is announced as; the first column names the row. Only words a voice can say."""
    names = [header.written if _SAYABLE.match(header.written) else "" for header in headers]
    return ["", *names[1:]] if sum(map(len, names)) <= MAX_NAMES_CHARS else [""] * len(names)


def _row(cells: list[Line], names: list[str]) -> Line:
    """A row's cells as one line: " | " stands between them and is said as a pause and the column's name."""
    row = Line()
    for cell, name in zip(cells, names, strict=True):
        if not row.written or not cell.written:
            row = join([row, cell])
            continue
        said = f"; {name}: " if name else ", "
        bar = Rewrite(start=0, end=3, rule="table cell", before=" | ", after=said)
        row = join([row, Line(written=" | ", fixed=(bar,)), cell], "")
    return row


def _describe(grid: Grid, place: Place, walk: Walk) -> list[Block]:
    """One sentence for a table that is listed."""
    cells = [walk.line(cell.contents) for cell in _unique(c for row in grid.rows for c in row if c is not None)]
    size = f"{cardinal(len(grid.body))} rows and {cardinal(grid.n_columns)} columns"
    headers = [spoken.read(line.written, line.fixed).spoken.strip() for line in _headers(grid, walk)]
    named = headers and all(headers) and len(headers) <= 8 and sum(map(len, headers)) < 120
    columns = f", {', '.join(headers)}," if named else ""
    text = " ".join(cell.written for cell in cells if cell.written)
    left = Left(what="table", text=text, why=f"{size} are for the eye")
    inner = [left for cell in cells for left in cell.left]
    pictures = tuple(picture for cell in cells for picture in cell.pictures)
    return [sign("[table]", f"A table with {size}{columns} is in the notes.", place, left, *inner, pictures=pictures)]
