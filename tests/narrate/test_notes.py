"""Item titles and show notes: within the limits of feeds, the author whole, the disclosure always there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import feeds
from narrate.notes import MAX_TITLE_CHARS, Told, count_omissions, item_title, plural, short_byline, show_notes
from narrate.records import Author, Correction, Omission, Post
from tests.laid_out import post_of

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_post(url: str = "https://forum.example/posts/abc/a-post", names: tuple[str, ...] = ("Ana",)) -> Post:
    return post_of(url=url, authors=tuple(Author(name=n) for n in names))


def told(**more: Any) -> Told:
    given = {"marks": marks(5), "omissions": (), "opening": "First words.", "voice": "Rms; free", "made_at": NOON}
    return Told(**(given | more))


def marks(n: int, title: str = "Chapter") -> tuple[feeds.ChapterMark, ...]:
    return tuple(
        feeds.ChapterMark(start_ms=i * 60_000, end_ms=(i + 1) * 60_000, title=f"{title} {i}", level=1 + i % 2)
        for i in range(n)
    )


def omission(what: str, text: str = "", href: str | None = None) -> Omission:
    return Omission(what=what, text=text, why="it can't be read aloud", block=0, href=href)


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


def test_the_notes_begin_with_the_chapters_and_tell_what_a_listener_wants_to_know() -> None:
    ana = Author(name="Ana & Co", url="https://forum.example/users/ana?a=1&b=2")
    post = replace(make_post(), authors=(ana, Author(name="Bo")), karma=83)
    notes = show_notes(post, told(omissions=(omission("image"), omission("image"))))
    assert notes.startswith("<p>(00:00) Chapter 0<br>")
    for line in (
        "<p>First words.</p>",
        (
            '<p>By <a href="https://forum.example/users/ana?a=1&amp;b=2">Ana &amp; Co</a> and Bo, 4 May 2026, '
            "on LessWrong. Karma 83 when narrated on 4 May 2026.</p>"
        ),
        '<a href="https://forum.example/posts/abc/a-post">Read the post on LessWrong</a>',
        '<a href="https://forum.example/posts/abc/a-post#comments">Comments</a>',
        "Read word for word by a machine: a text-to-speech voice (Rms; free), no human narrator.",
        "Not spoken, all on the episode’s page: 2 images.",
        "Text © Ana &amp; Co and Bo.",
    ):
        assert line in notes


def test_what_is_left_out_is_listed_with_tex_and_links_but_for_trifles() -> None:
    left = (
        omission("formula", r"\frac{a}{b} < c"),
        omission("image", "A map", "https://img.example/map.png"),
        omission("image", "Evil", "javascript:alert(1)"),
        omission("footnote mark", "3"),
    )
    notes = show_notes(make_post(), told(omissions=left))
    assert r"<li>formula: <code>\frac{a}{b} &lt; c</code></li>" in notes
    assert '<li><a href="https://img.example/map.png">image: A map</a></li>' in notes
    assert "<li>image: Evil</li>" in notes
    assert "<li>footnote mark" not in notes
    assert "1 footnote mark" in notes


def test_what_is_left_out_is_listed_as_far_as_there_is_room() -> None:
    left = tuple(omission("formula", f"x_{{{n}}} + {'y' * 100}") for n in range(200))
    notes = show_notes(make_post(), told(omissions=left))
    n_listed = notes.count("<li>")
    assert 10 < n_listed < 200
    assert "200 formulas" in notes
    assert len(notes.encode()) <= feeds.MAX_DESCRIPTION_BYTES


def test_corrections_are_told_newest_first() -> None:
    later, earlier = (
        Correction(at=datetime(2026, 11, day, tzinfo=UTC), why="after the author's edit", what=f"changed: “{day}”")
        for day in (3, 1)
    )
    notes = show_notes(make_post(), told(corrections=(later, earlier)))
    assert "<p>Re-narrated 3 November 2026, after the author's edit: changed: “3”.</p><p>Re-narrated 1 Nov" in notes


def test_an_edition_says_what_it_is() -> None:
    assert "leaves the footnotes out" in show_notes(make_post(), told(edition="nofn"))


def test_notes_of_a_post_without_an_address_link_nowhere() -> None:
    assert "href" not in show_notes(make_post(url=""), told())


_WORDS = st.text(min_size=1, max_size=500)


@settings(max_examples=40)
@given(
    title=_WORDS,
    names=st.lists(_WORDS, min_size=1, max_size=40),
    url=st.sampled_from(["", "https://forum.example/" + "x" * 2000, 'https://a.example/?"<b>&c']),
    opening=_WORDS,
    omitted=st.lists(_WORDS, max_size=60),
    n_chapters=st.integers(1, 250),
)
def test_notes_fit_and_say_that_a_machine_reads_whatever_they_are_made_of(
    title: str, names: list[str], url: str, opening: str, omitted: list[str], n_chapters: int
) -> None:
    authors = tuple(Author(name=n, url="https://forum.example/users/" + "a" * len(n)) for n in names)
    post = replace(make_post(url=url), title=title, authors=authors)
    correction = Correction(at=NOON, why="after the author's edit", what=title)
    omissions = [omission("formula", text, url) for text in omitted]
    notes = show_notes(
        post,
        told(
            marks=marks(n_chapters, f"A rather long chapter title {title[:40]}"),
            omissions=omissions,
            opening=opening,
            corrections=[correction] * 5,
        ),
    )
    assert len(notes.encode()) <= feeds.MAX_DESCRIPTION_BYTES - 200
    assert "Read word for word by a machine" in notes
    assert "Text ©" in notes
    etree.fromstring(f"<div>{notes.replace('<br>', '')}</div>")


def test_many_authors_are_counted() -> None:
    post = make_post(names=tuple(f"Somebody With A Name & {n}" for n in range(80)))
    notes = show_notes(post, told(marks=marks(40, "A rather long chapter title"), opening="w " * 150))
    assert "by a machine" in notes
    assert "and 79 others" in notes


@pytest.mark.parametrize("name", ["👩‍🔬 Zoë", "עדה כותבת", "A & B <i>", "N" * 500])
def test_a_name_survives_as_its_author_writes_it(name: str) -> None:
    notes = show_notes(make_post(names=(name,)), told())
    assert feeds.note_text(name[:200]) in notes
    assert item_title("T" * 500, [name]).startswith("T")


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
