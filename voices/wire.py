"""Requests and sounds as frames over a pipe: two big-endian lengths, a JSON header, raw bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voices.engine import Line, Spoken, WordTime
from voices.waveform import Waveform

_LENGTHS = struct.Struct(">II")
#: The largest request is some megabytes, and so is the longest line's sound: beyond this it is no length at all.
_MOST_BYTES = 256 * 2**20

Header = dict[str, Any]


class BadFrame(EOFError):
    """What came is no frame, or not one that was to come. As at an end, nothing more can be read from there."""


@contextmanager
def as_frame() -> Iterator[None]:
    """Whatever goes wrong as a frame is taken apart is the frame's fault."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadFrame(f"no frame: {error!r}") from error


def pack_frame(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """One frame, ready to be written."""
    encoded = json.dumps(header, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(encoded), len(payload)) + encoded + payload


def read_frame(read: Callable[[int], bytes]) -> tuple[Header, bytes]:
    """The next frame. `read(n)` gives exactly n bytes or raises EOFError. Raises BadFrame."""
    n_header, n_payload = _LENGTHS.unpack(read(_LENGTHS.size))
    if max(n_header, n_payload) > _MOST_BYTES:
        raise BadFrame(f"no frame: it would have {n_header + n_payload} bytes")
    with as_frame():
        header = json.loads(read(n_header))
    if not isinstance(header, dict):
        raise BadFrame(f"no frame: its header is {header!r:.80}")
    return header, read(n_payload)


def pack_lines(voice_id: str, lines: tuple[Line, ...]) -> bytes:
    """A request to a worker: say these lines."""
    listed = [[ln.id, ln.text, ln.speaker, ln.pronunciations, ln.speed, ln.seed] for ln in lines]
    return pack_frame({"voice": voice_id, "lines": listed})


def unpack_lines(header: Header) -> tuple[str, tuple[Line, ...]]:
    """The voice's id and the lines of a request. Raises BadFrame."""
    with as_frame():
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
    """The exact inverse of `pack_spoken` for sound that was int16. Raises BadFrame."""
    with as_frame():
        return Spoken(
            line_id=header["spoken"],
            sound=Waveform.from_pcm16(payload, header["rate_hz"]),
            words=tuple(WordTime(*word) for word in header["words"]),
        )
