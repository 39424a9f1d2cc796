"""A swapped word and a dropped "not" are heard, on real speech by a real recogniser."""

from __future__ import annotations

from functools import cache

import pytest

import voices
from voices import Line, Waveform
from voices.heard import Recogniser, listen, plain_words, recogniser, word_edits

RMS = voices.find("flite-rms")


@cache
def by() -> Recogniser:
    return recogniser()


@cache
def engine() -> voices.Engine:
    return voices.load(RMS)


def say(text: str) -> Waveform:
    return next(iter(engine().speak([Line(id="x", text=text, speaker=RMS.speaker)]))).sound


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "He did not say that the house was empty when they came back.",
            "He did say that the house was empty when they came back.",
        ),
        ("The map is not the territory.", "The map is the territory."),
        ("If the price goes up, fewer people will buy it.", "If the cost goes up, fewer people will buy it."),
        (
            "Most of the money was spent before the winter began.",
            "Most of the money was spent before the summer began.",
        ),
    ],
)
def test_a_word_that_was_not_said_is_missed(written: str, said: str) -> None:
    right, wrong = listen(say(written), written, by()), listen(say(said), written, by())
    assert right.wrong == 0
    assert wrong.wrong == 1
    assert wrong.error == pytest.approx(1 / len(written.split()))


@pytest.mark.parametrize(
    ("said", "heard", "edits"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a c", 1),
        ("a b c", "a x c", 1),
        ("a b c", "a b b c", 1),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("kitten sitting on", "sitting on kitten", 2),
    ],
)
def test_edits_are_the_fewest(said: str, heard: str, edits: int) -> None:
    assert word_edits(said.split(), heard.split()) == edits


def test_words_are_compared_without_their_marks() -> None:
    assert plain_words("“It isn’t,” she said; OK?") == ["it", "isn't", "she", "said", "ok"]
