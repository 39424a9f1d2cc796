"""Tree -> words, the way a person reads a formula to another: the walk over a row, and the signs in it."""

from __future__ import annotations

from collections.abc import Sequence

from narrate.script.math.applications import is_applied, is_divergence, read_application
from narrate.script.math.facts import Facts
from narrate.script.math.fences import is_interval_like, read_fence, read_interval
from narrate.script.math.fractions import read_fraction, simple_fraction
from narrate.script.math.grids import read_grid
from narrate.script.math.operators import is_function, read_expectation_sign, read_operator, read_quantifier
from narrate.script.math.pieces import Manner, Piece, join
from narrate.script.math.prose import money, say_prose
from narrate.script.math.scripts import read_script
from narrate.script.math.symbols import ACCENTS, CHARACTERS, Symbol
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
from narrate.script.numerals import decimal_words, ordinal

_SENTENCE_LETTERS = frozenset("PQRφϕψχ")
_COUNTRY = {"$", "£", "€", "¥"}
#: Relations that prose runs into ("for x > 0", "some x ∈ A"): without "is" unless the formula is a sentence.
_ORDERS = frozenset("<>≤≥⩽⩾≦≧≪≫≮≯≰≱≲≳≠∈∉")
_CONNECTIVES = frozenset(
    [
        "where",
        "if",
        "for",
        "and",
        "or",
        "when",
        "otherwise",
        "with",
        "is",
        "are",
        "imply",
        "implies",
        "iff",
        "then",
        "else",
        "that",
        "as",
        "in",
        "of",
        "the",
        "to",
        "from",
        "by",
        "at",
        "on",
        "so",
        "but",
        "hence",
        "thus",
        "therefore",
        "since",
        "because",
        "given",
        "such",
        "let",
        "be",
        "any",
        "some",
        "all",
        "no",
        "not",
    ]
)
#: What is written over an equals sign, and what the two say together.
_OVER_EQUALS = {
    "def": "is defined as", "definition": "is defined as", "defn": "is defined as", "△": "is defined as",
    "triangle": "is defined as", "factorial": "must equal", "?": "equals, question mark,", "d": "is distributed as",
}  # fmt: skip


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
        symbol = _symbol(node)
        if symbol is not None and symbol.kind == "quant":
            return read_quantifier(self, items, at)
        if symbol is not None:
            return self._take_sign(items, at, symbol, manner)
        if isinstance(node, Number) and following is not None:
            found = self._take_number(items, at, node)
            if found:
                return found
        if following is not None and (sign := read_expectation_sign(self, node)) and not _is_break(following):
            return sign, 1
        if isinstance(node, Fence) and at and _glyph(items[at - 1]) in ("∈", "∉", "⊂", "⊆"):
            if node.left in ("(", "[") and is_interval_like(node):
                return read_interval(self, node), 1
        if isinstance(node, Fence) and (len(items) == 1 or _glyph(following) in ("/", "∕")):
            piece = self.node(node, manner)
            words = piece.words[2:] if piece.words[:2] == ("the", "quantity") else piece.words
            return Piece(words, factor="letter", open_end=piece.open_end, has_relation=piece.has_relation), 1
        return self.node(node, manner), 1

    def _take_number(self, items: Sequence[Node], at: int, node: Number) -> tuple[Piece, int] | None:
        """`1/2`, `3:1`, `5\\$`."""
        sign = _glyph(items[at + 1])
        after = items[at + 2] if at + 2 < len(items) else None
        before = _glyph(items[at - 1]) if at else ""
        if sign == "/" and isinstance(after, Number) and before not in ("/", "^"):
            simple = simple_fraction(node.text, after.text)
            if simple:
                return Piece(tuple(simple), factor="number"), 3
        if sign == ":" and isinstance(after, Number):
            return self._read_ratio(items, at)
        if sign in _COUNTRY and not isinstance(after, Number):
            return Piece(tuple(money(sign, node.text).split()), factor="number"), 2
        return None

    def _read_ratio(self, items: Sequence[Node], at: int) -> tuple[Piece, int]:
        """`3:1`, `1:2:3`."""
        words: list[str] = []
        end = at
        while end < len(items) and isinstance(number := items[end], Number):
            words += [*(["to"] if words else []), decimal_words(number.text)]
            end += 2
            if end > len(items) or _glyph(items[end - 1]) != ":":
                break
        return Piece(tuple(words), factor="number"), end - 1 - at

    # -- signs

    def _take_sign(self, items: Sequence[Node], at: int, symbol: Symbol, manner: Manner) -> tuple[Piece, int]:
        node = items[at]
        following = items[at + 1] if at + 1 < len(items) else None
        before = items[at - 1] if at else None
        if symbol.kind == "money":
            return self._take_money(items, at, symbol)
        if isinstance(node, Script):
            return self.node(node), 1
        if symbol.glyph == "⟂" and (_glyph(following) == "⟂" or (_is_set(before) and _is_set(following))):
            return Piece(("is", "independent", "of"), kind="rel"), 2 if _glyph(following) == "⟂" else 1
        if symbol.kind == "rel":
            return self._read_relation(symbol, items, at, manner), 1
        if symbol.kind == "arrow":
            return Piece(
                tuple(self._arrow_words(symbol, items, at, manner).split()),
                kind="logic" if self.facts.is_logic else "rel",
            ), 1
        if symbol.kind == "bin":
            return self._read_binary(symbol, before, following, manner), 1
        if symbol.kind == "pre":
            return self._take_prefix(symbol, following, items, at)
        if symbol.kind == "given":
            return Piece(tuple(self._bar_words(symbol, manner).split()), kind="rel"), 1
        if symbol.kind == "dots":
            return self._read_dots(symbol, before, following), 1
        if symbol.kind == "mark":
            return self._read_mark(symbol, items, at, manner), 1
        if symbol.kind == "post":
            return Piece(tuple(symbol.words.split()), kind="suffix"), 1
        if symbol.kind in ("open", "close"):
            return Piece((), kind="mark"), 1
        kind = "logic" if symbol.kind == "logic" else "operand"
        return Piece(tuple(symbol.words.split()), kind=kind), 1

    def _take_money(self, items: Sequence[Node], at: int, symbol: Symbol) -> tuple[Piece, int]:
        """`\\$1.75`, `€2`, `\\$5M`, `\\$x`."""
        following = items[at + 1] if at + 1 < len(items) else None
        scale = items[at + 2] if at + 2 < len(items) else None
        if isinstance(following, Number):
            is_scale = isinstance(scale, Letter) and scale.char in "kKMB"
            letter = scale.char if is_scale and isinstance(scale, Letter) else None
            words = money(symbol.glyph, following.text, letter)
            return Piece(tuple(words.split()), factor="number"), 3 if is_scale else 2
        plural = symbol.words if symbol.words == "yen" else symbol.words + "s"
        if isinstance(following, (Letter, Script, Word)):
            return Piece((*self.node(following).words, plural), factor="word"), 2
        return Piece((plural,)), 1

    def _read_relation(self, symbol: Symbol, items: Sequence[Node], at: int, manner: Manner) -> Piece:
        words = symbol.words
        if symbol.glyph == "∼":
            words = self._tilde_words(items, at, manner)
        if symbol.glyph == "∥" and manner == "divergence":
            return Piece(("from",), kind="rel")
        if symbol.glyph == "⊢" and at == 0:
            return Piece(("it", "is", "provable", "that"), kind="prefix")
        is_verb = manner == "sentence" or (self.facts.in_sentence and manner in ("plain", "list", "shared"))
        if at == 0 or (not is_verb and symbol.glyph in _ORDERS):
            words = words.removeprefix("is ")
        return Piece(tuple(words.split()), kind="rel")

    def _tilde_words(self, items: Sequence[Node], at: int, manner: Manner) -> str:
        if at == 0:
            return "about"
        if manner == "bounds":
            return "drawn from"
        after = items[at + 1] if at + 1 < len(items) else None
        if isinstance(after, Number):
            return "is about"
        if at == 1 and isinstance(items[0], (Letter, Script)) and isinstance(after, (Letter, Script, Function, Word)):
            return "is distributed as"
        return "scales like"

    def _arrow_words(self, symbol: Symbol, items: Sequence[Node], at: int, manner: Manner) -> str:
        """→ "goes to" in limits, "to" between the sets of f: A → B, "implies" between sentences."""
        if symbol.words != "to":
            return symbol.words
        after = items[at + 1] if at + 1 < len(items) else None
        if manner == "limit" or _glyph(after) == "∞" or isinstance(after, Number):
            return "goes to"
        if any(_glyph(item) == ":" for item in items[:at]):
            return "to"
        before = items[at - 1] if at else None
        if isinstance(before, Script) and before.sub is not None and not self.facts.is_logic:
            only = before.sub.items[0] if len(before.sub.items) == 1 else None
            if isinstance(only, Letter) and only.char in "nktim":
                return "goes to"
        sides = [item for item in (items[at - 1] if at else None, after) if isinstance(item, Letter)]
        if self.facts.is_logic or (len(sides) == 2 and all(side.char in _SENTENCE_LETTERS for side in sides)):
            return "implies"
        return "to"

    def _read_binary(self, symbol: Symbol, before: Node | None, following: Node | None, manner: Manner) -> Piece:
        words = symbol.words
        is_slot = not _is_operand(before) and not _is_operand(following)
        if symbol.glyph in "⋅·∙" and (is_slot or _is_vector(before) or _is_vector(following)):
            words = "dot"
        if symbol.glyph == "×":
            if manner == "size":
                words = "by"
            elif _is_set(before) and _is_set(following):
                words = "cross"
        return Piece(tuple(words.split()), kind="bin")

    def _take_prefix(self, symbol: Symbol, following: Node | None, items: Sequence[Node], at: int) -> tuple[Piece, int]:
        """¬, □, ∇, √ and other signs that govern what follows them."""
        words = symbol.words.split()
        if symbol.glyph == "∇":
            return self._take_gradient(following, at, items)
        if isinstance(following, Fence) and symbol.glyph in "□◻◇◊" and following.left in "([":
            return Piece((*words, "of", *self.row(following.body)), open_end=True), 2
        if isinstance(following, Fence) and symbol.glyph == "¬" and len(following.body.items) > 1:
            return Piece((*words, ",", *self.row(following.body)), open_end=True), 2
        return Piece(tuple(words), kind="prefix"), 1

    def _take_gradient(self, following: Node | None, at: int, items: Sequence[Node]) -> tuple[Piece, int]:
        if _glyph(following) in ("⋅", "·"):
            return Piece(("the", "divergence", "of"), kind="prefix"), 2
        if _glyph(following) == "×":
            return Piece(("the", "curl", "of"), kind="prefix"), 2
        if following is None:
            return Piece(("nabla",)), 1
        return Piece(("the", "gradient", "of"), kind="prefix"), 1

    def _bar_words(self, symbol: Symbol, manner: Manner) -> str:
        if manner == "divergence":
            return "from"
        if self.facts.divides and symbol.words == "given":
            return "divides"
        return symbol.words

    def _read_dots(self, symbol: Symbol, before: Node | None, following: Node | None) -> Piece:
        if _kind(before) == "bin" or symbol.glyph == "⋯" or _kind(following) == "bin":
            return Piece(("dot", "dot", "dot"), factor="word")
        if following is None or _kind(following) in ("rel", "close", "logic"):
            return Piece(("and", "so", "on"), factor="word")
        return Piece(("and", "so", "on", "up", "to"), kind="prefix", open_start=True)

    def _read_mark(self, symbol: Symbol, items: Sequence[Node], at: int, manner: Manner) -> Piece:
        glyph = symbol.glyph
        after = items[at + 1 :]
        if glyph == ":":
            arrow = any(_kind(item) == "arrow" for item in after)
            words = ("from",) if arrow and at else ("and",) if manner == "shared" else (",",)
            return Piece(("such", "that") if manner == "bounds" and at and not arrow else words, kind="mark")
        if glyph == ";" and manner == "shared":
            return Piece(("and",), kind="mark")
        if manner == "divergence" and glyph in ",;":
            return Piece(("from",), kind="mark")
        if glyph == "," and at and _kind(items[at - 1]) == "dots" and _glyph(items[at - 1]) == "…":
            return Piece((), kind="mark")
        if glyph == "." and after and any(isinstance(item, Letter) and item.char == "λ" for item in items[:at]):
            return Piece(("dot",), kind="mark")
        if glyph == "," and manner == "list" and not any(_glyph(item) == "," for item in after):
            return Piece(("and",), kind="mark")
        if glyph == "," and at and _kind(items[at - 1]) == "dots" and _glyph(items[at - 1]) == "…":
            return Piece((), kind="mark")
        is_last = not any(_kind(item) not in ("close",) for item in after)
        return Piece((glyph if is_last or glyph not in ".:" else ",",), kind="mark")

    # -- single nodes

    def node(self, node: Node, manner: Manner = "plain") -> Piece:
        """One node by itself."""
        if isinstance(node, Number):
            return Piece((decimal_words(node.text),), factor="number")
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
            return self._read_root(node)
        if isinstance(node, Fence):
            return read_fence(self, node)
        if isinstance(node, Accent):
            return self._read_accent(node)
        if isinstance(node, Stack):
            return self._read_stack(node)
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
        return self._take_sign((node,), 0, node.symbol, manner)[0]

    def _letter_words(self, node: Letter) -> str:
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

    def _read_root(self, node: Root) -> Piece:
        words = self.row(node.radicand)
        degree = self.row(node.index) if node.index is not None else ["two"]
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

    def _read_accent(self, node: Accent) -> Piece:
        word = ACCENTS[node.mark][0]
        body = self.row(node.body)
        if word == "vector" and len(body) == 1:
            return Piece(("vector", *body))
        comma = [","] if len(body) > 2 else []
        return Piece(
            (*body, *comma, "with", "a", "vector", "arrow") if word == "vector" else (*body, *comma, *word.split())
        )

    def _read_stack(self, node: Stack) -> Piece:
        """Labels above and below: a defined equals, an arrow "via" something, a brace with its caption."""
        base = self._read_row(node.base, "plain")
        above = self.row(node.above) if node.above is not None else []
        below = self.row(node.below) if node.below is not None else []
        if node.brace:
            labels = [word for label in (above, below) if label for word in (",", "labelled", *label, ",")]
            return Piece((*base.words, *labels), factor=base.factor, open_end=base.open_end)
        if base.words == ("equals",) and "".join(above) in _OVER_EQUALS:
            return Piece(tuple(_OVER_EQUALS["".join(above)].split()), kind="rel")
        only = node.base.items[0] if len(node.base.items) == 1 else None
        if _kind(only) == "arrow":
            lead = ("goes",) if base.words == ("to",) else base.words
            tail = ("to",) if base.words == ("to",) else ()
            via = ("via", *above) if above else ()
            where = ("where", *below, ",") if below else ()
            return Piece((*lead, *via, *where, *tail), kind="rel")
        if _kind(only) in ("rel", "logic", "bin"):
            labels = [word for label in (above, below) if label for word in (",", "by", *label, ",")]
            return Piece((*base.words, *labels), kind=base.kind)
        words = [
            *base.words,
            *(["with", *above, "above"] if above else []),
            *(["with", *below, "below"] if below else []),
        ]
        return Piece(tuple(words), factor=base.factor, open_end=True)


