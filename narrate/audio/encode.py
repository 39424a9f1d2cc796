"""Mastered sound -> an MP3 file with a given tag in front, through one ffmpeg child.

MP3, constant 96 kb/s, 44.1 kHz, mono: what every player takes and seeks in exactly. The same sound gives the same
bytes on the same ffmpeg: no dates, no tags but ours. The file appears under its name whole or not at all.
"""

from __future__ import annotations

import errno
import shutil
import struct
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

import imageio_ffmpeg
import numpy as np

from narrate.audio.master import Samples
from narrate.errors import DiskFull, EncodeFailed, FfmpegMissing

RATE_HZ = 44_100
BITRATE = "96k"

#: LAME turns its input down by this at 96 kb/s (`scale` of abr_switch_map in its presets.c); we turn it up before.
_LAME_SCALE = 0.95

#: `filter_size`: twice the default, so that what a 16 kHz voice leaves above 8 kHz is 37 dB down within 10 %.
#: `compression_level 7`: LAME without noise shaping. It is 1.7 times as fast as the default, and one channel of speech
#: leaves the coder so many bits to spare at this rate that what it adds lies 40 dB below the voice.
_CODING = (
    *("-af", f"aresample={RATE_HZ}:filter_size=64"),
    *("-c:a", "libmp3lame", "-b:a", BITRATE, "-compression_level", "7"),
    *("-map_metadata", "-1", "-id3v2_version", "0", "-write_id3v1", "0", "-write_xing", "1", "-f", "mp3"),
)
_LAST_WORDS = 20  # lines of what ffmpeg says that are kept
_INFO_AT = 21  # of the first frame: 4 bytes of header, 17 of side information (MPEG-1 layer III, mono)
_LAME_DELAYS_AT = _INFO_AT + 141
_SAMPLES_PER_FRAME = 1152


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A finished file. `n_samples` are those a player hears, at RATE_HZ."""

    path: Path
    n_bytes: int
    n_samples: int

    @property
    def duration_ms(self) -> int:
        return round(self.n_samples * 1000 / RATE_HZ)


def find_ffmpeg() -> str:
    """The ffmpeg on PATH, else the one that comes with the package imageio-ffmpeg. Raises FfmpegMissing."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as cause:
        raise FfmpegMissing(
            "there is no ffmpeg to encode with; install it (apt-get install ffmpeg) or put it on PATH"
        ) from cause


def encode(chunks: Iterable[Samples], rate_hz: int, out_path: Path, tag: bytes = b"") -> Encoded:
    """Write `tag` and then the sound as MP3 to `out_path`; needs twice the file's room beside it for a moment.

    Raises FfmpegMissing, EncodeFailed with the end of what ffmpeg said, DiskFull. Whatever is raised, by `chunks` too,
    no file and no child is left behind.
    """
    bare = out_path.with_name(f".{out_path.name}.bare")
    whole = out_path.with_name(f".{out_path.name}.part")
    try:
        n_samples_in = _run_ffmpeg(find_ffmpeg(), chunks, rate_hz, bare)
        n_samples = _heard_samples(bare)
        if abs(n_samples - n_samples_in * RATE_HZ / rate_hz) > 1:
            raise EncodeFailed(
                f"ffmpeg made {n_samples / RATE_HZ:.2f} s of {n_samples_in / rate_hz:.2f} s of sound; "
                "try again, or install another ffmpeg"
            )
        with _disk_errors(out_path), bare.open("rb") as audio, whole.open("wb") as file:
            file.write(tag)
            shutil.copyfileobj(audio, file, 1 << 20)
        whole.replace(out_path)
    finally:
        bare.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
    return Encoded(path=out_path, n_bytes=out_path.stat().st_size, n_samples=n_samples)


def _run_ffmpeg(ffmpeg: str, chunks: Iterable[Samples], rate_hz: int, path: Path) -> int:
    """Pipe the sound through ffmpeg into `path`; returns how many samples went in."""
    source = ("-f", "s16le", "-ar", str(rate_hz), "-ac", "1", "-i", "pipe:0")
    command = (ffmpeg, "-hide_banner", "-nostdin", "-v", "error", "-y", *source, *_CODING, str(path))
    try:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except OSError as cause:
        raise FfmpegMissing(f"{ffmpeg} doesn't start ({cause.strerror}); install ffmpeg anew") from cause
    assert child.stdin is not None
    assert child.stderr is not None
    said: deque[bytes] = deque(maxlen=_LAST_WORDS)
    listener = Thread(target=said.extend, args=(child.stderr,), daemon=True)  # an unread pipe would stop ffmpeg
    listener.start()
    try:
        n_samples = _feed(child.stdin, chunks)
    except BaseException:
        child.kill()
        raise
    finally:
        with suppress(BrokenPipeError):
            child.stdin.close()
        status = child.wait()
        listener.join()
        child.stderr.close()
    if status != 0:
        raise _failure(b"".join(said).decode(errors="replace"), status, path)
    return n_samples


def _feed(pipe: IO[bytes], chunks: Iterable[Samples]) -> int:
    """float32 -> 16 bits -> the pipe. A child that died stops it early; its status tells."""
    scale = np.float32(32768 / _LAME_SCALE)
    n_samples = 0
    for chunk in chunks:
        pcm = np.clip(np.rint(chunk * scale), -32768, 32767).astype("<i2")
        try:
            pipe.write(pcm.data)
        except BrokenPipeError:
            break
        n_samples += len(pcm)
    return n_samples


def _failure(said: str, status: int, path: Path) -> EncodeFailed | DiskFull:
    if "No space left on device" in said:
        return _disk_full(path)
    last = " ".join(said.split())[-400:] or f"it ended with status {status}"
    return EncodeFailed(f"ffmpeg can't make {path.name.strip('.')}: {last}; try again, or install another ffmpeg")


def _disk_full(path: Path) -> DiskFull:
    return DiskFull(f"no room left in {path.parent} for a recording; free some space, then run again")


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        if cause.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(path) from cause
        raise


def _heard_samples(path: Path) -> int:
    """How many samples a player hears: all frames less the coder's delay and padding, by LAME's Info header."""
    with path.open("rb") as file:
        head = file.read(_LAME_DELAYS_AT + 3)
    if len(head) < _LAME_DELAYS_AT + 3 or head[_INFO_AT : _INFO_AT + 4] != b"Info":
        raise EncodeFailed("ffmpeg wrote an MP3 without an Info header; install an ffmpeg with libmp3lame")
    (n_frames,) = struct.unpack_from(">I", head, _INFO_AT + 8)
    delays = int.from_bytes(head[_LAME_DELAYS_AT:], "big")
    return int(n_frames) * _SAMPLES_PER_FRAME - (delays >> 12) - (delays & 0xFFF)
