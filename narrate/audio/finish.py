"""Recording + takes + tag -> the finished MP3: measured once, then mastered and encoded part by part, side by side."""

from __future__ import annotations

from pathlib import Path

from narrate.audio.encode import Encoded, encode_parts
from narrate.audio.master import gain_db, limit, measure, stream
from narrate.audio.parts import parts
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes


def master_and_encode(recording: Recording, takes: Takes, tag: bytes, out_path: Path) -> Encoded:
    """Make the file. Memory is flat in the recording's length.

    Raises TakeMissing, AudioError, DiskFull; nothing half-made is left.
    """
    rate_hz = recording.rate_hz
    gain = gain_db(measure(stream(recording, takes), rate_hz).lufs_integrated)
    mastered = [limit(stream(recording, takes, start, stop), gain, rate_hz) for start, stop in parts(recording)]
    return encode_parts(mastered, rate_hz, out_path, tag)
