"""Tree -> words, the way a person reads a formula to another: the walk over a row, and the signs in it."""

from __future__ import annotations

from collections.abc import Sequence

from narrate.script.math.applications import is_applied, is_divergence, read_application
from narrate.script.math.facts import Facts
from narrate.script.math.fences import is_interval_like, read_fence, read_interval
from narrate.script.math.grids import read_grid
from narrate.script.math.operators import is_function, read_expectation_sign, read_operator, read_quantifier
from narrate.script.math.ornaments import read_accent, read_root, read_stack
from narrate.script.math.pieces import Manner, Piece, join, number_words
from narrate.script.math.prose import money, say_prose
from narrate.script.math.quotients import read_fraction, simple_fraction
from narrate.script.math.scripts import read_script
from narrate.script.math.signs import glyph_of, kind_of, symbol_of, take_sign
from narrate.script.math.symbols import CHARACTERS
from narrate.script.math.tree import (
    Accent,
    Diagram,
    Fence,
    Fraction,
    Function,
    Grid,
    Letter,
    Node,
    Number,
    Root,
    Row,
    Script,
    Sign,
    Stack,
    Struck,
    Tag,
    Word,
)  # fmt: skip

_CURRENCIES = {"$", "£", "€", "¥"}
_JOINING_WORDS = (
    "where if for and or when otherwise with is are imply implies iff then else that as in of the to from by at on so "
    "but hence thus therefore since because given such let be any some all no not"
)
#: Words of a `\\text{…}` that join two formulas, so that nothing is multiplied by them.
_CONNECTIVES = frozenset(_JOINING_WORDS.split())


