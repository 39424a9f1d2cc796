from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from narrate.audio.encode import encode, encode_parts
from narrate.audio.mp3 import SAMPLES_PER_FRAME, Join, NotMp3Error, crc16, parse
from narrate.errors import TakeMissing

Samples = NDArray[np.float32]

RATE_HZ = 16_000
GRID = 20_480  # samples at 16 kHz that are a whole number of frames: 49


def slow_crc16(data: bytes, crc: int = 0) -> int:
    """CRC-16/ARC bit by bit, as its definition reads."""
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def test_the_crc_has_its_catalogued_check_value() -> None:
    assert crc16(b"123456789") == 0xBB3D


@given(
    n_bytes=st.sampled_from([0, 1, 255, 4095, 4096, 4097, 9000]), seed=st.integers(0, 9), start=st.integers(0, 65535)
)
def test_the_crc_is_the_same_by_lanes_and_by_bits(n_bytes: int, seed: int, start: int) -> None:
    data = np.random.default_rng(seed).bytes(n_bytes)
    assert crc16(data, start) == slow_crc16(data, start)


def speech(seconds: float, seed: int = 0) -> Samples:
    """Shaped noise between 0.3 s of silence at either end."""
    rng = np.random.default_rng(seed)
    sound = 0.1 * np.convolve(rng.standard_normal(round(seconds * RATE_HZ)), np.ones(8) / 3, "same")
    edge = round(0.3 * RATE_HZ)
    sound[:edge] = sound[-edge:] = 0
    return sound.astype(np.float32)


PARTS = [speech(GRID * 4 / RATE_HZ, 1), speech(GRID * 3 / RATE_HZ, 2), speech(3.3, 3)]


def test_one_part_comes_out_as_ffmpeg_wrote_it(tmp_path: Path) -> None:
    content = encode([PARTS[2]], RATE_HZ, tmp_path / "a.mp3").path.read_bytes()
    join = Join()
    frames = join.add(parse(content), None)
    assert join.info() + frames == content
    info, toc = parse(content).info, slice(37, 137)
    assert list(info[toc]) == sorted(info[toc])
    assert slow_crc16(content[len(info) :]) == int.from_bytes(info[173:175], "big")
    assert slow_crc16(info[:175]) == int.from_bytes(info[175:177], "big")


def test_joined_parts_sound_as_one(tmp_path: Path, decode: Callable[..., Samples]) -> None:
    whole = np.concatenate(PARTS)
    one = encode([whole], RATE_HZ, tmp_path / "one.mp3")
    joined = encode_parts([[part] for part in PARTS], RATE_HZ, tmp_path / "joined.mp3")
    assert joined.n_samples == one.n_samples
    assert joined.n_bytes == one.n_bytes
    a, b = decode(one.path), decode(joined.path)
    assert len(a) == len(b) == one.n_samples
    assert np.sqrt(np.mean((a - b) ** 2)) < 0.02 * np.sqrt(np.mean(a**2))
    for seam in np.cumsum([len(part) for part in PARTS[:-1]]) * 44_100 // RATE_HZ:
        assert np.abs(b[seam - 4000 : seam + 4000]).max() < 1e-3  # no click where two coders meet


def test_the_header_of_joined_parts_is_that_of_one_file(tmp_path: Path) -> None:
    one = parse(encode([np.concatenate(PARTS)], RATE_HZ, tmp_path / "a.mp3").path.read_bytes())
    content = encode_parts([[part] for part in PARTS], RATE_HZ, tmp_path / "b.mp3").path.read_bytes()
    joined = parse(content)
    assert (joined.delay, joined.padding, len(joined.starts)) == (one.delay, one.padding, len(one.starts))
    assert joined.n_samples % SAMPLES_PER_FRAME == one.n_samples % SAMPLES_PER_FRAME
    assert joined.info[:173] == one.info[:173]  # all but the checksums of the frames and of itself
    assert slow_crc16(joined.frames) == int.from_bytes(joined.info[173:175], "big")


def test_a_part_off_the_grid_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="whole number of frames"):
        encode_parts([[speech(2)], [speech(2)]], RATE_HZ, tmp_path / "a.mp3")
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_fails_stops_the_others(tmp_path: Path) -> None:
    n_drawn = 0

    def endless():  # type: ignore[no-untyped-def]
        nonlocal n_drawn
        while n_drawn < 100_000:
            n_drawn += 1
            yield speech(1)

    def broken():  # type: ignore[no-untyped-def]
        yield speech(1)
        raise TakeMissing("gone")

    with pytest.raises(TakeMissing):
        encode_parts([broken(), endless(), endless()], RATE_HZ, tmp_path / "a.mp3")
    assert n_drawn < 100_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: c[:100], lambda c: b"", lambda c: c[:600] + c[601:]])
def test_damaged_files_are_no_mp3(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    content = encode([speech(1.5)], RATE_HZ, tmp_path / "a.mp3").path.read_bytes()
    with pytest.raises(NotMp3Error):
        parse(spoil(content))


def test_more_frames_than_there_are_cannot_be_kept(tmp_path: Path) -> None:
    stretch = parse(encode([speech(1.5)], RATE_HZ, tmp_path / "a.mp3").path.read_bytes())
    assert stretch.kept(len(stretch.starts)) == stretch.frames
    assert stretch.kept(0) == b""
    with pytest.raises(NotMp3Error):
        stretch.kept(len(stretch.starts) + 1)
