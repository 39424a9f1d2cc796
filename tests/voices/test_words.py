"""Timed pieces -> word times and trimmed sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices import EngineFailed, Line, WordTime
from voices.words import finish_spoken, time_words

RATE_HZ = 1000


def test_a_word_of_several_pieces_lasts_from_the_first_to_the_last() -> None:
    timed = [WordTime(0, 4, 10, 50), WordTime(5, 10, 60, 90), WordTime(11, 15, 95, 120)]
    assert time_words("well-known fact", timed, 200) == (WordTime(0, 10, 10, 90), WordTime(11, 15, 95, 120))


def test_a_piece_over_several_words_is_shared_by_their_letters() -> None:
    assert time_words("New York", [WordTime(0, 8, 0, 80)], 100) == (WordTime(0, 3, 0, 30), WordTime(4, 8, 40, 80))


def test_a_lone_dash_is_given_the_pause_it_stands_for() -> None:
    timed = [WordTime(0, 2, 10, 50), WordTime(5, 7, 70, 90)]
    assert time_words("so — we …", timed, 100) == (
        WordTime(0, 2, 10, 50),
        WordTime(3, 4, 50, 70),
        WordTime(5, 7, 70, 90),
        WordTime(8, 9, 90, 100),
    )


@given(
    st.lists(st.sampled_from(["one", "—", "two-three", "…", "x"]), min_size=1, max_size=12),
    st.lists(st.integers(0, 900), min_size=40, max_size=40),
)
def test_words_are_in_order_inside_the_sound_whatever_was_timed(words: list[str], samples: list[int]) -> None:
    text = " ".join(words)
    timed, at = [], 0
    for index, word in enumerate(words):
        if word[0].isalpha():
            start, end = samples[2 * index], samples[2 * index + 1]
            timed.append(WordTime(at, at + len(word), start, end))
        at += len(word) + 1
    times = time_words(text, timed, 900)
    assert [text[time.start_char : time.end_char] for time in times] == words
    edge = 0
    for time in times:
        assert edge <= time.start_sample <= time.end_sample <= 900
        edge = time.end_sample


def _sound(*lengths_and_levels: tuple[int, int]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.concatenate([np.full(n, level, np.int16) for n, level in lengths_and_levels])


@pytest.mark.parametrize(("before", "after"), [(500, 500), (40, 60), (0, 0), (10, 700)])
def test_the_silence_at_both_ends_is_always_the_same(before: int, after: int) -> None:
    pcm = _sound((before, 0), (300, 9000), (after, 0))
    spoken = finish_spoken(Line(id="x", text="hi", speaker=""), pcm, RATE_HZ, [WordTime(0, 2, before, before + 300)])
    assert spoken.sound.n_samples == 40 + 300 + 60
    assert spoken.words == (WordTime(0, 2, 40, 340),)
    assert np.array_equal(spoken.sound.to_pcm16()[40:340], pcm[before : before + 300])


def test_a_quiet_end_of_a_word_is_not_cut_off() -> None:
    pcm = _sound((500, 0), (300, 9000), (200, 50), (500, 0))
    spoken = finish_spoken(Line(id="x", text="hi", speaker=""), pcm, RATE_HZ, [WordTime(0, 2, 500, 1000)])
    assert spoken.words[0].end_sample - spoken.words[0].start_sample == 500


@pytest.mark.parametrize("timed", [[], [WordTime(0, 2, 0, 100)]])
def test_silence_is_a_failure(timed: list[WordTime]) -> None:
    with pytest.raises(EngineFailed, match="silent"):
        finish_spoken(Line(id="x", text="hi", speaker=""), _sound((100, 5)), RATE_HZ, timed)
