"""Sums, integrals, limits, maxima and quantifiers -> words: what they run over, and what they run on."""

from __future__ import annotations

from collections.abc import Sequence

from narrate.script.math.applications import expectation, read_function
from narrate.script.math.facts import base_letter
from narrate.script.math.pieces import Piece, Reads
from narrate.script.math.tree import Fence, Function, Letter, Node, Row, Script, Sign


def parts_of(node: Node) -> tuple[Function, Row | None, Row | None, int]:
    """An operator with its lower and upper scripts and primes."""
    if isinstance(node, Script):
        assert isinstance(node.base, Function)
        return node.base, node.sub, node.sup, node.n_primes
    assert isinstance(node, Function)
    return node, None, None, 0


def is_function(node: Node) -> bool:
    """A Function, bare or with scripts."""
    return isinstance(node, Function) or (isinstance(node, Script) and isinstance(node.base, Function))


def read_operator(reader: Reads, items: Sequence[Node], at: int) -> tuple[Piece, int]:
    """The operator at `items[at]` with as much of what follows as belongs to its words -> piece, nodes used."""
    node = items[at]
    function, sub, sup, n_primes = parts_of(node)
    following = items[at + 1] if at + 1 < len(items) else None
    kind = function.symbol.kind
    if kind == "big":
        return _read_big(reader, function, sub, sup, has_body=following is not None), 1
    if function.symbol.glyph == "arg" and following is not None and is_function(following):
        limit, below, above, _ = parts_of(following)
        if limit.symbol.glyph in ("max", "min"):
            words = ["arg", limit.symbol.glyph]
            return _read_limit(reader, words, below or sub, above, items[at + 2 :], following), 2 + _n_fence(
                below or sub, items, at + 2
            )
    if kind == "lim":
        if function.symbol.glyph.startswith("lim") and sub is not None:
            goes = any(isinstance(item, Sign) and item.symbol.kind == "arrow" for item in sub.items)
            words = [*function.symbol.words.split(), "as" if goes else "over", *reader.row(sub, "limit")]
            return Piece((*words, "of"), kind="prefix"), 1
        words = function.symbol.words.split()
        return _read_limit(reader, words, sub, sup, items[at + 1 :], node), 1 + _n_fence(sub, items, at + 1)
    words = _function_words(reader, function, sub, sup, n_primes)
    piece, n_used = read_function(reader, node, following, words)
    return piece, 1 + n_used


def _n_fence(sub: Row | None, items: Sequence[Node], at: int) -> int:
    """1 when an operator without bounds takes the brackets that follow it."""
    return int(sub is None and at < len(items) and _fence(items[at]) is not None)


def _fence(node: Node) -> Fence | None:
    inner = node.base if isinstance(node, Script) else node
    return inner if isinstance(inner, Fence) else None


def _read_limit(
    reader: Reads, words: list[str], sub: Row | None, sup: Row | None, rest: Sequence[Node], node: Node
) -> Piece:
    """max, argmin, sup: "the max over a of"; without bounds, "the max of a and b"."""
    if sup is not None:
        words = [*words, "up", "to", *reader.row(sup)]
    if sub is not None:
        words = [*words, "over", *reader.row(sub, "bounds")]
    elif rest and _fence(rest[0]) is not None:
        bare = node.base if isinstance(node, Script) else node
        return read_function(reader, bare, rest[0], words)[0]
    if rest and not _ends(rest[0]):
        return Piece((*words, "of"), kind="prefix")
    return Piece(tuple(words[words[0] == "the" :]), factor="word")


def _ends(node: Node) -> bool:
    return isinstance(node, Sign) and node.symbol.kind in ("rel", "bin", "mark", "logic", "arrow", "given", "close")


def _read_big(reader: Reads, function: Function, sub: Row | None, sup: Row | None, *, has_body: bool) -> Piece:
    words = ["the", *function.symbol.words.split()]
    equals = _at_equals(sub)
    if sub is not None and sup is not None:
        if equals:
            words += ["from", *reader.row(sub, "bounds"), "to", *reader.row(sup)]
        elif function.symbol.words.endswith("integral"):
            words += ["from", *reader.row(sub), "to", *reader.row(sup)]
        else:
            words += ["over", *reader.row(sub, "bounds"), "up", "to", *reader.row(sup)]
    elif sub is not None:
        words += ["from" if equals else "over", *reader.row(sub, "bounds")]
    elif sup is not None:
        words += ["up", "to", *reader.row(sup)]
    if len(words) > 12:
        words.append(",")
    return Piece((*words, "of") if has_body else tuple(words), kind="prefix" if has_body else "operand")


