"""Mastered sound -> an MP3 file with a given tag in front, through ffmpeg children.

MP3, constant 96 kb/s, 44.1 kHz, mono: what every player takes and seeks in exactly. The same sound gives the same
bytes on the same ffmpeg: no dates, no tags but ours. A coder is one core's work, so a long recording comes in parts,
each for a child of its own, and their frames are joined. The file appears under its name whole or not at all.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import IO

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from narrate.audio.master import Samples
from narrate.audio.mp3 import RATE_HZ, SAMPLES_PER_FRAME, Join, NotMp3Error, parse
from narrate.errors import DiskFull, EncodeFailed, FfmpegMissing

BITRATE = "96k"

#: Sound for a coder: little-endian, one channel.
Pcm = NDArray[np.int16]

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
#: ffmpeg notes at most 1,681 samples of padding, so that one length in 27 comes out up to 1 ms longer in the header;
#: five is a tenth of what a listener could hear in a chapter's start.
_TOLERATED_S = 0.005
_QUIETLY = ("-hide_banner", "-nostdin", "-v", "error", "-y")
_LAST_WORDS = 20  # lines of what ffmpeg says that are kept
_MOST_CHILDREN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A finished file. `n_samples` are those a player hears, at RATE_HZ."""

    path: Path
    n_bytes: int
    n_samples: int

    @property
    def duration_ms(self) -> int:
        return round(self.n_samples * 1000 / RATE_HZ)


class StoppedError(Exception):
    """Somebody else's error ended this: its own end is of no interest."""


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
    """`encode_parts` of a sound that is one part."""
    return encode_parts([chunks], rate_hz, out_path, tag)


def encode_parts(
    parts: Sequence[Iterable[Samples]],
    rate_hz: int,
    out_path: Path,
    tag: bytes = b"",
    beside: Callable[[Event], object] | None = None,
) -> Encoded:
    """Write `tag` and then the parts, in order, as one MP3 to `out_path`.

    Each part is drawn in a thread of its own. All but the last are a whole number of MP3 frames long (ValueError
    otherwise), and silent around the joins. Needs twice the file's room beside it for a moment. `beside` is work like
    a part's, done in one of the same threads; it may wait for parts, and gives up when its event is set. Raises
    FfmpegMissing, EncodeFailed with the end of what ffmpeg said, DiskFull. Whatever is raised, by a part or `beside`
    too, no file and no child is left behind.
    """
    ffmpeg = find_ffmpeg()
    stop = Event()
    n_children = min(len(parts) + (beside is not None), os.cpu_count() or 1, _MOST_CHILDREN)
    # what waits for parts may not keep the last free thread from them
    beside_at = n_children - 1 if n_children > 1 else len(parts)
    with (
        disk_errors(out_path),
        TemporaryDirectory(dir=out_path.parent, prefix=f".{out_path.name}-") as folder,
        ThreadPoolExecutor(n_children) as pool,
    ):
        bare = [Path(folder) / f"{number}.mp3" for number in range(len(parts))]
        fed: list[Future[int]] = []
        try:
            for number, (part, path) in enumerate(zip(parts, bare, strict=True)):
                if beside and number == beside_at:
                    other = pool.submit(beside, stop)
                fed.append(pool.submit(run_ffmpeg, ffmpeg, _for_lame(part), rate_hz, path, _CODING, stop))
            if beside and beside_at >= len(parts):
                other = pool.submit(beside, stop)
            whole = Path(folder) / "whole.mp3"
            n_samples = _join(bare, fed, rate_hz, whole, tag)
            if beside:
                other.result()
            whole.replace(out_path)
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
    return Encoded(path=out_path, n_bytes=out_path.stat().st_size, n_samples=n_samples)


def _for_lame(part: Iterable[Samples]) -> Iterator[Pcm]:
    return (pcm_of(chunk, 1 / _LAME_SCALE) for chunk in part)


