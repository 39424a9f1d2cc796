"""Tokens -> tree: a recursive descent that never fails on bad TeX, only on formulas too deep or too large.

Unmatched braces, `\\right` without `\\left`, a missing argument: each is read as far as it goes, as MathJax would show it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from narrate.script.math import identifiers
from narrate.script.math.delimiters import pair_delimiters
from narrate.script.math.macros import Macro, expand
from narrate.script.math.symbols import ACCENTS, CHARACTERS, COMMANDS, SIZES, SKIPPED, STYLES, TEXTS, Symbol
from narrate.script.math.tokens import Token, Unreadable, source, tokenize
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

_MAX_DEPTH = 40
_SWITCHES = frozenset({"rm", "bf", "it", "sf", "tt", "cal", "frak", "scr", "bold"})
_MATRICES = {"vmatrix": "determinant", "Vmatrix": "determinant"} | dict.fromkeys(
    ("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "psmallmatrix", "bsmallmatrix"), "matrix"
)
_CASES = frozenset({"cases", "dcases", "rcases", "drcases", "numcases"})
_DIAGRAMS = frozenset({"tikzcd", "tikzpicture", "CD", "xy", "picture", "forest", "prooftree", "diagram", "bussproofs"})
_DIAGRAM_COMMANDS = frozenset({"xymatrix", "includegraphics", "xy", "AxiomC", "tikz", "young"})
_ARROWS = {
    "xrightarrow": "→", "xleftarrow": "←", "xmapsto": "↦", "xleftrightarrow": "↔", "xhookrightarrow": "↪",
    "xRightarrow": "⟹", "xLeftarrow": "⟸", "xLeftrightarrow": "⟺", "xlongequal": "=", "xtwoheadrightarrow": "↠",
}  # fmt: skip
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "xfrac", "flatfrac"})
_BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
_CROSSED = frozenset({"cancel", "bcancel", "xcancel", "sout", "st", "cancelto"})
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", "0123456789+-=()ni", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-=()aeoxhklmnpstijruv", strict=True))
_PRIMES = {"'": 1, "’": 1, "′": 1, "″": 2, "‴": 3}
_RANGE = Symbol("..", "bin", "to")
_NEGATED = {
    "=": "≠", "∈": "∉", "<": "≮", ">": "≯", "≤": "≰", "≥": "≱", "⊂": "⊄", "⊆": "⊈", "⊢": "⊬", "⊨": "⊭", "≡": "≢",
    "≈": "≉", "∼": "≁", "≅": "≇", "∃": "∄", "∣": "∤", "→": "↛", "⟹": "⇏", "⇒": "⇏", "∥": "∦", "⊇": "⊉", "≺": "⊀",
    "≻": "⊁", "|": "∤",
}  # fmt: skip


def parse(tex: str, macros: Mapping[str, Macro]) -> Row:
    """TeX -> its tree. Raises Unreadable when it is too long, too deep, or a macro never ends."""
    return _Parser(expand(tokenize(tex), macros)).whole()


class _Parser:
    """A cursor over tokens; every method reads on from `self._at`."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    # -- the cursor

    def _peek(self, offset: int = 0) -> Token | None:
        at = self._at + offset
        return self._tokens[at] if at < len(self._tokens) else None

    def _skip_space(self) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].kind == "space":
            self._at += 1

    def _next_is(self, kind: str, *texts: str) -> bool:
        token = self._peek()
        return token is not None and token.kind == kind and token.text in texts

    def _raw_argument(self) -> list[Token]:
        """The tokens of the next group (without braces) or the next single token."""
        self._skip_space()
        first = self._peek()
        if first is None or first in (("char", "}"), ("char", "&")):
            return []
        self._at += 1
        if first != ("char", "{"):
            return [first]
        start, depth = self._at, 1
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            depth += (token == ("char", "{")) - (token == ("char", "}"))
            self._at += 1
            if depth == 0:
                return self._tokens[start : self._at - 1]
        return self._tokens[start:]

    def _raw_optional(self) -> list[Token] | None:
        """The tokens inside `[…]` if that comes next."""
        self._skip_space()
        if not self._next_is("char", "["):
            return None
        self._at += 1
        start, depth = self._at, 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            depth += (token == ("char", "{")) - (token == ("char", "}"))
            self._at += 1
            if depth == 0 and token == ("char", "]"):
                return self._tokens[start : self._at - 1]
        return self._tokens[start:]

    def _inside(self, tokens: list[Token]) -> Row:
        """A row made of these tokens alone."""
        inner = _Parser(tokens)
        inner._depth = self._depth + 1
        return inner.whole()

    def _argument(self) -> Row:
        """The next group, or the next token with the arguments of its own that it takes (`x_\\text{max}`)."""
        self._skip_space()
        token = self._peek()
        if token is None or token.kind != "command":
            return self._inside(self._raw_argument())
        if token.text in _ROW_ENDS:
            return Row(())
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Unreadable("too deep")
        row = Row(tuple(self._atoms()))
        self._depth -= 1
        return row

    # -- rows

    def whole(self) -> Row:
        """Everything that is left, whatever stray closers it holds; `\\\\` and `&` at this level make lines."""
        lines = self._lines()
        while self._at < len(self._tokens):
            self._at += 1  # a stray `}`, `\\right` or `\\end`
            lines += self._lines()
        lines = [cells for cells in lines if any(cell.items for cell in cells)]
        if len(lines) > 1:
            return Row((Grid("lines", tuple(tuple(cells) for cells in lines)),))
        return Row(tuple(item for cell in lines[0] for item in cell.items)) if lines else Row(())

    def _lines(self) -> list[list[Row]]:
        """Rows of cells up to a closer."""
        lines: list[list[Row]] = [[]]
        while True:
            lines[-1].append(self._row())
            if self._next_is("char", "&"):
                self._at += 1
            elif self._next_is("command", "\\", "cr", "newline", "tabularnewline"):
                self._at += 1
                self._raw_optional_length()
                lines.append([])
            else:
                return lines

    def _raw_optional_length(self) -> None:
        """Skip the `[2pt]` that may follow a line break; any other bracket belongs to the next line."""
        token = self._peek()
        if token != ("char", "["):
            return
        start = self._at
        inside = source(self._raw_optional() or [])
        if not inside.strip("-.0123456789 ").isalpha():
            self._at = start

    def _row(self) -> Row:
        """Nodes up to `}`, `&`, a line break, `\\right` or `\\end`, delimiters paired."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Unreadable("too deep")
        items: list[Node] = []
        while (token := self._peek()) is not None:
            if token.kind == "space":
                self._at += 1
            elif token in (("char", "}"), ("char", "&")) or (token.kind == "command" and token.text in _ROW_ENDS):
                break
            elif token.kind == "command" and token.text in ("over", "atop", "choose", "brace", "brack"):
                self._at += 1
                below = self._row()
                items = [Fraction(pair_delimiters(items), below, bar=token.text == "over")]
            else:
                for atom in self._atoms():
                    items.append(atom)
                if items:
                    items[-1] = self._scripted(items[-1])
        self._depth -= 1
        return pair_delimiters(items)

    def _scripted(self, base: Node) -> Node:
        """The base with the scripts and primes that follow it."""
        sub = sup = None
        n_primes = 0
        while True:
            self._skip_space()
            token = self._peek()
            if token is None:
                break
            if token == ("char", "^"):
                self._at += 1
                sup = _joined(sup, self._argument())
            elif token == ("char", "_"):
                self._at += 1
                sub = _joined(sub, self._argument())
            elif token.kind == "char" and token.text in _PRIMES:
                self._at += 1
                n_primes += _PRIMES[token.text]
            elif token.kind == "command" and token.text in ("limits", "nolimits"):
                self._at += 1
            elif token.kind == "char" and (token.text in _SUPERSCRIPTS or token.text in _SUBSCRIPTS):
                raised = token.text in _SUPERSCRIPTS
                row = self._inside(self._unicode_script(_SUPERSCRIPTS if raised else _SUBSCRIPTS))
                sup, sub = (_joined(sup, row), sub) if raised else (sup, _joined(sub, row))
            else:
                break
        sup, more = _take_primes(sup)
        n_primes += more
        if isinstance(base, Stack) and base.brace and (sub or sup):
            return Stack(base.base, above=sup or base.above, below=sub or base.below, brace=True)
        return Script(base, sub, sup, n_primes) if sub or sup or n_primes else base

    def _unicode_script(self, table: Mapping[str, str]) -> list[Token]:
        found: list[Token] = []
        while (token := self._peek()) is not None and token.kind == "char" and token.text in table:
            found.append(Token("char", table[token.text]))
            self._at += 1
        return found

    # -- atoms

    def _atoms(self) -> list[Node]:
        """What the next token begins; scripts are still to come."""
        token = self._tokens[self._at]
        if token.kind == "command":
            self._at += 1
            return self._command(token.text)
        char = token.text
        if char == "{":
            row = self._argument()
            return list(row.items) if len(row.items) == 1 else [row]
        if (char.isdecimal() and char not in CHARACTERS) or (
            char == "." and (after := self._peek(1)) and after.text.isdecimal()
        ):
            return [self._number()]
        if char.isalpha() and char not in CHARACTERS and char not in _SUPERSCRIPTS and char not in _SUBSCRIPTS:
            return self._letters()
        if char in "^_'’′″‴" or char in _SUPERSCRIPTS or char in _SUBSCRIPTS:
            return [Row(())]  # a script without a base
        self._at += 1
        return self._character(char)

    def _character(self, char: str) -> list[Node]:
        if char == "~":
            return []
        if char == ".":
            n_dots = 1
            while self._next_is("char", "."):
                self._at += 1
                n_dots += 1
            if n_dots > 1:
                return [Sign(COMMANDS["ldots"] if n_dots > 2 else _RANGE)]
        if char in ":=" and self._next_is("char", ":" if char == "=" else "="):
            self._at += 1
            return [Sign(COMMANDS["coloneqq" if char == ":" else "eqqcolon"])]
        if char in "-=<>" and (found := self._ascii_arrow(char)):
            return [Sign(COMMANDS[found])]
        symbol = CHARACTERS.get(char)
        return [_from_symbol(symbol)] if symbol else identifiers.foreign(char)

    def _ascii_arrow(self, first: str) -> str | None:
        """`->`, `=>`, `<=`, `>=`, `<->`, `!=` typed with plain characters: the command they mean."""
        rest = "".join(
            token.text
            for token in self._tokens[self._at : self._at + 2]
            if token.kind == "char" and len(token.text) == 1
        )
        for typed, command in (
            ("<=>", "iff"), ("<->", "leftrightarrow"), ("->", "to"), ("=>", "implies"), ("<=", "le"), (">=", "ge"),
            ("<-", ""), ("==", "eq"), ("<<", "ll"), (">>", "gg"),
        ):  # fmt: skip
            if command and (first + rest).startswith(typed):
                self._at += len(typed) - 1
                return command
        return None

    def _number(self) -> Number:
        """Digits, grouping commas (1,000; 1{,}000; 1\\,000) taken out, and one decimal part."""
        start = self._at
        digits = self._digits()
        while len(digits) > 0 and (step := self._grouping(start, digits)):
            self._at += step
            digits += "," + self._digits()
        point, after = self._peek(), self._peek(1)
        if point == ("char", ".") and after is not None and after.kind == "char" and after.text.isdecimal():
            self._at += 1
            digits += "." + self._digits()
        return Number(digits)

    def _digits(self) -> str:
        start = self._at
        while (token := self._peek()) is not None and token.kind == "char" and token.text.isdecimal():
            self._at += 1
        return "".join(str(int(token.text)) for token in self._tokens[start : self._at])

    def _grouping(self, start: int, digits: str) -> int:
        """How many tokens of separator stand before the next group of exactly three digits; 0 for none."""
        raw = "".join(token.raw for token in self._tokens[self._at : self._at + 8])
        separator = next((mark for mark in ("{,}", ",", "\\,") if raw.startswith(mark)), None)
        if separator is None or ("," not in digits and len(digits) > 3):
            return 0
        three = raw[len(separator) : len(separator) + 4]
        if len(three) < 3 or not three[:3].isdecimal() or three[3:].isdecimal() or self._tokens[start].text == "0":
            return 0
        n_tokens = len(separator) if separator != "\\," else 1
        before = self._tokens[start - 1].text if start else ""
        after = self._peek(n_tokens + 3)
        is_pair = separator == "," and before in ("(", "[", "{") and after is not None and after.text in (")", "]", "}")
        return 0 if is_pair else n_tokens

    def _letters(self) -> list[Node]:
        """A run of adjacent letters: a word, a function's name, or a product of variables."""
        start = self._at
        while (token := self._peek()) is not None and token.kind == "char" and token.text.isalpha():
            if token.text in CHARACTERS or token.text in _SUPERSCRIPTS or token.text in _SUBSCRIPTS:
                break
            self._at += 1
        run = "".join(token.text for token in self._tokens[start : self._at])
        named = identifiers.read_run(run)
        if named is not None:
            return [named]
        self._at = start + 1  # one letter at a time, so that a script finds its own base
        return identifiers.letters(run[0])

    # -- commands

    def _command(self, name: str) -> list[Node]:
        if name in SIZES:
            return self._delimiter()
        handler = _HANDLERS.get(name)
        if handler is not None:
            return handler(self)
        if name in _FRACTIONS or name in _BINOMIALS:
            return [Fraction(self._argument(), self._argument(), bar=name in _FRACTIONS)]
        if name in TEXTS:
            return identifiers.prose(self._raw_argument(), self._inside)
        if name in STYLES:
            return self._styled(name)
        if name in ACCENTS:
            return [Accent(name, self._argument())]
        if name in _ARROWS:
            return self._arrow(name)
        if name in _CROSSED:
            if name == "cancelto":
                self._raw_argument()
            return [Struck(self._argument())]
        if name in _DIAGRAM_COMMANDS:
            self._raw_argument()
            return [Diagram(name)]
        if name in SKIPPED:
            for _ in range(SKIPPED[name]):
                self._raw_argument()
            return []
        symbol = COMMANDS.get(name) or CHARACTERS.get(name)
        if symbol is not None:
            return [_from_symbol(symbol)]
        return identifiers.unknown(name)

    def _delimiter(self) -> list[Node]:
        """The delimiter after `\\big` or `\\left`, "" for `.`."""
        self._skip_space()
        token = self._peek()
        if token is None or token == ("char", "}"):
            return []
        self._at += 1
        if token == ("char", "."):
            return []
        symbol = COMMANDS.get(token.text) if token.kind == "command" else CHARACTERS.get(token.text)
        if token in (("char", "<"), ("char", ">")):
            symbol = COMMANDS["langle" if token.text == "<" else "rangle"]
        return [_from_symbol(symbol)] if symbol else []

    def _left(self) -> list[Node]:
        left = self._delimiter()
        lines = self._lines()
        right: list[Node] = []
        if self._next_is("command", "right"):
            self._at += 1
            right = self._delimiter()
        body = [item for cells in lines for cell in cells for item in cell.items]
        grid = body[0] if len(body) == 1 and isinstance(body[0], Grid) else None
        if grid is not None and grid.kind == "lines" and any(len(cells) > 1 for cells in grid.rows) and right:
            body = [Grid("matrix", grid.rows)]
        return [Fence(_glyph(left), Row(tuple(body)), _glyph(right))]

    def _styled(self, name: str) -> list[Node]:
        style = STYLES[name]
        if name in _SWITCHES and not self._next_is("char", "{"):
            return [identifiers.restyle(item, style) for item in self._row().items]
        if name in ("enclose", "bbox"):
            self._raw_optional()
            if name == "enclose":
                self._raw_argument()
        return identifiers.styled(self._raw_argument(), style, self._inside)

    def _operator_name(self) -> list[Node]:
        return identifiers.operator(self._raw_argument(), self._inside)

    def _root(self) -> list[Node]:
        index = self._raw_optional()
        return [Root(self._argument(), None if index is None else self._inside(index))]

    def _arrow(self, name: str) -> list[Node]:
        below = self._raw_optional()
        above = self._argument()
        base = Row((Sign(CHARACTERS[_ARROWS[name]]),))
        return [Stack(base, above, None if below is None else self._inside(below))]

    def _stack(self, *, above: bool) -> list[Node]:
        label, base = self._argument(), self._argument()
        only = base.items[0] if len(base.items) == 1 else None
        if not above and isinstance(only, (Function, Letter, Script)):
            script = only if isinstance(only, Script) else Script(only)
            return [replace(script, sub=_joined(script.sub, label))]
        return [Stack(base, above=label) if above else Stack(base, below=label)]

    def _brace(self) -> list[Node]:
        return [Stack(self._argument(), brace=True)]

    def _not(self) -> list[Node]:
        self._skip_space()
        following = self._atoms() if self._peek() is not None else []
        first = following[0] if following else None
        if isinstance(first, Sign):
            opposite = _NEGATED.get(first.symbol.glyph)
            if opposite:
                return [Sign(CHARACTERS[opposite]), *following[1:]]
        return [Sign(COMMANDS["neg"]), *following]

    def _begin(self) -> list[Node]:
        name = source(self._raw_argument()).strip().rstrip("*")
        if name in _DIAGRAMS:
            self._skip_environment()
            return [Diagram(name)]
        self._raw_optional()
        columns = name in ("array", "alignat", "alignedat", "tabular", "subarray", "numcases", "xalignat")
        prefix = self._argument() if columns and name == "numcases" else None
        if columns and name != "numcases":
            self._raw_argument()
        lines = [cells for cells in self._lines() if any(cell.items for cell in cells)]
        if self._next_is("command", "end"):
            self._at += 1
            self._raw_argument()
        return [*(prefix.items if prefix else ()), *_environment(name, lines)]

    def _skip_environment(self) -> None:
        depth = 1
        while depth and self._at < len(self._tokens):
            token = self._tokens[self._at]
            depth += (token == ("command", "begin")) - (token == ("command", "end"))
            self._at += 1
        self._raw_argument()

    def _substack(self) -> list[Node]:
        tokens = self._raw_argument()
        inner = _Parser(tokens)
        inner._depth = self._depth + 1
        rows = [Row(tuple(item for cell in cells for item in cell.items)) for cells in inner._lines()]
        items: list[Node] = []
        for row in rows:
            items += [Sign(CHARACTERS[","]), *row.items] if items else row.items
        return [Row(tuple(items))]

    def _mod(self) -> list[Node]:
        return [Sign(COMMANDS["bmod"]), self._argument()]

    def _last_of_two(self) -> list[Node]:
        self._raw_argument()
        return list(self._argument().items)

    def _choice(self) -> list[Node]:
        first = self._argument()
        for _ in range(3):
            self._raw_argument()
        return list(first.items)

    def _tag(self) -> list[Node]:
        return [Tag(source(self._raw_argument()).strip())]

    def _reference(self) -> list[Node]:
        self._raw_argument()
        return [Word("the equation")]

    def _sideset(self) -> list[Node]:
        self._raw_argument()
        self._raw_argument()
        return []


