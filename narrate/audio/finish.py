"""Recording + takes + tag -> the finished files: measured once, mastered and encoded part by part, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np

from narrate.audio.encode import Encoded, Pcm, StoppedError, encode_parts, pcm_of
from narrate.audio.master import Samples, gain_db, limit, measure, stream
from narrate.audio.opus import Tags, encode_opus
from narrate.audio.parts import parts
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes

_READ_SAMPLES = 1 << 18


@dataclass(frozen=True, slots=True)
class Opus:
    """A second file that is wanted."""

    path: Path
    tags: Tags


def master_and_encode(
    recording: Recording, takes: Takes, tag: bytes, out_path: Path, opus: Opus | None = None
) -> Encoded:
    """Make the MP3, and an Opus file beside it if one is wanted. Memory is flat in the recording's length.

    Opus is coded as one piece while the parts of the MP3 are made. What is mastered goes through a file beside it: 16
    bits, 115 MB an hour at 16 kHz. Raises TakeMissing, AudioError, DiskFull; nothing half-made is left.
    """
    rate_hz = recording.rate_hz
    gain = gain_of(recording, takes)
    spans = parts(recording)
    mastered = [limit(stream(recording, takes, start, stop), gain, rate_hz) for start, stop in spans]
    if opus is None:
        return encode_parts(mastered, rate_hz, out_path, tag)
    copy = _Copy(opus.path.with_name(f".{opus.path.name}.pcm"), spans)
    written = [copy.written(number, part) for number, part in enumerate(mastered)]

    def make_opus(stop: Event) -> None:
        encode_opus(copy.read(stop), rate_hz, opus.path, opus.tags, stop)

    try:
        return encode_parts(written, rate_hz, out_path, tag, beside=make_opus)
    except BaseException:
        opus.path.unlink(missing_ok=True)
        raise
    finally:
        copy.path.unlink(missing_ok=True)


def gain_of(recording: Recording, takes: Takes) -> float:
    """The one gain in dB that brings a recording to its level: the first of the two passes over it."""
    return gain_db(measure(stream(recording, takes), recording.rate_hz).lufs_integrated)


class _Copy:
    """Mastered sound in a file: its parts are written side by side, and read in order, each once it is whole."""

    def __init__(self, path: Path, spans: Sequence[tuple[int, int]]) -> None:
        self.path = path
        self._spans = spans
        self._whole: list[Future[None]] = [Future() for _ in spans]
        path.write_bytes(b"")

    def written(self, number: int, part: Iterable[Samples]) -> Iterator[Samples]:
        """The part as it is, and its samples into their place in the file."""
        with self.path.open("r+b") as file:
            file.seek(self._spans[number][0] * 2)
            for chunk in part:
                file.write(pcm_of(chunk).data)
                yield chunk
        self._whole[number].set_result(None)

    def read(self, stop: Event) -> Iterator[Pcm]:
        """All of it. Raises StoppedError once `stop` is set: then some part will never be whole."""
        with self.path.open("rb") as file:
            for whole, (first, last) in zip(self._whole, self._spans, strict=True):
                while not wait([whole], timeout=0.1).done:
                    if stop.is_set():
                        raise StoppedError
                for at in range(first, last, _READ_SAMPLES):
                    yield np.frombuffer(file.read(2 * min(_READ_SAMPLES, last - at)), "<i2")
