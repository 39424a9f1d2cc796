"""The audiobook file: sounds where the chapters say they are, for readers that aren't ours; in both chapter forms."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutagen.mp4 import MP4

from feeds import draw_cover
from narrate.audio.m4b import MAX_CHAPTERS, MAX_TITLE_BYTES, encode_all, fit_title, write_m4b
from narrate.audio.sounds import Mark, Piece, Recording, Take
from narrate.audio.takes import Takes
from narrate.errors import TakeMissing

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100


def burst(takes: Takes, name: str, rate_hz: int, seconds: float = 1.0) -> Recording:
    """A tone of `seconds` after half a second of silence, in a recording that ends a bit after no round number."""
    n = round(seconds * rate_hz)
    pcm = (np.sin(2 * np.pi * 440 * np.arange(n) / rate_hz) * 12000).astype(np.int16)
    key = sha256(name.encode()).hexdigest()
    takes.write(Take(key=key, rate_hz=rate_hz, pcm=pcm, words=()))
    piece = Piece(utterance_id="u", take_key=key, start_sample=rate_hz // 2, n_samples=n)
    mark = Mark(title=name, level=1, anchor=None, start_sample=0)
    return Recording(rate_hz=rate_hz, n_samples=rate_hz // 2 + n + 777, pieces=(piece,), marks=(mark,))


def chapters_of(path: Path) -> list[tuple[float, str]]:
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
    return [(float(c["start_time"]), c["tags"]["title"]) for c in found]


def nero_chapters_of(path: Path) -> list[tuple[float, str]]:
    """From moov.udta.chpl, by hand: version 1, 4 reserved bytes, a count, then 100 ns, a length and a title each."""
    content = path.read_bytes()
    at = content.index(b"chpl") + 12
    rows = []
    n_rows, at = content[at], at + 1
    for _ in range(n_rows):
        start, length = struct.unpack_from(">QB", content, at)
        rows.append((start / 1e7, content[at + 9 : at + 9 + length].decode()))
        at += 9 + length
    return rows


def write(folder: Path, aac: Path, chapters: Sequence[tuple[int, str]], end_ms: int, **tags: str) -> Path:
    cover = draw_cover("A book", "Ana", seed_text="a")
    return write_m4b(aac, chapters, end_ms, tags, cover, folder / "book.m4b")


@pytest.mark.slow
def test_each_recording_is_heard_where_it_was_placed_and_nothing_drifts(
    takes: Takes, tmp_path: Path, decode: Callable[..., np.ndarray]
) -> None:
    rates = (16_000, 24_000, 22_050) * 4
    recordings = [burst(takes, f"a{n}", rate, 0.5 + n / 7) for n, rate in enumerate(rates)]
    aac, placed = encode_all([partial(lambda r: r, r) for r in recordings], takes, tmp_path)
    book = write(tmp_path, aac, [(p.start_ms, f"Part {n}") for n, p in enumerate(placed)], placed[-1].end_ms)
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(book), "-f", "s16le", "-ac", "1", "-"], capture_output=True, check=True
    ).stdout
    sound = np.abs(np.frombuffer(raw, "<i2").astype(float)) > 1500
    for place, recording in zip(placed, recordings, strict=True):
        expected_s = place.sound_ms / 1000 + recording.pieces[0].start_sample / recording.rate_hz
        around = round((expected_s - 0.3) * 44_100)
        heard_s = (around + int(np.argmax(sound[around:]))) / 44_100
        assert heard_s == pytest.approx(expected_s, abs=0.01)
    assert [at for at, _ in chapters_of(book)] == pytest.approx([p.start_ms / 1000 for p in placed], abs=0.001)


@pytest.mark.slow
def test_both_chapter_lists_agree_and_tags_and_cover_are_there(takes: Takes, tmp_path: Path) -> None:
    aac, (placed,) = encode_all([partial(burst, takes, "b", 16_000, 3.0)], takes, tmp_path)
    titles = ["A = B; #1 \\ more", "👩‍🔬 & Zoë", "עדה", "x" * 200]
    chapters = [(n * 700, title) for n, title in enumerate(titles)]
    tags = {"title": "T; = x", "artist": "Ana\nBo", "composer": "A voice", "media_type": "2", "date": "2026-01-02"}
    book = write(tmp_path, aac, chapters, placed.end_ms, **tags)
    expected = [(pytest.approx(start / 1000, abs=0.001), fit_title(title)) for start, title in chapters]
    assert chapters_of(book) == nero_chapters_of(book) == expected
    found: Any = MP4(book)
    assert (found["\xa9nam"], found["\xa9ART"], found["\xa9wrt"]) == (["T; = x"], ["Ana\nBo"], ["A voice"])
    assert found["stik"] == [2]
    assert len(found["covr"]) == 1
    content = book.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert not list(tmp_path.glob(".*part"))


@pytest.mark.slow
def test_as_many_chapters_as_the_format_holds(takes: Takes, tmp_path: Path) -> None:
    aac, (placed,) = encode_all([partial(burst, takes, "c", 16_000, 3.0)], takes, tmp_path)
    chapters = [(n * 10, f"Chapter {n} {'ü' * 70}") for n in range(MAX_CHAPTERS)]
    book = write(tmp_path, aac, chapters, placed.end_ms)
    assert len(chapters_of(book)) == len(nero_chapters_of(book)) == MAX_CHAPTERS
    with pytest.raises(ValueError, match="256 chapters"):
        write_m4b(aac, [*chapters, (9999, "x")], placed.end_ms, {}, JPEG, tmp_path / "b.m4b")


@pytest.mark.slow
def test_a_recording_whose_sound_is_gone_leaves_no_book(takes: Takes, tmp_path: Path) -> None:
    there = burst(takes, "d", 16_000)
    gone = Recording(
        rate_hz=16_000, n_samples=20_000, marks=there.marks,
        pieces=(Piece(utterance_id="u", take_key="e" * 64, start_sample=0, n_samples=9),),
    )  # fmt: skip
    with pytest.raises(TakeMissing):
        encode_all([partial(lambda r: r, r) for r in (there, gone)], takes, tmp_path)


@pytest.mark.parametrize("title", ["short", "x" * 127, "x" * 128, "ü" * 64, "👩‍🔬" * 30])
def test_a_title_fits_into_what_apps_read(title: str) -> None:
    fitted = fit_title(title)
    assert len(fitted.encode()) <= MAX_TITLE_BYTES
    assert fitted == title or (fitted.endswith("…") and title.startswith(fitted[:-1]))
