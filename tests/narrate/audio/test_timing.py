from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from narrate.audio.sounds import Piece, Recording, Take
from narrate.audio.takes import Takes
from narrate.audio.timing import word_times, written_times
from narrate.records import Rewrite, Script, Utterance
from voices import WordTime

#: A spoken word of the tests lasts 1000 samples a letter, and 500 samples of silence follow it.
PER_CHAR, GAP = 1000, 500


def heard(spoken: str) -> tuple[WordTime, ...]:
    """Word times of a voice that takes PER_CHAR for each character of a word."""
    words, at, char = [], 0, 0
    for word in spoken.split():
        char = spoken.index(word, char)
        words.append(WordTime(char, char + len(word), at, at + PER_CHAR * len(word)))
        at += PER_CHAR * len(word) + GAP
        char += len(word)
    return tuple(words)


def rewritten(written: str, *changes: tuple[str, str]) -> Utterance:
    """`written` with each (before, after) rewritten at its first place after the one before."""
    rewrites, spoken, at = [], "", 0
    for before, after in changes:
        start = written.index(before, at)
        spoken += written[at:start] + after
        at = start + len(before)
        rewrites.append(Rewrite(start=start, end=at, rule="test", before=before, after=after))
    return Utterance(
        id="u1",
        block=0,
        written=written,
        spoken=spoken + written[at:],
        role="prose",
        pause_after_s=0.4,
        rewrites=tuple(rewrites),
    )


def times(utterance: Utterance) -> list[tuple[str, int, int]]:
    words = heard(utterance.spoken)
    return written_times(utterance, words, words[-1].end_sample + GAP)


@pytest.mark.parametrize(
    ("written", "changes", "expected"),
    [
        ("we saw it", [], [("we", 0, 2000), ("saw", 2500, 5500), ("it", 6000, 8000)]),
        # a rewrite of one word into two lasts as long as both
        ("a 5% cut", [("5%", "five percent")], [("a", 0, 1000), ("5%", 1500, 13_000), ("cut", 13_500, 16_500)]),
        # two words into one: they share it by their lengths
        ("by P (A", [("P (A", "abcd")], [("by", 0, 2000), ("P", 2500, 3833), ("(A", 3833, 6500)]),
        # a rewrite inside a word
        ("(x²)", [("x²", "x squared")], [("(x²)", 0, 10_500)]),
        # a word that isn't said takes a part of the one before it
        ("so [3] it", [("[3]", "")], [("so", 0, 800), ("[3]", 800, 2000), ("it", 2500, 4500)]),
        # or of the one after it, at the start
        ("3) it is", [("3)", "")], [("3)", 0, 1000), ("it", 1000, 2000), ("is", 2500, 4500)]),
        # words that are said but not written belong to nobody
        ("it is", [("", "One. ")], [("it", 4500, 6500), ("is", 7000, 9000)]),
        # white space is free to differ
        ("a  b\nc", [("b", "b ")], [("a", 0, 1000), ("b", 1500, 2500), ("c", 3000, 4000)]),
    ],
)
def test_written_words_are_heard_when_their_readings_are(
    written: str, changes: list[tuple[str, str]], expected: list[tuple[str, int, int]]
) -> None:
    assert times(rewritten(written, *changes)) == expected


words = st.text("abc5%²(—", min_size=1, max_size=8)


@given(st.lists(st.tuples(words, st.none() | st.lists(words, max_size=4)), min_size=1, max_size=12), st.data())
def test_every_written_word_has_its_own_time_in_order(
    parts: list[tuple[str, list[str] | None]], data: st.DataObject
) -> None:
    """Whatever is rewritten, deleted, merged or split: no word is lost, times rise and never overlap."""
    written, spoken, rewrites = "", "", []
    for before, after in parts:
        glue = data.draw(st.sampled_from([" ", ""])) if written else ""
        written += glue
        spoken += glue
        if after is not None:
            now = " ".join(after)
            start = len(written)
            rewrites.append(Rewrite(start=start, end=start + len(before), rule="t", before=before, after=now))
            spoken += now
        else:
            spoken += before
        written += before
    if not spoken.split():
        return
    utterance = Utterance(
        id="u", block=0, written=written, spoken=spoken, role="prose", pause_after_s=0, rewrites=tuple(rewrites)
    )
    got = times(utterance)
    assert [word for word, _, _ in got] == written.split()
    assert all(start < end for _, start, end in got)
    assert all(a[2] <= b[1] for a, b in pairwise(got))
    assert got[0][1] >= 0
    assert got[-1][2] <= heard(spoken)[-1].end_sample


@given(st.lists(words, min_size=1, max_size=10))
def test_without_rewrites_written_words_have_the_spoken_times(texts: list[str]) -> None:
    utterance = rewritten(" ".join(texts))
    spoken = [
        (utterance.spoken[w.start_char : w.end_char], w.start_sample, w.end_sample) for w in heard(utterance.spoken)
    ]
    assert times(utterance) == spoken


def test_rewrites_that_do_not_give_the_spoken_text_are_an_error() -> None:
    wrong = Utterance(id="u", block=0, written="5%", spoken="six", role="prose", pause_after_s=0)
    with pytest.raises(ValueError, match="isn't"):
        written_times(wrong, heard("six"), 5000)


def recorded(take_words: dict[str, str], ids: list[str]) -> tuple[Takes, Recording]:
    takes = Takes(MemoryStore())
    pieces = []
    for number, (id_, (key, text)) in enumerate(zip(ids, take_words.items(), strict=True)):
        takes.write(Take(key=key, rate_hz=16_000, pcm=np.ones(9000, np.int16), words=heard(text)))
        pieces.append(Piece(utterance_id=id_, take_key=key, start_sample=number * 10_000, n_samples=9000))
    return takes, Recording(rate_hz=16_000, n_samples=30_000, pieces=tuple(pieces), marks=())


def test_times_are_those_of_the_whole_recording(make_script: Callable[..., Script]) -> None:
    takes, recording = recorded({"aa": "hi", "bb": "oh no"}, ["u1", "u2"])
    got = list(word_times(recording, make_script(["hi"], ["oh no"]), takes))
    assert [(u.id, words) for u, words in got] == [
        ("u1", (("hi", 0, 2000),)),
        ("u2", (("oh", 10_000, 12_000), ("no", 12_500, 14_500))),
    ]


def test_a_recording_of_another_script_is_refused(make_script: Callable[..., Script]) -> None:
    takes, recording = recorded({"aa": "hi", "bb": "oh no"}, ["u2", "u1"])
    with pytest.raises(ValueError, match="piece u2 stands where utterance u1"):
        list(word_times(recording, make_script(["hi"], ["oh no"]), takes))
    takes, recording = recorded({"aa": "hi", "bb": "oh no"}, ["u1", "u2"])
    with pytest.raises(ValueError, match="zip"):
        list(word_times(recording, make_script(["hi"]), takes))
