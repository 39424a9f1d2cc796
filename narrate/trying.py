"""A text -> a sound to try a voice with, read as a post would be. For ears, never for episodes."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import numpy as np

import voices
from narrate.errors import PostEmpty, UsageError
from narrate.records import Author, Post, PostKey, Utterance
from narrate.script import ScriptOptions, write
from voices import Line, Waveform

#: Programs that play a WAV file and end, most likely one first.
_PLAYERS = (
    ("paplay",), ("pw-play",), ("aplay", "-q"), ("afplay",), ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
)  # fmt: skip


def read_text(text: str, options: ScriptOptions) -> tuple[Utterance, ...]:
    """Written words -> what is said of them, with the pronunciations that a post would get. UsageError for no words."""
    post = Post(
        key=PostKey.parse("file:a-sample"),
        url="",
        site="",
        title="A sample",
        authors=(Author(name="anonymous"),),
        posted_at=None,
        html="".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.splitlines() if paragraph.strip()),
        revision="",
        fetched_at=datetime(2000, 1, 1, tzinfo=UTC),
    )
    try:
        script = write(post, options)
    except PostEmpty:
        script = None
    said = tuple(u for u in script.utterances if u.block is not None) if script else ()
    if not said:
        raise UsageError("There is nothing to say in that text. Give it some words.")
    return said


def speak(utterances: tuple[Utterance, ...], voice_id: str) -> Waveform:
    """Utterances with their pauses, said in this process."""
    voice = voices.best() if voice_id == "auto" else voices.find(voice_id)
    engine = voices.load(voice)
    lines = [
        Line(
            id=u.id,
            text=u.spoken,
            speaker=voice.speaker,
            pronunciations=tuple((p.start, p.end, p.ipa) for p in u.pronunciations),
        )
        for u in utterances
    ]
    said = {spoken.line_id: spoken.sound.samples for spoken in engine.speak(lines)}
    pieces: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
    for u in utterances:
        pieces += [said[u.id], np.zeros(round(u.pause_after_s * engine.rate_hz), np.float32)]
    return Waveform(np.concatenate(pieces[:-1]), engine.rate_hz)


def play(path: Path) -> bool:
    """Play a WAV file and wait for its end. False when there is no player, or the one there is can't."""
    for program, *options in _PLAYERS:
        if shutil.which(program) is not None:
            done = subprocess.run([program, *options, str(path)], stderr=subprocess.DEVNULL, check=False)
            if done.returncode == 0:
                return True
    return False
