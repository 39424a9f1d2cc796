"""Normal noise as a function of (seed, stream, channel, time): the same whatever the batch, its order or the device.

A counter is hashed (splitmix64: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators") and two
halves of the hash make one normal number (Box and Muller 1958). A generator with a state would tie a row's noise to
its neighbours' lengths, and a GPU's generator isn't the processor's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

_MAX_CHANNELS = 1 << 12
_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1, _MIX_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def row_noise(seeds: Sequence[int], stream: int, n_channels: int, length: int, device: str) -> Any:
    """Standard normal float64 of shape (rows, n_channels, length). `stream` tells the uses of one seed apart."""
    starts = torch.tensor([_signed(_mix(seed * _MAX_CHANNELS + stream)) for seed in seeds], device=device)
    times = torch.arange(length, device=device, dtype=torch.int64) * _MAX_CHANNELS
    channels = torch.arange(n_channels, device=device, dtype=torch.int64)
    counter = starts[:, None, None] + (times[None, None, :] + channels[None, :, None] + 1) * _signed(_GOLDEN)
    hashed = _shift_xor(counter, 30) * _signed(_MIX_1)
    hashed = _shift_xor(hashed, 27) * _signed(_MIX_2)
    hashed = _shift_xor(hashed, 31)
    radius = ((hashed & 0xFFFFFFFF).double() + 0.5) * 2.0**-32  # in (0, 1)
    angle = ((hashed >> 32) & 0xFFFFFFFF).double() * (2.0**-32 * 2 * math.pi)
    return torch.sqrt(-2 * torch.log(radius)) * torch.cos(angle)


def _shift_xor(x: Any, n_bits: int) -> Any:
    """x ^ (x >> n_bits) on what torch takes for signed."""
    return x ^ ((x >> n_bits) & ((1 << (64 - n_bits)) - 1))


def _mix(x: int) -> int:
    x = (x + _GOLDEN) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 30)) * _MIX_1) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 27)) * _MIX_2) & 0xFFFFFFFFFFFFFFFF
    return x ^ (x >> 31)


def _signed(x: int) -> int:
    return x - (1 << 64) if x >> 63 else x
