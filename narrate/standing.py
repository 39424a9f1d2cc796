"""The data folder -> whether the standing limits let another post be begun. See `narrate.limits`."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from narrate import limits
from narrate.limits import Facts
from narrate.settings import Settings
from narrate.store import Store, machine

_EVERY_S = 5.0
_SHARE = 20  # measuring the data folder may cost a twentieth of the time, however many files it holds
_FIRST_SHARE_S = 30.0

log = structlog.get_logger()


class Standing:
    """`why_paused` is asked before each post, as often as one likes. It logs when that changes, once each time."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._asked_at = -_EVERY_S
        self._home_bytes, self._measure_at = 0, 0.0
        self._why: str | None = None

    def why_paused(self, now: datetime) -> str | None:
        """None when another post may be begun, else the reason. A pause ends within seconds of its reason."""
        if self._clock() - self._asked_at < _EVERY_S:
            return self._why
        self._asked_at = self._clock()
        before, self._why = self._why, limits.may_work(now, self._facts(now), self._settings)
        if self._why is not None and before is None:
            log.warning(f"paused: {self._why}")
        elif self._why is None and before is not None:
            log.info("work goes on")
        return self._why

    def _facts(self, now: datetime) -> Facts:
        if self._settings.max_home_gb and self._clock() >= self._measure_at:
            began = self._clock()
            self._home_bytes = folder_bytes(self._settings.home)
            self._measure_at = self._clock() + max(_FIRST_SHARE_S, _SHARE * (self._clock() - began))
        return gather(self._settings, self._store, now, self._home_bytes if self._settings.max_home_gb else None)


def gather(settings: Settings, store: Store, now: datetime, home_bytes: int | None = None) -> Facts:
    """The facts the limits are held against, but for the size of the folder, which takes long to find."""
    with store.begin() as session:
        audio_ms = machine.audio_ms(session, limits.midnight(now)) if settings.max_audio_hours_a_day else 0
    home = settings.home if settings.home.exists() else settings.home.resolve().parent
    return Facts(audio_s_today=audio_ms / 1000, free_bytes=shutil.disk_usage(home).free, home_bytes=home_bytes)


def folder_bytes(folder: Path) -> int:
    """What a folder takes on its disk; a file of several names counts once, one that goes meanwhile doesn't count."""
    total, seen, folders = 0, set(), [os.fspath(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as inside:
                for entry in inside:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    status = entry.stat(follow_symlinks=False)
                    if status.st_nlink > 1:
                        if status.st_ino in seen:
                            continue
                        seen.add(status.st_ino)
                    total += status.st_blocks * 512
        except OSError:
            continue
    return total