class Reader:
    """Reads one formula; holds nothing but the facts about it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def row(self, row: Row, manner: Manner = "plain") -> list[str]:
        """Everything in a row, as words with commas."""
        return join(self._pieces(row.items, manner))

    def _pieces(self, items: Sequence[Node], manner: Manner) -> list[Piece]:
        pieces: list[Piece] = []
        at = 0
        while at < len(items):
            piece, n_used = self._take(items, at, manner)
            pieces.append(piece)
            at += n_used
        return pieces

    def _take(self, items: Sequence[Node], at: int, manner: Manner) -> tuple[Piece, int]:
        """The piece that begins at `items[at]`, and how many nodes it takes."""
        node = items[at]
        following = items[at + 1] if at + 1 < len(items) else None
        fence = following.base if isinstance(following, Script) else following
        if is_function(node):
            return read_operator(self, items, at)
        if isinstance(fence, Fence) and following is not None and (
            is_divergence(node) or is_applied(node, fence, self.facts) or _is_composed(node)
        ):  # fmt: skip
            return read_application(self, node, following), 2
        symbol = symbol_of(node)
        if symbol is not None and symbol.kind == "quant":
            return read_quantifier(self, items, at)
        if symbol is not None:
            return take_sign(self, items, at, symbol, manner)
        if isinstance(node, Number) and following is not None:
            found = self._take_number(items, at, node)
            if found:
                return found
        if following is not None and (sign := read_expectation_sign(self, node)) and not _is_break(following):
            return sign, 1
        before = glyph_of(items[at - 1]) if at else ""
        is_subset = before in ("∈", "∉", "⊂", "⊆", "∪", "∖") or glyph_of(following) in ("∪", "∖")
        if isinstance(node, Fence) and is_subset and node.left in ("(", "[") and is_interval_like(node):
            return read_interval(self, node), 1
        if isinstance(node, Fence) and (
            len(items) == 1 or (glyph_of(following) in ("/", "∕") and (not at or _is_break(items[at - 1])))
        ):
            piece = self.node(node, manner)
            words = piece.words[2:] if piece.words[:2] == ("the", "quantity") else piece.words
            return Piece(words, factor="letter", open_end=piece.open_end, has_relation=piece.has_relation), 1
        return self.node(node, manner), 1

    def _take_number(self, items: Sequence[Node], at: int, node: Number) -> tuple[Piece, int] | None:
        """`1/2`, `3:1`, `5\\$`."""
        sign = glyph_of(items[at + 1])
        after = items[at + 2] if at + 2 < len(items) else None
        before = glyph_of(items[at - 1]) if at else ""
        if sign == "/" and isinstance(after, Number) and before not in ("/", "^"):
            simple = simple_fraction(node.text, after.text)
            if simple:
                return Piece(tuple(simple), factor="number"), 3
        if sign == ":" and isinstance(after, Number):
            return self._read_ratio(items, at)
        if sign in _CURRENCIES and not isinstance(after, Number):
            return Piece(tuple(money(sign, node.text).split()), factor="number"), 2
        return None

    def _read_ratio(self, items: Sequence[Node], at: int) -> tuple[Piece, int]:
        """`3:1`, `1:2:3`."""
        words: list[str] = []
        end = at
        while end < len(items) and isinstance(number := items[end], Number):
            words += [*(["to"] if words else []), number_words(number.text)]
            end += 2
            if end > len(items) or glyph_of(items[end - 1]) != ":":
                break
        return Piece(tuple(words), factor="number"), end - 1 - at

    # -- single nodes

    def node(self, node: Node, manner: Manner = "plain") -> Piece:
        """One node by itself."""
        if isinstance(node, Number):
            return Piece((number_words(node.text),), factor="number")
        if isinstance(node, Letter):
            return Piece(tuple(self._letter_words(node).split()))
        if isinstance(node, Word):
            return self._read_word(node)
        if isinstance(node, (Script, Sign, Function)):
            if isinstance(node, Script) and not is_function(node):
                return read_script(self, node)
            return self._take((node,), 0, manner)[0] if not isinstance(node, Sign) else self._lone_sign(node, manner)
        if isinstance(node, Row):
            return self._read_row(node, manner)
        if isinstance(node, Fraction):
            return read_fraction(self, node)
        if isinstance(node, Root):
            return read_root(self, node)
        if isinstance(node, Fence):
            return read_fence(self, node, is_bound=manner == "bounds")
        if isinstance(node, Accent):
            return read_accent(self, node)
        if isinstance(node, Stack):
            return read_stack(self, node)
        if isinstance(node, Grid):
            return read_grid(self, node)
        return self._read_extra(node)

    def _read_extra(self, node: Struck | Tag | Diagram) -> Piece:
        if isinstance(node, Struck):
            return Piece((*self.row(node.body), ",", "crossed", "out", ","))
        if isinstance(node, Tag):
            return Piece((",", "equation", *say_prose(node.text).split(), ","), kind="prose")
        return Piece(("a", "diagram"), factor="word")

    def _lone_sign(self, node: Sign, manner: Manner) -> Piece:
        if node.symbol.kind == "quant":
            return Piece(tuple(node.symbol.words.split()), kind="prefix")
        return take_sign(self, (node,), 0, node.symbol, manner)[0]

    def _letter_words(self, node: Letter) -> str:
        if len(node.char) > 1:
            return say_prose(node.char)
        known = CHARACTERS.get(node.char)
        words = known.words if known is not None else node.char
        if node.style != "blackboard" and node.char in self.facts.two_cased:
            return f"capital {words}"
        return words.lower() if known is not None and len(words) > 1 else words

    def _read_word(self, node: Word) -> Piece:
        words = tuple(say_prose(node.text).split())
        is_joining = not words or words[0].lower() in _CONNECTIVES or not words[0].isalpha()
        if node.is_prose and (node.spaced or len(words) > 1 or is_joining):
            return Piece(words, kind="prose")
        return Piece(words, factor="word")

    def _read_row(self, node: Row, manner: Manner) -> Piece:
        pieces = self._pieces(node.items, manner)
        if len(pieces) == 1:
            return pieces[0]
        return Piece(tuple(join(pieces)), open_end=any(piece.kind == "bin" for piece in pieces))


def _is_composed(node: Node) -> bool:
    """`(f ∘ g)`: brackets that make a function."""
    return isinstance(node, Fence) and any(glyph_of(item) == "∘" for item in node.body.items)


def _is_break(node: Node) -> bool:
    return kind_of(node) in ("rel", "bin", "mark", "logic", "arrow", "close", "given")
