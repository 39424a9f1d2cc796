"""Sound -> mel spectrogram, as torchaudio's `MelSpectrogram` makes it: what XTTS hears of a voice it is shown.

torchaudio itself can't be had on machines whose torch is a build for processors (tts_package.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch


class MelSpectrogram(torch.nn.Module):  # type: ignore[misc]  # torch is untyped here
    """float32 (..., n_samples) -> (..., n_mels, 1 + n_samples // hop_length). Mels by HTK's formula.

    With `norm="slaney"` each band is divided by its width. Nothing of it is in a file of weights.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        n_fft: int,
        win_length: int,
        hop_length: int,
        n_mels: int,
        f_min: float = 0.0,
        f_max: float | None = None,
        power: float = 2.0,
        normalized: bool = False,
        norm: str | None = None,
        window_fn: Callable[[int], Any] = torch.hann_window,
    ) -> None:
        super().__init__()
        self._n_fft, self._hop, self._power, self._normalized = n_fft, hop_length, power, normalized
        self.register_buffer("window", window_fn(win_length), persistent=False)
        bands = _bands(sample_rate, n_fft, n_mels, f_min, f_max or sample_rate / 2, is_even=norm == "slaney")
        self.register_buffer("bands", bands, persistent=False)

    def forward(self, sound: Any) -> Any:
        flat = sound.reshape(-1, sound.shape[-1])
        spectrum = torch.stft(
            flat, self._n_fft, self._hop, len(self.window), window=self.window, pad_mode="reflect", return_complex=True
        )
        if self._normalized:
            spectrum = spectrum / self.window.square().sum().sqrt()
        mels = torch.matmul(self.bands, spectrum.abs().pow(self._power))
        return mels.reshape(*sound.shape[:-1], *mels.shape[-2:])


def _bands(rate_hz: int, n_fft: int, n_mels: int, low_hz: float, high_hz: float, *, is_even: bool) -> Any:
    """Triangles over a spectrum's bins, evenly spaced in mels: float32 (n_mels, n_fft // 2 + 1)."""
    mels = torch.linspace(_mel(low_hz), _mel(high_hz), n_mels + 2, dtype=torch.float64)
    edges_hz = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    bins_hz = torch.linspace(0, rate_hz // 2, n_fft // 2 + 1, dtype=torch.float64)
    left, middle, right = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    up, down = (bins_hz - left) / (middle - left), (right - bins_hz) / (right - middle)
    bands = torch.minimum(up, down).clamp(min=0.0)
    return (bands * (2.0 / (right - left)) if is_even else bands).float()


def _mel(hz: float) -> float:
    return 2595.0 * math.log10(1.0 + hz / 700.0)
