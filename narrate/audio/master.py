"""Recording -> one gain, and the mastered sound: streamed over the takes twice, never held as a whole. Pure numpy.

First pass: `measure(stream(...))` gives the integrated loudness of ITU-R BS.1770-4 (gated, K-weighted, mono). Second
pass: `limit(stream(...))` applies one static gain and a look-ahead limiter that touches nothing but peaks. So every
recording has the same level, and the dynamics within one are the voice's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from narrate.audio.sounds import Piece, Recording, Take
from narrate.audio.takes import Takes
from narrate.errors import AudioError, TakeMissing

TARGET_LUFS = -19.0  # a mono file; the same loudness as -16 in stereo

Samples = NDArray[np.float32]  # shape (n_samples,), mono, full scale is 1.0

_FRAME = 1 << 15  # samples worked on at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """`lufs_integrated` is -inf for silence. `sample_peak` is the largest magnitude, full scale 1.0."""

    lufs_integrated: float
    sample_peak: float


def stream(recording: Recording, takes: Takes, start: int = 0, stop: int | None = None) -> Iterator[Samples]:
    """The recording's samples start..stop in order: float32 chunks, each (a part of) a take or of a silence.

    Raises TakeMissing for a take that is gone or isn't the one that the recording was laid out for.
    """
    end = recording.n_samples if stop is None else stop
    at = start
    for piece in recording.pieces:
        if piece.end_sample <= at or piece.start_sample >= end:
            continue
        if piece.start_sample > at:
            yield np.zeros(piece.start_sample - at, np.float32)
            at = piece.start_sample
        sound = _take_of(piece, recording, takes).pcm[at - piece.start_sample : end - piece.start_sample]
        yield sound.astype(np.float32) * np.float32(10 ** (piece.gain_db / 20) / 32768)
        at += len(sound)
    if end > at:
        yield np.zeros(end - at, np.float32)


def _take_of(piece: Piece, recording: Recording, takes: Takes) -> Take:
    take = takes.read(piece.take_key)
    if take.rate_hz != recording.rate_hz or take.n_samples != piece.n_samples:
        raise TakeMissing(
            f"the take {piece.take_key[:12]}… isn't the one the recording was laid out for; narrate the post again"
        )
    return take


def gain_db(lufs: float, target: float = TARGET_LUFS) -> float:
    """The gain that brings a loudness to the target. Raises AudioError for silence, which no gain makes audible."""
    if not math.isfinite(lufs):
        raise AudioError("the recording is silent: nothing in it is louder than -70 LUFS; try another voice")
    return target - lufs


# --- loudness --------------------------------------------------------------------------------------------------------

_BLOCKS_PER_S = 10  # a gating block is 400 ms long and starts every 100 ms
_BLOCKS_PER_GATE = 4
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_LU = -0.691

#: BS.1770-4 tables 1 and 2: the two biquads of K-weighting at 48 kHz (b0 b1 b2, a0 a1 a2).
_K_RATE_HZ = 48_000
_K_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_K_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_K_SETTLES_S = 0.2  # by then the high-pass at 38 Hz has died away


def measure(chunks: Iterable[Samples], rate_hz: int) -> Loudness:
    """Integrated loudness and sample peak of mono sound at `rate_hz`.

    The K-weighting is applied as the magnitude of the standard's own response (at 48 kHz), by FFT with overlap: energy
    has no phase, and so the loudness of a 16 kHz voice is that of the file it becomes, not of a filter redesigned for
    a lower rate.
    """
    block = round(rate_hz / _BLOCKS_PER_S)
    settle = round(_K_SETTLES_S * rate_hz)
    hop = max(1, (_FRAME - 2 * settle) // block) * block
    weights = _k_magnitude(np.fft.rfftfreq(hop + 2 * settle, 1 / rate_hz).astype(np.float64))
    powers = [np.zeros(0, np.float32)]
    peak = 0.0
    for frame, n_new in _frames(chunks, hop, settle):
        peak = max(peak, float(frame.max()), -float(frame.min()))
        heard = np.fft.irfft(np.fft.rfft(frame) * weights, len(frame))[settle : settle + n_new // block * block]
        blocks = heard.reshape(-1, block)
        powers.append(np.einsum("ij,ij->i", blocks, blocks) / np.float32(block))
    return Loudness(lufs_integrated=_integrate(np.concatenate(powers).astype(np.float64)), sample_peak=peak)


def _k_magnitude(freqs_hz: NDArray[np.float64]) -> NDArray[np.float32]:
    z = np.exp(-2j * np.pi * freqs_hz / _K_RATE_HZ)
    response = np.ones(len(z))
    for b, a in (_K_SHELF, _K_HIGH_PASS):
        response *= np.abs((b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2))
    return response.astype(np.float32)


def _integrate(powers: NDArray[np.float64]) -> float:
    """Mean squares of consecutive 100 ms blocks -> LUFS, gated twice."""
    if len(powers) < _BLOCKS_PER_GATE:
        return -math.inf
    gated = np.convolve(powers, np.full(_BLOCKS_PER_GATE, 1 / _BLOCKS_PER_GATE), "valid")
    gated = gated[gated > _power(_ABSOLUTE_GATE_LUFS)]
    if not len(gated):
        return -math.inf
    gated = gated[gated > _power(_lufs(gated.mean()) + _RELATIVE_GATE_LU)]
    return _lufs(gated.mean())


def _lufs(power: float) -> float:
    return _OFFSET_LU + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LU) / 10))


# --- limiter ---------------------------------------------------------------------------------------------------------

_RAMP_S = 0.005  # the gain is down this long before a peak, and this long it takes to come back
_HOLD_S = 0.010  # longer than a low voice's pitch period: the gain doesn't flutter from pulse to pulse
_PEAK_RATE_HZ = 192_000  # BS.1770-4 annex 2 looks for peaks at four times 48 kHz
_TAPS = 32  # of the interpolator, for each of its phases
_SPAN = 64  # samples that are interpolated together


def limit(chunks: Iterable[Samples], gain_db: float, rate_hz: int, ceiling_dbtp: float = -1.5) -> Iterator[Samples]:
    """Sound times one gain, with its true peaks held under the ceiling. Same length out as in.

    A peak is found between samples too (interpolated to 192 kHz where that can matter). The gain goes down smoothly
    before it, holds, and comes back; samples further than 20 ms from any peak are exactly `gain * x`.
    """
    gain = np.float32(10 ** (gain_db / 20))
    ceiling = np.float32(10 ** (ceiling_dbtp / 20))
    ramp = max(1, round(_RAMP_S * rate_hz))
    reach = ramp + round(_HOLD_S * rate_hz)
    halo = reach + 2 * ramp + _TAPS
    phases = _interpolator(math.ceil(_PEAK_RATE_HZ / rate_hz))
    for frame, n_new in _frames((chunk * gain for chunk in chunks), _FRAME, halo):
        body = frame[halo : halo + n_new]
        depth = _excess(frame, ceiling, phases)
        if depth is None:
            yield body.copy()
            continue
        smooth = _box(_box(_sliding_max(depth, reach), ramp), ramp)
        lag = len(frame) - len(smooth)  # the two boxes are centred: half of it is on either side
        curve = smooth[halo - lag // 2 :][:n_new]
        yield (body * (1.0 - curve)).astype(np.float32)


def _interpolator(times: int) -> NDArray[np.float32]:
    """Windowed sincs for the values between a sample and the next: float32, shape (_TAPS, times - 1)."""
    at = np.arange(_TAPS) - (_TAPS // 2 - 1)
    late = np.arange(1, max(times, 2)) / max(times, 2)
    away = late[None, :] - at[:, None]
    window = np.i0(6.0 * np.sqrt(np.maximum(0.0, 1 - (2 * away / _TAPS) ** 2))) / np.i0(6.0)
    taps = np.asarray(np.sinc(away) * window, np.float64)
    return np.asarray(taps / taps.sum(axis=0), np.float32)


def _excess(frame: Samples, ceiling: np.float32, phases: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """How much of each sample must go (0 none, 0.5 half), None when nothing must."""
    # No interpolated value exceeds the largest sample around it times the taps' absolute sum.
    threshold = ceiling / np.abs(phases).sum(axis=0).max()
    loud = np.flatnonzero(np.abs(frame) > threshold)
    if not len(loud):
        return None
    peaks = np.abs(frame)
    padded = np.concatenate([np.zeros(_TAPS, np.float32), frame, np.zeros(_TAPS + _SPAN, np.float32)])
    spans = np.unique(np.concatenate([(loud - _TAPS).clip(0) // _SPAN, loud // _SPAN, (loud + _TAPS) // _SPAN]))
    spans = spans[spans * _SPAN < len(frame)]
    reach = np.arange(_SPAN + _TAPS - 1) + _TAPS - (_TAPS // 2 - 1)
    around = padded[spans[:, None] * _SPAN + reach]
    windows = np.lib.stride_tricks.sliding_window_view(around, _TAPS, axis=1)
    between = np.abs(windows @ phases).max(axis=2)
    places = (spans[:, None] * _SPAN + np.arange(_SPAN)).ravel()
    inside = places < len(frame)
    places = places[inside]
    peaks[places] = np.maximum(peaks[places], between.ravel()[inside])
    if not (peaks > ceiling).any():
        return None
    return 1.0 - float(ceiling) / np.maximum(peaks, ceiling).astype(np.float64)


def _sliding_max(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """The largest value within `reach` on either side; beyond the ends are zeros. (van Herk 1992.)"""
    width = 2 * reach + 1
    n_pad = -(len(values) + 2 * reach) % width
    padded = np.concatenate([np.zeros(reach), values, np.zeros(reach + n_pad)]).reshape(-1, width)
    from_left = np.maximum.accumulate(padded, axis=1).ravel()
    from_right = np.maximum.accumulate(padded[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.maximum(from_right[: len(values)], from_left[width - 1 :][: len(values)])


def _box(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Moving average; width - 1 values shorter. Where all values are zero so is the average, exactly."""
    sums: NDArray[np.float64] = np.concatenate([np.zeros(1), np.cumsum(values)])
    return (sums[width:] - sums[:-width]) / width


# --- both ------------------------------------------------------------------------------------------------------------


def _frames(chunks: Iterable[Samples], hop: int, halo: int) -> Iterator[tuple[Samples, int]]:
    """Chunks of any sizes -> (frame, n_new): frames of hop + 2 * halo samples, of which hop are new.

    The new ones stand after `halo` samples of what came before and before `halo` of what comes next; zeros at both
    ends. The last frame has n_new of them, the rest is zeros. The cut never depends on the sizes of the chunks. It is
    one array, whose samples are others after the next is asked for.
    """
    frame = np.zeros(hop + 2 * halo, np.float32)
    filled = halo  # so many samples of the frame are in place
    for chunk in chunks:
        taken = 0
        while taken < len(chunk):
            n = min(len(chunk) - taken, len(frame) - filled)
            frame[filled : filled + n] = chunk[taken : taken + n]
            filled += n
            taken += n
            if filled == len(frame):
                yield frame, hop
                _move_on(frame, hop)
                filled = 2 * halo
    while filled > halo:
        yield frame, min(hop, filled - halo)
        _move_on(frame, hop)
        filled -= hop


def _move_on(frame: Samples, hop: int) -> None:
    frame[:-hop] = frame[hop:].copy()
    frame[-hop:] = 0