def _is_composed(node: Node) -> bool:
    """`(f ∘ g)`: brackets that make a function."""
    return isinstance(node, Fence) and any(_glyph(item) == "∘" for item in node.body.items)


def _is_operand(node: Node | None) -> bool:
    return node is not None and _kind(node) not in ("mark", "bin", "rel", "given", "arrow", "logic")


def _symbol(node: Node | None) -> Symbol | None:
    base = node.base if isinstance(node, Script) else node
    return base.symbol if isinstance(base, Sign) else None


def _glyph(node: Node | None) -> str:
    return node.symbol.glyph if isinstance(node, Sign) else ""


def _kind(node: Node | None) -> str:
    symbol = _symbol(node)
    return symbol.kind if symbol is not None else ""


def _is_break(node: Node) -> bool:
    return _kind(node) in ("rel", "bin", "mark", "logic", "arrow", "close", "given")


def _is_vector(node: Node | None) -> bool:
    if isinstance(node, Script):
        return _is_vector(node.base)
    if isinstance(node, Accent):
        return node.mark in ("vec", "overrightarrow")
    return isinstance(node, Letter) and node.style == "bold"


def _is_set(node: Node | None) -> bool:
    if isinstance(node, Script):
        return _is_set(node.base)
    return isinstance(node, Letter) and (node.style in ("script", "blackboard") or node.char in "ABSTUVWXYZΩΘ")
