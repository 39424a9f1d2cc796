"""Chapters as published, with their links and pictures; and the stretch worth hearing alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import feeds
from narrate.marks import chapter_marks, ms, soundbite
from tests.laid_out import RATE_HZ, WORD_S, post_of, recording_of, script_of

SECTION = "<h2>{0}</h2><p>Some words about {0}.</p>"


def marks_of(html: str) -> tuple[feeds.ChapterMark, ...]:
    script = script_of(html)
    return chapter_marks(post_of(html), script, recording_of(script))


def test_a_chapter_leads_to_its_heading_and_the_opening_to_the_post() -> None:
    opening, first = marks_of("<p>Hello.</p>" + SECTION.format("Results"))
    url = "https://www.lesswrong.com/posts/abc/a-post"
    assert (opening.url, first.url) == (url, f"{url}#Results")


def test_a_chapter_without_a_heading_leads_to_its_first_words() -> None:
    stretch = "".join(f"<p>{n} {'words and more words to fill it. ' * 30}</p>" for n in range(8))
    _, added, *_ = marks_of(f"{stretch}<hr><p>Thirty days later, we met again.</p>{stretch}")
    assert added.url is not None
    assert added.url.endswith("#:~:text=Thirty%20days%20later%2C%20we%20met%20again")


def test_a_chapter_shows_the_first_figure_of_its_section() -> None:
    picture = '<img src="https://img.example/{0}.png" alt="{0}">'
    html = f"<p>Hello.</p>{SECTION.format('A')}<p>{picture.format('a')}</p><p>{picture.format('b')}</p>"
    html += SECTION.format("B") + '<p><img src="data:image/png;base64,AAAA" alt="x"></p>' + SECTION.format("C")
    html += f"<p>{picture.format('c')}</p>"
    assert [mark.image_url for mark in marks_of(html)] == [
        None,
        "https://img.example/a.png",
        None,
        "https://img.example/c.png",
    ]


def test_a_soundbite_is_the_opening_lines_up_to_a_paragraphs_end() -> None:
    paragraph = f"<p>{'Six words stand in this sentence. ' * 8}</p>"  # 48 words: 19 s and a few pauses
    script = script_of(paragraph * 9)
    recording = recording_of(script)
    bite = soundbite(script, recording)
    assert bite is not None
    assert bite.start_ms == ms(recording.pieces[1].start_sample, RATE_HZ)
    assert 45_000 < bite.duration_ms <= 60_000
    ends = {ms(p.end_sample, RATE_HZ): p.utterance_id for p in recording.pieces}
    last = ends[bite.start_ms + bite.duration_ms]
    blocks = [u.block for u in script.utterances]
    place = [u.id for u in script.utterances].index(last)
    assert blocks[place] != blocks[place + 1]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_a_soundbite_is_as_long_as_players_take_or_there_is_none(lengths: list[int]) -> None:
    script = script_of("".join(f"<p>{'word ' * n}end.</p>" for n in lengths))
    bite = soundbite(script, recording_of(script))
    least_ms, most_ms = feeds.SOUNDBITE_MS
    if bite is None:
        assert sum(lengths) * WORD_S < least_ms / 1000
    else:
        assert least_ms <= bite.duration_ms <= most_ms
