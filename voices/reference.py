"""The sound that a cloned voice is made from: a WAV file of 16 bits, of one speaker and nothing else."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from voices.engine import VoiceUnavailable
from voices.waveform import Waveform

_SHORTEST_S = 3.0
_QUIETEST = 0.01  # of full scale, the loudest sample


def read_reference(path: Path) -> Waveform:
    """A WAV file's sound, its channels mixed to one. VoiceUnavailable when nothing can be learnt from it."""
    try:
        with wave.open(str(path), "rb") as file:
            n_channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as cause:
        raise VoiceUnavailable(f"{path} can't be read as a WAV file ({cause}); {_how(path)}") from cause
    if width != 2:
        raise VoiceUnavailable(f"{path} has {8 * width} bits a sample, and 16 are read; {_how(path)}")
    whole = data[: len(data) // (2 * n_channels) * 2 * n_channels]
    samples = np.frombuffer(whole, "<i2").reshape(-1, n_channels).mean(axis=1, dtype=np.float32) / np.float32(32768)
    sound = Waveform(samples, rate_hz)
    if sound.duration_s < _SHORTEST_S:
        raise VoiceUnavailable(f"{path} lasts {sound.duration_s:.1f} s; a voice takes {_SHORTEST_S:.0f} s at least")
    if float(np.abs(samples).max()) < _QUIETEST:
        raise VoiceUnavailable(f"{path} is silent; take a recording in which somebody speaks")
    return sound


def _how(path: Path) -> str:
    return f"make one with: ffmpeg -i RECORDING -c:a pcm_s16le {path.name}"
