"""Random numbers -> an imagined map: land with contour lines, rising towards the bottom edge out of blank paper."""

from __future__ import annotations

import math
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: The field is smooth, so it is worked out at this many points a side and scaled up.
_GRID = 280
_WAVES = 26
#: Where the paper must stay blank the land sinks from this far below, in shares of the side.
_MARGIN = 0.14


def heights(random: Random, size: int, shore: float, blank: float) -> NDArray[np.float32]:
    """float32 (size, size). Above 0 is land; the mean shore line lies at `shore` of the height from the top.

    No land rises into the upper `blank` share, where the type stands.
    """
    axis = np.linspace(0, 1, _GRID, dtype=np.float64)
    x, y = np.meshgrid(axis, axis)
    field = np.zeros_like(x)
    for _ in range(_WAVES):
        angle, phase = random.uniform(0, 2 * math.pi), random.uniform(0, 2 * math.pi)
        cycles = random.uniform(0.5, 3.4)
        field += np.cos(2 * math.pi * cycles * (x * math.cos(angle) + y * math.sin(angle)) + phase) / (cycles + 0.4)
    field /= field.std()
    sunk = 60 * np.maximum(blank + _MARGIN - y, 0) ** 2
    land = (0.36 * field + 2.6 * (y - shore) - sunk).astype(np.float32)
    return np.array(Image.fromarray(land).resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)


def lines(height: NDArray[np.float32], step: float, width_px: float) -> NDArray[np.float32]:
    """float32 0 to 1 of the same shape: how much ink of the contour lines at each `step` above 0 lies on a pixel."""
    levels = height / step
    down, across = np.gradient(levels)
    slope = np.hypot(down, across) + 1e-6
    distance_px = np.abs(levels - np.round(levels)) / slope
    ink: NDArray[np.float32] = np.clip(width_px / 2 + 0.5 - distance_px, 0, 1)
    return (ink * (np.round(levels) >= 1)).astype(np.float32)


def shoreline(height: NDArray[np.float32], width_px: float) -> NDArray[np.float32]:
    """The line at 0, as `lines` gives the others."""
    down, across = np.gradient(height)
    distance_px = np.abs(height) / (np.hypot(down, across) + 1e-6)
    ink: NDArray[np.float32] = np.clip(width_px / 2 + 0.5 - distance_px, 0, 1)
    return ink
