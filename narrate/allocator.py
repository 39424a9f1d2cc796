"""Memory that is free goes back to the system at once.

glibc keeps freed buffers of megabytes for later, in one arena per thread, and raises the size from which it maps them
anew. A process that handles sound from several threads then holds a hundred megabytes of nothing: an hour's episode
peaked at 360 MB and peaks at 250 with these two settings (mallopt(3)). Buffers below half a megabyte are kept: mapping
them anew for every frame that is mastered took half as long again as the arithmetic.
"""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_MAPPED_FROM_BYTES = 512 * 1024


def give_back() -> None:
    """Set it for this process. Where the C library has no mallopt, memory is its own affair."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)
        mallopt(_M_MMAP_THRESHOLD, _MAPPED_FROM_BYTES)
