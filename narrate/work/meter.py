"""What is at work -> rows that tell of it: the progress of each post, and how long the machine was at work.

Told for those who look, and for the price of an hour of audio. Nothing depends on it: where it can't be written, work
goes on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from narrate.audio.stage import Kept
from narrate.errors import NarrateError
from narrate.records import PostKey
from narrate.store import Store, machine

_EVERY_S = 2.0  # how often a post's progress, and the time at work, is written at most

log = structlog.get_logger()


class Meter:
    """`begin` and `end` frame a post's work; `on_take` is for `Home.narrate`. Safe for threads."""

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._now, self._clock = store, now, clock
        self._lock = threading.Lock()
        self._written_at: dict[PostKey, float] = {}  # of the posts at work
        self._busy_since = 0.0

    def begin(self, key: PostKey) -> None:
        with self._lock:
            if not self._written_at:
                self._busy_since = self._clock()
            self._written_at[key] = self._clock()
        self._write(key, (0, 0))

    def on_take(self, kept: Kept) -> None:
        """One more line of a post is spoken."""
        is_last = kept.n_takes == kept.n_takes_wanted
        with self._lock:
            now = self._clock()
            if not is_last and now - self._written_at.get(kept.key, 0.0) < _EVERY_S:
                return
            self._written_at[kept.key] = now
        self._write(kept.key, (kept.n_takes, kept.n_takes_wanted))

    def end(self, key: PostKey) -> None:
        self._write(key, None)
        with self._lock:
            self._written_at.pop(key, None)

    def _write(self, key: PostKey, progress: tuple[int, int] | None) -> None:
        """Note a post's progress (None: its end), and the time at work since the last note."""
        with self._lock:
            now = self._clock()
            busy_ms = round(1000 * (now - self._busy_since)) if self._written_at else 0
            self._busy_since = now
        at = self._now()
        try:
            with self._store.begin() as session:
                if progress is None:
                    machine.note_ended(session, key)
                else:
                    machine.note_progress(session, key, *progress, at)
                if busy_ms > 0:
                    machine.note_busy(session, at.astimezone(UTC).date(), busy_ms)
        except NarrateError as error:
            log.warning("progress isn't noted", key=str(key), error=str(error))
