"""Matched delimiters -> words: groups, sets, tuples, intervals, absolute values, norms, floors."""

from __future__ import annotations

from narrate.script.math.applications import has_relation, is_sum, signs
from narrate.script.math.facts import base_letter
from narrate.script.math.pieces import Manner, Piece, Reads
from narrate.script.math.tree import Fence, Grid, Letter, Node, Number, Row, Script, Sign, Word

_SIZED_STYLES = frozenset({"script", "blackboard", "fraktur"})


def split_at(row: Row, glyphs: str) -> list[Row]:
    """The parts of a row between these signs."""
    parts: list[list[Node]] = [[]]
    for item in row.items:
        if isinstance(item, Sign) and item.symbol.glyph in glyphs:
            parts.append([])
        else:
            parts[-1].append(item)
    return [Row(tuple(part)) for part in parts]


def read_fence(reader: Reads, fence: Fence, index: Row | None = None, *, is_bound: bool = False) -> Piece:
    """A fence that is no function's argument. `index` is a norm's subscript; `is_bound`: it binds variables."""
    pair = fence.left + fence.right
    if fence.left == "{" or pair == "{}":
        return _read_set(reader, fence)
    if pair == "‖‖":
        kind = _norm_kind(reader, index) if index is not None else []
        return _wrapped(reader, fence, ["the", *kind, "norm", "of"])
    if pair == "||":
        return _wrapped(reader, fence, ["the", *_size_word(fence.body).split(), "of"])
    if pair in _NAMED:
        return _wrapped(reader, fence, _NAMED[pair].split())
    if pair == "⌜⌝":
        return Piece(("quote", *reader.row(fence.body), ",", "end", "quote"), factor="word")
    if pair == "|⟩":
        return _wrapped(reader, fence, ["ket"])
    if pair == "⟨|":
        return _wrapped(reader, fence, ["bra"])
    if pair == "⟨⟩":
        return _read_angles(reader, fence)
    if is_bound and pair == "()" and len(split_at(fence.body, ",")) > 1:
        return Piece(tuple(reader.row(fence.body)), open_end=True)  # "over x, y drawn from D"
    return _read_group(reader, fence)


_NAMED = {
    "⌊⌋": "the floor of", "⌈⌉": "the ceiling of", "⌊⌉": "the nearest integer to", "⟦⟧": "the meaning of",
    "⌈⌋": "the rounding of",
}  # fmt: skip


def _norm_kind(reader: Reads, index: Row) -> list[str]:
    """L two, L infinity, L p; Frobenius; a norm named by anything else."""
    words = reader.row(index)
    only = index.items[0] if len(index.items) == 1 else None
    if isinstance(only, Letter) and only.char == "F":
        return ["Frobenius"]
    if isinstance(only, Script) and only.sup is not None and only.sub is None and base_letter(only) == Letter("L"):
        return ["L", *reader.row(only.sup)]
    is_order = len(words) == 1 and (words[0] in ("infinity", "p", "q") or isinstance(index.items[0], Number))
    return ["L", *words] if is_order else words


def _wrapped(reader: Reads, fence: Fence, lead: list[str]) -> Piece:
    words = reader.row(fence.body)
    return Piece((*lead, *words), factor="application", open_end=len(words) > 1, has_relation=has_relation(fence.body))


def _size_word(body: Row) -> str:
    """|S| of a set is its size; of anything else, the absolute value."""
    letter = base_letter(body.items[0]) if len(body.items) == 1 else None
    if len(body.items) == 1 and isinstance(body.items[0], Grid):
        return "determinant"
    is_set = letter is not None and (letter.style in _SIZED_STYLES or letter.char in "SANBCDGV")
    if is_set or (len(body.items) == 1 and isinstance(body.items[0], Fence) and body.items[0].left == "{"):
        return "size"
    if any(sign.symbol.glyph in "∪∩∖" for sign in signs(body)):
        return "size"
    return "absolute value"


def _read_set(reader: Reads, fence: Fence) -> Piece:
    """Braces: a set by its members or by its condition."""
    body = fence.body
    if not body.items:
        return Piece(("the", "empty", "set"))
    at = next(
        (at for at, item in enumerate(body.items)
         if isinstance(item, Sign) and at and (item.symbol.glyph == ":" or item.symbol.kind == "given")), None,
    )  # fmt: skip
    if at is not None and at + 1 < len(body.items):
        members = reader.row(Row(body.items[:at]), "bounds")
        condition = reader.row(Row(body.items[at + 1 :]), "sentence")
        words = ["the", "set", "of", *members, "such", "that", *condition]
        return Piece(tuple(words), open_end=True, has_relation=True)
    words = reader.row(body, "bounds" if has_relation(body) else "plain")
    if has_relation(body):
        return Piece(("the", "set", "of", *words), open_end=True, has_relation=True)
    if len(split_at(body, ",;")) == 1:
        return Piece(("the", "set", "containing", *words), open_end=len(words) > 1)
    return Piece(("the", "set", *words), open_end=True)


