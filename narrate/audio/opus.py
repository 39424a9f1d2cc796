"""Mastered sound -> an Ogg Opus file with chapters, for slow lines: about 30 kb/s, a third of the MP3.

The coder is Opus' CELT layer ("lowdelay") at its lowest complexity. On this project's voices it was as near to the
source as the speech layer at 24 kb/s, and took less than half the time (docs/performance.md).

Chapters are Vorbis comments, CHAPTER000=HH:MM:SS.mmm with NAME and URL (wiki.xiph.org/Chapter_Extension), written as
plain tags: ffmpeg's own chapters come out up to a second late in Ogg.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Event

from narrate.audio.encode import Pcm, disk_errors, find_ffmpeg, run_ffmpeg
from narrate.errors import EncodeFailed

BITRATE = "32k"
#: AntennaPod reads a chapter's number as two digits.
MAX_CHAPTERS = 100
_CODING = ("-c:a", "libopus", "-b:a", BITRATE, "-application", "lowdelay", "-compression_level", "0")
#: Rates that Opus takes as they are; anything else is brought to the next one.
_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
_CLOCK_HZ = 48_000  # of an Ogg Opus file, whatever went in (RFC 7845)
_TAIL_BYTES = 1 << 17  # more than an Ogg page
_TOLERATED_S = 0.005

Tags = Sequence[tuple[str, str]]


def chapter_tags(chapters: Sequence[tuple[int, str, str | None]]) -> Tags:
    """(start in ms, title, address or None) -> comments; none at all for more than apps can read."""
    if len(chapters) > MAX_CHAPTERS:
        return ()
    tags = []
    for number, (start_ms, title, url) in enumerate(chapters):
        seconds, ms = divmod(start_ms, 1000)
        name = f"CHAPTER{number:03}"
        tags.append((name, f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"))
        tags.append((f"{name}NAME", title))
        if url:
            tags.append((f"{name}URL", url))
    return tags


def encode_opus(chunks: Iterable[Pcm], rate_hz: int, out_path: Path, tags: Tags, stop: Event | None = None) -> Path:
    """Mono sound -> `out_path`; the same sound and tags give the same bytes on the same ffmpeg.

    Raises FfmpegMissing, EncodeFailed, DiskFull, and StoppedError when somebody sets `stop`; then there is no file.
    """
    to_hz = next((rate for rate in _RATES_HZ if rate >= rate_hz), _RATES_HZ[-1])
    comments = [part for name, value in tags for part in ("-metadata", f"{name}={value}")]
    # bitexact: no version of ffmpeg in the tags, no random number in the pages
    exact = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "opus")
    coding = ("-ar", str(to_hz), *_CODING, *exact, *comments)
    try:
        with disk_errors(out_path):
            fed_s = run_ffmpeg(find_ffmpeg(), chunks, rate_hz, out_path, coding, stop or Event()) / rate_hz
            heard_s = _length_s(out_path)
        if abs(heard_s - fed_s) > _TOLERATED_S:
            raise EncodeFailed(
                f"ffmpeg made {heard_s:.2f} s of Opus from {fed_s:.2f} s of sound; try again, or install another ffmpeg"
            )
    except BaseException:
        out_path.unlink(missing_ok=True)
        raise
    return out_path


def _length_s(path: Path) -> float:
    """What a player hears: the last page's clock less what the head says is to be skipped (RFC 7845, 4.2)."""
    with path.open("rb") as file:
        head = file.read(_TAIL_BYTES)
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = file.read()
    at, last = head.find(b"OpusHead"), tail.rfind(b"OggS")
    if at < 0 or last < 0:
        raise EncodeFailed("ffmpeg wrote no Ogg Opus file; install one with libopus")
    skipped = int(struct.unpack_from("<H", head, at + 10)[0])
    clock = int(struct.unpack_from("<q", tail, last + 6)[0])
    return (clock - skipped) / _CLOCK_HZ
