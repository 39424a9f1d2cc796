"""The page's word times are the transcript's, in little room."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.pages.words import encode, split_words, word_starts
from narrate.records import Chapter, PostKey, Script, Utterance


def script_of(*written: str) -> Script:
    said = tuple(
        Utterance(id=f"b0-{n}", block=0, written=text, spoken="a", role="prose", pause_after_s=0.3)
        for n, text in enumerate(written)
    )
    return Script(
        key=PostKey("lesswrong", "abc"), title="A", authors=("Ana",), source_url="", posted_at=None, revision="",
        text_sha256="", script_version="", voice_roles=(),
        chapters=(Chapter(title="A", spoken_title="A.", anchor=None, level=1, utterances=said),),
    )  # fmt: skip


def transcript(*segments: tuple[str, float, float]) -> bytes:
    rows = [{"speaker": "N", "startTime": start, "endTime": end, "body": body} for body, start, end in segments]
    return json.dumps({"version": "1.0.0", "segments": rows}).encode()


def decode(text: str, start_s: float) -> list[float]:
    """As reading.js does it."""
    at, times = start_s, []
    for step in text.split(" "):
        at += int(step, 36) / 100
        times.append(at)
    return times


def test_a_word_begins_where_the_transcript_has_it() -> None:
    words = transcript(("We", 0.3, 0.5), ("asked", 0.5, 1), ("12.", 1, 2), ("Yes—", 3, 4), ("all.", 4, 5))
    found = word_starts(script_of("We asked 12.", "Yes — all."), words)
    # the dash is no word in the transcript, but one on the page: it begins within "Yes—"
    assert found == {"b0-0": (0.3, 0.5, 1), "b0-1": (3, 3.75, 4)}


@pytest.mark.parametrize(
    "words", [transcript(), transcript(("We", 0, 1)), transcript(("We", 0, 1), ("asked", 1, 2), ("13.", 2, 3))]
)
def test_a_transcript_of_another_text_gives_no_times(words: bytes) -> None:
    assert word_starts(script_of("We asked 12."), words) == {}


def test_what_a_transcript_drops_doesnt_shift_the_rest() -> None:
    found = word_starts(script_of("a\u200bb \u200b c"), transcript(("ab", 1, 2), ("c", 2, 3)))
    assert found == {"b0-0": (1, 2, 2)}


@given(st.lists(st.integers(0, 12_000_00), min_size=1, max_size=60).map(sorted))
def test_times_of_hours_stay_within_a_hundredth_of_a_second(hundredths: list[int]) -> None:
    times = [n / 100 + 0.004 for n in hundredths]
    start_s = round(times[0], 2)
    found = decode(encode(times, start_s), start_s)
    assert found == pytest.approx(times, abs=0.011)


def test_words_are_counted_as_javascript_counts_them() -> None:
    assert split_words("a\u00a0b\ufeffc d\u2003e\x85f") == ["a", "b", "c", "d", "e\x85f"]
