"""A tiny XTTS of random weights: it loads, speaks for the speakers it was given, and is ruled by the seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import voices
from tests.consents import write_consent, write_sound
from tests.tiny_models import tiny_vits, tiny_xtts
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


@pytest.mark.slow
def test_a_tiny_xtts_speaks_as_the_sound_it_is_shown_says(tmp_path: Path) -> None:
    (anna, other), model = shown(tmp_path), f"coqui:{tiny_xtts('Ann', 'Bob')}#Ann"
    prints = {voices.fingerprint(voice).weights_digest for voice in (anna, other, voices.find(model))}
    assert len(prints) == 3  # another sound makes other takes
    engine, as_other = voices.load(anna), voices.load(other)
    Path(anna.reference).unlink()  # it was heard once, and isn't asked for again
    line = Line(id="x", text=TEXT, speaker="Anna", seed=1)
    one, same, unlike = (next(iter(by.speak([line]))).sound.samples for by in (engine, engine, as_other))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, unlike)
    assert list(engine.speak([replace(line, speaker="Bob")]))
    with pytest.raises(voices.VoiceUnavailable, match="isn't there"):
        voices.load(anna)


def test_a_model_that_can_not_be_shown_a_voice_says_so(tmp_path: Path) -> None:
    cloned = replace(shown(tmp_path)[0], weights=str(tiny_vits()))
    assert "a VITS model hears none" in (voices.why_unavailable(cloned) or "")


def shown(folder: Path) -> tuple[voices.Voice, voices.Voice]:
    """Two voices of one model by sounds of their own, both allowed."""
    made = []
    for hz in (90, 220):
        t = np.arange(16_000 * 4) / 16_000
        path = folder / f"{hz}.wav"
        write_sound(path, 9000 * np.sign(np.sin(2 * np.pi * hz * t)), 16_000)
        model = voices.find(f"coqui:{tiny_xtts('Ann', 'Bob')}#Anna")
        made.append(replace(model, id=f"anna-{hz}", reference=str(path)))
        write_consent(made[-1], until="9999-12-31")
    return made[0], made[1]


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
