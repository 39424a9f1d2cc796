"""Chapters: the forum's own contents list, whole; more only where a listener would be lost without."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from narrate.records import Post
from narrate.script import write
from narrate.script.chapters import LONG_CHARS, cut_title, first_words

SENTENCE = "This sentence is here to take its time. "


def titles(script_of: str, post_of: Callable[..., Post]) -> list[tuple[str, str | None, int]]:
    return [(c.title, c.anchor, c.level) for c in write(post_of(script_of)).chapters[1:]]


def test_anchors_are_the_forums_and_repeated_ones_are_numbered(post_of: Callable[..., Post]) -> None:
    html = "<h2>What's new?</h2><p>a</p><h2>Same</h2><p>b</p><h2>Same</h2><p>c</p><h1 id='Own'>Other</h1><p>d</p>"
    assert [anchor for _, anchor, _ in titles(html, post_of)] == ["What_s_new_", "Same", "Same1", "Own"]


def test_bold_lines_give_way_when_there_are_many_headings(post_of: Callable[..., Post]) -> None:
    few = "<h2>Head</h2><p>x</p>" * 7 + "<p><b>bold</b></p><p>x</p>" * 30
    many = "<h2>Head</h2><p>x</p>" * 8 + "<p><b>bold</b></p><p>x</p>" * 30
    assert len(titles(few, post_of)) == 37
    assert [title for title, _, _ in titles(many, post_of)] == ["Head"] * 8


def test_a_post_without_headings_is_divided_at_its_rules(post_of: Callable[..., Post]) -> None:
    part = f"<p>Now {{}} comes. {SENTENCE * 30}</p>"
    html = "<hr>".join(part.format(word) for word in ("spring", "summer", "autumn"))
    assert titles(html, post_of) == [("Now summer comes", None, 1), ("Now autumn comes", None, 1)]


def test_a_long_stretch_gets_chapters_at_its_rules_and_headings_stay(post_of: Callable[..., Post]) -> None:
    stretch = f"<p>{SENTENCE * (LONG_CHARS // len(SENTENCE))}</p>"
    html = f"<h2>One</h2>{stretch}<hr><p>Here it turns. {SENTENCE}</p>{stretch}<h2>Two</h2><p>x</p>"
    assert [title for title, _, _ in titles(html, post_of)] == ["One", "Here it turns", "Two"]


def test_a_short_stretch_stays_whole(post_of: Callable[..., Post]) -> None:
    html = f"<h2>One</h2><p>{SENTENCE}</p><hr><p>{SENTENCE}</p>"
    assert [title for title, _, _ in titles(html, post_of)] == ["One"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Short", "Short"),
        ("word " * 16 + "end", "word word word word word word word word word word word word word word word…"),
        ("x" * 200, "x" * 79 + "…"),
        ("tab\tand\x07bell", "tab and bell"),
    ],
)
def test_a_title_is_clean_and_cut_at_a_word(text: str, title: str) -> None:
    assert cut_title(text) == title
    assert len(cut_title(text)) <= 80


def test_an_added_chapter_is_named_by_its_first_sentence() -> None:
    assert first_words("Once upon a time. There was more.") == "Once upon a time"
    assert first_words("Why? Because of several things.") == "Why? Because of several things"
