"""The queue -> published episodes, one after another, its top first. One owner of a data folder at a time.

The order of effects makes a crash harmless anywhere: files under content names, then rows, then the feed; a job
stays claimed until its episode stands in the feed, and claims of a dead worker are put back at the next start.
"""

from __future__ import annotations

import fcntl
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog

import feeds
import voices
from narrate.errors import BadSetting, ClusterUnavailable, FfmpegMissing, SourceError, StorageError, StoreBusy
from narrate.home import Home
from narrate.pipeline import Narrated
from narrate.standing import Standing
from narrate.store import jobs, machine, turns
from narrate.store.jobs import Job
from narrate.store.releases import release_due, release_finished
from narrate.store.sites import MAIN
from narrate.store.turns import take_next
from narrate.work.caretaker import Caretaker
from narrate.work.meter import Meter

_MAX_ATTEMPTS = 5
_FIRST_RETRY_S = 30
_LONGEST_RETRY_S = 3600
_IDLE_S = 2.0

#: What is wrong with this machine and not with the post: no post fails of it, all wait until it is mended.
_THE_MACHINES = (
    BadSetting,
    ClusterUnavailable,
    FfmpegMissing,
    StorageError,
    feeds.StorageFull,
    feeds.StorageUnavailable,
    voices.UnknownVoice,
    voices.VoiceUnavailable,
)

log = structlog.get_logger()


class Dispatcher:
    """`run` works until `stop` is called from another thread (or, with `once`, until nothing is due)."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._meter = Meter(home.store)
        self._standing = Standing(home.settings, home.store)
        self._stopped = threading.Event()

    def run(self, *, once: bool = False) -> None:
        """Take and finish jobs. Raises StoreBusy when another worker owns the data folder."""
        with _ownership(self._home):
            with self._home.store.begin() as session:
                freed = jobs.release_claims(session)
                machine.forget_work(session)
            if freed:
                log.info("put back what a dead worker held", jobs=freed)
            caretaker = Caretaker(self._home)
            caretaker.start()
            try:
                self._work(once=once)
            finally:
                caretaker.stop()
            if once:
                caretaker.go_round()  # what the last post brought about
            caretaker.close()

    def _work(self, *, once: bool) -> None:
        while not self._stopped.is_set():
            self._release_due()
            job = None
            if self._standing.why_paused(datetime.now(UTC)) is None:
                with self._home.store.begin() as session:
                    job = take_next(session, datetime.now(UTC))
            if job is not None:
                self._do(job)
            elif once:
                return
            else:
                self._stopped.wait(_IDLE_S)

    def stop(self) -> None:
        """Let the job at hand end, then return from `run`."""
        self._stopped.set()

    def _do(self, job: Job) -> None:
        """Narrate and publish one post, and record how it ended."""
        log.info("narrating", key=str(job.key), attempt=job.attempts)
        self._meter.begin(job.key)
        try:
            # the key, never what was typed: that could name a file of this machine
            (outcome,) = self._home.narrate([str(job.key)], on_take=self._meter.on_take)
            if not isinstance(outcome, Narrated):
                raise outcome.error
            with self._home.store.begin() as session:
                released = release_finished(session, outcome.post.key, datetime.now(UTC), self._home.settings)
            self._home.publish(MAIN, [outcome.post.key], released=released)
        except Exception as error:  # the one place that may: it records the error, whatever it is
            self._record_failure(job, error)
            return
        finally:
            self._meter.end(job.key)
        with self._home.store.begin() as session:
            turns.finish(session, job.key)
        log.info("published", key=str(job.key), spoken=outcome.performance.n_spoken)

    def _record_failure(self, job: Job, error: Exception) -> None:
        may_pass = getattr(error, "retryable", False) and job.attempts < _MAX_ATTEMPTS
        delay_s = min(_FIRST_RETRY_S * 4 ** min(job.attempts - 1, 9), _LONGEST_RETRY_S)
        again = may_pass or isinstance(error, _THE_MACHINES)
        retry_at = datetime.now(UTC) + timedelta(seconds=delay_s) if again else None
        log.error("failed", key=str(job.key), error=str(error), retry_at=str(retry_at) if retry_at else None)
        if not hasattr(error, "exit_code"):  # a fault of ours: its place matters
            log.error("traceback", key=str(job.key), traceback="".join(traceback.format_exception(error)))
        with self._home.store.begin() as session:
            turns.fail(
                session, job.key, str(error), retry_at=retry_at, for_good=isinstance(error, SourceError) and not again
            )

    def _release_due(self) -> None:
        """Let finished episodes into the main feed whose votes or whose day's place have come."""
        with self._home.store.begin() as session:
            released = release_due(session, datetime.now(UTC), self._home.settings)
        if released:
            self._home.publish(MAIN, released)
            log.info("released", keys=[str(key) for key in released])


@contextmanager
def _ownership(home: Home) -> Iterator[None]:
    """Hold the data folder's lock; the system lets it go when this process dies, however it dies."""
    path = home.settings.home / "worker.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy(
                f"Another narrate work or narrate run uses {home.settings.home}. Stop it, or set NARRATE_HOME."
            ) from error
        yield
