"""The hum."""

import voices
from voices import Line


def test_a_hum_lasts_as_long_as_its_words_deserve() -> None:
    engine = voices.load(voices.find("tone"))
    short, long = (
        next(iter(engine.speak([Line(id="x", text=text, speaker="hum")]))) for text in ("Yes.", "word " * 59 + "word.")
    )
    assert 0.2 < short.sound.duration_s < 0.6
    assert 15 < long.sound.duration_s < 25
    assert (short.words[0].start_sample, short.words[0].end_char) == (960, 4)
