"""The project's Markdown pages, as tests read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHIPPED = ("docs", "narrate", "voices", "feeds", "tests", "deploy")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in SHIPPED for page in (ROOT / folder).rglob("*.md"))])
DESIGN = ROOT / "docs" / "design.md"

#: A block: its language and its text.
FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=ticks)\s*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_SHELL = {"", "sh", "bash", "shell", "console", "text"}


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def shell_lines(text: str) -> Iterator[str]:
    """The lines of a page's shell blocks, continued lines joined, each part of a pipeline by itself."""
    for block in FENCE.finditer(text):
        if block["language"] in _SHELL:
            for line in block["body"].replace("\\\n", " ").splitlines():
                line = re.sub(r"(^|\s)#.*", "", line)
                yield from (part.strip() for part in re.split(r"\s(?:\|\||&&|\||;)\s", f" {line} "))


def spans(text: str) -> Iterator[str]:
    """What stands in `backticks`, outside of blocks."""
    yield from _SPAN.findall(FENCE.sub("", text))
