"""MP3 files of consecutive stretches of one sound -> one MP3 file. Pure.

Each file comes from an encoder of its own and begins with an Info frame. The frames are joined without decoding: a
fresh encoder's first frame borrows no bits from earlier ones, and a frame that is kept finds what it borrowed before
it. Where the sound is silent around a join, nothing overlaps from one frame into the next, and so nobody hears it.

The Info frame is LAME's (gabriel.mp3-tech.org/mp3infotag.html; the fields before it are Xing's).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

SAMPLES_PER_FRAME = 1152  # MPEG-1 layer III
RATE_HZ = 44_100
_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)

# Places in the Info frame of a mono file, whose side information has 17 bytes after the 4 of the header.
_INFO = 21
_N_FRAMES = _INFO + 8
_N_BYTES = _INFO + 12
_TOC = _INFO + 16
_DELAYS = _INFO + 141  # 12 bits of encoder delay, 12 of padding
_MUSIC_BYTES = _INFO + 148
_MUSIC_CRC = _INFO + 152
_TAG_CRC = _INFO + 154
_INFO_END = _INFO + 156


class NotMp3Error(ValueError):
    """These bytes aren't a file of 44.1 kHz mono MPEG-1 layer III frames behind LAME's Info frame."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One encoder's file, read. `frames` are all bytes after the Info frame; `starts` where each frame begins."""

    info: bytes
    frames: bytes
    starts: tuple[int, ...]
    delay: int
    padding: int

    @property
    def n_samples(self) -> int:
        """What a player hears of it."""
        return len(self.starts) * SAMPLES_PER_FRAME - self.delay - self.padding

    def kept(self, n_frames: int) -> bytes:
        """The first frames. Raises NotMp3Error when there are fewer."""
        if n_frames > len(self.starts):
            raise NotMp3Error(f"{len(self.starts)} frames, {n_frames} wanted")
        return self.frames[: self.starts[n_frames] if n_frames < len(self.starts) else None]


def parse(content: bytes) -> Stretch:
    """A whole file -> its frames. Raises NotMp3Error."""
    if len(content) < _INFO_END or content[_INFO : _INFO + 4] != b"Info":
        raise NotMp3Error("no Info frame")
    info_bytes = _frame_bytes(content, 0)
    frames = content[info_bytes:]
    starts, at = [], 0
    while at < len(frames):
        starts.append(at)
        at += _frame_bytes(frames, at)
    if at != len(frames) or len(starts) != _unsigned(content, _N_FRAMES):
        raise NotMp3Error(f"{len(starts)} frames where the header says {_unsigned(content, _N_FRAMES)}")
    delays = int.from_bytes(content[_DELAYS : _DELAYS + 3], "big")
    return Stretch(content[:info_bytes], frames, tuple(starts), delays >> 12, delays & 0xFFF)


class Join:
    """Stretches in order -> the bytes of one file, one stretch at a time. The Info frame, its first, is known last."""

    def __init__(self) -> None:
        self._first: Stretch | None = None
        self._last: Stretch | None = None
        self._n_frames = self._n_bytes = self._crc = 0

    def add(self, stretch: Stretch, n_frames: int | None) -> bytes:
        """The frames to append for this stretch: its first `n_frames`, None for all (the last stretch)."""
        n_kept = len(stretch.starts) if n_frames is None else n_frames
        frames = stretch.kept(n_kept)
        self._first = self._first or stretch
        self._last = stretch
        self._n_frames += n_kept
        self._n_bytes += len(frames)
        self._crc = crc16(frames, self._crc)
        return frames

    @property
    def n_info_bytes(self) -> int:
        """How much room the Info frame takes in front of the first stretch."""
        return len(self._first.info) if self._first else 0

    @property
    def n_samples(self) -> int:
        """What a player hears of all that was added."""
        if self._first is None or self._last is None:
            return 0
        return self._n_frames * SAMPLES_PER_FRAME - self._first.delay - self._last.padding

    def info(self) -> bytes:
        """The Info frame of the whole."""
        assert self._first is not None
        assert self._last is not None
        info = bytearray(self._first.info)
        n_bytes = len(info) + self._n_bytes
        struct.pack_into(">I", info, _N_FRAMES, self._n_frames)
        struct.pack_into(">I", info, _N_BYTES, n_bytes)
        info[_TOC : _TOC + 100] = bytes(256 * percent // 100 for percent in range(100))  # constant bit rate: a line
        info[_DELAYS : _DELAYS + 3] = (self._first.delay << 12 | self._last.padding).to_bytes(3, "big")
        struct.pack_into(">IH", info, _MUSIC_BYTES, n_bytes, self._crc)
        struct.pack_into(">H", info, _TAG_CRC, crc16(bytes(info[:_TAG_CRC])))
        return bytes(info)


def _unsigned(content: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", content, at)[0])


def _frame_bytes(content: bytes, at: int) -> int:
    """The length of the frame that begins here."""
    head = int.from_bytes(content[at : at + 4], "big")
    kbps = _KBPS[head >> 12 & 15] if head >> 12 & 15 < len(_KBPS) else 0
    if head >> 16 != 0xFFFB or head >> 10 & 3 or head >> 6 & 3 != 3 or not kbps:
        raise NotMp3Error(f"no frame at byte {at}")
    return 144_000 * kbps // RATE_HZ + (head >> 9 & 1)


# --- CRC-16/ARC, which LAME's header wants of all frames -------------------------------------------------------------

_LANES = 4096  # stretches of the data that are worked on side by side


@cache
def _crc_table() -> NDArray[np.uint16]:
    """What each byte does to an empty register (polynomial 0x8005, reflected)."""
    table = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ 0xA001, table >> 1).astype(np.uint16)
    return table


def crc16(data: bytes, crc: int = 0) -> int:
    """CRC-16/ARC of `data`, going on from `crc`.

    Python is slow by the byte and numpy by the call, so the data is cut into lanes that advance together. The CRC is
    linear: a lane's start value only adds (XOR) what that value becomes after as many zero bytes as a lane has.
    """
    table = _crc_table()
    width = len(data) // _LANES
    if width:
        lanes = np.frombuffer(data, np.uint8, _LANES * width).reshape(_LANES, width).T
        bits = 1 << np.arange(16, dtype=np.uint16)  # a lane of zeros for each bit of a start value
        registers = np.concatenate([np.zeros(_LANES, np.uint16), bits])
        fed = np.zeros(len(registers), np.uint8)
        for column in lanes:
            fed[:_LANES] = column
            registers = registers >> 8 ^ table[(registers ^ fed) & 0xFF]
        after_zeros = [int(value) for value in registers[_LANES:]]
        for lane in registers[:_LANES].tolist():
            moved = lane
            for bit, value in enumerate(after_zeros):
                if crc >> bit & 1:
                    moved ^= value
            crc = moved
    small = [int(value) for value in table]
    for byte in data[_LANES * width :]:
        crc = crc >> 8 ^ small[(crc ^ byte) & 0xFF]
    return crc
