"""Reference sounds and the word of whose voice it is, for tests of cloned voices."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

import voices
from voices.consent import digest_of


def write_sound(path: Path, samples: np.ndarray, rate_hz: int) -> None:
    """int16 samples, shape (n,) or (n, channels), as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1 if samples.ndim == 1 else samples.shape[1], 2, rate_hz, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())


def write_consent(voice: voices.Voice, **changes: str) -> None:
    """A consent beside a voice's reference sound; `changes` are TOML by field, "" leaves one out."""
    fields = {
        "voice_of": '"Anna Example"',
        "purpose": '"Reading posts in the podcast"',
        "agreed_on": "2026-03-01",
        "until": "2028-02-29",
        "contact": '"anna@example.org"',
        "sound_sha256": f'"{digest_of(Path(voice.reference))}"',
    } | changes
    text = "\n".join(f"{name} = {value}" for name, value in fields.items() if value)
    Path(f"{voice.reference}.consent.toml").write_text(text, encoding="utf-8")
