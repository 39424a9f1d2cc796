"""Every so many hours: a look at the forums, in a thread of its own beside the dispatcher."""

from __future__ import annotations

import threading
import traceback
from datetime import UTC, datetime, timedelta

import structlog

from narrate.errors import NarrateError
from narrate.finding import find, last_found_at
from narrate.home import Home

_LOOK_AT_CLOCK_S = 60.0

log = structlog.get_logger()


class Finder:
    """`start` looks for posts when that is due, again and again; `stop` ends it after the step at hand."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="finder", daemon=True)

    def start(self) -> None:
        if self._home.settings.find_every_hours:
            self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        every = timedelta(hours=self._home.settings.find_every_hours)
        while not self._stopped.wait(_LOOK_AT_CLOCK_S):
            try:
                last = last_found_at(self._home.store)
                now = datetime.now(UTC)
                # A clock that was set back must not stop the search for good.
                if last is None or not timedelta() <= now - last < every:
                    self._look(now)
            except Exception as error:  # whatever it is, posts are looked for again
                log.error("can't look for posts", error=str(error))
                if not isinstance(error, NarrateError):  # a fault of ours: its place matters
                    log.error("traceback", traceback="".join(traceback.format_exception(error)))

    def _look(self, now: datetime) -> None:
        for poll in find(self._home.sources, self._home.store, self._home.settings, now):
            if poll.error:
                log.error("a forum broke off", forum=poll.forum, found=poll.n_found, error=str(poll.error))
            else:
                log.info("looked for posts", forum=poll.forum, seen=poll.n_seen, found=poll.n_found)
