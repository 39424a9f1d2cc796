"""What one rule is: a name, a pattern, and what to say for a match.

Rules never see text that an earlier rule has decided: every decided character is masked by `GAP`, so a pattern meets
it only where it asks for it (`GAP` counts as an operand: "≤ GAP" is still "at most ...").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from re import _parser  # type: ignore[attr-defined]  # there is no public one
from typing import Any

#: Stands for one decided character in the text that later rules see. A private-use character: no reading produces it.
GAP = "\ue000"

#: Says what a match becomes (for several groups: what each becomes), or None to leave it to a later rule.
Say = Callable[["re.Match[str]"], "str | tuple[str, ...] | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` is searched once over a block; the span of each of `groups` gets replaced (one that
    took no part in the match is passed over).

    `needs`: characters of which at least one must occur in the text, else the search is skipped (most blocks have no
    digit, no "$", no "@": this is what makes reading fast). Empty means always search. `glue`: put no spaces around
    the replacement (for a change inside a word).
    """

    name: str
    pattern: re.Pattern[str]
    say: Say
    needs: frozenset[str]
    groups: tuple[int | str, ...] = (0,)
    glue: bool = False
    needs_digit: bool = False  # found out from the pattern: no match without a digit


def rule(
    name: str,
    pattern: str,
    say: Say | str,
    *,
    needs: Iterable[str] = "",
    group: int | str | tuple[str, ...] = 0,
    glue: bool = False,
    flags: int = 0,
) -> Rule:
    """A Rule from its source; a `say` that is a plain string is said as it stands."""
    if isinstance(say, str):
        words = say

        def fixed_words(_: re.Match[str]) -> str:
            return words

        say = fixed_words
    groups = group if isinstance(group, tuple) else (group,)
    needs_digit = _holds_digit(_parser.parse(pattern, flags))
    return Rule(name, re.compile(pattern, flags), say, frozenset(needs), groups, glue, needs_digit)


def _holds_digit(parsed: Iterable[tuple[object, Any]]) -> bool:
    """Whether every match of a parsed pattern has a digit in it or beside it."""
    return any(_is_digit(str(operator), value) for operator, value in parsed)


def _is_digit(operator: str, value: Any) -> bool:
    if operator == "LITERAL":
        return chr(value).isdecimal()
    if operator == "RANGE":
        return chr(value[0]) >= "0" and chr(value[1]) <= "9"
    if operator == "CATEGORY":
        return str(value) == "CATEGORY_DIGIT"
    if operator == "IN":
        return all(_is_digit(str(kind), char) for kind, char in value)
    if operator == "BRANCH":
        return all(_holds_digit(branch) for branch in value[1])
    if operator.endswith("_REPEAT"):
        return bool(value[0]) and _holds_digit(value[2])
    if operator in ("SUBPATTERN", "ASSERT"):
        return _holds_digit(value[-1])
    return operator == "ATOMIC_GROUP" and _holds_digit(value)


DIGITS = frozenset("0123456789")
