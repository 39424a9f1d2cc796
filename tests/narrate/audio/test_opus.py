"""The Opus file: as long as its sound, its chapters exact to the millisecond for readers that aren't ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from mutagen.oggopus import OggOpus

from narrate.audio.encode import Pcm, StoppedError
from narrate.audio.opus import MAX_CHAPTERS, chapter_tags, encode_opus

STARTS_MS = (0, 13_970, 59_999, 61_500)


def tone(seconds: float, rate_hz: int = 16_000) -> list[Pcm]:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.array_split((np.sin(2 * np.pi * 220 * t) * 9000).astype("<i2"), 7)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000])
def test_it_is_as_long_as_the_sound_that_went_in(tmp_path: Path, rate_hz: int) -> None:
    made = encode_opus(tone(7.123, rate_hz), rate_hz, tmp_path / "a.opus", ())
    assert OggOpus(made).info.length == pytest.approx(7.123, abs=0.005)


def test_chapters_read_back_as_they_were_given(tmp_path: Path) -> None:
    titles = ("Zoë = “one”; \\ two", "#3", "עדה", "👩‍🔬 & Co")
    given = [(at, title, "https://a.example/#x") for at, title in zip(STARTS_MS, titles, strict=True)]
    tags = [("TITLE", "A = B"), *chapter_tags(given)]
    found = OggOpus(encode_opus(tone(62), 16_000, tmp_path / "a.opus", tags)).tags
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
    first, again = (encode_opus(tone(2), 16_000, tmp_path / name, (("TITLE", "A"),)) for name in ("a.opus", "b.opus"))
    assert first.read_bytes() == again.read_bytes()


def test_one_that_is_stopped_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    stop = Event()

    def sound() -> Iterator[Pcm]:
        yield from tone(2)
        stop.set()
        yield from tone(2)

    with pytest.raises(StoppedError):
        encode_opus(sound(), 16_000, tmp_path / "a.opus", (), stop)
    assert list(tmp_path.iterdir()) == []
