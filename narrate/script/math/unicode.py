"""Tree -> readable Unicode for captions and chapter titles: x², xᵢ, √2, ∑ᵢ₌₁ⁿ, (a + b)/c. No TeX is left in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrate.script.math.symbols import ACCENTS
from narrate.script.math.tree import (
    Accent,
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
)

_RAISED = dict(zip("0123456789+-−=()nijkabcdefghlmoprstuvwxyzTABDEGHIJKLMNOPRUVW*′",
                   "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱʲᵏᵃᵇᶜᵈᵉᶠᵍʰˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵁⱽᵂ*′", strict=True))  # fmt: skip
_LOWERED = dict(zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_DOUBLE_STRUCK = {"R": "ℝ", "N": "ℕ", "Z": "ℤ", "Q": "ℚ", "C": "ℂ"}
_ROOTS = {"2": "√", "3": "∛", "4": "∜"}
#: Letters too many to be read small.
_HAS_WORD = re.compile(r"[^\W\d_]{3}|[^\W\d_]{2} |[a-z] [^\W\d_]{2}")
_PRIMES = {2: "″", 3: "‴"}
_SPACED = frozenset({"rel", "arrow", "logic", "given"})
_TIGHT = frozenset("/∕*∗:..")
_BEFORE_SIGN = frozenset({"rel", "arrow", "logic", "bin", "mark", "open", "given", "pre", ""})


def show(node: Node) -> str:
    """Any node as plain text."""
    if isinstance(node, Row):
        return _show_row(node.items)
    if isinstance(node, (Number, Tag)):
        return node.text if isinstance(node, Number) else f"({node.text})"
    if isinstance(node, Letter):
        return _DOUBLE_STRUCK.get(node.char, node.char) if node.style == "blackboard" else node.char
    if isinstance(node, Word):
        return node.text
    if isinstance(node, (Sign, Function)):
        return node.symbol.glyph
    if isinstance(node, Script):
        return _show_script(node)
    if isinstance(node, Fence) and len(node.body.items) == 1 and isinstance(node.body.items[0], Grid):
        return show(node.body)
    if isinstance(node, Fence):
        return node.left + show(node.body) + node.right
    return _show_built(node)


def _show_built(node: Node) -> str:
    """Nodes with a layout of their own."""
    if isinstance(node, Fraction):
        if not node.bar:
            return f"({show(node.over)} choose {show(node.under)})"
        return f"{_grouped(node.over)}/{_grouped(node.under)}"
    if isinstance(node, Root):
        index = show(node.index) if node.index is not None else "2"
        return (_ROOTS.get(index) or _raised(index) + "√") + _grouped(node.radicand)
    if isinstance(node, Accent):
        body = show(node.body)
        return (body if len(body) == 1 else f"({body})") + ACCENTS[node.mark][1]
    if isinstance(node, Stack):
        labels = [show(label) for label in (node.above, node.below) if label is not None]
        return show(node.base) + "".join(f" ({label})" for label in labels if label)
    if isinstance(node, Grid):
        return _show_grid(node)
    return show(node.body) if isinstance(node, Struck) else "(diagram)"


def _show_row(items: Sequence[Node]) -> str:
    parts: list[str] = []
    for at, item in enumerate(items):
        text = show(item)
        if isinstance(item, Fraction) and at and _kind(items[at - 1]) == "fn":
            text = f"({text})"
        kind = _kind(item)
        before = _kind(items[at - 1]) if at else ""
        is_unary = kind == "bin" and before in _BEFORE_SIGN and text[:1] in "+-−±∓"
        if kind in _SPACED or (kind == "bin" and not is_unary and text not in _TIGHT):
            parts.append(f" {text} ")
        elif text == ":" and not (at and isinstance(items[at - 1], Number) and _is_bound(items[at + 1 :])):
            parts.append(" : ")
        elif text in (",", ";"):
            parts.append(f"{text} ")
        elif at and _needs_space(items[at - 1], item):
            parts.append(f" {text}")
        else:
            parts.append(text)
    return " ".join("".join(parts).split())


def _is_bound(items: Sequence[Node]) -> bool:
    return bool(items) and isinstance(items[0], (Number, Letter))


def _kind(node: Node) -> str:
    base = node.base if isinstance(node, Script) else node
    if isinstance(base, Stack) and len(base.base.items) == 1:
        base = base.base.items[0]
    if isinstance(base, (Sign, Function)):
        return base.symbol.kind
    return "operand"


def _needs_space(left: Node, right: Node) -> bool:
    """Whether two neighbours would run together: words, function names, sums, big fractions."""
    kinds = (_kind(left), _kind(right))
    fence = right.base if isinstance(right, Script) else right
    if isinstance(fence, Fence) and not (isinstance(left, Word) and (left.spaced or " " in left.text)):
        return False
    if isinstance(left, Sign) and kinds[0] == "bin":
        return False
    if kinds[1] in ("mark", "post", "close") or kinds[0] in ("open", "pre", "mark", "money"):
        return False
    if isinstance(left, Number) and isinstance(right, Number):
        return True
    if any(isinstance(node, Word) and not any(map(str.isalnum, node.text)) for node in (left, right)):
        return False  # a quotation mark
    wide = (Word, Function, Fraction, Grid, Tag, Stack)
    if any(isinstance(node, Letter) and len(node.char) > 1 for node in (left, right)):
        return True
    bases = [node.base if isinstance(node, Script) else node for node in (left, right)]
    return isinstance(bases[0], wide) or isinstance(bases[1], wide) or "quant" in kinds[1:]


def _grouped(row: Row) -> str:
    """In brackets unless it is a single thing."""
    text = show(row)
    is_single = len(row.items) == 1 and not isinstance(row.items[0], (Fraction, Stack, Grid))
    return text if is_single and (" " not in text or isinstance(row.items[0], Fence)) else f"({text})"


def _raised(text: str) -> str:
    """`n` -> `ⁿ`; what has no raised form becomes `^(…)`."""
    plain = text.replace(" ", "")
    if plain and all(char in _RAISED for char in plain) and not _HAS_WORD.search(text):
        return "".join(_RAISED[char] for char in plain)
    return f"^{plain}" if len(plain) == 1 else f"^({text})"


def _lowered(text: str) -> str:
    plain = text.replace(" ", "")
    if plain and all(char in _LOWERED for char in plain) and not _HAS_WORD.search(text):
        return "".join(_LOWERED[char] for char in plain)
    return f"_{plain}" if (plain.isalnum() and " " not in text) or len(plain) == 1 else f"_({text})"


def _show_script(node: Script) -> str:
    base = show(node.base)
    if isinstance(node.base, (Fraction, Row)) and base:
        base = f"({base})"
    sub = _lowered(show(node.sub)) if node.sub is not None else ""
    sup = _raised(show(node.sup)) if node.sup is not None else ""
    if sup in ("^∘", "^°"):
        sup = "°"
    return base + sub + _PRIMES.get(node.n_primes, "′" * node.n_primes) + sup


def _show_grid(node: Grid) -> str:
    rows = [[show(cell) for cell in cells] for cells in node.rows]
    if node.kind == "lines":
        lines = [" ".join(cell for cell in cells if cell) for cells in rows]
        firsts = [next((cell.items[0] for cell in cells if cell.items), Row(())) for cells in node.rows]
        goes_on = [_kind(first) in _SPACED for first in firsts]
        return "".join(
            line if not at else f" {line}" if continues else f"; {line}"
            for at, (line, continues) in enumerate(zip(lines, goes_on, strict=True))
        )
    if node.kind == "cases":
        return "; ".join(" ".join([cells[0].rstrip(","), *(_condition(cell) for cell in cells[1:])]) for cells in rows)
    left, right = ("|", "|") if node.kind == "determinant" else ("[", "]")
    return left + "; ".join(", ".join(cells) for cells in rows) + right


def _condition(cell: str) -> str:
    return cell if cell.split(" ")[0] in ("if", "for", "when", "otherwise", "else") else f"if {cell}"
