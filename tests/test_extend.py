"""docs/extend.md is true: its examples, written into a copy of the project as the page says, pass their own tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
COPIED = ("narrate", "voices", "feeds", "tests", "docs", "deploy")
#: What is there already and tests the examples by their existing.
THEIR_EXISTING = (
    "tests/contracts/test_sources.py",
    "tests/contracts/test_engines.py",
    "tests/narrate/script/test_constructs.py",
    "tests/narrate/store/test_store.py",
    "tests/test_architecture.py",
    "tests/test_docs.py",
    "tests/test_docs_commands.py",
)
#: Of those, what speaks of the examples: their engine, forum, construct, table, command, imports.
OF_THE_EXAMPLES = (
    "morse or progressforum or (test_constructs and call-out) or migrations or a_room_imports or pure_rooms "
    "or (test_docs and not relative_link)"
)

_STEP = re.compile(
    r"^(?P<how>New file|Append to|In) `(?P<path>[^`\n]+)`"
    r"(?:, (?P<place>after|before|instead of) (?:`` (?P<long>[^\n]+?) ``|`(?P<short>[^`\n]+)`))?[^\n]*:\n\n"
    r"```\w+\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """One thing that the page says to write."""

    how: str
    path: str
    place: str | None
    anchor: str
    body: str


def steps() -> Iterator[Step]:
    for found in _STEP.finditer((ROOT / "docs" / "extend.md").read_text(encoding="utf-8")):
        how, path, place, long, short, body = found.groups()
        yield Step(how, path, place, long or short or "", body)


def take(step: Step, root: Path) -> None:
    """Do what the page says, in a copy of the project."""
    file = root / step.path
    if step.how == "New file":
        assert not file.exists(), f"{step.path} is there already: the page needs another example"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = step.body
        if file.parent.name == "versions":  # whatever migration is the newest one today
            newest = max(path.stem.split("_")[0] for path in file.parent.glob("[0-9]*.py"))
            body = body.replace('down_revision = "0001"', f'down_revision = "{newest}"')
            body = body.replace('revision = "0002"', 'revision = "example"')
        file.write_text(body, encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    if step.how == "Append to":
        file.write_text(f"{text}\n{step.body}", encoding="utf-8")
        return
    assert step.anchor in text, f"{step.path} has no {step.anchor!r} any more"
    at = text.index(step.anchor)
    if step.place == "instead of":
        text = text[:at] + step.body.removesuffix("\n") + text[at + len(step.anchor) :]
    elif step.place == "before":
        line = text.rfind("\n", 0, at) + 1
        text = text[:line] + step.body + text[line:]
    else:
        line = text.index("\n", at) + 1
        text = text[:line] + step.body + text[line:]
    file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with every example in it."""
    root = tmp_path_factory.mktemp("extended")
    unwanted = shutil.ignore_patterns("__pycache__", ".*cache")
    for folder in COPIED:
        shutil.copytree(ROOT / folder, root / folder, ignore=unwanted)
    for file in ("pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(ROOT / file, root / file)
    for step in steps():
        take(step, root)
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.run([sys.executable, "-m", *command], cwd=root, env=env, capture_output=True, text=True)


def test_every_kind_of_extension_has_its_example() -> None:
    text = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(sections) == 8
    assert [section.partition("\n")[0] for section in sections if not _STEP.search(section)] == []
    assert len(list(steps())) == len(re.findall(r"^```(?!sh)\w+$", text, re.MULTILINE))


@pytest.mark.slow
def test_the_examples_work(extended: Path) -> None:
    new = [step.path for step in steps() if step.how == "New file" and step.path.startswith("tests/")]
    assert len(new) >= 5
    for asked in (new, (*THEIR_EXISTING, "-k", OF_THE_EXAMPLES)):
        done = run(extended, "pytest", "-q", "-p", "no:cacheprovider", *asked)
        assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.slow
def test_the_examples_are_written_as_the_project_is(extended: Path) -> None:
    new = [step.path for step in steps() if step.how == "New file" and step.path.endswith(".py")]
    for check in (("ruff", "check"), ("ruff", "format", "--check")):
        done = run(extended, *check, *new)
        assert done.returncode == 0, done.stdout
