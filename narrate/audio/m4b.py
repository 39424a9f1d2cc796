"""Recordings -> one M4B audiobook with chapters: AAC at 64 kb/s, spoken once, coded once, in memory that stays flat.

Each recording is mastered from its takes and coded by a child of its own into ADTS, a run of frames of 1,024 samples
that needs no container; their files are appended, and the chapters' places are counted in frames, so nothing drifts.
ffmpeg then writes the MP4: chapters as a QuickTime text track and as Nero's list (`moov.udta.chpl`), which some apps
read alone, the cover, the tags, and the index in front of the sound.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from narrate.audio.encode import convert, disk_errors, find_ffmpeg, pcm_of, run_ffmpeg
from narrate.audio.finish import gain_of
from narrate.audio.master import limit, stream
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes
from narrate.errors import EncodeFailed

RATE_HZ = 44_100
BITRATE_BPS = 64_000
#: Nero's list counts its chapters in one byte, and titles in one that AntennaPod reads with a sign.
MAX_CHAPTERS = 255
MAX_TITLE_BYTES = 127
_FRAME_SAMPLES = 1024
#: What ffmpeg's coder puts before the sound, and ADTS has no way to say.
_PRIMING_SAMPLES = 1024
_CODING = ("-af", f"aresample={RATE_HZ}:filter_size=64", "-c:a", "aac", "-b:a", str(BITRATE_BPS), "-f", "adts")
_MOST_CHILDREN = 8
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a recording came to stand: milliseconds from the book's start."""

    start_ms: int
    sound_ms: int  # where its own first sample is: the coder's priming lies before it
    end_ms: int


def encode_all(
    recordings: Sequence[Callable[[], Recording]],
    takes: Takes,
    folder: Path,
    on_part: Callable[[int], None] = lambda _: None,
) -> tuple[Path, list[Placed]]:
    """Code recordings, several side by side, into one ADTS file in `folder`; each is read when its turn comes.

    `on_part` gets the number of each that is done. Raises TakeMissing, AudioError, DiskFull.
    """
    ffmpeg, whole, stop = find_ffmpeg(), folder / "whole.aac", Event()
    n_children = min(len(recordings), os.cpu_count() or 1, _MOST_CHILDREN)
    placed: list[Placed] = []
    n_frames = 0

    def code(number: int) -> Path:
        recording = recordings[number]()
        path = folder / f"{number}.aac"
        mastered = limit(stream(recording, takes), gain_of(recording, takes), recording.rate_hz)
        run_ffmpeg(ffmpeg, map(pcm_of, mastered), recording.rate_hz, path, _CODING, stop)
        return path

    with disk_errors(whole), whole.open("wb") as file, ThreadPoolExecutor(n_children) as pool:
        coded: list[Future[Path]] = []
        try:
            for number in range(len(recordings)):
                # a few ahead and no more: what waits to be appended takes room
                while len(coded) < min(number + 2 * n_children, len(recordings)):
                    coded.append(pool.submit(code, len(coded)))
                path = coded[number].result()
                n_more = _append(path, file.write)
                path.unlink()
                placed.append(_placed(n_frames, n_more))
                n_frames += n_more
                on_part(number)
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
    return whole, placed


def _placed(n_before: int, n_frames: int) -> Placed:
    start = n_before * _FRAME_SAMPLES
    starts = (start, start + _PRIMING_SAMPLES, start + n_frames * _FRAME_SAMPLES)
    return Placed(*(round(samples * 1000 / RATE_HZ) for samples in starts))


def _append(path: Path, write: Callable[[bytes], object]) -> int:
    """Hand an ADTS file on; how many frames it has. Raises EncodeFailed for anything else (ISO 13818-7, 6.2)."""
    n_frames = 0
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_READ_BYTES):
            write(chunk)
            held = rest + chunk
            at = 0
            while at + 7 <= len(held):
                if held[at] != 0xFF or held[at + 1] & 0xF6 != 0xF0:
                    raise EncodeFailed("ffmpeg wrote no proper AAC; install another ffmpeg")
                size = (held[at + 3] & 3) << 11 | held[at + 4] << 3 | held[at + 5] >> 5
                if at + size > len(held):
                    break
                at += size
                n_frames += 1
            rest = held[at:]
    if rest or not n_frames:
        raise EncodeFailed("ffmpeg wrote an AAC file that ends in the middle; try again")
    return n_frames


def write_m4b(
    aac: Path,
    chapters: Sequence[tuple[int, str]],
    end_ms: int,
    tags: Mapping[str, str],
    cover_jpeg: bytes,
    out_path: Path,
) -> Path:
    """Put ADTS, chapters (start in ms, title), tags and cover into `out_path`, which appears whole or not at all.

    `tags` by ffmpeg's names for MP4. Raises ValueError for more chapters than the format holds, EncodeFailed, DiskFull.
    """
    if not 0 < len(chapters) <= MAX_CHAPTERS:
        raise ValueError(f"{len(chapters)} chapters; an M4B holds 1 to {MAX_CHAPTERS}")
    folder = aac.parent
    about, cover, made = folder / "about.txt", folder / "cover.jpg", out_path.with_name(f".{out_path.name}.part")
    ends = [start for start, _ in chapters[1:]] + [end_ms]
    lines = [";FFMETADATA1", *(f"{name}={_escaped(value)}" for name, value in tags.items() if value)]
    for (start, title), end in zip(chapters, ends, strict=True):
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", f"title={_escaped(fit_title(title))}"]
    try:
        with disk_errors(out_path):
            about.write_text("\n".join(lines) + "\n", encoding="utf-8")
            cover.write_bytes(cover_jpeg)
            sources = ("-f", "aac", "-i", str(aac), "-f", "ffmetadata", "-i", str(about), "-i", str(cover))
            taken = ("-map", "0:a", "-map", "2:v", "-map_metadata", "1", "-map_chapters", "1")
            coding = ("-c", "copy", "-bsf:a", "aac_adtstoasc", "-disposition:v:0", "attached_pic")
            exact = ("-fflags", "+bitexact", "-movflags", "+faststart", "-f", "ipod")
            convert(find_ffmpeg(), (*sources, *taken, *coding, *exact, str(made)))
            made.replace(out_path)
    finally:
        made.unlink(missing_ok=True)
    return out_path


def fit_title(title: str) -> str:
    """A title of at most 127 bytes of UTF-8, cut at a character with "…" after it."""
    if len(title.encode()) <= MAX_TITLE_BYTES:
        return title
    room = MAX_TITLE_BYTES - len("…".encode())
    return title.encode()[:room].decode(errors="ignore").rstrip() + "…"


def _escaped(text: str) -> str:
    """As ffmpeg's metadata files want it."""
    for sign in ("\\", "=", ";", "#", "\n"):
        text = text.replace(sign, f"\\{sign}")
    return text
