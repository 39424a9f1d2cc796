"""Markup nested thousands deep is read in bounded time, every word of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from narrate.records import Author, Post, PostKey
from narrate.script import write

NESTED = {
    "div": "<div>" * 5000 + "deep words" + "</div>" * 5000,
    "span": "<p>" + "<span>" * 3000 + "deep words",
    "quote": "<blockquote>" * 1500 + "deep words",
    "list": "<ul><li>" * 800 + "deep words",
    "bold": "<b>" * 4000 + "deep words",
    "collapsible": "<details><summary>s</summary>" * 600 + "deep words",
    "table": "<table><tr><td>" * 500 + "deep words",
    "picture": "<div>" * 3000 + '<img src="https://x.example/a.png" alt="deep words in a picture">',
}


@pytest.mark.parametrize("html", NESTED.values(), ids=NESTED)
def test_deep_nesting_costs_no_word(html: str) -> None:
    post = Post(
        key=PostKey("lesswrong", "abc"),
        url="",
        site="LessWrong",
        title="A title",
        authors=(Author(name="Ana"),),
        posted_at=None,
        html=f"<p>Shallow words.</p>{html}",
        revision="",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    said = " ".join(u.spoken for u in write(post).utterances)
    assert "Shallow words." in said
    assert "deep words" in said
