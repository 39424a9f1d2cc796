"""Rows -> sites, in a child: a library of thousands takes memory, a bucket may hang; neither is the dispatcher's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

import feeds
from narrate.errors import SiteUnfinished, WorkerLost
from narrate.home import Home
from narrate.store.releases import release_due
from narrate.store.sites import MAIN, n_publications
from narrate.work.pieces import TO_PUBLISH, bring_up_to_date, get_ready
from narrate.work.workshop import Workshop

#: So many children may die over one publishing.
_PUBLISHERS = 2
#: What an episode may take when everything is written anew, beside the deadline: a bucket is asked for each file.
_EPISODE_S = 0.5
#: What stops a publishing that is only tried again later: nothing is lost, the rows say what is to be written.
UNWRITTEN = (SiteUnfinished, feeds.StorageFull, feeds.StorageUnavailable)

log = structlog.get_logger()


class Sites:
    """Writes one site at a time. Safe for threads. `close` ends the child."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._deadline_s = home.settings.stall_minutes * 60
        self._house = Workshop(1, home.settings.child_memory_bytes)
        self.owes_main = False  # something was released that no feed says yet

    def get_ready(self) -> None:
        """Have the child load what it needs."""
        try:
            self._house.run(self._deadline_s, get_ready, *TO_PUBLISH)
        except WorkerLost as lost:  # whoever writes first finds out
            log.warning("no child to publish with yet", why=str(lost))

    def write(self, name: str, on_try: Callable[[float], None] = lambda deadline_s: None) -> None:
        """Bring a site up to date. `on_try` hears how long the try may take before it is ended.

        Raises SiteUnfinished when child after child was lost over it, and what publishing raises.
        """
        with self._home.store.begin() as session:
            deadline_s = self._deadline_s + n_publications(session, name) * _EPISODE_S
        for n_left in reversed(range(_PUBLISHERS)):
            on_try(deadline_s)
            try:
                self._house.run(deadline_s, bring_up_to_date, self._home.settings, name)
                return
            except WorkerLost as lost:
                if not n_left:
                    raise SiteUnfinished(
                        f"The site {name} can't be brought up to date: {lost}. It is tried again; its rows are safe."
                    ) from lost

    def release(self) -> None:
        """Let finished episodes into the main feed whose votes or whose day's place have come. Raises as `write`."""
        with self._home.store.begin() as session:
            released = release_due(session, datetime.now(UTC), self._home.settings)
        if released:
            self.owes_main = True
            log.info("released", keys=[str(key) for key in released])
        if self.owes_main:
            self.write(MAIN)
            self.owes_main = False

    def close(self) -> None:
        self._house.close()

    def pids(self) -> list[int]:
        """The child, if there is one."""
        return self._house.pids()
