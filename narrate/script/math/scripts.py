"""What hangs on a base -> words: "squared", "inverse", "transpose", "to the n", "sub t plus one", "prime"."""

from __future__ import annotations

from dataclasses import replace

from narrate.script.math.applications import is_sum, signs
from narrate.script.math.facts import base_letter
from narrate.script.math.fences import read_fence
from narrate.script.math.pieces import Piece, Reads, is_compound, number_words
from narrate.script.math.symbols import Symbol
from narrate.script.math.tree import Fence, Function, Letter, Node, Number, Row, Script, Sign, Word
from narrate.script.numerals import ordinal

_PRIMES = {0: [], 1: ["prime"], 2: ["double", "prime"], 3: ["triple", "prime"]}
_MARKS = {
    "*": "star", "∗": "star", "⋆": "star", "★": "star", "†": "dagger", "‡": "double dagger", "+": "plus",
    "-": "minus", "−": "minus", "⊤": "transpose", "⊺": "transpose", "⟂": "perp", "⊥": "perp", "∁": "complement",
    "′": "prime", "∙": "bullet", "•": "bullet", "◇": "diamond", "⋄": "diamond", "♯": "sharp", "♭": "flat",
    "×": "times", "#": "sharp", "⊗": "tensor", "⊕": "circle plus", "∼": "tilde", "↑": "up", "↓": "down",
    "±": "plus or minus",
    "→": "right arrow", "←": "left arrow", "□": "box", "¬": "not", "!": "factorial", "?": "query", "∘": "circle",
}  # fmt: skip
#: Bases for which a raised T is a number of steps, not a transpose.
_COUNTED = frozenset("γβ2e")
_BAR = Symbol("∣", "given", "given")
_POWER_ORDINALS = {str(n) for n in range(4, 10)}


def read_script(reader: Reads, node: Script) -> Piece:
    """A base with its scripts. An empty base gives the scripts alone."""
    last = node.base.items[-1] if isinstance(node.base, Row) and node.base.items else None
    if isinstance(node.base, Row) and isinstance(last, Sign) and last.symbol.kind == "given" and node.sub is not None:
        node = replace(node, base=Fence("", Row(node.base.items[:-1]), "|"))  # `{f |}_{x=0}`, as MathJax groups it
    base = read_fence(reader, node.base, node.sub) if isinstance(node.base, Fence) else reader.node(node.base)
    if node.sub is None and isinstance(node.base, Number) and node.sup is not None and _is_degrees(node.sup):
        return Piece((*base.words, "degrees"), factor="number")
    if isinstance(node.base, Sign) and node.base.symbol.kind in ("rel", "arrow", "bin", "logic", "given", "pre"):
        return _read_marked_sign(reader, node, node.base, base)
    if node.sub is None and node.sup is not None and (nth := _ordinal(node.base, node.sup)):
        return Piece((nth,), factor="word")
    words = list(base.words)
    open_end = base.open_end
    if isinstance(node.base, Fence) and node.base.right == "|" and not node.base.left and node.sub is not None:
        return Piece((*words, *_read_marked_sign(reader, node, Sign(_BAR), base).words), open_end=True)
    if isinstance(node.base, Letter) and node.base.char == "𝟙" and node.sub is not None:
        return Piece((*words, "of", *reader.row(node.sub)), factor="application", open_end=True)
    if isinstance(node.base, Fence) and base.factor == "fraction":
        words[:0] = ["the", "quantity"]
    if isinstance(node.base, Fence) and (base.factor == "group" or len(words) > 1):
        words.append(",")
    if isinstance(node.base, Fence) and node.base.left in ("{", "(", "⟨") and node.sub is not None and signs(node.sub):
        if words[:3] == ["the", "set", "containing"]:
            words[2] = "of"
        words += [",", "for", *_family_bounds(reader, node)]
        return Piece(tuple(words), factor="letter", open_end=True)
    if node.sub is not None:
        sub, is_open = _read_sub(reader, node.base, node.sub)
        words += sub
        open_end = open_end or is_open
    words += _PRIMES.get(node.n_primes) or [] if node.n_primes < 4 else ["prime"] * node.n_primes
    if node.sup is not None:
        sup, is_open = _read_sup(reader, node, node.sup)
        words += sup
        open_end = is_open or (open_end and node.sub is not None and not sup)
    factor = "letter" if base.factor == "number" else base.factor
    return Piece(tuple(words), factor=factor, open_end=open_end)


def _family_bounds(reader: Reads, node: Script) -> list[str]:
    """`{x_i}_{i=1}^n` -> "i from one to n"; `{x_i}_{i∈I}` -> "i in I"."""
    assert node.sub is not None
    equals = next((at for at, item in enumerate(node.sub.items) if isinstance(item, Sign)), None)
    first = node.sub.items[equals] if equals is not None else None
    if node.sup is None or equals is None or not isinstance(first, Sign) or first.symbol.glyph != "=":
        return reader.row(node.sub, "bounds") + (["up", "to", *reader.row(node.sup)] if node.sup else [])
    start, end = Row(node.sub.items[equals + 1 :]), node.sup
    return [*reader.row(Row(node.sub.items[:equals])), "from", *reader.row(start), "to", *reader.row(end)]


