"""A spoken line at another rate, or in another pitch: the sound resampled, its words moved along. Pure."""

from __future__ import annotations

from dataclasses import replace

from voices.engine import Spoken
from voices.waveform import Waveform, resample


def at_rate(spoken: Spoken, rate_hz: int) -> Spoken:
    """The same speech with so many samples a second."""
    return _with(spoken, resample(spoken.sound, rate_hz))


def at_pitch(spoken: Spoken, pitch: float) -> Spoken:
    """The same speech played so much faster: 1.06 is a semitone up, and a semitone's worth shorter.

    Formants move along, as they do between people. Who wants the tempo to stay asks the engine for slower speech.
    """
    steps = round(1000 * pitch)
    faster = resample(Waveform(spoken.sound.samples, steps), 1000)
    return _with(spoken, Waveform(faster.samples, spoken.sound.rate_hz))


def _with(spoken: Spoken, sound: Waveform) -> Spoken:
    share = sound.n_samples / max(spoken.sound.n_samples, 1)

    def moved(sample: int) -> int:
        return min(round(sample * share), sound.n_samples)

    words = tuple(replace(w, start_sample=moved(w.start_sample), end_sample=moved(w.end_sample)) for w in spoken.words)
    return replace(spoken, sound=sound, words=words)
