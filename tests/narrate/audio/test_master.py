"""The meter and the limiter, held against ffmpeg's and against the definitions."""

from __future__ import annotations

import math
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from narrate.audio.master import Loudness, gain_db, limit, measure, stream
from narrate.audio.sounds import Piece, Recording, Take
from narrate.audio.takes import Takes
from narrate.errors import AudioError, TakeMissing

Samples = NDArray[np.float32]
RATE_HZ = 48_000


def sine(seconds: float, hz: float, db: float, rate_hz: int = RATE_HZ) -> Samples:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (10 ** (db / 20) * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def noise(seconds: float, db: float, rate_hz: int = RATE_HZ, seed: int = 0) -> Samples:
    n_samples = round(seconds * rate_hz)
    return (10 ** (db / 20) * np.random.default_rng(seed).standard_normal(n_samples)).astype(np.float32)


def speechlike(seconds: float, rate_hz: int, seed: int = 0) -> Samples:
    """Noise in syllables with pauses: bursts of many levels, so that both gates have work."""
    rng = np.random.default_rng(seed)
    sound = noise(seconds, -20, rate_hz, seed)
    n_syllables = round(seconds * 5)
    levels = rng.choice([0.0, 0.02, 0.3, 1.0], n_syllables)
    return sound * np.repeat(levels, -(-len(sound) // n_syllables))[: len(sound)].astype(np.float32)


def cut(sound: Samples, sizes: list[int]) -> Iterator[Samples]:
    at = 0
    for size in sizes:
        yield sound[at : at + size]
        at += size
    yield sound[at:]


def lufs(sound: Samples, rate_hz: int = RATE_HZ) -> float:
    return measure([sound], rate_hz).lufs_integrated


def as_source(sound: Samples, rate_hz: int, folder: Path) -> tuple[str, ...]:
    path = folder / "sound.f32"
    sound.tofile(path)
    return ("-f", "f32le", "-ar", str(rate_hz), "-ac", "1", "-i", str(path))


# EBU Tech 3341 table 1, for one channel: a stereo sine of x dBFS has x LUFS, so a mono one x - 3.01.
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(20, -23.0)], -23.0),
        ([(20, -33.0)], -33.0),
        ([(10, -36.0), (60, -23.0), (10, -36.0)], -23.0),
        ([(10, -72.0), (10, -36.0), (60, -23.0), (10, -36.0), (10, -72.0)], -23.0),
        ([(20, -26.0), (20.1, -20.0), (20, -26.0)], -23.0),
    ],
)
def test_the_meter_passes_the_ebus_test_cases(parts: list[tuple[float, float]], expected: float) -> None:
    sound = np.concatenate([sine(seconds, 1000, db) for seconds, db in parts])
    assert lufs(sound) == pytest.approx(expected - 10 * math.log10(2), abs=0.1)


@pytest.mark.parametrize(
    "sound",
    [sine(5, 60, -20), sine(5, 200, -20), sine(5, 5000, -20), noise(8, -25), speechlike(20, RATE_HZ)],
    ids=["60 Hz", "200 Hz", "5 kHz", "noise", "speech-like"],
)
def test_the_meter_agrees_with_ffmpegs(
    sound: Samples, tmp_path: Path, ebur128: Callable[..., tuple[float, float]]
) -> None:
    theirs, _ = ebur128(*as_source(sound, RATE_HZ, tmp_path))
    assert lufs(sound) == pytest.approx(theirs, abs=0.1)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000])
def test_a_low_rate_measures_as_the_file_it_becomes(
    rate_hz: int, tmp_path: Path, ebur128: Callable[..., tuple[float, float]]
) -> None:
    sound = speechlike(20, rate_hz)
    path = tmp_path / "resampled.wav"
    subprocess.run(
        ["ffmpeg", "-v", "error", *as_source(sound, rate_hz, tmp_path), "-af", "aresample=48000:filter_size=128", path],
        check=True,
    )
    theirs, _ = ebur128("-i", str(path))
    assert lufs(sound, rate_hz) == pytest.approx(theirs, abs=0.1)


