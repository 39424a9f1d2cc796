"""What a cloned voice is made from is read, or refused with what to do."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

import voices
from tests.consents import write_sound
from voices.reference import read_reference


def test_channels_are_mixed_and_the_rate_is_kept(tmp_path: Path) -> None:
    left = np.full(48_000 * 3, 8192, np.int16)
    write_sound(tmp_path / "a.wav", np.stack([left, left * 0], axis=1), 48_000)
    sound = read_reference(tmp_path / "a.wav")
    assert (sound.rate_hz, sound.n_samples) == (48_000, 48_000 * 3)
    assert set(sound.samples.tolist()) == {0.125}


@pytest.mark.parametrize(
    ("samples", "says"),
    [(np.full(16_000, 900, np.int16), "lasts 1.0 s"), (np.zeros(64_000, np.int16), "is silent")],
)
def test_what_says_nothing_of_a_voice_is_refused(tmp_path: Path, samples: np.ndarray, says: str) -> None:
    write_sound(tmp_path / "a.wav", samples, 16_000)
    with pytest.raises(voices.VoiceUnavailable, match=says):
        read_reference(tmp_path / "a.wav")


@pytest.mark.parametrize("content", [b"", b"RIFF", b"ID3 an MP3", b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_another_kind_of_file_is_refused_with_the_way_to_make_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(voices.VoiceUnavailable, match=r"WAV file .*ffmpeg -i RECORDING -c:a pcm_s16le a\.wav"):
        read_reference(tmp_path / "a.wav")


@pytest.mark.parametrize("width", [1, 3, 4])
def test_other_widths_are_refused_with_the_way_to_make_one(tmp_path: Path, width: int) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, width, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(width * 64_000))
    with pytest.raises(voices.VoiceUnavailable, match=f"{8 * width} bits"):
        read_reference(tmp_path / "a.wav")


def test_a_torn_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_sound(path, np.tile(np.array([900, -900], np.int16), 40_000), 16_000)
    path.write_bytes(path.read_bytes()[:-33])
    assert read_reference(path).duration_s == pytest.approx(5, abs=0.01)
