"""A letter or name followed by brackets -> "f of x", "the probability that …", or a product after all."""

from __future__ import annotations

from narrate.script.math.facts import Facts, base_letter
from narrate.script.math.pieces import Manner, Piece, Reads
from narrate.script.math.tree import Accent, Fence, Function, Letter, Node, Number, Row, Script, Sign, Word

#: Letters that people give to functions; with others, `A(1-x)` is a product.
_FUNCTION_LETTERS = frozenset("fghuoFGHPEUVIDOLJQTKφϕψΦΨζΓηρδσ")
_SEPARATORS = frozenset(",;:")
_AND_FUNCTIONS = frozenset({"max", "min", "gcd", "lcm", "sup", "inf", "Cov", "cov", "Corr", "corr"})


def signs(row: Row) -> list[Sign]:
    """The signs at a row's top level."""
    return [item for item in row.items if isinstance(item, Sign)]


def has_relation(row: Row) -> bool:
    """Whether a row states something: x > t, X = x, n → ∞."""
    return any(sign.symbol.kind in ("rel", "arrow") for sign in signs(row))


def has_logic(row: Row) -> bool:
    """Whether a row joins statements: A and B, not A."""
    return any(sign.symbol.kind in ("logic", "quant") or sign.symbol.glyph == "¬" for sign in signs(row))


def is_sum(row: Row) -> bool:
    """Whether something is added or subtracted at the top level; a leading sign does not count."""
    return any(
        (isinstance(item, Sign) and at > 0 and item.symbol.glyph in "+-−–±∓")
        or (isinstance(item, Word) and (" + " in item.text or " - " in item.text))
        for at, item in enumerate(row.items)
    )


def _is_listed(row: Row) -> bool:
    return any(sign.symbol.glyph in _SEPARATORS or sign.symbol.kind in ("given", "dots") for sign in signs(row)) or any(
        isinstance(item, Word) and item.is_prose for item in row.items
    )


def _is_numeric(row: Row | None) -> bool:
    return row is not None and len(row.items) == 1 and isinstance(row.items[0], Number)


def is_applied(base: Node, fence: Fence, facts: Facts) -> bool:
    """Whether `base(…)` is a function of what is in the brackets; if not it is a product."""
    if fence.left not in ("(", "[") or fence.right not in (")", "]"):
        return fence.left == "{" and isinstance(base, Letter) and base.style == "blackboard"
    inside = fence.body
    if isinstance(base, Script) and isinstance(base.base, Word):
        base = base.base
    if isinstance(base, Word):
        return fence.left == "(" and not base.spaced and base.text.replace("-", "").isalpha()
    letter = base_letter(base)
    if letter is None:
        return isinstance(base, Accent) and fence.left == "("
    if letter.style == "blackboard" or letter.char == "𝟙":
        return letter.char in "EPVIHOQ𝟙"
    if fence.left == "[" and letter.char not in "EPHVIfgFTD":
        return False
    if isinstance(base, Script) and _is_numeric(base.sup) and letter.char not in _FUNCTION_LETTERS:
        return False
    if _is_listed(inside) or has_relation(inside) or has_logic(inside) or not inside.items:
        return True
    if any(base_letter(item) == letter for item in inside.items):
        return letter.char in "fghFG"
    if letter.char in _FUNCTION_LETTERS or letter.char in facts.applied:
        return True
    if is_sum(inside):
        return letter.style == "script"
    return len(inside.items) == 1 or letter.char.isupper()


def is_divergence(base: Node) -> bool:
    """KL, D_KL, D_{JS}: something between two distributions."""
    if isinstance(base, Function):
        return base.symbol.glyph == "KL"
    if not isinstance(base, Script) or base.sub is None:
        return False
    if isinstance(base.base, Function):
        return base.base.symbol.glyph == "KL"
    letter = base_letter(base.base)
    return letter is not None and letter.char == "D" and is_kl(base.sub)


def is_kl(sub: Row) -> bool:
    """The subscript of D_KL, however it is typed."""
    typed = "".join(
        item.char if isinstance(item, Letter) else item.symbol.glyph if isinstance(item, Function) else
        item.text if isinstance(item, Word) else "?" for item in sub.items
    )  # fmt: skip
    return typed.upper() == "KL"