@given(sizes=st.lists(st.integers(0, 70_000), max_size=12))
@settings(max_examples=15, deadline=None)
def test_loudness_and_limit_do_not_depend_on_how_the_sound_is_cut(sizes: list[int]) -> None:
    sound = speechlike(8, 24_000) * 8
    assert measure(cut(sound, sizes), 24_000) == measure([sound], 24_000)
    whole = np.concatenate(list(limit([sound], 3.0, 24_000)))
    assert np.array_equal(np.concatenate(list(limit(cut(sound, sizes), 3.0, 24_000))), whole)


@given(db=st.floats(-20, 12))
@settings(max_examples=10, deadline=None)
def test_a_gain_moves_the_loudness_by_itself(db: float) -> None:
    sound = noise(2, -40)
    assert lufs(sound * np.float32(10 ** (db / 20))) == pytest.approx(lufs(sound) + db, abs=0.01)


def test_the_peak_is_the_largest_sample() -> None:
    sound = sine(1, 100, -30)
    sound[17] = -0.75
    assert measure([sound], RATE_HZ).sample_peak == 0.75


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(48_000), sine(0.3, 1000, -20), sine(2, 1000, -80)])
def test_silence_has_no_loudness_and_no_gain(sound: Samples) -> None:
    measured = measure([sound.astype(np.float32)], RATE_HZ)
    assert measured.lufs_integrated == -math.inf
    with pytest.raises(AudioError, match="silent"):
        gain_db(measured.lufs_integrated)


def test_the_gain_is_what_is_missing_to_the_target() -> None:
    assert gain_db(-25.5) == pytest.approx(6.5)
    assert gain_db(-12.0, target=-16.0) == pytest.approx(-4.0)


