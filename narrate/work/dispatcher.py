"""The queue -> published episodes: decides what is worked on, and what follows when something fails. One owner.

Votes are read again before each choice: whoever is voted to the top is taken at once and spoken next, whatever else
is at work. What the choices come to is done by the crew, in threads and children of its own.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import structlog

from narrate import allocator
from narrate.errors import JobCancelled, NarrateError, SiteUnfinished, StorageError, WorkerLost
from narrate.home import Home
from narrate.standing import Standing
from narrate.store import jobs, switches, turns
from narrate.store.turns import Turn
from narrate.work.caretaker import Caretaker
from narrate.work.crew import Crew
from narrate.work.flight import Flight, about, telling
from narrate.work.meter import Meter
from narrate.work.ownership import ownership
from narrate.work.reconcile import reconcile
from narrate.work.sites import UNWRITTEN, Sites
from narrate.work.verdicts import LONGEST_PAUSE, judge

_LOOK_S = 0.5  # how often votes are read again while there is work
_RELEASE_EVERY_S = 5.0
_GRACE_S = 20.0  # for what is encoded and published when we are to stop
_FIRST_TRY_S, _LONGEST_TRY_S = 0.5, 10.0  # pauses while the database is away
_MOST_FLIGHTS = 64
_A_BATCH = 8
#: Audio that lies ready for the voices: enough to outlast a forum's slowest answer, little enough to keep votes open.
_AHEAD_S, _LEAST_AHEAD_S, _MOST_AHEAD_S = 60.0, 1200.0, 180_000.0
#: Finished posts that may wait for each encoder before no more are taken.
_SPOKEN_PER_ENCODER = 4

log = structlog.get_logger()


class Dispatcher:
    """`run` works until `stop` is called from another thread (or, with `once`, until nothing is due)."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._meter = Meter(home.store)
        self._standing = Standing(home.settings, home.store)
        self._stopped = threading.Event()
        self._news = threading.Event()
        self._crew: Crew | None = None
        self._sites: Sites | None = None
        self._rest_until_s = 0.0
        self._n_rests = 0
        self._n_outages = 0  # in a row
        self._released_s = -_RELEASE_EVERY_S
        self._told: str | None = None

    def run(self, *, once: bool = False) -> None:
        """Take and finish jobs. Another owner, and a database that is away, are waited for.

        With `once` neither is: raises StoreBusy, or what the database says.
        """
        while True:
            try:
                self._own(once=once)
                return
            except StorageError as error:
                if self._stopped.is_set() and error.retryable:
                    return  # what is claimed is put back at the next start
                if once or not error.retryable:
                    raise
                self._wait_out(error)

    def _own(self, *, once: bool) -> None:
        """Work for as long as the right to it is ours."""
        allocator.give_back()
        with (
            ownership(self._home, self._stopped, wait=not once) as check,
            closing(Caretaker(self._home)) as caretaker,
            closing(Sites(self._home)) as self._sites,
        ):
            reconcile(self._home, self._sites)
            with ExitStack() as stack:
                caretaker.start()
                stack.callback(caretaker.stop)
                try:
                    self._work(check, once=once)
                except StorageError:
                    self._abandon()
                    raise
                finally:
                    self._let_go()
            if once:
                caretaker.go_round()  # what the last post brought about

    def _wait_out(self, error: StorageError) -> None:
        """The rows can't be had just now: told once, tried again with growing pauses."""
        if not self._n_outages:
            log.warning("waiting for the database", why=str(error))
        self._stopped.wait(min(_FIRST_TRY_S * 2 ** min(self._n_outages, 10), _LONGEST_TRY_S))
        self._n_outages += 1

    def stop(self) -> None:
        """Have what is nearly finished end, put the rest back, then return from `run`."""
        self._stopped.set()
        self._news.set()

    def _work(self, check: Callable[[], None], *, once: bool) -> None:
        while not self._stopped.is_set():
            check()
            self._release_due()
            self._take_in()
            check()  # either may have taken long
            is_idle = not self._hand_out()
            if self._n_outages:
                log.info("the database is back", tries=self._n_outages)
                self._n_outages = 0
            if once and is_idle:
                self._release()  # what has just been finished may have its place today
                if self._sites is not None and self._sites.owes_main:
                    raise SiteUnfinished(
                        "What was released isn't in the feed yet. Run narrate publish, or work, again."
                    )
                return
            self._news.wait(_LOOK_S if self._crew and self._crew.flights else 2 * _LOOK_S)
            self._news.clear()

    # What ended

    def _take_in(self) -> None:
        """Record how jobs ended, and mend what broke."""
        if self._crew is None:
            return
        for news in self._crew.tend():
            self._settle(news.flight, news.error)
        if (stage := self._crew.stalled()) is not None:
            self._break_up(stage)
        elif self._crew.stage.broken is not None:
            self._let_go()  # the next one starts with a new runner
        elif flights := self._crew.flights:
            with self._home.store.begin() as session:
                working = jobs.are_working(session, [flight.key for flight in flights])
            for flight in flights:
                if flight.key not in working and flight.key in {f.key for f in self._crew.flights}:
                    self._crew.drop(flight.key)
                    with about(flight):
                        log.info("dropped")

    @telling
    def _settle(self, flight: Flight, error: Exception | None) -> None:
        if error is None:
            self._n_rests = 0
            log.info("published")
        elif isinstance(error, JobCancelled):
            log.info("cancelled")
        else:
            self._record_failure(flight, error)

    @telling
    def _record_failure(self, flight: Flight, error: Exception) -> None:
        key, losses = flight.key, 0
        if isinstance(error, WorkerLost):
            with self._home.store.begin() as session:
                losses = jobs.lose(session, key, flight.stage, str(error))
        pause = timedelta(seconds=self._home.settings.retry_after_s)
        verdict = judge(
            error, attempts=flight.job.attempts, losses=losses, first_pause=pause, own_voice=flight.has_own_voice
        )
        why = f"{losses} times while {flight.stage}: {error}" if losses > 1 else str(error)
        retry_at = None if verdict.retry_after is None else datetime.now(UTC) + verdict.retry_after
        log.error("failed", error=why, retry_at=str(retry_at) if retry_at else None)
        if not hasattr(error, "exit_code"):  # a fault of ours: its place matters
            log.error("traceback", traceback="".join(traceback.format_exception(error)))
        with self._home.store.begin() as session:
            if not jobs.are_working(session, [key]):
                pass  # cancelled meanwhile
            elif isinstance(error, WorkerLost) and retry_at is not None:
                jobs.put_back(session, key)
            else:
                turns.fail(session, key, why, retry_at=retry_at, for_good=verdict.for_good)
        if verdict.everybody_rests:
            self._rest(pause, str(error))

    def _rest(self, first_pause: timedelta, why: str) -> None:
        """Take nothing for a while: what is wrong would meet the next post too. Longer each time in a row."""
        if time.monotonic() < self._rest_until_s:
            return  # several felt the same thing
        pause = min(first_pause * 2 ** min(self._n_rests, 12), LONGEST_PAUSE)
        self._rest_until_s = time.monotonic() + pause.total_seconds()
        self._n_rests += 1
        log.warning("taking nothing for a while", seconds=pause.total_seconds(), why=why)

    def _break_up(self, stage: jobs.Stage) -> None:
        """A stage doesn't get on. Voices are begun anew; a thread of ours that hangs can only end with this process."""
        why = f"nothing got on for too long while {stage}"
        if stage != "speaking":
            raise NarrateError(f"{why}. Start narrate again: it goes on where it was.")
        crew = self._crew
        assert crew is not None
        log.error("stalled", stage=stage)
        for flight in crew.flights:
            if flight.stage == stage and flight.request is not None and self._is_first(flight):
                self._record_failure(flight, WorkerLost(why))
        self._let_go()

    def _is_first(self, flight: Flight) -> bool:
        """Whether this is the post whose lines were being spoken: the one to blame when the voices hang."""
        assert self._crew is not None
        speaking = [each.key for each in self._crew.flights if each.stage == "speaking"]
        order = [turn.key for turn in self._line_up(0) if turn.key in speaking]
        return bool(order) and order[0] == flight.key

    def _let_go(self) -> None:
        """End the crew; what it couldn't finish is put back."""
        crew, self._crew = self._crew, None
        if crew is None:
            return
        ended, left = crew.close(_GRACE_S)
        for news in ended:
            self._settle(news.flight, news.error)
        with self._home.store.begin() as session:
            for key in left:
                jobs.put_back(session, key)
        if left:
            log.info("put back", jobs=len(left))

    def _abandon(self) -> None:
        """End the crew without a row written: another may be at work by now. Its jobs are put back by `reconcile`."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.close()

    # What is next

    def _hand_out(self) -> bool:
        """Take what there is room for, in the order of the votes as they are now. False when nothing is at work."""
        order = self._line_up(_A_BATCH)
        for turn in self._choice(order):
            if self._stopped.is_set():
                break
            with self._home.store.begin() as session:
                job = turns.take(session, turn, datetime.now(UTC))
                last_lane = turns.last_lane(session) if self._crew is None else None
            if job is None:
                continue  # somebody was faster
            if self._crew is None:
                assert self._sites is not None
                self._crew = Crew(self._home, self._sites, self._meter, self._news.set, last_lane)
            with about(self._crew.start(job, turn.minutes, turn.group)):
                log.info("narrating", kind=job.kind)
        if self._crew is None:
            return False
        self._put_back_the_last(order)
        self._crew.prefer(turn.key for turn in order)
        return bool(self._crew.flights)

    def _line_up(self, n: int) -> list[Turn]:
        with self._home.store.begin() as session:
            last = self._crew.last_lane if self._crew else turns.last_lane(session)
            return turns.line_up(session, datetime.now(UTC), n, last)

    def _choice(self, order: Sequence[Turn]) -> list[Turn]:
        """What to take now: as long as the voices have little before them, and always whoever stands before all."""
        if self._why_nothing() is not None:
            return []
        crew = self._crew
        n_unspoken = crew.n_at("writing", "speaking") if crew else 0
        room_s = _LEAST_AHEAD_S
        if crew is not None:
            room_s = min(max(_AHEAD_S * crew.speed_x, _LEAST_AHEAD_S), _MOST_AHEAD_S) - crew.waiting_s
            if crew.n_at("encoding") >= _SPOKEN_PER_ENCODER * self._home.settings.encoders:
                return []
        chosen: list[Turn] = []
        behind: set[str] = set()  # groups in which somebody stands before whoever comes now
        for turn in order:
            overtakes = turn.group not in behind and turn.group != "last"
            behind.add(turn.group)
            if not turn.is_working and ((room_s > 0 and n_unspoken < _MOST_FLIGHTS) or overtakes):
                chosen.append(turn)
                room_s -= turn.minutes * 60
                n_unspoken += 1
        return chosen

    def _put_back_the_last(self, order: Sequence[Turn]) -> None:
        """Those voted to the top may be more than there is room for: then whoever has longest to wait makes room."""
        crew = self._crew
        assert crew is not None
        for turn in reversed(order):
            if crew.n_at("writing", "speaking") <= _MOST_FLIGHTS:
                return
            if turn.is_working and turn.key in {flight.key for flight in crew.flights}:
                crew.drop(turn.key)
                with self._home.store.begin() as session:
                    jobs.put_back(session, turn.key)

    def _why_nothing(self) -> str | None:
        """Why no further post is taken just now, told once; None when nothing stands against it."""
        if time.monotonic() < self._rest_until_s:
            return "resting"
        with self._home.store.begin() as session:
            paused = switches.find(session, switches.PAUSED)
        why = f"paused: {paused.reason}" if paused else None
        if why != self._told:
            log.warning(why or "no longer paused")
            self._told = why
        return why or self._standing.why_paused(datetime.now(UTC))

    def _release_due(self) -> None:
        """Let finished episodes into the main feed whose votes or whose day's place have come."""
        now_s = time.monotonic()
        if now_s - self._released_s >= _RELEASE_EVERY_S and now_s >= self._rest_until_s:
            self._released_s = now_s
            self._release()

    def _release(self) -> None:
        assert self._sites is not None
        try:
            self._sites.release()
        except UNWRITTEN as error:
            self._rest(timedelta(seconds=self._home.settings.retry_after_s), str(error))
