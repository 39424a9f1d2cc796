"""What the tests of the script room share: a post made of html, and a script as lines one can compare."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from narrate.records import Author, Post, PostKey, Script


def make_post(html: str, **more: Any) -> Post:
    """A post whose only interesting part is its html, unless told otherwise."""
    fields: dict[str, Any] = {
        "key": PostKey("lesswrong", "abc"),
        "url": "https://www.lesswrong.com/posts/abc/a-title",
        "site": "LessWrong",
        "title": "A title",
        "authors": (Author(name="Ann Author"),),
        "posted_at": datetime(2010, 5, 1, tzinfo=UTC),
        "html": html,
        "revision": "1.0.0",
        "fetched_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Post(**{**fields, **more})


def shown(script: Script) -> list[str]:
    """A script without its opening, one line a thing.

    `# TITLE`, `## TITLE` (by level) for a chapter, `ROLE: WRITTEN => SPOKEN` for an utterance (without the arrow where
    both are the same; a dialogue's speaker stands for the role), `- WHAT: TEXT` for an omission.
    """
    lines: list[str] = []
    for i, chapter in enumerate(script.chapters):
        if i:
            lines.append(f"{'#' * chapter.level} {chapter.title}")
        for utterance in chapter.utterances:
            if (
                utterance.block is None
                and utterance.id.startswith("frame")
                and "Read by a machine" in utterance.written
            ):
                continue
            said = "" if utterance.spoken == utterance.written else f" => {utterance.spoken}"
            lines.append(f"{utterance.speaker or utterance.role}: {utterance.written}{said}")
    return lines + [f"- {left.what}: {' / '.join(left.text.split(chr(10)))}".rstrip() for left in script.omissions]


@pytest.fixture
def post_of() -> Callable[..., Post]:
    return make_post


@pytest.fixture
def lines_of() -> Callable[[Script], list[str]]:
    return shown
