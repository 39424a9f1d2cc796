"""How far words and chapters are from where they are heard, in every file of a long episode, by others' decoders.

    python -m tests.benchmarks.long_episode [MINUTES]    (default 180)

A word is a short tone, so that an onset in the decoded sound can be found to the millisecond. Script, takes, plan,
mastering and coders are the real ones; the suite runs the same over a few minutes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from obstore.store import LocalStore

import feeds
from narrate.audio.assemble import assemble, word_times
from narrate.audio.finish import Opus, master_and_encode
from narrate.audio.m4b import encode_all, write_m4b
from narrate.audio.opus import chapter_tags
from narrate.audio.perform import Performance
from narrate.audio.sounds import Recording, Take
from narrate.audio.takes import Takes
from narrate.marks import chapter_marks, ms
from narrate.records import Chapter, PostKey, Script, Utterance
from tests.laid_out import post_of
from voices import WordTime

RATE_HZ = 16_000
_DECODED_HZ = 8_000
_WORD_S, _GAP_S = 0.25, 0.13
_WORDS_A_TAKE = 12
_TAKES_A_CHAPTER = 15
#: A pause that is no whole number of samples, milliseconds or MP3 frames: roundings would add up.
_PAUSE_S = 0.3701


def measure(minutes: float, folder: Path) -> dict[str, float]:
    """The largest distance, in seconds, of any word from its onset and of any chapter from its first word's."""
    takes = Takes(LocalStore(folder))
    script, recording = _make(minutes, takes)
    marks = chapter_marks(post_of(), script, recording)
    words_s = [start / RATE_HZ for _, words in word_times(recording, script, takes) for _, start, _ in words]
    starts_s = [mark.start_ms / 1000 for mark in marks]
    tag = feeds.id3_tag(
        title="T", artist="A", album="S", duration_ms=ms(recording.n_samples, RATE_HZ),
        date=post_of().fetched_at.date(), chapters=marks,
    )  # fmt: skip
    mp3, opus, m4b = (folder / f"a.{kind}" for kind in ("mp3", "opus", "m4b"))
    tags = chapter_tags([(m.start_ms, m.title, m.url) for m in marks])
    made = master_and_encode(recording, takes, tag, mp3, Opus(opus, tags))
    aac, (placed,) = encode_all([partial(_itself, recording)], takes, folder)
    rows = [(0, "Book"), *((placed.sound_ms + m.start_ms, m.title) for m in marks[1:])]
    cover = feeds.draw_cover("T", "A", seed_text="a")
    write_m4b(aac, rows, placed.end_ms, {"title": "T"}, cover, m4b)
    shift_s = placed.sound_ms / 1000
    found = {"minutes": made.duration_ms / 60_000, "words": float(len(words_s)), "chapters": float(len(marks))}
    for name, path, shift in (("mp3", mp3, 0.0), ("opus", opus, 0.0), ("m4b", m4b, shift_s)):
        onsets = _onsets(path)
        assert len(onsets) == len(words_s), f"{name}: {len(onsets)} words heard of {len(words_s)}"
        found[f"{name}_words_s"] = _worst(onsets - shift, words_s)
        firsts = onsets[[np.searchsorted(words_s, start - 0.001) for start in starts_s]] - shift
        read = _opus_chapters(opus) if name == "opus" else _chapters(path)
        assert len(read) == len(marks), f"{name}: {len(read)} chapters of {len(marks)}"
        # the first chapter begins with the file, before its first word
        found[f"{name}_chapters_s"] = _worst(firsts[1:], [start - shift for start in read[1:]])
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return found


def _itself(recording: Recording) -> Recording:
    return recording


def _make(minutes: float, takes: Takes) -> tuple[Script, Recording]:
    """Takes of twelve words in chapters of fifteen takes, until there are so many minutes."""
    pcm, words = _spoken()
    text = " ".join(["word"] * _WORDS_A_TAKE)
    key = sha256(b"long").hexdigest()
    takes.write(Take(key=key, rate_hz=RATE_HZ, pcm=pcm, words=words))
    n_takes = round(minutes * 60 / (len(pcm) / RATE_HZ + _PAUSE_S))
    said = [
        Utterance(id=f"b{n}-0", block=n, written=text, spoken=text, role="prose", pause_after_s=_PAUSE_S)
        for n in range(max(n_takes, 3 * _TAKES_A_CHAPTER))
    ]
    script = Script(
        key=PostKey("lesswrong", "long"), title="Long", authors=("Ana",), source_url="", posted_at=None, revision="",
        text_sha256="", script_version="", voice_roles=(), chapters=tuple(_chapters_of(said)),
    )  # fmt: skip
    lengths = {key: len(pcm)}
    performance = Performance(
        take_keys={u.id: key for u in said}, n_samples=lengths, rate_hz=RATE_HZ, n_spoken=1, n_cached=0
    )
    return script, assemble(script, performance, RATE_HZ)


def _chapters_of(said: Sequence[Utterance]) -> Iterator[Chapter]:
    size = max(_TAKES_A_CHAPTER, -(-len(said) // 99))  # as many as Opus files may have
    for number, start in enumerate(range(0, len(said), size)):
        some = tuple(said[start : start + size])
        yield Chapter(title=f"Chapter {number}", spoken_title="-", anchor=None, level=1, utterances=some)


def _spoken() -> tuple[np.ndarray, tuple[WordTime, ...]]:
    """Twelve tones with gaps between them, and their times."""
    n_word, n_gap = round(_WORD_S * RATE_HZ), round(_GAP_S * RATE_HZ)
    tone = (np.sin(2 * np.pi * 500 * np.arange(n_word) / RATE_HZ) * 9000).astype(np.int16)
    pcm = np.tile(np.concatenate([tone, np.zeros(n_gap, np.int16)]), _WORDS_A_TAKE)[:-n_gap]
    starts = [n * (n_word + n_gap) for n in range(_WORDS_A_TAKE)]
    return pcm, tuple(WordTime(5 * n, 5 * n + 4, at, at + n_word) for n, at in enumerate(starts))


def _onsets(path: Path) -> np.ndarray:
    """When tones begin in a file as ffmpeg decodes it, in seconds: loud after 50 ms of quiet."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-f", "s16le", "-ac", "1"]
    raw = subprocess.run([*command, "-ar", str(_DECODED_HZ), "-"], capture_output=True, check=True).stdout
    loud = np.flatnonzero(np.abs(np.frombuffer(raw, "<i2")) > 1500)
    first = np.diff(loud, prepend=-_DECODED_HZ) > 0.05 * _DECODED_HZ
    return loud[first] / _DECODED_HZ


def _worst(heard: np.ndarray, told: Sequence[float]) -> float:
    return round(float(np.max(np.abs(heard - np.asarray(told)))), 4)


def _chapters(path: Path) -> list[float]:
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return [float(chapter["start_time"]) for chapter in found["chapters"]]


def _opus_chapters(path: Path) -> list[float]:
    from mutagen.oggopus import OggOpus

    tags = OggOpus(path).tags
    assert tags is not None
    stamps = [tags[f"CHAPTER{n:03}"][0].split(":") for n in range(100) if f"CHAPTER{n:03}" in tags]
    return [int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in stamps]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 180, Path(place)), indent=1))
