"""Recording + takes + tag -> the finished MP3: measured once, then mastered and encoded in one stream."""

from __future__ import annotations

from pathlib import Path

from narrate.audio.encode import Encoded, encode
from narrate.audio.master import gain_db, limit, measure, stream
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes


def master_and_encode(recording: Recording, takes: Takes, tag: bytes, out_path: Path) -> Encoded:
    """Make the file. Memory is flat in the recording's length.

    Raises TakeMissing, AudioError, DiskFull; nothing half-made is left.
    """
    loudness = measure(stream(recording, takes), recording.rate_hz)
    mastered = limit(stream(recording, takes), gain_db(loudness.lufs_integrated), recording.rate_hz)
    return encode(mastered, recording.rate_hz, out_path, tag)
