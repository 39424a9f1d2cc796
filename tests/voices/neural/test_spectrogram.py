"""The spectrogram a cloned voice is heard by is the one its model was trained on: librosa's, which shares no code."""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import pytest
import torch

from voices.neural.spectrogram import MelSpectrogram

#: As XTTS hears a voice, and as its speaker encoder does.
TIMBRE: dict[str, Any] = {"sample_rate": 22_050, "n_fft": 2048, "win_length": 1024, "hop_length": 256, "n_mels": 80}
SPEAKER: dict[str, Any] = {"sample_rate": 16_000, "n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 64}


@pytest.mark.parametrize(
    ("sizes", "norm", "f_max", "window"), [(TIMBRE, "slaney", 8000, "hann"), (SPEAKER, None, None, "hamming")]
)
def test_it_is_the_spectrogram_of_another_library(
    sizes: dict[str, Any], norm: str | None, f_max: float | None, window: str
) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, sizes["sample_rate"] // 2).astype(np.float32)
    make_window = torch.hamming_window if window == "hamming" else torch.hann_window
    ours = MelSpectrogram(**sizes, f_min=0, f_max=f_max, norm=norm, window_fn=make_window)(
        torch.from_numpy(noise)[None]
    )
    theirs = librosa.feature.melspectrogram(
        y=noise, sr=sizes["sample_rate"], n_fft=sizes["n_fft"], win_length=sizes["win_length"],
        hop_length=sizes["hop_length"], n_mels=sizes["n_mels"], window=window, fmin=0, fmax=f_max, htk=True, norm=norm,
        pad_mode="reflect",
    )  # fmt: skip
    assert ours.shape == (1, *theirs.shape)
    np.testing.assert_allclose(ours[0].numpy(), theirs, rtol=2e-3, atol=1e-6)


def test_nothing_of_it_is_asked_of_a_file_of_weights() -> None:
    assert not MelSpectrogram(**SPEAKER).state_dict()