def true_peak_db(sound: Samples) -> float:
    """The peak of the band-limited sound, by the definition: zeros above Nyquist, 16 times."""
    n = len(sound)
    spectrum = np.fft.rfft(sound.astype(np.float64))
    fine = np.fft.irfft(np.concatenate([spectrum, np.zeros(n // 2 * 15)]), n * 16) * 16
    edge = 16 * 64
    return float(20 * np.log10(np.abs(fine[edge:-edge]).max()))


def limited(sound: Samples, db: float, rate_hz: int = 16_000, ceiling: float = -1.5) -> Samples:
    return np.concatenate(list(limit([sound], db, rate_hz, ceiling)))


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 44_100])
@pytest.mark.parametrize("db", [0.0, 10.0, 25.0])
def test_no_true_peak_passes_the_ceiling(rate_hz: int, db: float) -> None:
    sound = speechlike(4, rate_hz)[: 4 * rate_hz // 2 * 2]
    # what noise has next to Nyquist no coder keeps, and no short interpolator sees
    spectrum = np.fft.rfft(sound)
    spectrum[round(0.9 * len(spectrum)) :] = 0
    sound = np.fft.irfft(spectrum, len(sound)).astype(np.float32)
    out = limited(sound, db, rate_hz)
    assert np.abs(out).max() <= 10 ** (-1.5 / 20) * 1.0001
    assert true_peak_db(out) <= -1.3


def test_a_peak_between_samples_is_held_too() -> None:
    """A sine at a quarter of the rate, sampled 45 degrees off its tops: 3 dB of peak that no sample shows."""
    at = np.arange(16_000)
    sound = np.sin(np.pi / 2 * at + np.pi / 4).astype(np.float32)  # samples of 0.707, peaks of 1.0
    assert np.abs(sound).max() < 0.71
    out = limited(sound, 0.0)
    assert true_peak_db(out) == pytest.approx(-1.5, abs=0.1)


def test_far_from_peaks_every_sample_is_exactly_gain_times_x() -> None:
    sound = noise(3, -30, 16_000)
    sound[20_000] = 0.9
    out = limited(sound, 6.0)
    plain = sound * np.float32(10 ** (6.0 / 20))
    touched = np.flatnonzero(out != plain)
    assert 19_600 < touched.min() < 20_000 < touched.max() < 20_400  # 25 ms on either side at the most
    assert abs(out[20_000]) == pytest.approx(10 ** (-1.5 / 20), rel=0.01)


def test_without_peaks_nothing_is_touched() -> None:
    sound = noise(6, -40, 24_000)
    assert np.array_equal(limited(sound, 8.0, 24_000), sound * np.float32(10 ** (8.0 / 20)))


def test_the_gain_moves_smoothly() -> None:
    sound = np.full(16_000, 0.5, np.float32)
    sound[8_000] = 1.0
    curve = limited(sound, 0.0) / sound
    assert np.abs(np.diff(curve)).max() < 0.16 * 2 / 80  # a triangle's steepest step: twice depth over ramp
    assert curve.min() == pytest.approx(10 ** (-1.5 / 20), rel=1e-3)


@pytest.mark.parametrize("n_samples", [0, 1, 100, 65_535, 65_536, 65_537, 200_000])
def test_as_many_samples_come_out_as_go_in(n_samples: int) -> None:
    sound = np.full(n_samples, 0.9, np.float32)
    pieces = list(limit([sound], 6.0, 16_000))
    assert sum(map(len, pieces)) == n_samples
    assert all(piece.dtype == np.float32 for piece in pieces)


def recorded(takes: Takes, n_takes: int, n_samples: int = 48_000, gap: int = 4_800) -> Recording:
    """A recording that plays two takes in turn."""
    for key in ("aa", "bb"):
        pcm = (noise(n_samples / 24_000, -25, 24_000, seed=ord(key[0])) * 32767).astype(np.int16)
        takes.write(Take(key=key, rate_hz=24_000, pcm=pcm, words=()))
    step = n_samples + gap
    pieces = tuple(
        Piece(utterance_id=str(n), take_key="ab"[n % 2] * 2, start_sample=gap + n * step, n_samples=n_samples)
        for n in range(n_takes)
    )
    return Recording(rate_hz=24_000, n_samples=gap + n_takes * step, pieces=pieces, marks=())


def test_a_recording_is_its_takes_in_their_places_and_silence_between(takes: Takes) -> None:
    recording = recorded(takes, 3)
    sound = np.concatenate(list(stream(recording, takes)))
    assert len(sound) == recording.n_samples
    rest = np.ones(len(sound), bool)
    for piece in recording.pieces:
        place = slice(piece.start_sample, piece.end_sample)
        assert np.array_equal(sound[place] * 32768, takes.read_pcm(piece.take_key))
        rest[place] = False
    assert not sound[rest].any()


def test_a_take_of_another_length_or_rate_is_refused(takes: Takes) -> None:
    recording = recorded(takes, 1)
    takes.write(Take(key="cc", rate_hz=24_000, pcm=np.ones(10, np.int16), words=()))
    takes.write(Take(key="dd", rate_hz=16_000, pcm=np.ones(48_000, np.int16), words=()))
    for key in ("cc", "dd", "missing"):
        piece = Piece(utterance_id="1", take_key=key, start_sample=0, n_samples=48_000)
        with pytest.raises(TakeMissing):
            list(stream(Recording(rate_hz=24_000, n_samples=50_000, pieces=(piece,), marks=()), takes))
    assert recording.pieces


@pytest.mark.slow
def test_memory_does_not_grow_with_the_recording(takes: Takes) -> None:
    def peak_bytes(n_takes: int) -> int:
        recording = recorded(takes, n_takes)
        tracemalloc.start()
        measured: Loudness = measure(stream(recording, takes), 24_000)
        for _ in limit(stream(recording, takes), gain_db(measured.lufs_integrated) + 10, 24_000):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(20)  # what numpy and the store set up once
    short, long = peak_bytes(20), peak_bytes(400)
    assert long < short + 4_000_000  # the whole would be 84 MB