def _head(reader: Reads, base: Node, fence: Fence) -> tuple[list[str], Manner]:
    """The words before "of", "of" included, and how to read the brackets."""
    if is_divergence(base):
        return ["the", "K", "L", "divergence", "of"], "divergence"
    letter = base_letter(base)
    sub = base.sub if isinstance(base, Script) else None
    sup = base.sup if isinstance(base, Script) else None
    separators = {sign.symbol.glyph for sign in signs(fence.body)}
    if letter is not None and letter.char == "E" and (letter.style == "blackboard" or fence.left == "["):
        return expectation(reader, sub, sup), "shared"
    if isinstance(base, (Letter, Script)) and letter is not None and letter.char in "Oo" and letter.style != "bold":
        size = "big" if letter.char == "O" else "little"
        return [size, *([letter.char] if not isinstance(base, Script) else reader.node(base).words), "of"], "plain"
    if letter is not None and letter.char == "D" and separators & {"‖", "∥"}:
        return [*reader.node(base).words, "of"], "divergence"
    is_information = letter is not None and letter.char == "I"
    manner: Manner = "shared" if ";" in separators or is_information else "plain"
    return [*reader.node(base).words, "of"], manner


def expectation(reader: Reads, sub: Row | None, sup: Row | None) -> list[str]:
    """𝔼 with its scripts -> "the expectation over x drawn from D of"."""
    words = ["the", "expectation"]
    if sub is not None:
        words += ["over", *reader.row(sub, "bounds")]
    if sup is not None:
        words += ["under", *reader.row(sup, "bounds")]
    return [*words, ",", "of"] if sub is not None and len(words) > 9 else [*words, "of"]


def read_application(reader: Reads, base: Node, argument: Node) -> Piece:
    """`base` applied to `argument` (a Fence, or a Fence with scripts)."""
    fence = argument.base if isinstance(argument, Script) else argument
    assert isinstance(fence, Fence)
    head, manner = _head(reader, base, fence)
    if not fence.body.items:
        return Piece(tuple(head[:-1]), factor="application")
    inside = reader.row(fence.body, manner)
    relates = has_relation(fence.body)
    opens = (
        is_sum(fence.body)
        or relates
        or any(sign.symbol.kind in ("given", "logic") or sign.symbol.glyph in _SEPARATORS for sign in signs(fence.body))
    )
    if isinstance(argument, Script):
        suffix = reader.node(Script(Row(()), argument.sub, argument.sup, argument.n_primes)).words
        return Piece((*head, *inside, ",", *suffix), factor="application", open_end=opens, has_relation=relates)
    return Piece((*head, *inside), factor="application", open_end=opens, has_relation=relates)


def read_function(reader: Reads, node: Node, argument: Node | None, name: list[str]) -> tuple[Piece, int]:
    """A named function, already in words, with what follows it -> its piece, and how many nodes of that it took."""
    function = node.base if isinstance(node, Script) else node
    assert isinstance(function, Function)
    glyph = function.symbol.glyph
    is_bare = name[0] != "the"  # "log n" and "sine x", but "the rank of A"
    fence = argument.base if isinstance(argument, Script) else argument
    if isinstance(fence, Fence) and argument is not None:
        return _applied_function(reader, glyph, name, argument, fence, is_divergence(node)), 1
    if argument is None or not _starts_operand(argument):
        return Piece(tuple(name[not is_bare :]), factor="word"), 0
    with_of = not is_bare or _is_long(argument) or "base" in name
    return Piece((*name, "of") if with_of else tuple(name), kind="prefix"), 0


def _applied_function(
    reader: Reads, glyph: str, name: list[str], argument: Node, fence: Fence, divergence: bool
) -> Piece:
    """`log(…)`, `max{a, b}`, `Pr[X > t]`."""
    relates = has_relation(fence.body)
    manner: Manner = "divergence" if divergence else "list" if glyph in _AND_FUNCTIONS else "shared"
    preposition = "of"
    if glyph == "Pr" and relates:
        manner, preposition = "sentence", "that"
    if (fence.left == "{" and not any(sign.symbol.glyph in ":∣" for sign in signs(fence.body))) or fence.left in (
        "(",
        "[",
    ):
        inside = reader.row(fence.body, manner)
    else:
        inside = list(reader.node(fence).words)
    suffix: tuple[str, ...] = ()
    if isinstance(argument, Script):
        suffix = (",", *reader.node(Script(Row(()), argument.sub, argument.sup, argument.n_primes)).words)
    opens = is_sum(fence.body) or relates or len(inside) > 3
    words = (*name, preposition, *inside, *suffix)
    return Piece(words, factor="application", open_end=opens, has_relation=relates)


def _is_long(argument: Node) -> bool:
    return not isinstance(argument, (Letter, Number, Script, Word, Function, Sign, Row, Accent))


def _starts_operand(argument: Node) -> bool:
    if isinstance(argument, Sign):
        return argument.symbol.kind in ("pre", "value", "money", "letter")
    return not (isinstance(argument, Word) and argument.spaced)
