"""Requests and sounds as frames over a pipe: two big-endian lengths, a JSON header, raw bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

from voices.engine import Line, Spoken, WordTime
from voices.waveform import Waveform

_LENGTHS = struct.Struct(">II")

Header = dict[str, Any]


def pack_frame(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """One frame, ready to be written."""
    encoded = json.dumps(header, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(encoded), len(payload)) + encoded + payload


def read_frame(read: Callable[[int], bytes]) -> tuple[Header, bytes]:
    """The next frame. `read(n)` gives exactly n bytes or raises EOFError."""
    n_header, n_payload = _LENGTHS.unpack(read(_LENGTHS.size))
    header: Header = json.loads(read(n_header))
    return header, read(n_payload)


def pack_lines(voice_id: str, lines: tuple[Line, ...]) -> bytes:
    """A request to a worker: say these lines."""
    listed = [[ln.id, ln.text, ln.speaker, ln.pronunciations, ln.speed, ln.seed] for ln in lines]
    return pack_frame({"voice": voice_id, "lines": listed})


def unpack_lines(header: Header) -> tuple[str, tuple[Line, ...]]:
    """The voice's id and the lines of a request."""
    lines = tuple(
        Line(
            id=id_,
            text=text,
            speaker=speaker,
            pronunciations=tuple((start, end, ipa) for start, end, ipa in pronunciations),
            speed=speed,
            seed=seed,
        )
        for id_, text, speaker, pronunciations, speed, seed in header["lines"]
    )
    return header["voice"], lines


def pack_spoken(spoken: Spoken) -> bytes:
    """A spoken line; its sound goes as int16."""
    words = [[word.start_char, word.end_char, word.start_sample, word.end_sample] for word in spoken.words]
    header = {"spoken": spoken.line_id, "rate_hz": spoken.sound.rate_hz, "words": words}
    return pack_frame(header, spoken.sound.to_pcm16().astype("<i2").tobytes())


def unpack_spoken(header: Header, payload: bytes) -> Spoken:
    """The exact inverse of `pack_spoken` for sound that was int16."""
    return Spoken(
        line_id=header["spoken"],
        sound=Waveform.from_pcm16(payload, header["rate_hz"]),
        words=tuple(WordTime(*word) for word in header["words"]),
    )
