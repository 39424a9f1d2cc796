"""The opening and closing lines: complete, short, and silent about what isn't known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from narrate.records import Author, Post
from narrate.script import write
from narrate.script.frame import MAX_CLOSING_CHARS, MAX_OPENING_CHARS, closing, opening
from narrate.script.spoken import read


def people(*names: str) -> tuple[Author, ...]:
    return tuple(Author(name=name) for name in names)


@pytest.mark.parametrize(
    ("fields", "line"),
    [  # what isn't given is "A title", by Ann Author, LessWrong, May 2010
        ({}, "A title, by Ann Author, LessWrong, May 2010. Read by a machine."),
        ({"site": "", "posted_at": None}, "A title, by Ann Author. Read by a machine."),
        ({"authors": people("Ann", "Bob")}, "A title, by Ann and Bob, LessWrong, May 2010. Read by a machine."),
        ({"authors": people("Ann", "Bob", "Cy", "Di")}, "A title, by Ann, Bob and two others, LessWrong, MAY"),
        ({"title": "Is it so?"}, "Is it so? By Ann Author, LessWrong, May 2010. Read by a machine."),
        ({"kind": "question", "title": "Why"}, "Why, a question by Ann Author, LessWrong, MAY"),
        ({"authors": (), "site": "", "posted_at": None}, "A title. Read by a machine."),
        ({"title": "", "posted_at": datetime(2021, 12, 31, tzinfo=UTC)}, "By Ann Author, LessWrong, DEC"),
    ],
)  # fmt: skip
def test_the_opening_says_what_is_known(fields: dict[str, Any], line: str, post_of: Callable[..., Post]) -> None:
    assert opening(post_of("<p>x</p>", **fields)) == line.replace("MAY", "May 2010. Read by a machine.").replace(
        "DEC", "December 2021. Read by a machine."
    )


def test_a_title_of_a_hundred_characters_is_said_whole_and_a_longer_one_is_cut(post_of: Callable[..., Post]) -> None:
    title = ("On the many uses of very long titles " * 4)[:99].rstrip()
    assert opening(post_of("<p>x</p>", title=title)).startswith(title + ", by")
    spelled = opening(post_of("<p>x</p>", title="[AN #132]: " + title[:73]))  # "A N number one hundred thirty-two"
    assert spelled.startswith(f"[AN #132]: {title[:73]}, by Ann Author, May 2010.")
    assert len(read(spelled).spoken) <= MAX_OPENING_CHARS
    endless = opening(post_of("<p>x</p>", title="On and on " * 50))
    assert len(endless) <= MAX_OPENING_CHARS
    assert endless.endswith("LessWrong, May 2010. Read by a machine.")


def test_the_opening_is_read_by_the_rules_and_belongs_to_no_block(post_of: Callable[..., Post]) -> None:
    first = write(post_of("<p>x</p>")).utterances[0]
    assert first.spoken == "A title, by Ann Author, LessWrong, May twenty ten. Read by a machine."
    assert (first.block, first.role) == (None, "aside")


def test_the_closing_counts_what_is_worth_counting() -> None:
    assert closing([]) is None
    assert closing(["struck text", "page furniture"]) is None
    assert closing(["image"]) == "In the notes: one image."
    assert closing(["image", "table", "image"]) == "In the notes: two images and one table."
    everything = closing(["footnote"] * 21 + ["citation", "image", "table", "code", "formula", "embed", "poll"] * 30)
    assert everything is not None
    assert len(everything) <= MAX_CLOSING_CHARS
    assert everything.endswith("and more.")
