"""Bad takes are found, good ones pass. The full size is tests/benchmarks/fault_finding.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import voices
from narrate.samples import sample_files
from narrate.script import write
from narrate.sources import Sources
from tests.damages import DAMAGES
from voices import Line, Spoken
from voices.faults import find_fault
from voices.measures import most_letters, speech_level_db

VOICES = ("flite-rms", "flite-slt", "flite-kal16", "espeak-en-us")
LINES = (
    "The map is not the territory, but whoever wants to travel needs a map, and a good one is worth its price.",
    "Suppose that every second measurement was wrong: would anybody in the laboratory have noticed before the summer?",
)


@cache
def engine(voice_id: str) -> voices.Engine:
    return voices.load(voices.find(voice_id))


def say(voice_id: str, text: str, **changes: object) -> tuple[Line, Spoken, int]:
    line = Line(**{"id": "x", "text": text, "speaker": voices.find(voice_id).speaker} | changes)  # type: ignore[arg-type]
    return line, next(iter(engine(voice_id).speak([line]))), engine(voice_id).rate_hz


@cache
def good(voice_id: str, text: str) -> tuple[Line, Spoken, int]:
    return say(voice_id, text)


@cache
def sample_lines() -> tuple[str, ...]:
    with Sources() as sources:
        scripts = [write(sources.fetch(str(file))) for file in sample_files()]
    return tuple(dict.fromkeys(u.spoken for script in scripts for u in script.utterances))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_spoilt_take_is_found(damage: str) -> None:
    chance = np.random.default_rng(1)
    passed = []
    for voice_id in VOICES:
        for text in LINES:
            line, spoken, rate_hz = good(voice_id, text)
            if find_fault(line, DAMAGES[damage](spoken, chance), rate_hz) is None:
                passed.append((voice_id, text))
    assert passed == []


def test_there_are_more_than_thirty_ways_to_spoil_a_take() -> None:
    assert len(DAMAGES) >= 30


def takes() -> Iterator[tuple[str, str]]:
    """Every third line of the sample posts goes to one voice, the next ones to the next."""
    lines = sample_lines()
    order = ("flite-rms", "flite-kal16", "tone", "flite-slt", "espeak-en-us", "flite-awb", "espeak-en-gb")
    for place, text in enumerate(lines[::3]):
        yield order[place % len(order)], text


@pytest.mark.slow
def test_good_speech_passes() -> None:
    found = [(voice_id, text, fault) for voice_id, text in takes() if (fault := find_fault(*say(voice_id, text)))]
    assert found == []
    assert sum(1 for _ in takes()) >= 60


@pytest.mark.parametrize("voice_id", [*VOICES, "tone"])
@pytest.mark.parametrize(
    "text", ["I.", "So…", "A — b.", "No, no, no, no, no.", "GPU", "WWW, HTTP and NASA.", "very " * 20]
)
def test_short_and_odd_lines_pass(voice_id: str, text: str) -> None:
    assert find_fault(*say(voice_id, text.strip())) is None


@pytest.mark.parametrize("voice_id", VOICES)
@pytest.mark.parametrize("speed", [0.7, 1.6])
def test_a_speed_that_was_asked_for_is_no_fault(voice_id: str, speed: float) -> None:
    assert find_fault(*say(voice_id, LINES[0], speed=speed)) is None


def test_a_speed_that_was_not_asked_for_is_one() -> None:
    line, spoken, rate_hz = say("flite-rms", LINES[0], speed=3.0)
    assert find_fault(replace(line, speed=1.0), spoken, rate_hz) is not None


def test_a_fault_is_said_in_a_line_that_names_the_word() -> None:
    line, spoken, rate_hz = good("flite-rms", LINES[0])
    fault = find_fault(line, DAMAGES["a word falls out"](spoken, np.random.default_rng(1)), rate_hz)
    assert fault is not None
    assert fault.kind == "unheard word"
    assert "'travel'" in fault.why or "nothing is heard where" in fault.why


@pytest.mark.parametrize(
    ("word", "letters"),
    [("map", 3), ("Map", 3), ("I", 1), ("NASA", 12), ("isn't", 4), ("1999", 16), ("—", 0), ("f,g,h", 17)],
)
def test_letters_count_the_most_there_may_be_to_say(word: str, letters: int) -> None:
    assert most_letters(word) == letters


def test_the_level_of_speech_leaves_pauses_out() -> None:
    hum = np.full(16_000, 0.1, np.float32)
    with_pause = np.concatenate([hum, np.zeros(48_000, np.float32), hum])
    assert speech_level_db(with_pause, 16_000) == pytest.approx(speech_level_db(hum, 16_000)) == pytest.approx(-20)
    assert speech_level_db(np.zeros(100, np.float32), 16_000) == -100
    assert speech_level_db(np.zeros(0, np.float32), 16_000) == -100
