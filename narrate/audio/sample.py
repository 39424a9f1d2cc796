"""A text -> one Waveform, spoken in this process: for trying voices, never for episodes."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

import voices
from narrate.errors import UsageError
from voices import Line, Waveform


def speak_text(text: str, voice_id: str) -> Waveform:
    """Say plain words. Text over one line's length is said in pieces, cut at spaces. Raises UsageError for no words."""
    voice = voices.best() if voice_id == "auto" else voices.find(voice_id)
    pieces = _pieces(text, voices.MAX_LINE_CHARS)
    if not pieces:
        raise UsageError("There is nothing to say in that text. Give it some words.")
    engine = voices.load(voice)
    lines = [Line(id=str(n), text=piece, speaker=voice.speaker) for n, piece in enumerate(pieces)]
    said = {spoken.line_id: spoken.sound.samples for spoken in engine.speak(lines)}
    return Waveform(np.concatenate([said[line.id] for line in lines]), engine.rate_hz)


def write_wav(path: Path, sound: Waveform) -> None:
    """16-bit mono PCM. Raises OSError."""
    with path.open("wb") as target, wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.rate_hz)
        file.writeframes(sound.to_pcm16().astype("<i2").tobytes())


def _pieces(text: str, limit: int) -> list[str]:
    pieces: list[str] = []
    for word in text.split():
        if not pieces or len(pieces[-1]) + 1 + len(word) > limit:
            pieces.append(word)
        else:
            pieces[-1] += f" {word}"
    return pieces
