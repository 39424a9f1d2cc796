"""The pages for people are true: every setting, command, option and link they name is there, and none is left out."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NamedTuple, get_args, get_origin
from urllib.parse import unquote

import pytest
import typer.main
from pydantic_core import PydanticUndefined

from narrate.cli import app
from narrate.script.document import from_json, to_json
from narrate.settings import Settings
from narrate.store.tables import Base

ROOT = Path(__file__).parent.parent
SHIPPED = ("docs", "narrate", "voices", "feeds", "tests", "deploy")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in SHIPPED for page in (ROOT / folder).rglob("*.md"))])
DESIGN = ROOT / "docs" / "design.md"

#: Read from the environment, and no setting: it says where the settings are.
NOT_SETTINGS = {"NARRATE_CONFIG"}
#: Every command has them.
HELP = {"--help", "-h"}

_FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=ticks)\s*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(
    r"!?\[[^\]]*\]\((?P<target>[^()\s]*)(?:\s+\"[^\"]*\")?\)|<(?:img|a)\b[^>]*(?:src|href)=\"(?P<html>[^\"]+)\""
)
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *#*$", re.MULTILINE)
#: What may stand before `narrate` on a shell line.
_BEFORE = re.compile(r"^(?:\$ |> )?(?:[A-Z_]+=\S+ +)*(?:\S*/)?(?:python3? -m )?narrate(?= |$)")
_SHELL = {"", "sh", "bash", "shell", "console", "text"}


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


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


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
        found[path] = Command(path, options, least, most, bool(inner))
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


def shell_lines(text: str) -> Iterator[str]:
    """The lines of a page's shell blocks, continued lines joined, each part of a pipeline by itself."""
    for block in _FENCE.finditer(text):
        if block["language"] in _SHELL:
            for line in block["body"].replace("\\\n", " ").splitlines():
                line = re.sub(r"(^|\s)#.*", "", line)
                yield from (part.strip() for part in re.split(r"\s(?:\|\||&&|\||;)\s", f" {line} "))


def spans(text: str) -> Iterator[str]:
    """What stands in `backticks`, outside of blocks."""
    yield from _SPAN.findall(_FENCE.sub("", text))


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


def setting_rows() -> dict[str, list[str]]:
    """NARRATE_X -> the cells of its row in docs/settings.md."""
    rows = re.findall(r"^\| `(NARRATE_\w+)` \|(.*)\|$", read(ROOT / "docs" / "settings.md"), re.MULTILINE)
    assert len({name for name, _ in rows}) == len(rows)
    return {name: [cell.strip() for cell in re.split(r"(?<!\\)\|", cells)] for name, cells in rows}


# Settings


