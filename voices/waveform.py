"""Sound as an array, and pure helpers on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EDGE_SAMPLES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Mono sound. `samples`: float32, shape (n_samples,), within [-1, 1]; `rate_hz`: samples a second."""

    samples: NDArray[np.float32]
    rate_hz: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.float32 or self.samples.ndim != 1:
            raise ValueError(f"samples must be float32 of shape (n,), not {self.samples.dtype} {self.samples.shape}")
        if self.rate_hz <= 0:
            raise ValueError(f"rate_hz must be positive, not {self.rate_hz}")

    @property
    def n_samples(self) -> int:
        return len(self.samples)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    @classmethod
    def from_pcm16(cls, pcm: bytes | NDArray[np.int16], rate_hz: int) -> Waveform:
        """Little-endian signed 16-bit samples -> Waveform."""
        ints = np.frombuffer(pcm, dtype="<i2") if isinstance(pcm, bytes) else pcm
        return cls(ints.astype(np.float32) / np.float32(32768.0), rate_hz)

    def to_pcm16(self) -> NDArray[np.int16]:
        """int16, shape (n_samples,). Exact inverse of `from_pcm16`; beyond [-1, 1) is clipped."""
        scaled = np.rint(self.samples * np.float32(32768.0))
        clipped: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype(np.int16)
        return clipped


def resample(sound: Waveform, rate_hz: int) -> Waveform:
    """The same sound at another rate: everything below both Nyquist frequencies, exactly; nothing above.

    By a discrete Fourier transform of the whole, with silence around it, since that takes the sound for a circle.
    """
    if sound.rate_hz == rate_hz or not sound.n_samples:
        return Waveform(sound.samples, rate_hz)
    common = math.gcd(sound.rate_hz, rate_hz)
    up, down = rate_hz // common, sound.rate_hz // common
    edge = -(-_EDGE_SAMPLES // down) * down
    n = -(-(sound.n_samples + 2 * edge) // down) * down
    padded = np.zeros(n, np.float32)
    padded[edge : edge + sound.n_samples] = sound.samples
    spectrum = np.fft.rfft(padded)
    n_new = n // down * up
    kept = spectrum[: min(len(spectrum), n_new // 2 + 1)].copy()
    other = np.fft.irfft(kept, n_new) * (up / down)
    start = edge // down * up
    n_samples = -(-sound.n_samples * up // down)
    return Waveform(np.clip(other[start : start + n_samples], -1, 1).astype(np.float32), rate_hz)
