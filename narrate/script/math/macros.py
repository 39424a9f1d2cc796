"""Author macros: collected from every formula of a post (`\\newcommand`, `\\def`, `\\let`, …), then expanded.

Expansion is bounded, so that a macro that calls itself ends as Unreadable and never as a hang.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from narrate.script.math.tokens import Token, Unreadable, source, tokenize

_MAX_STEPS = 4_000
_MAX_TOKENS = 20_000
_NEW = frozenset({"newcommand", "renewcommand", "providecommand"})
_DEFINING = _NEW | {"def", "gdef", "let", "DeclareMathOperator", "newtheorem", "newenvironment"}


@dataclass(frozen=True, slots=True)
class Macro:
    """What a control word stands for. `body` is TeX with `#1`..`#9`; `default`: the first argument, if optional."""

    body: str
    n_args: int = 0
    default: str | None = None


class _Source:
    """A stack of tokens still to be read; expansion pushes back onto it."""

    def __init__(self, tokens: list[Token]) -> None:
        self._stack = tokens[::-1]

    def __bool__(self) -> bool:
        return bool(self._stack)

    def pop(self) -> Token:
        return self._stack.pop()

    def push(self, tokens: list[Token]) -> None:
        self._stack.extend(reversed(tokens))

    def skip_space(self) -> None:
        while self._stack and self._stack[-1].kind == "space":
            self._stack.pop()

    def peek(self) -> Token | None:
        self.skip_space()
        return self._stack[-1] if self._stack else None

    def argument(self) -> list[Token]:
        """The next group without its braces, or the next single token."""
        if self.peek() is None:
            return []
        first = self.pop()
        if first != Token("char", "{"):
            return [first]
        depth, inside = 1, []
        while self._stack:
            token = self.pop()
            depth += (token == ("char", "{")) - (token == ("char", "}"))
            if depth == 0:
                break
            inside.append(token)
        return inside

    def optional(self) -> list[Token] | None:
        """The content of `[…]` if one comes next."""
        if self.peek() != ("char", "["):
            return None
        self.pop()
        inside: list[Token] = []
        while self._stack:
            token = self.pop()
            if token == ("char", "]"):
                break
            inside.append(token)
        return inside

    def until_group(self) -> list[Token]:
        """Everything before the next `{`: the parameter text of a `\\def`."""
        inside: list[Token] = []
        while self._stack and self._stack[-1] != ("char", "{"):
            inside.append(self.pop())
        return inside


def _name(tokens: list[Token]) -> str | None:
    return next((token.text for token in tokens if token.kind == "command"), None)


def _read_definition(kind: str, stream: _Source) -> tuple[str, Macro] | None:
    """The definition that follows the control word `kind`, which is already read; None if it is not one we keep."""
    if kind == "newtheorem":
        stream.argument(), stream.optional(), stream.argument()
        return None
    if kind == "newenvironment":
        stream.argument(), stream.optional(), stream.argument(), stream.argument()
        return None
    name = _name(stream.argument())
    if kind == "let":
        if stream.peek() == ("char", "="):
            stream.pop()
        body = source(stream.argument())
        return (name, Macro(body)) if name and body != "\\" + name else None
    if kind == "DeclareMathOperator":
        body = source(stream.argument())
        return (name, Macro(rf"\operatorname{{{body}}}")) if name else None
    if kind in _NEW:
        count, default = stream.optional(), stream.optional()
        digits = source(count).strip() if count is not None else ""
        n_args = int(digits) if digits in set("123456789") else 0
        macro = Macro(source(stream.argument()), n_args, None if default is None else source(default))
    else:
        n_args = sum(token == ("char", "#") for token in stream.until_group())
        macro = Macro(source(stream.argument()), min(n_args, 9))
    return (name, macro) if name else None


def collect_macros(texs: Iterable[str]) -> dict[str, Macro]:
    """Every macro that these formulas define, by name without the backslash; a later definition wins."""
    found: dict[str, Macro] = {}
    for tex in texs:
        if not any(word in tex for word in ("\\newc", "\\renewc", "\\providec", "def\\", "\\let", "\\DeclareM")):
            continue
        try:
            stream = _Source(tokenize(tex))
        except Unreadable:
            continue
        while stream:
            token = stream.pop()
            if token.kind == "command" and token.text in _DEFINING:
                definition = _read_definition(token.text, stream)
                if definition:
                    found[definition[0]] = definition[1]
    return found


def _fill(body: list[Token], arguments: list[list[Token]]) -> list[Token]:
    """A macro's body with `#1`.. replaced."""
    filled: list[Token] = []
    index = 0
    while index < len(body):
        token = body[index]
        following = body[index + 1].text if index + 1 < len(body) else ""
        if token == ("char", "#") and following in set("123456789"):
            if int(following) <= len(arguments):
                filled += arguments[int(following) - 1]
            index += 2
            continue
        filled.append(token)
        index += 1
    return filled


def expand(tokens: list[Token], macros: Mapping[str, Macro]) -> list[Token]:
    """Tokens with every author macro replaced and every definition taken out. Raises Unreadable if it never ends."""
    if not macros and not any(token.kind == "command" and token.text in _DEFINING for token in tokens):
        return tokens
    known = dict(macros)
    stream, done, steps = _Source(tokens), list[Token](), 0
    while stream:
        token = stream.pop()
        if token.kind == "command" and token.text in _DEFINING:
            definition = _read_definition(token.text, stream)
            if definition:
                known[definition[0]] = definition[1]
        elif token.kind == "command" and token.text in known:
            steps += 1
            macro = known[token.text]
            arguments: list[list[Token]] = []
            if macro.default is not None:
                given = stream.optional()
                arguments.append(tokenize(macro.default) if given is None else given)
            arguments += [stream.argument() for _ in range(macro.n_args - len(arguments))]
            stream.push(_fill(tokenize(macro.body), arguments))
        else:
            done.append(token)
        if steps > _MAX_STEPS or len(done) > _MAX_TOKENS or len(stream._stack) > _MAX_TOKENS:
            raise Unreadable("a macro that never ends")
    return done
