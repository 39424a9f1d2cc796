"""Relations, operators, connectives, bars, dots and punctuation -> words, by where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from narrate.script.math.pieces import Manner, Piece, Reads
from narrate.script.math.prose import money
from narrate.script.math.symbols import CHARACTERS, Symbol
from narrate.script.math.tree import Accent, Fence, Function, Letter, Node, Number, Script, Sign, Word

_SENTENCE_LETTERS = frozenset("PQRpqφϕψχ")
#: Relations that prose runs into ("for x > 0", "some x ∈ A"): without "is" unless the formula is a sentence.
_ORDERS = frozenset("<>≤≥⩽⩾≦≧≪≫≮≯≰≱≲≳≠∈∉")


def take_sign(reader: Reads, items: Sequence[Node], at: int, symbol: Symbol, manner: Manner) -> tuple[Piece, int]:
    node = items[at]
    following = items[at + 1] if at + 1 < len(items) else None
    before = items[at - 1] if at else None
    if isinstance(node, Script) and symbol.glyph == "⊢" and at == 0 and node.sub is not None:
        return Piece(("it", "is", "provable", "in", *reader.row(node.sub), "that"), kind="prefix"), 1
    if isinstance(node, Script):
        return reader.node(node), 1
    if symbol.kind == "money":
        return _take_money(reader, items, at, symbol)
    if symbol.glyph == "⊥" and is_operand(before) and is_operand(following):
        symbol = CHARACTERS["⟂"]
    if symbol.glyph == "⟂" and (glyph_of(following) in ("⟂", "⊥") or (is_set(before) and is_set(following))):
        return Piece(("is", "independent", "of"), kind="rel"), 2 if glyph_of(following) in ("⟂", "⊥") else 1
    if symbol.glyph in "⇒⟹" and _is_transformation(items):
        return Piece(("to",), kind="rel"), 1
    if symbol.kind == "rel":
        return _read_relation(reader, symbol, items, at, manner), 1
    if symbol.kind == "arrow":
        return Piece(
            tuple(_arrow_words(reader, symbol, items, at, manner).split()),
            kind="logic" if reader.facts.is_logic else "rel",
        ), 1
    if symbol.glyph in "*∗" and symbol.kind == "bin" and is_operand(before) and not is_operand(following):
        return Piece(("star",), kind="suffix"), 1
    if symbol.kind == "bin":
        return _read_binary(reader, symbol, items, at, manner), 1
    if symbol.kind == "pre":
        return _take_prefix(reader, symbol, following, items, at)
    if symbol.kind == "given":
        return Piece(tuple(_bar_words(reader, symbol, manner).split()), kind="rel"), 1
    if symbol.kind == "dots":
        return _read_dots(reader, symbol, before, following), 1
    if symbol.kind == "mark":
        return _read_mark(reader, symbol, items, at, manner), 1
    if symbol.kind == "post":
        return Piece(tuple(symbol.words.split()), kind="suffix"), 1
    if symbol.kind in ("open", "close"):
        return Piece((), kind="mark"), 1
    kind = "logic" if symbol.kind == "logic" else "operand"
    return Piece(tuple(symbol.words.split()), kind=kind), 1


def _take_money(reader: Reads, items: Sequence[Node], at: int, symbol: Symbol) -> tuple[Piece, int]:
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
        return Piece((*reader.node(following).words, plural), factor="word"), 2
    return Piece((plural,)), 1


def _read_relation(reader: Reads, symbol: Symbol, items: Sequence[Node], at: int, manner: Manner) -> Piece:
    words = symbol.words
    if symbol.glyph == "∼":
        words = _tilde_words(reader, items, at, manner)
    if symbol.glyph == "≡" and any(_is_modulus(item) for item in items[at:]):
        words = "is congruent to"
    if symbol.glyph == "∥" and manner == "divergence":
        return Piece(("from",), kind="rel")
    if symbol.glyph == "⊢" and at == 0:
        return Piece(("it", "is", "provable", "that"), kind="prefix")
    is_verb = manner == "sentence" or (reader.facts.in_sentence and manner in ("plain", "list", "shared"))
    if at == 0 or (not is_verb and symbol.glyph in _ORDERS):
        words = words.removeprefix("is ")
    return Piece(tuple(words.split()), kind="rel")


def _tilde_words(reader: Reads, items: Sequence[Node], at: int, manner: Manner) -> str:
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


def _arrow_words(reader: Reads, symbol: Symbol, items: Sequence[Node], at: int, manner: Manner) -> str:
    """→ "goes to" in limits, "to" between the sets of f: A → B, "implies" between sentences."""
    if symbol.words != "to":
        return symbol.words
    after = items[at + 1] if at + 1 < len(items) else None
    if manner == "limit" or glyph_of(after) == "∞" or isinstance(after, Number):
        return "goes to"
    if any(glyph_of(item) == ":" for item in items[:at]):
        return "to"
    before = items[at - 1] if at else None
    if isinstance(before, Script) and before.sub is not None and not reader.facts.is_logic:
        only = before.sub.items[0] if len(before.sub.items) == 1 else None
        if isinstance(only, Letter) and only.char in "nktim":
            return "goes to"
    sides = [item for item in (items[at - 1] if at else None, after) if isinstance(item, Letter)]
    if reader.facts.is_logic or (len(sides) == 2 and all(side.char in _SENTENCE_LETTERS for side in sides)):
        return "implies"
    return "to"


def _read_binary(reader: Reads, symbol: Symbol, items: Sequence[Node], at: int, manner: Manner) -> Piece:
    words = symbol.words
    before, following = (items[at - 1] if at else None), (items[at + 1] if at + 1 < len(items) else None)
    is_slot = not is_operand(before) and not is_operand(following)
    steps = items[at + 1 : at + 3]
    is_path = len(steps) == 2 and isinstance(steps[0], Letter) and steps[0].char == "d" and _is_curve(items)
    if symbol.glyph in "⋅·∙" and (is_slot or is_vector(before) or is_vector(following) or is_path):
        words = "dot"
    if symbol.glyph == "×":
        if manner == "size":
            words = "by"
        elif is_set(before) and is_set(following):
            words = "cross"
    return Piece(tuple(words.split()), kind="bin")


def _is_curve(items: Sequence[Node]) -> bool:
    """Under an integral round a curve, `F \\cdot dr` is a product of vectors."""
    bases = [item.base if isinstance(item, Script) else item for item in items]
    return any(isinstance(base, Function) and base.symbol.glyph == "∮" for base in bases)


def _take_prefix(
    reader: Reads, symbol: Symbol, following: Node | None, items: Sequence[Node], at: int
) -> tuple[Piece, int]:
    """¬, □, ∇, √ and other signs that govern what follows them."""
    words = symbol.words.split()
    if symbol.glyph == "#" and not isinstance(following, Number):
        return Piece(("the", "size", "of"), kind="prefix"), 1
    if symbol.glyph == "∇":
        return _take_gradient(reader, following, at, items)
    if isinstance(following, Fence) and symbol.glyph in "□◻◇◊" and following.left in "([":
        return Piece((*words, "of", *reader.row(following.body)), open_end=True), 2
    if isinstance(following, Fence) and symbol.glyph == "¬" and len(following.body.items) > 1:
        return Piece((*words, ",", *reader.row(following.body)), open_end=True), 2
    return Piece(tuple(words), kind="prefix"), 1


def _take_gradient(reader: Reads, following: Node | None, at: int, items: Sequence[Node]) -> tuple[Piece, int]:
    if glyph_of(following) in ("⋅", "·"):
        return Piece(("the", "divergence", "of"), kind="prefix"), 2
    if glyph_of(following) == "×":
        return Piece(("the", "curl", "of"), kind="prefix"), 2
    if following is None:
        return Piece(("nabla",)), 1
    return Piece(("the", "gradient", "of"), kind="prefix"), 1


def _bar_words(reader: Reads, symbol: Symbol, manner: Manner) -> str:
    if manner == "divergence":
        return "from"
    if reader.facts.divides and symbol.words == "given":
        return "divides"
    return symbol.words


def _read_dots(reader: Reads, symbol: Symbol, before: Node | None, following: Node | None) -> Piece:
    if kind_of(before) == "bin" or symbol.glyph == "⋯" or kind_of(following) == "bin":
        return Piece(("dot", "dot", "dot"), kind="prose")
    if following is None or kind_of(following) in ("rel", "close", "logic"):
        return Piece(("and", "so", "on"), factor="word")
    return Piece(("and", "so", "on", "up", "to"), kind="prefix", open_start=True)


def _read_mark(reader: Reads, symbol: Symbol, items: Sequence[Node], at: int, manner: Manner) -> Piece:
    glyph = symbol.glyph
    after = items[at + 1 :]
    if glyph == ":":
        arrow = any(kind_of(item) == "arrow" for item in after) or _is_transformation(items)
        words: tuple[str, ...] = ("from",) if arrow and at else ("and",) if manner == "shared" else (",",)
        if manner == "bounds" and at and not arrow:
            words = ("such", "that") if any(kind_of(item) == "rel" for item in after) else ("to",)
        return Piece(words, kind="mark")
    if glyph == ";" and manner == "shared":
        return Piece(("and",), kind="mark")
    if manner == "divergence" and glyph in ",;":
        return Piece(("from",), kind="mark")
    if glyph == "," and at and kind_of(items[at - 1]) == "dots" and glyph_of(items[at - 1]) == "…":
        return Piece((), kind="mark")
    if glyph == "." and after and any(isinstance(item, Letter) and item.char == "λ" for item in items[:at]):
        return Piece(("dot",), kind="mark")
    if glyph == "," and manner == "list" and not any(glyph_of(item) == "," for item in after):
        return Piece(("and",), kind="mark")
    if glyph == "," and at and kind_of(items[at - 1]) == "dots" and glyph_of(items[at - 1]) == "…":
        return Piece((), kind="mark")
    is_last = not any(kind_of(item) not in ("close",) for item in after)
    return Piece((symbol.words if is_last or glyph not in ".:" else ",",), kind="mark")


def _is_transformation(items: Sequence[Node]) -> bool:
    """`\\eta : F \\Rightarrow G`: a small letter goes from one functor to another; nothing is implied."""
    if len(items) < 4 or not isinstance(items[0], Letter) or glyph_of(items[1]) != ":" or items[0].char.isupper():
        return False
    between = [item for item in items[2:] if isinstance(item, Sign) and item.symbol.glyph != "∘"]
    return len(between) == 1 and glyph_of(between[0]) in ("⇒", "⟹")


def _is_modulus(node: Node) -> bool:
    """`mod n`, `(mod n)`."""
    inside = node.body.items[:1] if isinstance(node, Fence) else (node,)
    return any(glyph_of(item) == "mod" for item in inside)


def is_operand(node: Node | None) -> bool:
    return node is not None and kind_of(node) not in ("mark", "bin", "rel", "given", "arrow", "logic")


def symbol_of(node: Node | None) -> Symbol | None:
    base = node.base if isinstance(node, Script) else node
    return base.symbol if isinstance(base, Sign) else None


def glyph_of(node: Node | None) -> str:
    return node.symbol.glyph if isinstance(node, Sign) else ""


def kind_of(node: Node | None) -> str:
    symbol = symbol_of(node)
    return symbol.kind if symbol is not None else ""


def is_vector(node: Node | None) -> bool:
    if isinstance(node, Script):
        return is_vector(node.base)
    if isinstance(node, Accent):
        return node.mark in ("vec", "overrightarrow")
    return isinstance(node, Letter) and node.style == "bold"


def is_set(node: Node | None) -> bool:
    if isinstance(node, Script):
        return is_set(node.base)
    return isinstance(node, Letter) and (node.style in ("script", "blackboard") or node.char in "ABSTUVWXYZΩΘ")
