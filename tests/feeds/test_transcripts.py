"""Transcripts: strict forms, the same words in each, times that rise."""

from __future__ import annotations

import html
import json
import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds import Cue, FeedError, render_json, render_srt, render_vtt

VTT_TIME = r"(\d\d:\d\d:\d\d\.\d{3})"
SRT_TIME = r"(\d\d:\d\d:\d\d,\d{3})"


def ms(clock):
    hours, minutes, seconds = clock.replace(",", ".").split(":")
    return round((int(hours) * 60 + int(minutes)) * 60_000 + float(seconds) * 1000)


def read_vtt(data):
    """[(start_ms, end_ms, voice, lines)], strictly."""
    head, *blocks = data.decode().rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    rows = []
    for block in blocks:
        times, *lines = block.rstrip("\n").split("\n")
        start, end = re.fullmatch(f"{VTT_TIME} --> {VTT_TIME}", times).groups()
        voice, first = re.fullmatch(r"(?:<v ([^>]+)>)?(.+)", lines[0]).groups()
        rows.append((ms(start), ms(end), voice, [html.unescape(line) for line in [first, *lines[1:]]]))
    return rows


def read_srt(data):
    rows = []
    blocks = data.decode().rstrip("\n").split("\n\n") if data else []
    for number, block in enumerate(blocks, 1):
        head, times, *lines = block.split("\n")
        assert head == str(number)
        start, end = re.fullmatch(f"{SRT_TIME} --> {SRT_TIME}", times).groups()
        rows.append((ms(start), ms(end), None, lines))
    return rows


def read_json(data):
    document = json.loads(data)
    assert document["version"] == "1.0.0"
    return [
        (round(s["startTime"] * 1000), round(s["endTime"] * 1000), s["speaker"], [s["body"]])
        for s in document["segments"]
    ]


def words_of(rows):
    return re.findall(r"\w+", re.sub("['’]", "", " ".join(line for *_, lines in rows for line in lines)).lower())


def test_a_short_cue_in_each_form(make_cue):
    cue = make_cue("The map isn’t R&D <b>", speaker="Ada & Co")
    assert render_vtt([cue]).decode() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n<v Ada &amp; Co>The map isn’t R&amp;D &lt;b&gt;\n"
    )
    assert render_srt([cue]).decode() == "1\n00:00:00,000 --> 00:00:01,500\nThe map isn’t R&D ‹b›\n"
    first, *_ = json.loads(render_json([cue]))["segments"]
    assert first == {"speaker": "Ada & Co", "startTime": 0.0, "endTime": 0.3, "body": "The"}


def test_long_cues_are_split_at_a_sentence_or_a_clause(make_cue):
    cue = make_cue(
        "Most of what you know about a city, you know from its map. "
        "The streets are still there when the map is wrong, and so are you."
    )
    assert [lines for *_, lines in read_vtt(render_vtt([cue]))] == [
        [
            "Most of what you know about a city, you know from its map. The",
            "streets are still there when the map is wrong, and so are you.",
        ]
    ]
    assert [lines for *_, lines in read_srt(render_srt([cue]))] == [
        ["Most of what you know about a", "city, you know from its map."],
        ["The streets are still there when", "the map is wrong,"],
        ["and so are you."],
    ]


def test_the_end_of_a_cue_is_not_one_lonely_word(make_cue):
    cue = make_cue("aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm")
    assert [sum(len(line.split()) for line in lines) for *_, lines in read_srt(render_srt([cue]))] == [7, 6]


@pytest.mark.parametrize(
    ("written", "bodies"),
    [
        ("one — two", ["one—", "two"]),
        ("— one", ["—one"]),
        ("( one ) two", ["(one)", "two"]),
        ("“ one ” “ two", ["“one”", "“two"]),
        ("2 + 2", ["2", "+", "2"]),
        ("*** !!!", ["***!!!"]),
        ("a _ b", ["a", "_", "b"]),
    ],
)
def test_bare_punctuation_joins_the_word_it_belongs_to(make_cue, written, bodies):
    assert [s["body"] for s in json.loads(render_json([make_cue(written)]))["segments"]] == bodies
    assert words_of(read_vtt(render_vtt([make_cue(written)]))) == re.findall(r"\w+", written)


def test_a_stretch_of_several_words_shares_its_time():
    segments = json.loads(render_json([Cue(speaker="A", words=(("x plus yy", 0, 700),))]))["segments"]
    assert [(s["body"], s["startTime"], s["endTime"]) for s in segments] == [
        ("x", 0.0, 0.1),
        ("plus", 0.1, 0.5),
        ("yy", 0.5, 0.7),
    ]


def test_words_without_a_length_still_rise():
    cue = Cue(speaker="A", words=(("a", 5, 5), ("b", 5, 5), ("c", 5, 400)))
    assert [(s["startTime"], s["endTime"]) for s in json.loads(render_json([cue]))["segments"]] == [
        (0.005, 0.006),
        (0.006, 0.007),
        (0.007, 0.4),
    ]


def test_words_that_run_backwards_are_refused():
    with pytest.raises(FeedError, match="'later'"):
        render_vtt([Cue(speaker="A", words=(("first", 0, 9000), ("later", 100, 200)))])


def test_without_a_speaker_there_is_no_voice_tag(make_cue):
    assert "<v" not in render_vtt([make_cue("a b", speaker="")]).decode()


def test_an_arrow_in_the_text_is_no_timing_line(make_cue):
    assert render_vtt([make_cue("a --> b")]).decode().count("-->") == 1
    assert render_srt([make_cue("a --> b")]).decode().count("-->") == 1


token = st.text(st.characters(codec="utf-8"), min_size=1, max_size=14) | st.sampled_from(
    ["word", "—", "(", "”", "a.", "x,", "-->", "<v x>", "&lt;"]
)
transcript = st.lists(
    st.tuples(st.text(max_size=8), st.lists(st.tuples(token, st.integers(0, 900)), min_size=1, max_size=60)), max_size=6
)


@given(transcript)
@example([])
@example([("Ana", [("\x00", 5)])])  # nothing of it can be shown
def test_every_form_is_strict_and_has_the_same_words(utterances):
    cues, now_ms = [], 0
    for speaker, words in utterances:
        timed = []
        for text, length_ms in words:
            timed.append((text, now_ms, now_ms + length_ms))
            now_ms += length_ms
        cues.append(Cue(speaker=speaker, words=tuple(timed)))
    forms = [
        read_vtt(render_vtt(cues)),
        read_srt(render_srt(cues)),
        read_json(render_json(cues)),
    ]
    for width, rows in zip((65, 32, 10_000), forms, strict=True):
        assert all(end > start for start, end, *_ in rows)
        assert all(one[1] <= other[0] for one, other in pairwise(rows))
        for *_, lines in rows:
            assert 1 <= len(lines) <= 2
            assert all(line.strip() == line != "" for line in lines)
            assert all(len(line) <= width or " " not in line for line in lines)
    assert all(len(lines[0].split()) == 1 for *_, lines in forms[2])
    assert words_of(forms[0]) == words_of(forms[1]) == words_of(forms[2])