def test_the_page_of_settings_has_every_setting_and_no_other() -> None:
    assert sorted(setting_rows()) == sorted(f"NARRATE_{name.upper()}" for name in Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_has_its_name_in_the_file_its_true_default_and_an_example(name: str) -> None:
    in_file, default, meaning, example = setting_rows()[f"NARRATE_{name.upper()}"]
    field = Settings.model_fields[name]
    assert in_file == f"`{name}`"
    if field.default is PydanticUndefined:
        assert field.default_factory is not None
        assert default.strip("`") != default or " " in default  # words for what the machine decides
    else:
        shown = {None: "none", "": "empty"}.get(field.default, f"`{field.default}`")
        assert default == shown
    assert len(meaning.split()) >= 4
    Settings(**{name: example.strip("`")})
    kinds = get_args(field.annotation) if get_origin(field.annotation) is UnionType else (field.annotation,)
    choices = [choice for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    assert [choice for choice in choices if f"`{choice}`" not in meaning] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_names_no_setting_that_isnt_there(page: Path) -> None:
    known = {f"NARRATE_{name.upper()}" for name in Settings.model_fields} | NOT_SETTINGS
    assert set(re.findall(r"\bNARRATE_[A-Z_]*[A-Z]\b", read(page))) - known == set()


# Commands


def test_the_table_of_commands_has_every_command_and_no_other() -> None:
    groups = {path[1] for path, command in commands().items() if command.is_group and len(path) == 2}
    shown = {tuple(w for w in words_of(usage) if not w.startswith("-"))[: 3 if groups & set(usage.split()) else 2]
             for usage in command_rows()}  # fmt: skip
    assert shown == {path for path, command in commands().items() if not command.is_group or path == ("narrate",)}


@pytest.mark.parametrize("path", sorted(commands()), ids=" ".join)
def test_a_command_is_shown_with_every_option_it_has(path: tuple[str, ...]) -> None:
    command = commands()[path]
    if command.is_group and path != ("narrate",):
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


def test_what_is_to_come_isnt_there_yet() -> None:
    """A command that is built moves from the design's last paragraph on commands into its table."""
    to_come = re.search(r"^Commands to come: (.+?)\n\n", read(DESIGN), re.MULTILINE | re.DOTALL)
    assert to_come
    names = re.findall(r"`([a-z ]+)`", to_come[1])
    assert names
    assert [name for name in names if ("narrate", *name.split()) in commands()] == []


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


# Script JSON


@cache
def example_script() -> Any:
    blocks = [block["body"] for block in _FENCE.finditer(read(DESIGN)) if block["language"] == "json"]
    assert len(blocks) == 1
    return json.loads(blocks[0])


def test_the_example_script_is_a_script_and_holds_what_the_page_promises() -> None:
    assert to_json(from_json(example_script())) == example_script()
    for utterance in (u for chapter in example_script()["chapters"] for u in chapter["utterances"]):
        written, said, at = utterance["written"], "", 0
        for rewrite in utterance["rewrites"]:
            assert written[rewrite["start"] : rewrite["end"]] == rewrite["before"]
            said += written[at : rewrite["start"]] + rewrite["after"]
            at = rewrite["end"]
        assert said + written[at:] == utterance["spoken"]


@pytest.mark.parametrize(
    ("of_a", "example"),
    [
        ("the script", lambda script: script),
        ("a chapter", lambda script: script["chapters"][0]),
        ("an utterance", lambda script: script["chapters"][0]["utterances"][0]),
        ("an omission", lambda script: script["omissions"][0]),
    ],
)
def test_every_field_of_the_script_json_is_explained(of_a: str, example: Any) -> None:
    table = re.search(rf"^\| field of {of_a} \|.*\n((?:\|.*\n)+)", read(DESIGN), re.MULTILINE)
    assert table
    explained = re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in table[1].splitlines()))
    assert sorted(explained) == sorted(example(example_script()))


# Tables of the store


def test_every_table_of_the_store_is_explained_with_its_key() -> None:
    section = read(DESIGN).partition("\n## Tables\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", section, re.MULTILINE)
    explained = {name: re.findall(r"`(\w+)`", keys) for name, keys in rows}
    assert explained == {t.name: [c.name for c in t.primary_key.columns] for t in Base.metadata.sorted_tables}


# Targets of make


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_of_a_page_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    asked = (line.split() for line in (*spans(read(page)), *shell_lines(read(page))))
    targets_named = {word for words in asked if words[:1] == ["make"] for word in words[1:] if word.isalpha()}
    assert targets_named - targets == set()


# Links


def anchors(text: str) -> set[str]:
    """The fragments that a page's headings have (GitHub's rule: lower case, punctuation dropped, spaces to dashes)."""
    found: set[str] = set()
    for heading in _HEADING.finditer(_FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading["text"])
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        n = 0
        while (numbered := f"{slug}-{n}" if n else slug) in found:
            n += 1
        found.add(numbered)
    return found


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", _FENCE.sub("", read(page)))
    for found in _LINK.finditer(text.replace("\n", " ")):
        yield found["target"] or found["html"] or ""


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_points_to_something_that_is_there(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, fragment = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        is_there = target.exists() and target.is_relative_to(ROOT)
        if not is_there or (fragment and target.suffix == ".md" and fragment not in anchors(read(target))):
            broken.append(link)
    assert broken == []


def test_there_are_pages_and_links_to_check() -> None:
    assert {"README.md", "CHANGELOG.md", "docs/design.md", "docs/extend.md", "docs/settings.md"} <= set(
        map(named, PAGES)
    )
    assert sum(1 for page in PAGES for _ in links(page)) > 30


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_names_no_place_of_one_machine(page: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:home|work|root|tmp|Users)/\S*", read(page)) == []
