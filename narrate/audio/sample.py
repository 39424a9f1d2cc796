"""A Waveform -> a WAV file that any player opens: for trying voices, never for episodes."""

from __future__ import annotations

import wave
from pathlib import Path

from voices import Waveform


def write_wav(path: Path, sound: Waveform) -> None:
    """16-bit mono PCM. Raises OSError."""
    with path.open("wb") as target, wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate_hz)
        file.writeframes(sound.to_pcm16().astype("<i2").tobytes())
