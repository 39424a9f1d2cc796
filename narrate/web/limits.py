"""Somebody does something again -> how long to wait. Sliding windows in memory, on a clock that never jumps.

Our own few lines, because the usual libraries count by the wall clock: set back, it would lock everyone out.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_MAX_KEYS = 100_000  # beyond it the longest unused are forgotten: memory stays bounded


def parse_rate(rate: str) -> tuple[int, float]:
    """ "20/hour" -> (20, 3600.0)."""
    count, _, period = rate.partition("/")
    return int(count), _SECONDS[period]


class Limiter:
    """Counts by key. Safe for threads. `clock` gives seconds, monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def hit(self, limits: Sequence[tuple[str, int, float]]) -> float:
        """Count one act under every (key, number, period in seconds); 0.0 if allowed.

        Otherwise seconds until it would be, and nothing is counted.
        """
        with self._lock:
            now = self._clock()
            wait_s = max((self._wait_s(key, count, period_s, now) for key, count, period_s in limits), default=0.0)
            if wait_s <= 0:
                for key, count, _ in limits:
                    times = self._seen.setdefault(key, deque())
                    times.append(now)
                    while len(times) > count:
                        times.popleft()
                    self._seen.move_to_end(key)
                while len(self._seen) > _MAX_KEYS:
                    self._seen.popitem(last=False)
            return max(0.0, wait_s)

    def _wait_s(self, key: str, count: int, period_s: float, now: float) -> float:
        """By the oldest of the last `count` acts: when it leaves the window there is room again."""
        times = self._seen.get(key, ())
        return times[-count] + period_s - now if len(times) >= count else 0.0
