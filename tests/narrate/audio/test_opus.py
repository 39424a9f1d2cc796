"""The Opus file: as long as its sound, its chapters exact to the millisecond for readers that aren't ours."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from mutagen.oggopus import OggOpus

from narrate.audio.opus import MAX_CHAPTERS, chapter_tags, encode_opus
from narrate.errors import EncodeFailed

STARTS_MS = (0, 13_970, 59_999, 61_500)


def tone(path: Path, seconds: float, rate_hz: int = 16_000) -> Path:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    path.write_bytes((np.sin(2 * np.pi * 220 * t) * 9000).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000])
def test_it_is_as_long_as_the_sound_that_went_in(tmp_path: Path, rate_hz: int) -> None:
    made = encode_opus(tone(tmp_path / "a.pcm", 7.123, rate_hz), rate_hz, tmp_path / "a.opus", ())
    assert OggOpus(made).info.length == pytest.approx(7.123, abs=0.005)


def test_chapters_read_back_as_they_were_given(tmp_path: Path) -> None:
    titles = ("Zoë = “one”; \\ two", "#3", "עדה", "👩‍🔬 & Co")
    given = [(at, title, "https://a.example/#x") for at, title in zip(STARTS_MS, titles, strict=True)]
    tags = [("TITLE", "A = B"), *chapter_tags(given)]
    found = OggOpus(encode_opus(tone(tmp_path / "a.pcm", 62), 16_000, tmp_path / "a.opus", tags)).tags
    assert found is not None
    for number, (at, title, url) in enumerate(given):
        hours, minutes, seconds = found[f"CHAPTER{number:03}"][0].split(":")
        assert round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000) == at
        assert found[f"CHAPTER{number:03}NAME"] == [title]
        assert found[f"CHAPTER{number:03}URL"] == [url]
    assert found["TITLE"] == ["A = B"]


def test_more_chapters_than_apps_read_are_none() -> None:
    rows = [(n * 1000, f"C {n}", None) for n in range(MAX_CHAPTERS + 1)]
    assert chapter_tags(rows) == ()
    assert len(chapter_tags(rows[:-1])) == 2 * MAX_CHAPTERS
    assert re.fullmatch(r"CHAPTER0\d\d", chapter_tags(rows[:-1])[-2][0])


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path) -> None:
    pcm = tone(tmp_path / "a.pcm", 2)
    first, again = (encode_opus(pcm, 16_000, tmp_path / name, (("TITLE", "A"),)) for name in ("a.opus", "b.opus"))
    assert first.read_bytes() == again.read_bytes()


def test_sound_that_isnt_there_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EncodeFailed, match="No such file"):
        encode_opus(tmp_path / "a.pcm", 16_000, tmp_path / "a.opus", ())
    assert list(tmp_path.iterdir()) == []
