"""Chapter marks in JSON, notes and psc: the same story in each."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import ChapterMark, FeedError, chapter_stamps, fit_chapters, render_chapters
from feeds.chapters import psc_rows


def rows_of(marks):
    return [(mark.start_ms, mark.end_ms, mark.title) for mark in marks]


@st.composite
def some_chapters(draw):
    lengths = draw(st.lists(st.integers(1, 400_000), min_size=1, max_size=400))
    marks, at_ms = [], 0
    for n, length_ms in enumerate(lengths):
        level = draw(st.integers(1, 4))
        marks.append(ChapterMark(start_ms=at_ms, end_ms=at_ms + length_ms, title=f"Section {n}", level=level))
        at_ms += length_ms
    return tuple(marks)


@given(some_chapters(), st.integers(2, 255))
def test_fitted_chapters_cover_the_same_time_without_holes(chapters, limit):
    fitted = fit_chapters(chapters, limit)
    assert len(fitted) == min(limit, len(chapters))
    assert (fitted[0].start_ms, fitted[-1].end_ms) == (0, chapters[-1].end_ms)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(fitted))
    assert {mark.start_ms: mark.title for mark in fitted}.items() <= {m.start_ms: m.title for m in chapters}.items()


def test_the_deepest_and_shortest_chapters_go_first():
    chapters = [
        ChapterMark(start_ms=0, end_ms=10, title="Opening", level=3),
        ChapterMark(start_ms=10, end_ms=20, title="One", level=1),
        ChapterMark(start_ms=20, end_ms=90, title="One, a", level=2),
        ChapterMark(start_ms=90, end_ms=100, title="One, b", level=2),
        ChapterMark(start_ms=100, end_ms=105, title="Two", level=1),
    ]
    assert rows_of(fit_chapters(chapters, 4)) == [
        (0, 10, "Opening"),
        (10, 20, "One"),
        (20, 100, "One, a"),
        (100, 105, "Two"),
    ]
    assert [mark.title for mark in fit_chapters(chapters, 3)] == ["Opening", "One", "Two"]


def test_the_chapter_file_is_json_1_2(make_chapters):
    document = json.loads(render_chapters("T\x00", "A", "P", make_chapters("Öne", "Two <i>", length_ms=1500)))
    assert document == {
        "version": "1.2.0",
        "title": "T",
        "author": "A",
        "podcastName": "P",
        "chapters": [
            {"startTime": 0.0, "endTime": 1.5, "title": "Öne"},
            {"startTime": 1.5, "endTime": 3.0, "title": "Two ‹i›"},
        ],
    }


def test_links_and_pictures_come_along():
    mark = ChapterMark(start_ms=0, end_ms=5, title="A", url="https://a.example/#a", image_url="https://a.example/a.png")
    (row,) = json.loads(render_chapters("T", "A", "P", [mark]))["chapters"]
    assert (row["url"], row["img"]) == ("https://a.example/#a", "https://a.example/a.png")
    assert psc_rows([mark]) == [
        {
            "start": "00:00:00.000",
            "title": "A",
            "href": "https://a.example/#a",
            "image": "https://a.example/a.png",
        }
    ]


@given(some_chapters())
def test_every_form_has_the_same_chapters_and_times(chapters):
    document = json.loads(render_chapters("T", "A", "P", chapters))["chapters"]
    in_psc = [(_ms(row["start"]), row["title"]) for row in psc_rows(chapters)]
    assert in_psc == [(round(row["startTime"] * 1000), row["title"]) for row in document]


def _ms(play_time):
    hours, minutes, seconds = play_time.split(":")
    return round((int(hours) * 60 + int(minutes)) * 60_000 + float(seconds) * 1000)


def stamps_in(notes):
    lines = re.sub(r"</?p>|<br>", "", notes).splitlines()
    found = [re.fullmatch(r"\(((?:\d\d:)?\d\d:\d\d)\) (?:– )?(.+)", html.unescape(line)) for line in lines]
    return [(sum(int(n) * 60**k for k, n in enumerate(reversed(m[1].split(":")))), m[2]) for m in found]


def test_stamps_stand_one_on_a_line(make_chapters):
    made = chapter_stamps(make_chapters("Maps", "Roads & <rivers>", "End"))
    assert made == "<p>(00:00) Maps<br>\n(01:01) Roads &amp; ‹rivers›<br>\n(02:03) End</p>"


def test_hours_are_written_on_every_line_once_there_is_one(make_chapters):
    assert [
        line[:13] for line in chapter_stamps(make_chapters("a", "b", "c", length_ms=1_900_000)).split("<br>\n")
    ] == [
        "<p>(00:00:00)",
        "(00:31:40) b",
        "(01:03:20) c<",
    ]


def test_fewer_than_three_chapters_are_no_list(make_chapters):
    assert chapter_stamps(make_chapters("a", "b")) == ""
    assert chapter_stamps(()) == ""


def test_long_lists_keep_to_the_top_level_and_the_longest_others(make_chapters):
    titles = [f"A section with a long name {n}" for n in range(100)]
    deep = [replace(m, level=1 + (n % 10 > 0)) for n, m in enumerate(make_chapters(*titles))]
    top = [title for n, title in enumerate(titles) if n % 10 == 0]
    assert [title for _, title in stamps_in(chapter_stamps(deep, 470))] == top
    more = chapter_stamps(deep)
    assert set(top) < {title for _, title in stamps_in(more)}
    assert 2400 < len(more.encode()) <= 2500


def test_a_title_that_starts_with_a_separator_keeps_it(make_chapters):
    made = chapter_stamps(make_chapters("...and then", "– dash", "plain"))
    assert "(00:00) – ...and then" in made
    assert "(01:01) – – dash" in made


@given(some_chapters(), st.integers(60, 2500))
def test_stamps_fit_start_at_zero_and_rise(chapters, max_bytes):
    made = chapter_stamps(chapters, max_bytes)
    assert len(made.encode()) <= max_bytes
    if made:
        stamps = stamps_in(made)
        assert len(stamps) >= 3
        assert stamps[0][0] == 0
        assert all(one < other for (one, _), (other, _) in pairwise(stamps))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(5, 10, "a")], "Chapter 1"),
        ([(0, 10, "a"), (11, 20, "b")], "Chapter 2"),
        ([(0, 10, "a"), (9, 20, "b")], "Chapter 2"),
        ([(0, 0, "a")], "Chapter 1"),
        ([(0, 10, " \x00")], "no title"),
    ],
)
def test_chapters_that_dont_hang_together_are_refused(rows, said):
    marks = [ChapterMark(start_ms=start, end_ms=end, title=title) for start, end, title in rows]
    with pytest.raises(FeedError, match=said):
        fit_chapters(marks)


def test_a_link_no_app_could_follow_is_refused():
    with pytest.raises(FeedError, match="link of chapter"):
        render_chapters("T", "A", "P", [ChapterMark(start_ms=0, end_ms=5, title="A", url="#section")])
