"""Tokens -> tree: a recursive descent that never fails on bad TeX, only on formulas too deep or too large.

Unmatched braces, `\\right` without `\\left`, a missing argument: each is read as far as it goes, as MathJax shows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from narrate.script.math import identifiers
from narrate.script.math.commands import read_command
from narrate.script.math.cursor import Cursor
from narrate.script.math.delimiters import pair_delimiters
from narrate.script.math.macros import Macro, expand
from narrate.script.math.symbols import CHARACTERS, COMMANDS, Symbol
from narrate.script.math.tokens import Token, Unreadable, tokenize
from narrate.script.math.tree import Fraction, Grid, Node, Row, Script, Sign, Stack, depth, from_symbol, joined

#: Groups within groups, and nodes within nodes: far above what people write, far below Python's recursion limit.
_MAX_DEPTH = 80
_MAX_LEVELS = 90
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", "0123456789+-=()ni", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-=()aeoxhklmnpstijruv", strict=True))
_PRIMES = {"'": 1, "’": 1, "′": 1, "″": 2, "‴": 3}
_RANGE = Symbol("..", "bin", "to")
_ROW_ENDS = frozenset({"\\", "cr", "newline", "tabularnewline", "right", "end"})


def parse(tex: str, macros: Mapping[str, Macro]) -> Row:
    """TeX -> its tree. Raises Unreadable when it is too long, too deep, or a macro never ends."""
    tokens = expand(tokenize(tex), macros)
    tree = Parser(tokens).whole()
    if len(tokens) > _MAX_LEVELS / 2 and depth(tree) > _MAX_LEVELS:
        raise Unreadable("too deep")
    return tree


class Parser(Cursor):
    """Reads rows, scripts and atoms; `commands` reads what begins with a backslash."""

    def __init__(self, tokens: list[Token], n_groups: int = 0) -> None:
        super().__init__(tokens)
        self.depth = n_groups

    def nested(self, tokens: list[Token]) -> Parser:
        """A parser for tokens taken out of this one's."""
        return Parser(tokens, self.depth + 1)

    def inside(self, tokens: list[Token]) -> Row:
        """A row made of these tokens alone."""
        return self.nested(tokens).whole()

    def argument(self) -> Row:
        """The next group, or the next token with the arguments of its own that it takes (`x_\\text{max}`)."""
        self.skip_space()
        token = self.peek()
        if token is None or token.kind != "command":
            return self.inside(self.raw_argument())
        if token.text in _ROW_ENDS:
            return Row(())
        return Row(tuple(self.atoms()))

    def whole(self) -> Row:
        """Everything that is left, whatever stray closers it holds; `\\\\` and `&` at this level make lines."""
        lines = self.lines()
        while self.at < len(self.tokens):
            self.at += 1  # a stray `}`, `\\right` or `\\end`
            lines += self.lines()
        lines = [cells for cells in lines if any(cell.items for cell in cells)]
        if len(lines) > 1:
            return Row((Grid("lines", tuple(tuple(cells) for cells in lines)),))
        return Row(tuple(item for cell in lines[0] for item in cell.items)) if lines else Row(())

    def lines(self) -> list[list[Row]]:
        """Rows of cells up to a closer."""
        lines: list[list[Row]] = [[]]
        while True:
            lines[-1].append(self.row())
            if self.next_is("char", "&"):
                self.at += 1
            elif self.next_is("command", "\\", "cr", "newline", "tabularnewline"):
                self.at += 1
                self.raw_optional_length()
                lines.append([])
            else:
                return lines

    def row(self) -> Row:
        """Nodes up to `}`, `&`, a line break, `\\right` or `\\end`, delimiters paired."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Unreadable("too deep")
        items: list[Node] = []
        while (token := self.peek()) is not None:
            if token.kind == "space":
                self.at += 1
            elif token in (("char", "}"), ("char", "&")) or (token.kind == "command" and token.text in _ROW_ENDS):
                break
            elif token.kind == "command" and token.text in ("over", "atop", "choose", "brace", "brack"):
                self.at += 1
                below = self.row()
                items = [Fraction(pair_delimiters(items), below, bar=token.text == "over")]
            else:
                for atom in self.atoms():
                    items.append(atom)
                if items:
                    items[-1] = self._scripted(items[-1])
        self.depth -= 1
        return pair_delimiters(items)

    def _scripted(self, base: Node) -> Node:
        """The base with the scripts and primes that follow it."""
        sub = sup = None
        n_primes = 0
        while True:
            self.skip_space()
            token = self.peek()
            if token is None:
                break
            if token == ("char", "^"):
                self.at += 1
                sup = joined(sup, self.argument())
            elif token == ("char", "_"):
                self.at += 1
                sub = joined(sub, self.argument())
            elif token.kind == "char" and token.text in _PRIMES:
                self.at += 1
                n_primes += _PRIMES[token.text]
            elif token.kind == "command" and token.text in ("limits", "nolimits"):
                self.at += 1
            elif token.kind == "char" and (token.text in _SUPERSCRIPTS or token.text in _SUBSCRIPTS):
                raised = token.text in _SUPERSCRIPTS
                row = self.inside(self.unicode_script(_SUPERSCRIPTS if raised else _SUBSCRIPTS))
                sup, sub = (joined(sup, row), sub) if raised else (sup, joined(sub, row))
            else:
                break
        sup, more = _take_primes(sup)
        n_primes += more
        if isinstance(base, Stack) and base.brace and (sub or sup):
            return Stack(base.base, above=sup or base.above, below=sub or base.below, brace=True)
        return Script(base, sub, sup, n_primes) if sub or sup or n_primes else base

    def atoms(self) -> list[Node]:
        """What the next token begins; scripts are still to come."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Unreadable("too deep")
        atoms = self._atoms()
        self.depth -= 1
        return atoms

    def _atoms(self) -> list[Node]:
        token = self.tokens[self.at]
        if token.kind == "command":
            self.at += 1
            return read_command(self, token.text)
        char = token.text
        if char == "{":
            row = self.argument()
            return list(row.items) if len(row.items) == 1 else [row]
        if (char.isdecimal() and char not in CHARACTERS) or (
            char == "." and (after := self.peek(1)) and after.text.isdecimal()
        ):
            return [self.number()]
        if char.isalpha() and char not in CHARACTERS and char not in _SUPERSCRIPTS and char not in _SUBSCRIPTS:
            return self._letters()
        if char in "^_'’′″‴" or char in _SUPERSCRIPTS or char in _SUBSCRIPTS:
            return [Row(())]  # a script without a base
        self.at += 1
        return self._character(char)

    def _character(self, char: str) -> list[Node]:
        if char == "~":
            return []
        if char == ".":
            n_dots = 1
            while self.next_is("char", "."):
                self.at += 1
                n_dots += 1
            if n_dots > 1:
                return [Sign(COMMANDS["ldots"] if n_dots > 2 else _RANGE)]
        if char in ":=" and self.next_is("char", ":" if char == "=" else "="):
            self.at += 1
            return [Sign(COMMANDS["coloneqq" if char == ":" else "eqqcolon"])]
        if char in "-=<>" and (found := self.ascii_arrow(char)):
            return [Sign(COMMANDS[found])]
        symbol = CHARACTERS.get(char)
        return [from_symbol(symbol)] if symbol else identifiers.foreign(char)

    def _letters(self) -> list[Node]:
        """A run of adjacent letters: a word, a function's name, or a product of variables."""
        start = self.at
        while (token := self.peek()) is not None and token.kind == "char" and token.text.isalpha():
            if token.text in CHARACTERS or token.text in _SUPERSCRIPTS or token.text in _SUBSCRIPTS:
                break
            self.at += 1
        run = "".join(token.text for token in self.tokens[start : self.at])
        named = identifiers.read_run(run, is_called=self._is_called())
        if named is not None:
            return [named]
        self.at = start + 1  # one letter at a time, so that a script finds its own base
        return identifiers.letters(run[0])

    def _is_called(self) -> bool:
        """Whether an opening bracket comes next."""
        after = self.peek(1) if self.next_is("space", " ") else self.peek()
        return after == ("char", "(")

    def delimiter(self) -> list[Node]:
        """The delimiter after `\\big` or `\\left`, "" for `.`."""
        self.skip_space()
        token = self.peek()
        if token is None or token == ("char", "}"):
            return []
        self.at += 1
        if token == ("char", "."):
            return []
        symbol = COMMANDS.get(token.text) if token.kind == "command" else CHARACTERS.get(token.text)
        if token in (("char", "<"), ("char", ">")):
            symbol = COMMANDS["langle" if token.text == "<" else "rangle"]
        return [from_symbol(symbol)] if symbol else []


def _take_primes(sup: Row | None) -> tuple[Row | None, int]:
    """`^{\\prime\\prime}` -> two primes and no superscript."""
    if sup is None:
        return None, 0
    rest, n_primes = [], 0
    for item in sup.items:
        if isinstance(item, Sign) and item.symbol.glyph == "′":
            n_primes += 1
        elif isinstance(item, Script) and item.base == Row(()) and item.sub is None and item.sup is None:
            n_primes += item.n_primes
        else:
            rest.append(item)
    return (Row(tuple(rest)) if rest else None), n_primes
