"""Item titles and show notes: within the limits of feeds, the author whole, the disclosure always there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feeds
from narrate.notes import MAX_TITLE_CHARS, count_omissions, item_title, plural, short_byline, show_notes
from narrate.records import Author, Omission, Post, PostKey

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_post(url: str = "https://forum.example/posts/abc/a-post", names: tuple[str, ...] = ("Ana",)) -> Post:
    return Post(
        key=PostKey("lesswrong", "abc"),
        url=url,
        site="LessWrong",
        title="A post",
        authors=tuple(Author(name=n) for n in names),
        posted_at=NOON,
        html="<p>x</p>",
        revision="1",
        fetched_at=NOON,
    )


def marks(n: int, title: str = "Chapter") -> tuple[feeds.ChapterMark, ...]:
    return tuple(
        feeds.ChapterMark(start_ms=i * 60_000, end_ms=(i + 1) * 60_000, title=f"{title} {i}", level=1 + i % 2)
        for i in range(n)
    )


def omission(what: str) -> Omission:
    return Omission(what=what, text="", why="it can't be read aloud", block=0)


@pytest.mark.parametrize(
    ("title", "authors", "expected"),
    [
        ("On clocks", ("Ana",), "On clocks, by Ana"),
        ("On clocks", ("Ana", "Bo"), "On clocks, by Ana and Bo"),
        ("On clocks", ("Ana", "Bo", "Cy"), "On clocks, by Ana, Bo and Cy"),
        ("A <b> tag &amp; others", ("Q & A",), "A ‹b› tag & others, by Q & A"),
    ],
)
def test_an_items_title_names_the_author(title: str, authors: tuple[str, ...], expected: str) -> None:
    assert item_title(title, authors) == expected


@given(st.text(min_size=1, max_size=700), st.lists(st.text("ab é", min_size=1, max_size=60), min_size=1, max_size=30))
def test_a_title_is_cut_and_an_author_never(title: str, authors: list[str]) -> None:
    made = item_title(title, authors)
    assert len(made) <= MAX_TITLE_CHARS
    assert feeds.plain(authors[0]) in made


def test_a_long_title_is_cut_at_a_word() -> None:
    made = item_title("word " * 100, ["Ana"])
    assert made.endswith("word…, by Ana")


def test_the_notes_begin_with_the_chapters_and_say_that_a_machine_reads() -> None:
    notes = show_notes(make_post(), marks(5), [omission("image"), omission("image")], "First words.", "Rms")
    assert notes.startswith("<p>(00:00) Chapter 0<br>")
    assert "by a machine" in notes
    assert "Text © Ana." in notes
    assert "2 images" in notes
    assert 'href="https://forum.example/posts/abc/a-post"' in notes


def test_notes_of_a_post_without_an_address_link_nowhere() -> None:
    assert "href" not in show_notes(make_post(url=""), marks(1), [], "First words.", "Rms")


@pytest.mark.parametrize("n", [1, 3, 80, 250])
def test_notes_fit_into_a_feed_however_long_everything_is(n: int) -> None:
    post = make_post(url="https://forum.example/" + "x" * 400, names=("N" * 300,))
    notes = show_notes(
        post, marks(n, "A rather long chapter title, longer than most"), [omission("image")], "w " * 150, "R"
    )
    assert len(notes.encode()) <= feeds.MAX_DESCRIPTION_BYTES
    assert "by a machine" in notes


def test_many_authors_never_push_out_the_disclosure() -> None:
    post = make_post(names=tuple(f"Somebody With A Name & {n}" for n in range(80)))
    notes = show_notes(post, marks(40, "A rather long chapter title"), [omission("image")], "w " * 150, "R")
    assert len(notes.encode()) <= feeds.MAX_DESCRIPTION_BYTES
    assert "by a machine" in notes
    assert "and 79 others" in notes


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["Ana", "Bo"], "Ana and Bo"),
        (["Ana " * 5, "Bo " * 5], "Ana Ana Ana Ana Ana and 1 other"),
        (["Ana " * 5, "Bo", "Cy " * 5], "Ana Ana Ana Ana Ana and 2 others"),
        (["N" * 50], "N" * 31 + "…"),
    ],
)
def test_names_that_dont_fit_are_counted(names: list[str], line: str) -> None:
    assert short_byline(names, 32) == line


def test_omissions_are_counted_most_frequent_first() -> None:
    assert count_omissions([omission("table"), omission("image"), omission("image")]) == "2 images and 1 table"


@pytest.mark.parametrize(
    ("noun", "many"), [("image", "images"), ("summary", "summaries"), ("essay", "essays"), ("emoji", "emoji")]
)
def test_plurals(noun: str, many: str) -> None:
    assert plural(noun) == many
