from __future__ import annotations

import numpy as np
import pytest

from narrate.audio.plausible import why_wrong
from voices import Line, Spoken, Waveform, WordTime

HUM = np.full(24_000, 0.1)
WORDS = (WordTime(0, 5, 0, 9_000), WordTime(6, 11, 9_000, 20_000))


def spoken(samples: np.ndarray = HUM, words: tuple[WordTime, ...] = WORDS, rate_hz: int = 24_000) -> Spoken:
    return Spoken(line_id="k", sound=Waveform(samples.astype(np.float32), rate_hz), words=words)


def verdict(sound: Spoken, text: str = "hello there") -> str | None:
    return why_wrong(Line(id="k", text=text, speaker="s"), sound, 24_000)


def test_a_hum_of_the_right_length_passes() -> None:
    assert verdict(spoken()) is None


@pytest.mark.parametrize(
    ("sound", "why"),
    [
        (spoken(np.zeros(0)), "no sound"),
        (spoken(np.zeros(24_000)), "silence"),
        (spoken(np.append(HUM, np.nan)), "aren't numbers"),
        (spoken(np.append(HUM, np.inf)), "aren't numbers"),
        (spoken(np.full(61 * 24_000, 0.1)), "took 61 s"),
        (spoken(rate_hz=16_000), "16000 samples a second"),
        (spoken(words=WORDS[:1]), "2 words came back with 1 times"),
        (spoken(words=(WORDS[0], WordTime(6, 11, 9_000, 24_001))), "outside"),
        (spoken(words=(WORDS[0], WordTime(6, 11, 8_999, 20_000))), "out of order"),
        (spoken(words=(WORDS[1], WORDS[0])), "out of order"),
    ],
)
def test_what_cannot_be_a_reading_is_named(sound: Spoken, why: str) -> None:
    assert why in (verdict(sound) or "")


def test_a_clause_is_not_over_in_a_blink_but_a_word_may_be() -> None:
    blink = spoken(np.full(2_000, 0.1), words=(WordTime(0, 2, 0, 2_000),))
    assert verdict(blink, "I.") is None
    assert "only 83 ms" in (verdict(blink, "unbelievably,yes") or "")
