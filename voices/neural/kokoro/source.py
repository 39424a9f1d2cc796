"""What the vocoder starts from and ends with: a harmonic source for the pitch, its spectrum, and spectra -> sound.

The source (Wang, Takaki and Yamagishi 2019, "Neural source-filter waveform models") is calculated in float64: a phase
is a sum over the whole line, and its spectrum's angles leap where they pass pi, so that a rounding that differs from
batch to batch would be heard.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn.functional import conv_transpose1d

from voices.neural.kokoro.config import RATE_HZ
from voices.neural.kokoro.extent import Extent

_SINE, _VOICED_NOISE, _UNVOICED_NOISE = 0.1, 0.003, 0.1 / 3  # amplitudes
_VOICED_HZ = 10.0  # below, there is no pitch


def harmonic_source(pitch_hz: Any, weights: Any, bias: Any, noise: Any) -> Any:
    """Pitch (rows, n), harmonics' weights (n_harmonics,), a bias, normal noise (rows, n * hop) -> (rows, n * hop).

    Everything float64. Sines of the pitch and its multiples where there is a voice, noise everywhere, mixed by the
    weights. Each harmonic has noise of its own; their weighted sum is one noise of the weights' norm.
    """
    hop = noise.shape[1] // pitch_hz.shape[1]
    voiced = (pitch_hz > _VOICED_HZ).repeat_interleave(hop, dim=1)
    before, after, share = _between(pitch_hz.shape[1], hop, pitch_hz.device)
    mixed = torch.zeros_like(noise)
    for number, weight in enumerate(weights, 1):
        turns = torch.remainder(pitch_hz * (number / RATE_HZ), 1).cumsum(dim=1) * hop
        mixed += weight * torch.sin(2 * math.pi * torch.lerp(turns[:, before], turns[:, after], share))
    loudness = torch.where(voiced, _VOICED_NOISE, _UNVOICED_NOISE).to(noise.dtype) * torch.linalg.vector_norm(weights)
    return torch.tanh(mixed.mul_(voiced).mul_(_SINE).addcmul_(noise, loudness).add_(bias))


def _between(n: int, hop: int, device: Any) -> tuple[Any, Any, Any]:
    """For every sample the two values it lies between, as each stands in the middle of its hop, and how far along."""
    at = ((torch.arange(n * hop, device=device, dtype=torch.float64) + 0.5) / hop - 0.5).clamp_(0, n - 1)
    before = at.long()
    return before, (before + 1).clamp_(max=n - 1), at - before


class Spectrum:
    """Short-time Fourier transforms of `n_fft` samples every `hop`, by a Hann window, centred, as torch.stft's."""

    def __init__(self, n_fft: int, hop: int, device: str) -> None:
        self._n_fft, self._hop = n_fft, hop
        sample = torch.arange(n_fft, dtype=torch.float64)
        angle = 2 * math.pi / n_fft * torch.outer(sample, torch.arange(n_fft // 2 + 1, dtype=torch.float64))
        self._window = torch.hann_window(n_fft, dtype=torch.float64)
        waves = torch.cat([angle.cos(), -angle.sin()], dim=1)
        self._into = (self._window[:, None] * waves).to(device)
        twice = torch.full((n_fft // 2 + 1,), 2.0, dtype=torch.float64)
        twice[0] = twice[-1] = 1.0
        self._back = (self._into.T * torch.cat([twice, twice])[:, None] / n_fft)[:, None]
        self._overlap = self._window.square()[None, None].to(device)

    def of(self, sound: Any, samples: Extent) -> Any:
        """(rows, n_samples) float64 -> sizes and angles (rows, n_fft + 2, n_samples / hop + 1). Rows end in mirrors."""
        edge = self._n_fft // 2
        place = torch.arange(-edge, samples.length + edge, device=sound.device).abs()
        last = samples.counts[:, 0] - 1
        place = torch.where(place > last, 2 * last - place, place).clamp_(0)
        windows = torch.gather(sound, 1, place).unfold(1, self._n_fft, self._hop)
        real, imaginary = (windows @ self._into).mT.chunk(2, dim=1)
        imaginary[:, 0] = imaginary[:, -1] = 0.0  # where it is nothing but rounding, which would turn pi into -pi;
        imaginary[:, :, 0] = 0.0  # and so it is in the first window, which is its own mirror
        return torch.cat([torch.hypot(real, imaginary), torch.atan2(imaginary, real)], dim=1)

    def back(self, sizes: Any, angles: Any, extent: Extent) -> Any:
        """Sizes and angles, each (rows, n_fft / 2 + 1, n) -> sound (rows, (n - 1) * hop)."""
        waves = extent.clear(torch.cat([sizes * torch.cos(angles), sizes * torch.sin(angles)], dim=1))
        heard = extent.clear(torch.ones_like(waves[:, :1]))
        sound, weight = (
            conv_transpose1d(x, kernel.to(x.dtype), stride=self._hop)[:, 0]
            for x, kernel in ((waves, self._back), (heard, self._overlap))
        )
        edge = self._n_fft // 2
        kept = slice(edge, sound.shape[1] - edge)
        return sound[:, kept] / weight[:, kept].clamp_(min=1e-8)
