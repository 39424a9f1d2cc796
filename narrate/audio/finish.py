"""Recording + takes + tag -> the finished MP3: measured once, then mastered and encoded part by part, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from narrate.audio.encode import Encoded, encode_parts, pcm_of
from narrate.audio.master import Samples, gain_db, limit, measure, stream
from narrate.audio.parts import parts
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes


def master_and_encode(
    recording: Recording, takes: Takes, tag: bytes, out_path: Path, pcm_path: Path | None = None
) -> Encoded:
    """Make the file. Memory is flat in the recording's length.

    `pcm_path`: leave the mastered sound there too, for other coders: 16 bits, little-endian, mono, at the recording's
    own rate, 115 MB an hour at 16 kHz. Raises TakeMissing, AudioError, DiskFull; nothing half-made is left but that.
    """
    rate_hz = recording.rate_hz
    gain = gain_of(recording, takes)
    spans = parts(recording)
    mastered = [limit(stream(recording, takes, start, stop), gain, rate_hz) for start, stop in spans]
    if pcm_path is not None:
        pcm_path.write_bytes(b"")
        mastered = [_copied(part, pcm_path, start) for part, (start, _) in zip(mastered, spans, strict=True)]
    return encode_parts(mastered, rate_hz, out_path, tag)


def gain_of(recording: Recording, takes: Takes) -> float:
    """The one gain in dB that brings a recording to its level: the first of the two passes over it."""
    return gain_db(measure(stream(recording, takes), recording.rate_hz).lufs_integrated)


def _copied(part: Iterable[Samples], path: Path, start: int) -> Iterator[Samples]:
    """The part as it is, and its samples from `start` on into the file: parts are drawn side by side."""
    with path.open("r+b") as file:
        file.seek(start * 2)
        for chunk in part:
            file.write(pcm_of(chunk).data)
            yield chunk