def _environment(name: str, lines: list[list[Row]]) -> list[Node]:
    """An environment's cells -> nodes; a single line of aligned cells is just that line."""
    rows = tuple(tuple(cells) for cells in lines)
    if name in _CASES:
        return [Grid("cases", rows)]
    if name in _MATRICES:
        return [Grid(_MATRICES[name], rows)]
    if name in ("array", "tabular") and rows and not _is_equations(rows):
        return [Grid("matrix", rows)]
    if len(rows) > 1:
        return [Grid("lines", rows)]
    return [item for cells in rows for cell in cells for item in cell.items]


def _is_equations(rows: tuple[tuple[Row, ...], ...]) -> bool:
    """An array that lays out equations: a relation in most of its rows, or a single column."""
    related = sum(
        any(isinstance(item, Sign) and item.symbol.kind in ("rel", "arrow", "logic") for item in cell.items)
        for cells in rows
        for cell in cells[:4]
    )
    return related * 2 >= len(rows)


def _joined(first: Row | None, second: Row) -> Row:
    return second if first is None else Row((*first.items, *second.items))


def _take_primes(sup: Row | None) -> tuple[Row | None, int]:
    """`^{\\prime\\prime}` -> two primes and no superscript."""
    if sup is None:
        return None, 0
    rest = tuple(item for item in sup.items if not (isinstance(item, Sign) and item.symbol.glyph == "′"))
    return (Row(rest) if rest else None), len(sup.items) - len(rest)


