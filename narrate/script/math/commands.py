"""What each command makes of what follows it: `read_command` and one small function for each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from narrate.script.math import identifiers
from narrate.script.math.environments import DIAGRAMS, read_environment
from narrate.script.math.symbols import ACCENTS, CHARACTERS, COMMANDS, SIZES, SKIPPED, STYLES, TEXTS
from narrate.script.math.tokens import source
from narrate.script.math.tree import (
    Accent,
    Diagram,
    Fence,
    Fraction,
    Function,
    Grid,
    Letter,
    Node,
    Root,
    Row,
    Script,
    Sign,
    Stack,
    Struck,
    Tag,
    Word,
    from_symbol,
    joined,
)  # fmt: skip

if TYPE_CHECKING:
    from narrate.script.math.parse import Parser

_SWITCHES = frozenset({"rm", "bf", "it", "sf", "tt", "cal", "frak", "scr", "bold"})
_DIAGRAM_COMMANDS = frozenset({"xymatrix", "includegraphics", "xy", "AxiomC", "tikz", "young"})
_ARROWS = {
    "xrightarrow": "→", "xleftarrow": "←", "xmapsto": "↦", "xleftrightarrow": "↔", "xhookrightarrow": "↪",
    "xRightarrow": "⟹", "xLeftarrow": "⟸", "xLeftrightarrow": "⟺", "xlongequal": "=", "xtwoheadrightarrow": "↠",
}  # fmt: skip
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "xfrac", "flatfrac"})
_BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
_CROSSED = frozenset({"cancel", "bcancel", "xcancel", "sout", "st", "cancelto"})
_NEGATED = {
    "=": "≠", "∈": "∉", "<": "≮", ">": "≯", "≤": "≰", "≥": "≱", "⊂": "⊄", "⊆": "⊈", "⊢": "⊬", "⊨": "⊭", "≡": "≢",
    "≈": "≉", "∼": "≁", "≅": "≇", "∃": "∄", "∣": "∤", "→": "↛", "⟹": "⇏", "⇒": "⇏", "∥": "∦", "⊇": "⊉", "≺": "⊀",
    "≻": "⊁", "|": "∤",
}  # fmt: skip


def read_command(parser: Parser, name: str) -> list[Node]:
    """The nodes that a command, already taken, makes with its arguments."""
    if name in SIZES:
        return parser.delimiter()
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(parser)
    if name in _FRACTIONS or name in _BINOMIALS:
        return [Fraction(parser.argument(), parser.argument(), bar=name in _FRACTIONS)]
    if name in TEXTS:
        return identifiers.prose(parser.raw_argument(), parser.inside)
    if name in STYLES:
        return _styled(parser, name)
    if name in ACCENTS:
        return [Accent(name, parser.argument())]
    if name in _ARROWS:
        return _arrow(parser, name)
    if name in _CROSSED:
        if name == "cancelto":
            parser.raw_argument()
        return [Struck(parser.argument())]
    if name in _DIAGRAM_COMMANDS:
        parser.raw_argument()
        return [Diagram(name)]
    if name in SKIPPED:
        for _ in range(SKIPPED[name]):
            parser.raw_argument()
        return []
    symbol = COMMANDS.get(name) or CHARACTERS.get(name)
    if symbol is not None:
        return [from_symbol(symbol)]
    return identifiers.unknown(name)


def _left(parser: Parser) -> list[Node]:
    left = parser.delimiter()
    lines = parser.lines()
    right: list[Node] = []
    if parser.next_is("command", "right"):
        parser.at += 1
        right = parser.delimiter()
    body = [item for cells in lines for cell in cells for item in cell.items]
    grid = body[0] if len(body) == 1 and isinstance(body[0], Grid) else None
    if grid is not None and _glyph(left) == "{" and not right:
        return [Grid("cases", grid.rows)]
    if grid is not None and grid.kind == "lines" and any(len(cells) > 1 for cells in grid.rows) and right:
        body = [Grid("matrix", grid.rows)]
    return [Fence(_glyph(left), Row(tuple(body)), _glyph(right))]


def _styled(parser: Parser, name: str) -> list[Node]:
    style = STYLES[name]
    if name in _SWITCHES and not parser.next_is("char", "{"):
        return [identifiers.restyle(item, style) for item in parser.row().items]
    if name in ("enclose", "bbox"):
        parser.raw_optional()
        if name == "enclose":
            parser.raw_argument()
    argument = parser.raw_argument()
    if style == "bold" and argument == [("char", "1")] and _is_indicator(parser):
        style = "blackboard"
    return identifiers.styled(argument, style, parser.inside)


def _is_indicator(parser: Parser) -> bool:
    """Whether a condition follows a bold one: `[x > 0]`, `_{x > 0}`; by itself or with an index it is a vector."""
    if parser.next_is("char", "["):
        return True
    group = [token.text for token in (parser.peek(n) for n in range(4)) if token is not None]
    return len(group) == 4 and group[:2] == ["_", "{"] and group[3] != "}"


def _operator_name(parser: Parser) -> list[Node]:
    return identifiers.operator(parser.raw_argument(), parser.inside)


def _root(parser: Parser) -> list[Node]:
    index = parser.raw_optional()
    return [Root(parser.argument(), None if index is None else parser.inside(index))]


def _arrow(parser: Parser, name: str) -> list[Node]:
    below = parser.raw_optional()
    above = parser.argument()
    base = Row((Sign(CHARACTERS[_ARROWS[name]]),))
    return [Stack(base, above, None if below is None else parser.inside(below))]


def _stack(parser: Parser, *, above: bool) -> list[Node]:
    label, base = parser.argument(), parser.argument()
    only = base.items[0] if len(base.items) == 1 else None
    if not above and isinstance(only, (Function, Letter, Script)):
        script = only if isinstance(only, Script) else Script(only)
        return [replace(script, sub=joined(script.sub, label))]
    return [Stack(base, above=label) if above else Stack(base, below=label)]


def _brace(parser: Parser) -> list[Node]:
    return [Stack(parser.argument(), brace=True)]


def _not(parser: Parser) -> list[Node]:
    parser.skip_space()
    following = parser.atoms() if parser.peek() is not None else []
    first = following[0] if following else None
    if isinstance(first, Sign):
        opposite = _NEGATED.get(first.symbol.glyph)
        if opposite:
            return [Sign(CHARACTERS[opposite]), *following[1:]]
    return [Sign(COMMANDS["neg"]), *following]


def _begin(parser: Parser) -> list[Node]:
    name = source(parser.raw_argument()).strip().rstrip("*")
    if name in DIAGRAMS:
        parser.skip_environment()
        return [Diagram(name)]
    parser.raw_optional()
    columns = name in ("array", "alignat", "alignedat", "tabular", "subarray", "numcases", "xalignat")
    prefix = parser.argument() if columns and name == "numcases" else None
    if columns and name != "numcases":
        parser.raw_argument()
    lines = [cells for cells in parser.lines() if any(cell.items for cell in cells)]
    if parser.next_is("command", "end"):
        parser.at += 1
        parser.raw_argument()
    return [*(prefix.items if prefix else ()), *read_environment(name, lines)]


def _substack(parser: Parser) -> list[Node]:
    lines = parser.nested(parser.raw_argument()).lines()
    rows = [Row(tuple(item for cell in cells for item in cell.items)) for cells in lines]
    items: list[Node] = []
    for row in rows:
        items += [Sign(CHARACTERS[","]), *row.items] if items else row.items
    return [Row(tuple(items))]


def _mod(parser: Parser) -> list[Node]:
    return [Sign(COMMANDS["bmod"]), parser.argument()]


def _last_of_two(parser: Parser) -> list[Node]:
    parser.raw_argument()
    return list(parser.argument().items)


def _choice(parser: Parser) -> list[Node]:
    first = parser.argument()
    for _ in range(3):
        parser.raw_argument()
    return list(first.items)


def _tag(parser: Parser) -> list[Node]:
    return [Tag(source(parser.raw_argument()).strip())]


def _reference(parser: Parser) -> list[Node]:
    parser.raw_argument()
    return [Word("the equation")]


def _sideset(parser: Parser) -> list[Node]:
    parser.raw_argument()
    parser.raw_argument()
    return []


def _glyph(delimiter: list[Node]) -> str:
    first = delimiter[0] if delimiter else None
    return first.symbol.glyph if isinstance(first, Sign) else ""


_HANDLERS: dict[str, Callable[[Parser], list[Node]]] = {
    "left": _left,
    "begin": _begin,
    "sqrt": _root,
    "root": _root,
    "operatorname": _operator_name,
    "operatornamewithlimits": _operator_name,
    "overset": lambda parser: _stack(parser, above=True),
    "stackrel": lambda parser: _stack(parser, above=True),
    "underset": lambda parser: _stack(parser, above=False),
    "underbrace": _brace,
    "overbrace": _brace,
    "underbracket": _brace,
    "overbracket": _brace,
    "not": _not,
    "substack": _substack,
    "pmod": _mod,
    "pod": _mod,
    "mathchoice": _choice,
    "textcolor": _last_of_two,
    "colorbox": _last_of_two,
    "href": _last_of_two,
    "class": _last_of_two,
    "cssId": _last_of_two,
    "style": _last_of_two,
    "raisebox": _last_of_two,
    "tag": _tag,
    "ref": _reference,
    "eqref": _reference,
    "sideset": _sideset,
}
