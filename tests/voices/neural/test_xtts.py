"""A tiny XTTS of random weights: it loads, speaks for the speakers it was given, and is ruled by the seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import voices
from tests.tiny_models import tiny_xtts
from voices import Line

TEXT = "The map is not the territory."


@pytest.mark.slow
def test_a_tiny_xtts_speaks_for_its_speakers_as_the_seed_says(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = voices.find(f"coqui:{tiny_xtts('Ann', 'Bob')}#Ann")
    monkeypatch.setenv("NARRATE_PRECISION", "bfloat16")
    assert voices.fingerprint(voice).precision == "float32"  # whatever is asked for
    engine = voices.load(voice)
    line = Line(id="x", text=TEXT, speaker="Ann", seed=1)
    one, same, other = (next(iter(engine.speak([asked]))) for asked in (line, line, replace(line, seed=2)))
    assert np.array_equal(one.sound.samples, same.sound.samples)
    assert one.sound.n_samples != other.sound.n_samples or not np.array_equal(one.sound.samples, other.sound.samples)
    assert [TEXT[word.start_char : word.end_char] for word in one.words] == TEXT.split()
    assert all(word.start_sample < word.end_sample <= one.sound.n_samples for word in one.words)
    with pytest.raises(voices.UnknownVoice, match="no speaker 'Eve'"):
        list(engine.speak([replace(line, speaker="Eve")]))


@pytest.mark.parametrize(
    ("content", "says"), [(b"torn", "can't be read"), ({}, "names no speaker"), ({"Ann": {}}, "lacks its latents")]
)
def test_a_wrong_file_of_speakers_is_one_clear_line(tmp_path: Path, content: object, says: str) -> None:
    from voices.neural.xtts_voice import read_speakers

    path = tmp_path / "speakers_xtts.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(voices.VoiceUnavailable, match=says):
        read_speakers(path)
