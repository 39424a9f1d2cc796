"""Every command and option is in the pages, and every `narrate …` line of a page can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main

from narrate.cli import app
from tests.pages import DESIGN, PAGES, named, read, shell_lines, spans

#: Every command has them.
HELP = {"--help", "-h"}

#: What may stand before `narrate` on a shell line.
_BEFORE = re.compile(r"^(?:\$ |> )?(?:[A-Z_]+=\S+ +)*(?:\S*/)?(?:python3? -m )?narrate(?= |$)")


class Option(NamedTuple):
    names: frozenset[str]
    is_flag: bool


class Command(NamedTuple):
    """A command as it can be typed: `path` is ("narrate", "voices", "list")."""

    path: tuple[str, ...]
    options: tuple[Option, ...]
    least_arguments: int
    most_arguments: float  # 0 for a group
    is_group: bool
    stands_alone: bool  # can be typed without a command of its own after it


@cache
def commands() -> dict[tuple[str, ...], Command]:
    """Everything that can be typed, read from the Typer app."""
    found: dict[tuple[str, ...], Command] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        inner = getattr(command, "commands", {})
        options = tuple(
            Option(frozenset((*p.opts, *p.secondary_opts)), p.is_flag)
            for p in command.params
            if p.param_type_name == "option"
        )
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        least = sum(1 for p in arguments if p.required)
        most = float("inf") if any(p.nargs == -1 for p in arguments) else float(len(arguments))
        alone = not inner or bool(getattr(command, "invoke_without_command", False))
        found[path] = Command(path, options, least, most, bool(inner), alone)
        for name, command_inside in inner.items():
            walk(command_inside, (*path, name))

    walk(typer.main.get_command(app), ("narrate",))
    return found


def why_wrong(words: list[str], *, whole: bool) -> str | None:
    """A typed line, `narrate` first -> why it doesn't parse, None when it does. `whole`: no argument may be missing."""
    path: tuple[str, ...] = ("narrate",)
    left = list(words[1:])
    arguments = 0
    while left:
        word = left.pop(0)
        command = commands()[path]
        if word in HELP:
            return None
        if word.startswith("-") and word != "-":
            name, equals, _ = word.partition("=")
            option = next((o for o in command.options if name in o.names), None)
            if option is None:
                return f"{' '.join(path)} has no option {name}"
            if not option.is_flag and not equals and (not left or left.pop(0).startswith("--")):
                return f"{name} wants a value"
        elif command.is_group:
            if (*path, word) not in commands():
                return f"{' '.join(path)} has no command {word}"
            path = (*path, word)
        else:
            arguments += 1
    command = commands()[path]
    if arguments > command.most_arguments:
        return f"{' '.join(path)} takes {command.most_arguments:.0f} arguments, not {arguments}"
    if whole and not command.is_group and arguments < command.least_arguments:
        return f"{' '.join(path)} wants {command.least_arguments} arguments, not {arguments}"
    return None


def typed(text: str) -> Iterator[tuple[str, bool]]:
    """Every `narrate …` of a page, and whether it is a line to be typed as it stands."""
    for line in shell_lines(text):
        if _BEFORE.match(line):
            yield _BEFORE.sub("narrate", line), True
    for span in spans(text):
        if _BEFORE.match(span):
            yield _BEFORE.sub("narrate", span), False


def words_of(line: str) -> list[str]:
    """A line of shell or of usage ("[--voice V]", "SOURCE...") -> its words."""
    words = shlex.split(line, comments=True)
    words = words[: next((i for i, word in enumerate(words) if re.match(r"\d?[<>]|&$", word)), len(words))]
    return [word for word in (w.strip("[]") for w in words) if word]


@cache
def command_rows() -> dict[str, str]:
    """The table of commands in the design: the command -> its row."""
    rows = re.findall(r"^\| `(narrate(?: [^`]*)?)` \|(.*)\|$", read(DESIGN), re.MULTILINE)
    assert rows, "docs/design.md has no table of commands"
    assert len({words for words, _ in rows}) == len(rows)
    return dict(rows)


def test_the_table_of_commands_has_every_command_and_no_other() -> None:
    shown = set()
    for usage in command_rows():
        words = tuple(word for word in words_of(usage) if not word.startswith("-"))
        shown.add(max((words[:n] for n in (1, 2, 3) if words[:n] in commands()), key=len))
    typed_alone = {path for path, command in commands().items() if command.stands_alone or path == ("narrate",)}
    assert shown == typed_alone


@pytest.mark.parametrize("path", sorted(commands()), ids=" ".join)
def test_a_command_is_shown_with_every_option_it_has(path: tuple[str, ...]) -> None:
    command = commands()[path]
    if not command.stands_alone and path != ("narrate",):
        return  # its commands have rows
    usage = next(u for u in command_rows() if why_wrong(words_of(u), whole=False) is None and is_of(u, path))
    shown = set(re.findall(r"--[a-z-]+", usage + command_rows()[usage]))
    assert [option.names for option in command.options if option.names.isdisjoint(shown)] == []


def is_of(usage: str, path: tuple[str, ...]) -> bool:
    plain = tuple(word for word in words_of(usage) if not word.startswith("-"))
    return plain[: len(path)] == path and (path != ("narrate",) or len(plain) == 1)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_narrate_line_of_a_page_parses(page: Path) -> None:
    wrong = {line: why for line, whole in typed(read(page)) if (why := why_wrong(words_of(line), whole=whole))}
    assert wrong == {}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_names_no_option_that_no_command_has(page: Path) -> None:
    known = {name for command in commands().values() for option in command.options for name in option.names} | HELP
    alone = {span.split()[0] for span in spans(read(page)) if span.startswith("--")}
    assert alone - known - OTHERS_OPTIONS == set()


#: Options of other programs that the pages name.
OTHERS_OPTIONS = {"--build-arg"}


#: What the contract promises (docs/design.md, Command line): added to, never taken from.
PROMISED = (
    "episode", "script", "spoken", "fetch", "queue", "submit", "vote", "member token", "member operator", "work",
    "serve", "run", "top", "publish", "clean", "backup", "restore", "voices list", "voices install", "voices try",
    "revoice", "bench", "backfill", "book", "check speed", "doctor",
)  # fmt: skip


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_command_is_there(name: str) -> None:
    assert ("narrate", *name.split()) in commands()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("narrate episode", "wants 1 arguments"),
        ("narrate nonsense", "no command nonsense"),
        ("narrate voices nonsense", "no command nonsense"),
        ("narrate script x --nonsense", "no option --nonsense"),
        ("narrate episode x --voice", "wants a value"),
        ("narrate voices try a b c", "takes 2 arguments"),
        ("narrate work more", "takes 0 arguments"),
    ],
)
def test_the_check_of_lines_finds_what_is_wrong(line: str, says: str) -> None:
    assert says in (why_wrong(words_of(line), whole=True) or "")