def _read_marked_sign(reader: Reads, node: Script, sign: Sign, base: Piece) -> Piece:
    """A relation or operator with an index (`>_P`), a bar with its bounds (`|_{x=0}`), ∇ with its variable."""
    words = sign.symbol.words.removeprefix("is ").split()
    if sign.symbol.kind == "given" and node.sub is not None:
        inside = reader.row(node.sub, "bounds")
        lead = (
            ["evaluated", "at"] if any(item.symbol.glyph == "=" for item in signs(node.sub)) else ["restricted", "to"]
        )
        upper = ["up", "to", *reader.row(node.sup)] if node.sup is not None else []
        return Piece((",", *lead, *inside, *upper), kind="suffix", open_end=True)
    if sign.symbol.glyph == "∇":
        if node.sup is not None and node.sub is None and reader.row(node.sup) == ["two"]:
            return Piece(("the", "Laplacian", "of"), kind="prefix")
        about = ["with", "respect", "to", *reader.row(node.sub)] if node.sub is not None else []
        return Piece(("the", "gradient", *about, "of"), kind="prefix")
    if sign.symbol.glyph == "∂" and node.sub is not None:
        return Piece(
            ("the", "partial", "derivative", "with", "respect", "to", *reader.row(node.sub), "of"), kind="prefix"
        )
    if node.sub is not None:
        words += ["in" if sign.symbol.glyph in "⊢⊬⊨⊭⊩" else "sub", *reader.row(node.sub)]
    words += ["prime"] * node.n_primes
    if node.sup is not None:
        words += _mark_words(node.sup) or ["to", "the", *reader.row(node.sup)]
    return Piece(tuple(words), kind=base.kind)


def _read_sub(reader: Reads, base: Node, sub: Row) -> tuple[list[str], bool]:
    """A subscript is bare ("x i"); a compound one is announced ("x sub t plus one")."""
    if isinstance(base, Fence) and base.left == "‖":
        return [], False  # the norm's index is read with the norm
    mark = _mark_words(sub)
    if mark:
        return mark, False
    words = reader.row(sub, "bounds")
    compound = is_sum(sub) or any(sign.symbol.kind in ("rel", "arrow") for sign in signs(sub))
    return (["sub", *words] if compound else words), compound


def _read_sup(reader: Reads, node: Script, sup: Row) -> tuple[list[str], bool]:
    mark = _mark_words(sup)
    if mark in (["plus"], ["minus"]) and isinstance(node.base, Number) and len(node.base.text) == 1:  # x → 0⁺
        return ["from", "above" if mark == ["plus"] else "below"], False
    if mark:
        return mark, False
    letter = base_letter(node.base)
    only = sup.items[0] if len(sup.items) == 1 else None
    if isinstance(only, Letter) and only.char in "πμ" and letter is not None and letter.char.isupper():
        return list(reader.node(only).words), False  # V^π: a policy, not a power
    if isinstance(only, Letter) and only.char == "T" and isinstance(node.base, Fence) and _is_product(node.base.body):
        return ["transpose"], False
    if isinstance(only, Letter) and letter is not None:
        if only.char == "T" and only.style != "script" and letter.style != "script" and letter.char not in _COUNTED:
            return ["transpose"], False
        if only.char == "c" and letter.char.isupper() and letter.style in ("plain", "script"):
            return ["complement"], False
    if letter is not None and letter.style == "blackboard" and letter.char not in "EPV":
        return reader.row(sup, "size"), False
    if isinstance(only, Number):
        return _power(node.base, only), False
    if isinstance(only, Word) or (isinstance(only, Fence) and letter is not None):
        return reader.row(sup if isinstance(only, Word) else only.body, "bounds"), False  # x^{new}, x^{(i)}: indices
    words = reader.row(sup)
    if words == ["minus", "one"]:
        return (["to", "the", "minus", "one"] if isinstance(node.base, Number) else ["inverse"]), False
    return ["to", "the", *words[words[:1] == ["the"] :]], is_compound(words) or len(words) > 2


def _ordinal(base: Node, sup: Row) -> str | None:
    """`n^{th}` -> "nth", `20^\\text{th}` -> "twentieth"."""
    typed = "".join(
        item.char if isinstance(item, Letter) else item.text if isinstance(item, Word) else " " for item in sup.items
    )
    if typed not in ("th", "st", "nd", "rd"):
        return None
    if isinstance(base, Number) and base.text.isdecimal():
        return ordinal(base.text)
    return f"{base.char}th" if isinstance(base, Letter) and typed == "th" and base.char.isascii() else None


def _is_product(row: Row) -> bool:
    """Letters only: what a transpose is taken of."""
    return all(base_letter(item) is not None for item in row.items)


def _power(base: Node, exponent: Number) -> list[str]:
    if isinstance(base, Function):
        return {"2": ["squared"], "3": ["cubed"]}.get(exponent.text, ["to", "the", number_words(exponent.text)])
    if exponent.text == "2":
        return ["squared"]
    if exponent.text == "3":
        return ["cubed"]
    if exponent.text in _POWER_ORDINALS and not isinstance(base, Number):
        return ["to", "the", ordinal(exponent.text)]
    return ["to", "the", number_words(exponent.text)]


def _mark_words(row: Row) -> list[str]:
    """The word for a script that is a mark and not a value: star, plus, transpose."""
    if len(row.items) != 1:
        stars = [item for item in row.items if isinstance(item, Sign) and item.symbol.glyph in "*∗⋆"]
        return ["double", "star"] if len(stars) == len(row.items) == 2 else []
    only = row.items[0]
    if isinstance(only, Sign) and only.symbol.glyph in _MARKS:
        return _MARKS[only.symbol.glyph].split()
    if isinstance(only, Word) and only.text in ("T", "⊤"):
        return ["transpose"]
    return []


def _is_degrees(sup: Row) -> bool:
    only = sup.items[0] if len(sup.items) == 1 else None
    return isinstance(only, Sign) and only.symbol.glyph in "∘°"
