"""Another pitch: measured, and clean."""

from __future__ import annotations

import numpy as np
import pytest

import voices
from voices import Line, Spoken
from voices.faults import find_fault
from voices.pitch import at_pitch

TEXT = "The map is not the territory, but whoever wants to travel needs a map, and a good one is worth its price."


def say(speed: float = 1.0) -> tuple[Line, Spoken]:
    voice = voices.find("flite-slt")
    line = Line(id="x", text=TEXT, speaker=voice.speaker, speed=speed)
    return line, next(iter(voices.load(voice).speak([line])))


def pitch_hz(spoken: Spoken) -> float:
    """The median over voiced 40 ms of the lag at which the sound is most like itself."""
    x, rate_hz = spoken.sound.samples, spoken.sound.rate_hz
    n, found = round(0.04 * rate_hz), []
    for start in range(0, len(x) - 2 * n, n):
        piece = x[start : start + 2 * n]
        likeness = np.correlate(piece, piece[:n], "valid") / max(float(piece[:n] @ piece[:n]), 1e-6)
        low, high = round(rate_hz / 300), round(rate_hz / 70)
        lag = low + int(likeness[low:high].argmax())
        if likeness[lag] > 0.8:
            found.append(rate_hz / lag)
    return float(np.median(found))


@pytest.mark.parametrize("pitch", [0.89, 0.94, 1.07, 1.12])
def test_the_pitch_moves_and_the_tempo_stays(pitch: float) -> None:
    _, natural = say()
    line, slower = say(speed=1 / pitch)
    other = at_pitch(slower, pitch)
    assert pitch_hz(other) / pitch_hz(natural) == pytest.approx(pitch, rel=0.025)
    assert other.sound.duration_s / natural.sound.duration_s == pytest.approx(1, rel=0.06)
    assert other.sound.rate_hz == natural.sound.rate_hz
    assert find_fault(Line(id="x", text=TEXT, speaker="slt"), other, other.sound.rate_hz) is None
    assert [TEXT[w.start_char : w.end_char] for w in other.words] == TEXT.split()
    assert line.speed == 1 / pitch