def _join(bare: Sequence[Path], fed: Sequence[Future[int]], rate_hz: int, whole: Path, tag: bytes) -> int:
    """Append the parts as they become ready; returns how many samples a player hears."""
    join = Join()
    n_fed = 0
    with whole.open("wb") as file:
        file.write(tag)
        for path, ready in zip(bare, fed, strict=True):
            n_fed += ready.result()
            n_frames, rest = divmod(ready.result() * RATE_HZ, SAMPLES_PER_FRAME * rate_hz)
            is_last = path is bare[-1]
            if rest and not is_last:
                raise ValueError(f"a part of {ready.result()} samples isn't a whole number of frames")
            try:
                frames = join.add(parse(path.read_bytes()), None if is_last else n_frames)
            except NotMp3Error as cause:
                raise EncodeFailed(f"ffmpeg wrote no proper MP3 ({cause}); install one with libmp3lame") from cause
            path.unlink()
            if path is bare[0]:
                file.write(bytes(join.n_info_bytes))
            file.write(frames)
        file.seek(len(tag))
        file.write(join.info())
    if abs(join.n_samples - n_fed * RATE_HZ / rate_hz) > _TOLERATED_S * RATE_HZ:
        raise EncodeFailed(
            f"ffmpeg made {join.n_samples / RATE_HZ:.2f} s of {n_fed / rate_hz:.2f} s of sound; "
            "try again, or install another ffmpeg"
        )
    return join.n_samples


def run_ffmpeg(ffmpeg: str, chunks: Iterable[Pcm], rate_hz: int, path: Path, coding: Sequence[str], stop: Event) -> int:
    """Pipe the sound through ffmpeg into `path`; returns how many samples went in.

    Raises FfmpegMissing, EncodeFailed, OSError for a full disk. Ends early, with no result, when `stop` is set.
    """
    source = ("-f", "s16le", "-ar", str(rate_hz), "-ac", "1", "-i", "pipe:0")
    command = (ffmpeg, *_QUIETLY, *source, *coding, str(path))
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
        n_samples, is_whole = _feed(child.stdin, chunks, stop)
    except BaseException:
        child.kill()
        raise
    finally:
        with suppress(BrokenPipeError):
            child.stdin.close()
        status = child.wait()
        listener.join()
        child.stderr.close()
    if status != 0 or not is_whole:
        raise _failure(b"".join(said).decode(errors="replace"), status)
    return n_samples


def convert(ffmpeg: str, arguments: Sequence[str]) -> None:
    """Run ffmpeg from files to a file. Raises FfmpegMissing, EncodeFailed, OSError for a full disk."""
    try:
        done = subprocess.run((ffmpeg, *_QUIETLY, *arguments), stdin=subprocess.DEVNULL, capture_output=True)
    except OSError as cause:
        raise FfmpegMissing(f"{ffmpeg} doesn't start ({cause.strerror}); install ffmpeg anew") from cause
    if done.returncode != 0:
        raise _failure(done.stderr.decode(errors="replace"), done.returncode)


def pcm_of(chunk: Samples, scale: float = 1.0) -> Pcm:
    """float32 of full scale 1.0 -> 16 bits, little-endian."""
    pcm: Pcm = np.clip(np.rint(chunk * np.float32(32768 * scale)), -32768, 32767).astype("<i2")
    return pcm


def _feed(pipe: IO[bytes], chunks: Iterable[Pcm], stop: Event) -> tuple[int, bool]:
    """Chunks -> the pipe: how many samples, and whether all of them. A child that died stops it early."""
    n_samples = 0
    for pcm in chunks:
        if stop.is_set():
            raise StoppedError
        try:
            pipe.write(pcm.data)
        except BrokenPipeError:
            return n_samples, False
        n_samples += len(pcm)
    return n_samples, True


def _failure(said: str, status: int) -> Exception:
    if "No space left on device" in said or status == -signal.SIGXFSZ:  # the disk, or a limit on a file's size
        return OSError(errno.ENOSPC, "No space left on device")
    last = " ".join(said.split())[-400:] or f"it ended with status {status}"
    return EncodeFailed(f"ffmpeg can't make the audio file: {last}; try again, or install another ffmpeg")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        if cause.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise DiskFull(f"no room left in {path.parent} for a recording; free some space, then run again") from cause