def _glyph(delimiter: list[Node]) -> str:
    first = delimiter[0] if delimiter else None
    return first.symbol.glyph if isinstance(first, Sign) else ""


def _from_symbol(symbol: Symbol) -> Node:
    if symbol.kind == "letter":
        return Letter(symbol.glyph)
    if symbol.kind in ("fn", "lim", "big"):
        return Function(symbol)
    return Sign(symbol)


_ROW_ENDS = frozenset({"\\", "cr", "newline", "tabularnewline", "right", "end"})
_HANDLERS: dict[str, Callable[[_Parser], list[Node]]] = {
    "left": _Parser._left,
    "begin": _Parser._begin,
    "sqrt": _Parser._root,
    "root": _Parser._root,
    "operatorname": _Parser._operator_name,
    "operatornamewithlimits": _Parser._operator_name,
    "overset": lambda parser: parser._stack(above=True),
    "stackrel": lambda parser: parser._stack(above=True),
    "underset": lambda parser: parser._stack(above=False),
    "underbrace": _Parser._brace,
    "overbrace": _Parser._brace,
    "underbracket": _Parser._brace,
    "overbracket": _Parser._brace,
    "not": _Parser._not,
    "substack": _Parser._substack,
    "pmod": _Parser._mod,
    "pod": _Parser._mod,
    "mathchoice": _Parser._choice,
    "textcolor": _Parser._last_of_two,
    "colorbox": _Parser._last_of_two,
    "href": _Parser._last_of_two,
    "class": _Parser._last_of_two,
    "cssId": _Parser._last_of_two,
    "style": _Parser._last_of_two,
    "raisebox": _Parser._last_of_two,
    "tag": _Parser._tag,
    "ref": _Parser._reference,
    "eqref": _Parser._reference,
    "sideset": _Parser._sideset,
}
