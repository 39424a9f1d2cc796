"""Takes that are heard badly are said again, and the best is kept."""

from __future__ import annotations

import dataclasses

import numpy as np
from obstore.store import MemoryStore

import voices
from narrate.audio.ear import mend, review
from narrate.audio.sounds import Take
from narrate.audio.takes import Takes
from voices import Line, Spoken, Waveform
from voices.heard import Heard

TEXT = "One sentence that was said badly."
LINE = Line(id="a" * 64, text=TEXT, speaker="hum", seed=7)


def tone(line: Line) -> Spoken:
    return next(iter(voices.load(voices.find("tone")).speak([line])))


def kept() -> Takes:
    takes = Takes(MemoryStore())
    spoken = tone(LINE)
    takes.write(Take(key=LINE.id, rate_hz=24_000, pcm=spoken.sound.to_pcm16(), words=spoken.words))
    return takes


def heard(wrong: int) -> Heard:
    return Heard(text="", wrong=wrong, n_words=6)


def test_the_saying_that_is_heard_best_is_kept_under_its_key() -> None:
    takes = kept()
    (bad,) = review({LINE.id: ("tone", LINE)}, takes, lambda sound, text: heard(4))
    assert bad.is_bad
    verdicts = {0: heard(3), 1: heard(1), 2: heard(2)}
    seeds: list[int] = []

    def speak(voice_id: str, line: Line) -> Spoken:
        seeds.append(line.seed)
        spoken = tone(line)
        louder = Waveform(spoken.sound.samples * np.float32(1 - len(seeds) / 10), 24_000)
        return dataclasses.replace(spoken, sound=louder)

    found = mend(bad, takes, lambda sound, text: verdicts[len(seeds) - 1], speak)
    assert (found.mended, found.heard) == (heard(1), heard(4))
    assert takes.read(LINE.id).made == f"seed {seeds[1]}"
    assert len(set(seeds)) == 3


def test_a_saying_that_is_no_better_changes_nothing() -> None:
    takes = kept()
    (bad,) = review({LINE.id: ("tone", LINE)}, takes, lambda sound, text: heard(3))
    assert mend(bad, takes, lambda sound, text: heard(3), lambda voice_id, line: tone(line)).mended is None
    assert takes.read(LINE.id).made == ""


def test_one_word_is_not_enough_to_doubt_a_take() -> None:
    (found,) = review({LINE.id: ("tone", LINE)}, kept(), lambda sound, text: Heard(text="", wrong=1, n_words=2))
    assert not found.is_bad
