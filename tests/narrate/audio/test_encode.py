"""Real ffmpeg, read back by ffmpeg and by the judge of MP3 frames below."""

from __future__ import annotations

import errno
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from narrate.audio import encode as room
from narrate.audio.encode import encode, find_ffmpeg
from narrate.errors import DiskFull, EncodeFailed, FfmpegMissing, TakeMissing

Samples = NDArray[np.float32]
Decode = Callable[..., Samples]


def clicks(seconds: float, at_s: list[float], rate_hz: int) -> Samples:
    """Silence with short bursts of 1 kHz at these times."""
    sound = np.zeros(round(seconds * rate_hz), np.float32)
    burst = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(round(0.02 * rate_hz)) / rate_hz)
    for start in at_s:
        sound[round(start * rate_hz) :][: len(burst)] += burst
    return sound


def hum(seconds: float, rate_hz: int = 16_000, level: float = 0.5) -> Samples:
    return (level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def frames(content: bytes) -> list[tuple[int, int, int]]:
    """(bitrate in kb/s, rate in Hz, channel mode) of every MPEG-1 layer III frame; all bytes must be frames."""
    rates_kbps = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    found, at = [], 0
    while at < len(content):
        head = int.from_bytes(content[at : at + 4], "big")
        assert head >> 17 == 0xFFFB >> 1, f"no frame at byte {at}"
        kbps, rate_hz = rates_kbps[head >> 12 & 15], (44_100, 48_000, 32_000)[head >> 10 & 3]
        found.append((kbps, rate_hz, head >> 6 & 3))
        at += 144_000 * kbps // rate_hz + (head >> 9 & 1)
    return found


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("seconds", [1.3, 7.77])
def test_the_file_is_as_long_as_the_sound(tmp_path: Path, decode: Decode, rate_hz: int, seconds: float) -> None:
    sound = hum(seconds, rate_hz)
    made = encode([sound], rate_hz, tmp_path / "a.mp3")
    assert abs(made.n_samples - len(sound) * 44_100 / rate_hz) <= 1
    assert len(decode(made.path)) == made.n_samples
    assert made.duration_ms == round(made.n_samples / 44.1)
    assert made.n_bytes == made.path.stat().st_size


def test_no_length_of_sound_is_refused(tmp_path: Path) -> None:
    for n_samples in range(100_000, 100_000 + 1152 * 16_000 // 44_100, 12):  # all ways to end within a frame
        made = encode([np.zeros(n_samples, np.float32)], 16_000, tmp_path / "a.mp3")
        assert abs(made.n_samples / 44_100 - n_samples / 16_000) < 0.005, n_samples


def test_a_moment_stays_where_it_was(tmp_path: Path, decode: Decode) -> None:
    at_s = [0.5, 2.25, 59.5]
    made = encode([clicks(60, at_s, 16_000)], 16_000, tmp_path / "a.mp3")
    loud = np.flatnonzero(np.abs(decode(made.path)) > 0.2) / 44_100
    starts = loud[np.insert(np.diff(loud) > 0.1, 0, True)]
    assert starts == pytest.approx(at_s, abs=0.002)


def test_every_frame_is_constant_96_kbps_mono_and_the_info_header_counts_them(tmp_path: Path) -> None:
    content = encode([hum(10)], 16_000, tmp_path / "a.mp3").path.read_bytes()
    found = frames(content)
    assert set(found) == {(96, 44_100, 3)}
    assert content[21:25] == b"Info"
    assert int.from_bytes(content[29:33], "big") == len(found) - 1
    assert int.from_bytes(content[33:37], "big") == len(content)


def test_the_tag_comes_first_and_the_sound_is_the_same(tmp_path: Path) -> None:
    bare = encode([hum(2)], 16_000, tmp_path / "a.mp3").path.read_bytes()
    tagged = encode([hum(2)], 16_000, tmp_path / "b.mp3", tag=b"ID3 the tag").path.read_bytes()
    assert tagged == b"ID3 the tag" + bare


def test_the_same_sound_gives_the_same_bytes_however_it_is_cut(tmp_path: Path) -> None:
    sound = hum(5)
    one = encode([sound], 16_000, tmp_path / "a.mp3").path.read_bytes()
    other = encode(np.split(sound, [1, 1000, 70_000]), 16_000, tmp_path / "a.mp3").path.read_bytes()
    assert one == other


@pytest.mark.parametrize("rate_hz", [16_000, 24_000])
def test_the_level_in_the_file_is_the_level_handed_in(
    tmp_path: Path, ebur128: Callable[..., tuple[float, float]], rate_hz: int
) -> None:
    rng = np.random.default_rng(3)
    shaped = np.convolve(rng.standard_normal(rate_hz * 10), np.ones(6) / 6, "same") * 0.2
    sound = shaped.astype(np.float32)
    path = tmp_path / "plain.f32"
    sound.tofile(path)
    handed_in, _ = ebur128("-f", "f32le", "-ar", str(rate_hz), "-ac", "1", "-i", str(path), "-ar", "44100")
    in_file, _ = ebur128("-i", str(encode([sound], rate_hz, tmp_path / "a.mp3").path))
    assert in_file == pytest.approx(handed_in, abs=0.15)


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fake_ffmpeg(folder: Path, script: str) -> str:
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    ("script", "error", "said"),
    [
        ("echo 'unknown encoder' >&2; exit 1", EncodeFailed, "unknown encoder"),  # never reads: the pipe breaks
        ("cat > /dev/null; echo 'bad thing' >&2; exit 3", EncodeFailed, "bad thing"),
        ("cat > /dev/null; exit 3", EncodeFailed, "status 3"),
        ("kill -9 $$", EncodeFailed, "status -9"),
        ("cat > /dev/null; echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1", DiskFull, "room"),
        ("head -c 1000000 /dev/zero >&2; cat > /dev/null; exit 1", EncodeFailed, "ffmpeg"),  # a full stderr pipe
    ],
)
def test_what_ffmpeg_says_reaches_the_person_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, error: type[Exception], said: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.mp3").write_bytes(b"the old one")
    ffmpeg = fake_ffmpeg(tmp_path, script)
    monkeypatch.setattr(room, "find_ffmpeg", lambda: ffmpeg)
    with pytest.raises(error, match=said):
        encode([hum(60)], 16_000, out / "a.mp3")
    assert left_behind(out) == ["a.mp3"]
    assert (out / "a.mp3").read_bytes() == b"the old one"


def test_an_error_of_the_sound_stops_the_child_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[call-overload]
            children.append(self)

    def chunks() -> Iterator[Samples]:
        yield hum(10)
        raise TakeMissing("gone")

    monkeypatch.setattr(room.subprocess, "Popen", Watched)
    n_threads = threading.active_count()
    with pytest.raises(TakeMissing):
        encode(chunks(), 16_000, tmp_path / "a.mp3")
    assert left_behind(tmp_path) == []
    assert threading.active_count() == n_threads
    assert [child.returncode for child in children] == [-signal.SIGKILL]


def test_a_file_cut_short_by_the_coder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = find_ffmpeg()
    ffmpeg = fake_ffmpeg(tmp_path, f'head -c 40000 | {real} "$@"; cat > /dev/null')
    monkeypatch.setattr(room, "find_ffmpeg", lambda: ffmpeg)
    with pytest.raises(EncodeFailed, match=r"made 1\.25 s of 10\.00 s"):
        encode([hum(10)], 16_000, tmp_path / "a.mp3")
    assert left_behind(tmp_path) == ["ffmpeg"]


def test_a_disk_that_fills_while_parts_are_joined_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room, "parse", full)
    with pytest.raises(DiskFull):
        encode([hum(1)], 16_000, tmp_path / "a.mp3")
    assert left_behind(tmp_path) == []