def _read_angles(reader: Reads, fence: Fence) -> Piece:
    """⟨x, y⟩: an inner product of two vectors, a tuple of anything else; ⟨a|b⟩ is a bracket."""
    parts = split_at(fence.body, ",∣")
    if len(parts) == 2:
        letters = [base_letter(part.items[0]) if len(part.items) == 1 else None for part in parts]
        if all(one is not None and (one.style == "bold" or one.char.islower()) for one in letters):
            left, right = (reader.row(part) for part in parts)
            return Piece(("the", "inner", "product", "of", *left, "and", *right), factor="application", open_end=True)
    if len(parts) > 1:
        return _listed(reader, fence, len(parts))
    words = tuple(reader.row(fence.body))
    return Piece(words, kind="prose" if _is_prose(fence.body) else "operand")


def _listed(reader: Reads, fence: Fence, n_parts: int) -> Piece:
    word = "pair" if n_parts == 2 and not _has_dots(fence.body) else "tuple"
    parts = [reader.row(part) for part in split_at(fence.body, ",;")]
    if n_parts == 2 and any(len(part) > 4 for part in parts):
        return Piece(("the", word, "of", *parts[0], ",", "and", *parts[1]), factor="application", open_end=True)
    return Piece(("the", word, *reader.row(fence.body)), factor="application", open_end=True)


def _has_dots(row: Row) -> bool:
    return any(sign.symbol.kind == "dots" for sign in signs(row))


def _is_prose(row: Row) -> bool:
    return any(isinstance(item, Word) and item.is_prose for item in row.items)


def _read_group(reader: Reads, fence: Fence) -> Piece:
    """Round and square brackets (and TeX's invisible ones)."""
    body = fence.body
    parts = split_at(body, ",;")
    if len(parts) == 2 and _glyph_of(parts[1]) == "∞":
        return read_interval(reader, fence)
    if len(parts) > 1 and fence.left and fence.right:
        if fence.left != fence.right and (fence.left + fence.right in ("[)", "(]", "[]")) and len(parts) == 2:
            return read_interval(reader, fence)
        return _listed(reader, fence, len(parts))
    manner: Manner = "plain"
    words = tuple(reader.row(body, manner))
    if has_relation(body) or any(sign.symbol.kind in ("logic", "quant", "given") for sign in signs(body)):
        return Piece(words, factor="letter", open_end=True, open_start=True, has_relation=has_relation(body))
    if is_sum(body):
        return Piece(("the", "quantity", *words), factor="group", open_end=True)
    if _is_prose(body):
        return Piece((",", *words, ","), kind="prose")
    inside = reader.node(body.items[0]) if len(body.items) == 1 else None
    is_quotient = any(sign.symbol.glyph in "/∕" for sign in signs(body))
    factor = inside.factor if inside is not None else "fraction" if is_quotient else "letter"
    return Piece(words, factor=factor, open_end=inside.open_end if inside is not None else False)


def read_interval(reader: Reads, fence: Fence) -> Piece:
    """[0, 1], (0, 1) after ∈, [0, ∞)."""
    low, high = (reader.row(part) for part in split_at(fence.body, ",;"))
    kind = {"[]": [], "()": ["open"]}.get(fence.left + fence.right, ["half-open"])
    return Piece(("the", *kind, "interval", "from", *low, "to", *high), open_end=len(high) > 1)


#: Letters that people give to the ends of an interval.
_ENDS = tuple(((Letter(low),), (Letter(high),)) for low, high in ("ab", "cd"))


def is_interval_like(fence: Fence) -> bool:
    """Two bounds that are numbers, letters or infinities: what may stand in round brackets after ∈."""
    parts = split_at(fence.body, ",;")
    return (
        len(parts) == 2
        and all(part.items and _is_bound(part) for part in parts)
        and (
            any(isinstance(item, (Number, Sign)) for part in parts for item in part.items)
            or tuple(part.items for part in parts) in _ENDS
        )
    )


def _glyph_of(part: Row) -> str:
    last = part.items[-1] if part.items else None
    return last.symbol.glyph if isinstance(last, Sign) else ""


def _is_bound(part: Row) -> bool:
    return all(
        isinstance(item, (Number, Letter, Script)) or (isinstance(item, Sign) and item.symbol.glyph in "∞-−+")
        for item in part.items
    )