def _at_equals(sub: Row | None) -> bool:
    """`i=1`, but not `x=y, z`: a start to count from."""
    if sub is None:
        return False
    glyphs = [item.symbol.glyph for item in sub.items if isinstance(item, Sign)]
    return glyphs[:1] == ["="] and "," not in glyphs


def _function_words(reader: Reads, function: Function, sub: Row | None, sup: Row | None, n_primes: int) -> list[str]:
    """A function's name with its scripts: "log base two", "sine squared", "the variance over x"."""
    symbol = function.symbol
    words = symbol.words.split()
    if sub is not None and symbol.glyph in ("log", "lg"):
        words += ["base", *reader.row(sub)]
    elif sub is not None and symbol.glyph == "KL":
        words += reader.row(sub, "bounds")
    elif sub is not None:
        preposition = "on" if words == ["the", "identity"] else "over" if words[0] == "the" else "sub"
        words += [preposition, *reader.row(sub, "bounds")]
    words += ["prime"] * n_primes
    if sup is not None:
        words += reader.node(Script(Row(()), None, sup)).words
    return words


def read_quantifier(reader: Reads, items: Sequence[Node], at: int) -> tuple[Piece, int]:
    """∀ or ∃ with the variables it binds -> "for all x in X," or "there exists y such that", and nodes used."""
    node = items[at]
    sign = node.base if isinstance(node, Script) else node
    assert isinstance(sign, Sign)
    words = sign.symbol.words.split()
    end = at + 1
    if end < len(items) and _is_glyph(items[end], "!"):
        words, end = [*words, "a", "unique"], end + 1
    if isinstance(node, Script) and node.sub is not None:
        words += reader.row(node.sub, "bounds")
    start = end
    end = _bound_end(items, end)
    words += reader.row(Row(tuple(items[start:end])), "bounds")
    if end < len(items) and (_is_glyph(items[end], ":.,") or _is_given(items[end])):
        end += 1
    if end < len(items):
        after = items[end]
        is_next = isinstance(after, Sign) and after.symbol.glyph == "∃"
        if sign.symbol.glyph in "∃∄":
            words += [] if is_next else ["such", "that"]
        else:
            words.append(",")
    return Piece(tuple(words), kind="prefix"), end - at


def _is_given(node: Node) -> bool:
    return isinstance(node, Sign) and node.symbol.kind == "given"


def _is_glyph(node: Node, glyphs: str) -> bool:
    return isinstance(node, Sign) and node.symbol.glyph in glyphs


def _bound_end(items: Sequence[Node], start: int) -> int:
    """Where the bound variables end: letters and commas, then at most one relation and what it relates to."""
    end = start
    while end < len(items) and (_is_variable(items[end]) or _lists_on(items, end)):
        end += 1
        if end < len(items) and isinstance(items[end], Fence):
            return max(end - 1, start + 1)  # the last letter is a predicate: ∃x P(x)
    relation = items[end] if end < len(items) else None
    if isinstance(relation, Sign) and relation.symbol.kind == "rel":
        end += 1
        while end < len(items) and not _ends_bound(items[end]):
            end += 1
            if end < len(items) and isinstance(items[end], Fence) and base_letter(items[end - 1]) is not None:
                break
    return end


def _is_variable(node: Node) -> bool:
    return isinstance(node, Letter) or (isinstance(node, Script) and isinstance(node.base, Letter))


def _lists_on(items: Sequence[Node], at: int) -> bool:
    """A comma between two bound variables."""
    return _is_glyph(items[at], ",") and at + 1 < len(items) and _is_variable(items[at + 1])


def _ends_bound(node: Node) -> bool:
    return isinstance(node, Sign) and node.symbol.kind in ("mark", "quant", "logic", "given", "arrow")


def read_expectation_sign(reader: Reads, node: Node) -> Piece | None:
    """𝔼 without brackets, `\\mathbb{E}_x f(x)` -> "the expectation over x of"; None if the node is not 𝔼."""
    letter = base_letter(node)
    if letter is None or letter.char != "E" or letter.style != "blackboard":
        return None
    script = node if isinstance(node, Script) else Script(node)
    return Piece(tuple(expectation(reader, script.sub, script.sup)), kind="prefix")