def test_ffmpeg_is_found_on_path_before_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = fake_ffmpeg(tmp_path, "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() == ours
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: "/packaged/ffmpeg")
    assert find_ffmpeg() == "/packaged/ffmpeg"


def test_without_any_ffmpeg_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none() -> str:
        raise RuntimeError("No ffmpeg exe could be found")

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", none)
    with pytest.raises(FfmpegMissing, match="apt-get install ffmpeg"):
        encode([hum(1)], 16_000, tmp_path / "a.mp3")


def test_an_ffmpeg_that_does_not_start_is_a_missing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_bytes(b"\x7fELF not really")
    broken.chmod(0o755)
    monkeypatch.setattr(room, "find_ffmpeg", lambda: str(broken))
    with pytest.raises(FfmpegMissing, match="doesn't start"):
        encode([hum(1)], 16_000, tmp_path / "a.mp3")


def test_the_packaged_ffmpeg_makes_the_same_kind_of_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "find_ffmpeg", imageio_ffmpeg.get_ffmpeg_exe)
    made = encode([hum(3)], 16_000, tmp_path / "a.mp3")
    assert set(frames(made.path.read_bytes())) == {(96, 44_100, 3)}
    checked = subprocess.run(["ffmpeg", "-v", "error", "-i", str(made.path), "-f", "null", "-"], capture_output=True)
    assert (checked.returncode, checked.stderr) == (0, b"")
