"""Letters, words and author names -> nodes: which runs of letters are a word, a function, or a product of variables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from narrate.script.math.symbols import COMMANDS, NAMED_FUNCTIONS, Symbol
from narrate.script.math.tokens import Token, source
from narrate.script.math.tree import Accent, Fraction, Function, Letter, Node, Number, Row, Script, Sign, Word

#: Words too short to be told from a product by their look.
_SHORT = (
    "if or of is and not for the all win lose bet bad good yes no any odd even else then mod true false now old new "
    "act obs opt ref avg tot net cost age day year time loss base when with bit bits data op"
)
_SHORT_WORDS = frozenset(_SHORT.split())
_LONGEST_WORD = 24
_VOWELS = re.compile(r"[aeiouAEIOU]")
_WORD_RUN = re.compile(r"[A-Za-z]?[a-z]+\Z")
#: Letters that stand next to each other in products and lists, never in words: abcd, ijkl, wxyz.
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_UPRIGHT_WORD = re.compile(r"[A-Za-z0-9 .,'’\-_/+]*[A-Za-z]{2,}[A-Za-z0-9 .,'’\-_/+]*\Z")
_PROSE_COMMAND = re.compile(r"\\(?P<name>[a-zA-Z]+)\s?|\\(?P<symbol>.)|[{}]", re.S)
_STYLED_ALPHABETS = {
    "DOUBLE-STRUCK": "blackboard", "BOLD": "bold", "SCRIPT": "script", "FRAKTUR": "fraktur",
}  # fmt: skip


def _is_word(run: str) -> bool:
    """`heads` is a word, `xyz`, `abcd` and `bp` are products."""
    if run.lower() in _SHORT_WORDS:
        return len(run) > 1
    if not 4 <= len(run) <= _LONGEST_WORD or not _WORD_RUN.match(run) or not _VOWELS.search(run):
        return False
    return run.lower() not in _ALPHABET


def function(name: str) -> Function | None:
    """A function known by its name, however it was typed."""
    known = COMMANDS.get(name)
    if known is not None and known.kind in ("fn", "lim") and len(name) > 1:
        return Function(known)
    words = NAMED_FUNCTIONS.get(name)
    return Function(Symbol(name, "fn", words)) if words else None


def read_run(run: str, *, is_called: bool = False) -> Node | None:
    """A run of adjacent letters in a formula -> a function or a word; None when it is a product of variables.

    `is_called`: an opening bracket follows, so that a shorter run is a name too (`do(X)`, `Con(T)`).
    """
    if len(run) < 2 or not run.isascii():
        return None
    if len(run) > 2 or run in ("KL", "Pr", "ln", "lg"):
        named = function(run)
        if named is not None:
            return named
    is_name = is_called and (
        run in ("do", "pa", "id") or (len(run) > 2 and _WORD_RUN.match(run) and _VOWELS.search(run))
    )
    return Word(run) if is_name or _is_word(run) else None


def letters(char: str) -> list[Node]:
    """One letter, whatever alphabet it is typed in: 𝑥 -> x, 𝔼 -> blackboard E, ﬁ -> f i."""
    plain = unicodedata.normalize("NFKC", char)
    if plain == char:
        return [Letter(char)]
    name = unicodedata.name(char, "")
    style = next((style for part, style in _STYLED_ALPHABETS.items() if part in name), "plain")
    return [Letter(part, style) for part in plain if part.isalpha()]


def foreign(char: str) -> list[Node]:
    """A character that the table lacks: its compatibility form where it has one (½, ①), else its Unicode name."""
    plain = unicodedata.normalize("NFKC", char)
    over, slash, under = plain.partition("⁄")
    if slash and over.isdecimal() and under.isdecimal():
        return [Fraction(Row((Number(over),)), Row((Number(under),)))]
    if plain.isdecimal():
        return [Number("".join(str(int(digit)) for digit in plain))]
    if plain != char and plain.isalpha():
        return [Letter(part) for part in plain]
    if unicodedata.category(char) in ("Cc", "Cf", "Mn", "Zs", "Cn", "Co", "Cs") or char in '"`“”{}\\':
        return []
    words = [part for part in unicodedata.name(char, "").lower().replace("-", " ").split() if part.isalpha()]
    return [Word(" ".join(words))] if words else []


def restyle(node: Node, style: str) -> Node:
    """The node with its plain letters in another alphabet."""
    if style in ("name", "plain"):
        return node
    if isinstance(node, Letter):
        return replace(node, style=style)
    if isinstance(node, Number) and node.text == "1" and style == "blackboard":
        return Letter("𝟙", style)
    if isinstance(node, Row):
        return Row(tuple(restyle(item, style) for item in node.items))
    if isinstance(node, Script):
        return replace(node, base=restyle(node.base, style))
    if isinstance(node, Accent):
        return replace(node, body=Row(tuple(restyle(item, style) for item in node.body.items)))
    return node


def styled(tokens: list[Token], style: str, inside: Callable[[list[Token]], Row]) -> list[Node]:
    """The argument of an alphabet command. Two or more upright letters are one name; script letters never are."""
    typed = source(tokens).strip()
    if style == "name" and (_UPRIGHT_WORD.match(typed) or re.search(r"\\[,; ]", typed)):
        return operator(tokens, inside)
    if style == "bold" and (named := read_run(typed)) is not None:
        return [named]
    if style == "bold" and re.fullmatch(r"[A-Z][a-z]{1,5}", typed):
        return [Word(typed)]  # a category: Set, Top, Grp
    row = restyle(_spelled(typed) if typed.isalpha() and typed.isascii() and style != "name" else inside(tokens), style)
    assert isinstance(row, Row)
    return list(row.items) if len(row.items) == 1 else [row]


def _spelled(run: str) -> Row:
    return Row(tuple(Letter(char) for char in run))


def operator(tokens: list[Token], inside: Callable[[list[Token]], Row]) -> list[Node]:
    """`\\operatorname{…}`, `\\mathrm{…}`: a known function, a single letter, a word, or else a formula of its own."""
    typed = re.sub(r"\\[,;:! ]|\\(?:text|mathrm|thinspace)\b|[{}~]", " ", source(tokens))
    name = " ".join(typed.split()).replace("\\-", "")
    known = function(name.replace(" ", ""))
    if known is not None:
        return [known]
    if name in ("E", "P", "Exp", "Ex", "Prob"):
        return [Letter("E", "blackboard")] if name[0] == "E" else [Letter("P", "blackboard")]
    if name in ("mod", "bmod"):
        return [Sign(COMMANDS["bmod"])]
    if len(name) == 1 and name.isalpha():
        return [Letter(name, "name")]
    if name.isalpha():
        return [Word(name)]
    if _UPRIGHT_WORD.match(name):
        return [Word(name, is_prose=True)]
    row = inside(tokens)
    return list(row.items) if len(row.items) == 1 else [row]


def prose(tokens: list[Token], inside: Callable[[list[Token]], Row]) -> list[Node]:
    """`\\text{…}`: the author's words, with `$…$` in them read as formulas."""
    nodes: list[Node] = []
    piece: list[Token] = []
    is_math = False
    for token in [*tokens, Token("char", "$")]:
        if token != ("char", "$"):
            piece.append(token)
            continue
        if is_math:
            nodes += inside(piece).items
        elif text := _prose_text(source(piece)):
            nodes += _prose_node(text)
        piece, is_math = [], not is_math
    return nodes


def _prose_node(text: str) -> list[Node]:
    stripped = text.strip()
    if not stripped:
        return []
    named = function(stripped)
    if named is not None and stripped == text:
        return [named]
    if len(stripped) == 1 and stripped.isalpha():
        return [Letter(stripped, "name")]
    return [Word(" ".join(stripped.split()), is_prose=True, spaced=stripped != text)]


def _prose_text(typed: str) -> str:
    """Text-mode TeX -> the text a reader sees."""

    def shown(found: re.Match[str]) -> str:
        name, symbol = found["name"], found["symbol"]
        if name:
            known = COMMANDS.get(name)
            return known.glyph + " " if known is not None else ""
        return "" if symbol is None else " " if symbol in ",;: !\\" else symbol

    return _PROSE_COMMAND.sub(shown, typed.replace("~", " "))


def unknown(name: str) -> list[Node]:
    """A command nobody defined is read as its name."""
    if len(name) == 1:
        if name.isdecimal():
            return [Number(str(int(name)))]
        return letters(name) if name.isalpha() else foreign(name)
    return [Letter(name.replace("@", ""))] if name.replace("@", "") else []
