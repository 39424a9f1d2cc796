"""The pages for people are true: every setting, field, table and link they name is there, and none is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin
from urllib.parse import unquote

import pytest
from pydantic_core import PydanticUndefined

from narrate.script.document import from_json, to_json
from narrate.settings import Settings
from narrate.store.tables import Base
from tests.pages import DESIGN, FENCE, PAGES, ROOT, named, read, shell_lines, spans

#: Read from the environment, and no settings: where the settings are, and a model that only a library knows.
NOT_SETTINGS = {"NARRATE_CONFIG", "NARRATE_WHISPER"}
_LINK = re.compile(
    r"!?\[[^\]]*\]\((?P<target>[^()\s]*)(?:\s+\"[^\"]*\")?\)|<(?:img|a)\b[^>]*(?:src|href)=\"(?P<html>[^\"]+)\""
)
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *#*$", re.MULTILINE)


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
    known = {f"NARRATE_{name.upper()}" for name in Settings.model_fields} | NOT_SETTINGS | {"NARRATE_X_FILE"}
    known |= {f"{name}_FILE" for name in known}
    assert set(re.findall(r"\bNARRATE_[A-Z_]*[A-Z]\b", read(page))) - known == set()


# Script JSON


@cache
def example_script() -> Any:
    blocks = [block["body"] for block in FENCE.finditer(read(DESIGN)) if block["language"] == "json"]
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
    for heading in _HEADING.finditer(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading["text"])
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        n = 0
        while (numbered := f"{slug}-{n}" if n else slug) in found:
            n += 1
        found.add(numbered)
    return found


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", FENCE.sub("", read(page)))
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
