"""A tree -> the few facts about the whole formula that decide how its parts are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrate.script.math.tree import Accent, Fence, Function, Letter, Node, Number, Row, Script, Sign, Word, walk

_LOGIC = frozenset("¬∧∨□◻◇∀∃⊢⊨⊬⊥⊤⟹⇒⟺")


@dataclass(frozen=True, slots=True)
class Facts:
    """`two_cased`: letters that occur small and capital. `applied`: letters used as functions beyond doubt.
    `is_logic`: arrows are implications. `in_sentence`: relations are verbs ("is less than"). `divides`: `d | n`."""

    two_cased: frozenset[str]
    applied: frozenset[str]
    is_logic: bool
    in_sentence: bool
    divides: bool


def gather_facts(tree: Row, *, display: bool) -> Facts:
    """One walk over the tree."""
    seen: set[str] = set()
    applied: set[str] = set()
    is_logic = has_connective = False
    nodes = tuple(walk(tree))
    for node in nodes:
        if isinstance(node, Letter) and node.style != "blackboard":
            seen.add(node.char)
        elif isinstance(node, Sign):
            is_logic = is_logic or node.symbol.glyph in _LOGIC
            has_connective = has_connective or node.symbol.kind in ("logic", "quant")
        elif isinstance(node, Function):
            is_logic = is_logic or node.symbol.glyph in "⋀⋁"
        elif isinstance(node, Fence):
            is_logic = is_logic or node.left == "⌜"
        elif isinstance(node, Row):
            applied |= _plainly_applied(node)
    seen -= _differentials(nodes)
    two_cased = frozenset(char.upper() for char in seen if char.upper() != char and char.upper() in seen)
    return Facts(two_cased, frozenset(applied), is_logic, display or has_connective, _is_divisibility(tree))


def _is_divisibility(tree: Row) -> bool:
    """A bar between two numbers or small letters and nothing else."""
    if len(tree.items) != 3 or not isinstance(bar := tree.items[1], Sign) or bar.symbol.words != "given":
        return False
    return all(
        isinstance(side, Number) or (isinstance(side, Letter) and side.char.islower()) for side in tree.items[::2]
    )


def base_letter(node: Node) -> Letter | None:
    """The letter that a node is about: x of x_i, f of f', y of ŷ."""
    while isinstance(node, (Script, Accent)):
        node = node.base if isinstance(node, Script) else node.body
        if isinstance(node, Row) and len(node.items) == 1:
            node = node.items[0]
    return node if isinstance(node, Letter) else None


def _plainly_applied(row: Row) -> set[str]:
    """Letters followed by brackets round a single thing or a list: `x(t)`, `d(s, s')`."""
    found = set()
    for base, fence in zip(row.items, row.items[1:], strict=False):
        letter = base_letter(base)
        if letter is not None and isinstance(fence, Fence) and fence.left == "(":
            inside = fence.body.items
            is_single = len(inside) == 1 and isinstance(inside[0], (Letter, Script, Word, Number))
            if is_single or any(isinstance(item, Sign) and item.symbol.glyph in ",;∣" for item in inside):
                found.add(letter.char)
    return found


def _differentials(nodes: Sequence[Node]) -> set[str]:
    """`{"d"}` when d only marks differentials, so that D needs no "capital"."""
    for row in nodes:
        if isinstance(row, Row):
            for left, right in zip(row.items, row.items[1:], strict=False):
                if isinstance(left, Letter) and left.char == "d" and base_letter(right) is not None:
                    return {"d"}
    return set()
