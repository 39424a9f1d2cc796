"""Jobs -> published episodes, several at once, each stage beside the others. Does what the dispatcher decides.

    reading    one thread asks the forums, many posts to a request; a child of its own reads the markup
    speaking   all scripts share the runner; whose lines come next is said by `prefer`
    encoding   children master, encode, draw and transcribe; a finished post never holds up the voices
    publishing one thread, all that is finished by then at one go; a child of the dispatcher's writes

The order of effects makes a crash harmless anywhere: files under content names, then all rows of an episode with the
job's next stage in one transaction, then the feed, then the job's end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

from narrate.audio import perform
from narrate.audio.stage import Kept, Stage
from narrate.audio.takes import Takes
from narrate.choose import LANES, Lane
from narrate.errors import NarrateError, PostMissing, RunnerBroken
from narrate.home import Home
from narrate.records import Post, PostKey
from narrate.store import jobs
from narrate.store.jobs import Job
from narrate.store.turns import Group
from narrate.work import steps
from narrate.work.flight import Ended, Flight, about, telling
from narrate.work.meter import Meter
from narrate.work.pieces import TO_ENCODE, TO_WRITE, get_ready
from narrate.work.sites import Sites
from narrate.work.workshop import Workshop

_CHARS_A_SECOND = 15.0  # of speech
_SPEED_OVER_S = 20.0
_LET_LAND_S = 10.0


class Crew:
    """`start` takes jobs, `ended` gives news; `wake` is called (from any thread) when there is something to tend to.

    One thread, the dispatcher's, calls everything here.
    """

    def __init__(
        self, home: Home, sites: Sites, meter: Meter, wake: Callable[[], None], last_lane: Lane | None
    ) -> None:
        self._home, self._sites, self._meter, self._wake = home, sites, meter, wake
        self.last_lane = last_lane  # of the post that was spoken last: the other one has the next turn
        self._deadline_s = home.settings.stall_minutes * 60
        self._flights: dict[PostKey, Flight] = {}
        self._ended: SimpleQueue[Ended] = SimpleQueue()
        self._beats: dict[jobs.Stage, float] = {}  # when something last got on there, monotonic
        self._spoken_s, self._speed_x, self._since_s = 0.0, 0.0, time.monotonic()
        self._closing = threading.Event()
        self._site_s = 0.0  # how long the site that is being written may take
        self._stack = ExitStack()
        self._scratch = self._stack.enter_context(home.scratch())
        runner = self._stack.enter_context(closing(home.open_runner()))
        self._takes = Takes(home.files)
        self.stage = Stage(self._takes, runner, self._on_take, on_end=wake)
        memory_bytes = home.settings.child_memory_bytes
        self._desk, self._press = Workshop(1, memory_bytes), Workshop(home.settings.encoders, memory_bytes)
        self._writers = ThreadPoolExecutor(2, "write")  # the second asks for cached takes while the first waits
        self._encoders = ThreadPoolExecutor(home.settings.encoders, "encode")
        self._to_read: SimpleQueue[Flight | None] = SimpleQueue()
        self._to_publish: SimpleQueue[Flight | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, args=(self._to_read, self._read), name="read", daemon=True),
            threading.Thread(target=self._serve_sites, name="publish", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._writers.submit(self._desk.run, self._deadline_s, get_ready, *TO_WRITE)
        self._encoders.submit(self._press.run, self._deadline_s, get_ready, *TO_ENCODE)

    # What the dispatcher asks and says

    @property
    def flights(self) -> Sequence[Flight]:
        return list(self._flights.values())

    def n_at(self, *stages: jobs.Stage) -> int:
        return sum(flight.stage in stages for flight in self._flights.values())

    @property
    def waiting_s(self) -> float:
        """How much audio the voices still have before them, a guess."""
        unwritten = sum(flight.minutes * 60 for flight in self._flights.values() if flight.stage == "writing")
        return unwritten + self.stage.n_chars_waiting / _CHARS_A_SECOND

    @property
    def speed_x(self) -> float:
        """Seconds of audio a second, lately."""
        past_s = time.monotonic() - self._since_s
        if past_s > _SPEED_OVER_S:
            self._speed_x = (self._speed_x + self._spoken_s / past_s) / 2 if self._speed_x else self._spoken_s / past_s
            self._spoken_s, self._since_s = 0.0, time.monotonic()
        return self._speed_x

    def start(self, job: Job, minutes: float, group: Group) -> Flight:
        """Take a claimed job in; how it is on its way. One whose episode is kept already goes straight to the sites."""
        is_kept = job.stage == "publishing"
        flight = Flight(job=job, minutes=minutes, group=group, stage="publishing" if is_kept else "writing")
        self._flights[flight.key] = flight
        self._meter.begin(flight.key)
        self._beat(flight.stage)
        (self._to_publish if is_kept else self._to_read).put(flight)
        return flight

    def prefer(self, keys: Iterable[PostKey]) -> None:
        """Have the posts spoken in this order from the next pack on."""
        flights = [self._flights[key] for key in keys if key in self._flights]
        self.stage.prefer([flight.request for flight in flights if flight.request is not None])

    def drop(self, key: PostKey) -> None:
        """Forget a job: what is spoken of it stays in the cache, anything else comes to nothing."""
        flight = self._flights.pop(key)
        self._meter.end(key)
        flight.is_dropped = True
        if flight.request is not None:
            self.stage.drop(flight.request)

    def tend(self) -> list[Ended]:
        """Send on what is spoken; what has ended since the last call."""
        broken = self.stage.broken
        for flight in self.flights:
            if flight.stage != "speaking" or flight.request is None:
                continue
            if flight.request.is_done:
                try:
                    self._conclude(flight)
                except NarrateError as error:  # its stage can't be noted: the database is away
                    self._end(flight, error)
            elif isinstance(broken, NarrateError):
                self._end(flight, broken)
            elif broken is not None:
                self._end(flight, RunnerBroken(f"Where the voices run broke: {broken}. It is begun anew."))
        ended: list[Ended] = []
        with suppress(Empty):
            while True:
                news = self._ended.get_nowait()
                if self._flights.get(news.flight.key) is news.flight:  # and not a later try of the same post
                    del self._flights[news.flight.key]
                    self._meter.end(news.flight.key)
                    ended.append(news)
        return ended

    def stalled(self) -> jobs.Stage | None:
        """A stage that has work and hasn't got on with any for too long; None when all is well."""
        now_s = time.monotonic()
        for stage in ("writing", "speaking", "encoding", "publishing"):
            flights = [flight for flight in self._flights.values() if flight.stage == stage]
            longest_s = max((steps.encode_s(self._home, f) for f in flights if stage == "encoding"), default=0.0)
            if stage == "publishing":
                longest_s = 3 * self._site_s  # the dispatcher's own releases may come before
            patience_s = self._deadline_s * (1 if stage == "speaking" else 3) + longest_s
            if flights and now_s - self._beats.get(stage, now_s) > patience_s:
                return stage
        return None

    def close(self, grace_s: float = 0.0) -> tuple[list[Ended], list[PostKey]]:
        """Let what is encoded and published come to its end for so long, then stop everything.

        Packs that are being spoken may land, so that their takes are kept. Returns what ended, and what has to be put
        back.
        """
        until_s = time.monotonic() + grace_s
        for flight in self.flights:
            if flight.stage in ("writing", "speaking"):
                flight.is_dropped = True
                if flight.request is not None:
                    self.stage.drop(flight.request)
        ended: list[Ended] = []
        while time.monotonic() < until_s and (
            self.n_at("encoding", "publishing")
            or (self.stage.n_flying and time.monotonic() < until_s - grace_s + _LET_LAND_S)
        ):
            ended += self.tend()
            time.sleep(0.05)
        self._closing.set()
        self._to_read.put(None)
        self._to_publish.put(None)
        self.stage.close()
        self._desk.close()
        self._press.close()
        for pool in (self._writers, self._encoders):
            pool.shutdown(wait=True, cancel_futures=True)
        # the sites are whole when we are gone, unless that thread hangs; a forum may keep its reader waiting
        self._threads[1].join(0.0 if self.stalled() == "publishing" else None)
        self._stack.close()
        last = self.tend()
        stopped = [news.flight.key for news in last if news.error is not None]  # by us, and not by what they are
        for key in self._flights:
            self._meter.end(key)
        return [*ended, *(news for news in last if news.error is None)], [*stopped, *self._flights]

    # The stages, each in threads of its own

    def _serve(self, source: SimpleQueue[Flight | None], work: Callable[[list[Flight]], None]) -> None:
        """Hand over all that has come by now, again and again, until None comes."""
        while (flight := source.get()) is not None:
            batch = [flight]
            with suppress(Empty):
                while (flight := source.get_nowait()) is not None:
                    batch.append(flight)
            batch = [flight for flight in batch if not flight.is_dropped]
            try:
                work(batch)
            except Exception as error:  # whatever it is, the jobs must hear of it
                for each in batch:
                    self._end(each, error)
            if flight is None or self._closing.is_set():
                return

    def _serve_sites(self) -> None:
        self._sites.get_ready()
        self._serve(self._to_publish, self._publish)

    def _read(self, batch: list[Flight]) -> None:
        """Get the posts, many to a request, and send each on as it comes."""
        asked: dict[PostKey, Flight] = {}
        for flight in batch:
            try:
                post = steps.kept_post(self._home, flight)
            except PostMissing as error:
                self._end(flight, error)
                continue
            if post is None:
                asked[flight.key] = flight
            else:
                self._writers.submit(self._write, flight, post)
        try:
            for key, found in self._home.sources.fetch_many(asked):
                flight = asked.pop(key)
                self._beat("writing")
                if isinstance(found, Post):
                    self._writers.submit(self._write, flight, found)
                else:
                    self._end(flight, found)
        except Exception as error:  # the forum as a whole doesn't answer
            for flight in asked.values():
                self._end(flight, error)

    @telling
    def _write(self, flight: Flight, post: Post) -> None:
        try:
            if flight.is_dropped:
                return
            steps.write(self._home, self._desk, self._deadline_s, flight, post)
            assert flight.request is not None
            self._enter(flight, "speaking")
            self.stage.ask(flight.request)
            if flight.is_dropped:
                self.stage.drop(flight.request)
        except Exception as error:  # whatever one post holds is recorded with it
            self._end(flight, error)

    @telling
    def _conclude(self, flight: Flight) -> None:
        """All is spoken, or never will be."""
        assert flight.speaking is not None
        assert flight.request is not None
        performed = perform.conclude(flight.speaking, flight.request)
        if performed.performance is None:
            assert performed.failure is not None
            self._end(flight, performed.failure)
            return
        performance = performed.performance
        flight.minutes = (
            sum(performance.n_samples[k] for k in performance.take_keys.values()) / performance.rate_hz / 60
        )
        if flight.group in LANES:
            self.last_lane = flight.group
        self._enter(flight, "encoding")
        self._encoders.submit(self._encode, flight, performance)

    @telling
    def _encode(self, flight: Flight, performance: perform.Performance) -> None:
        try:
            if flight.is_dropped:
                return
            self._beat("encoding")  # those before it may have taken long
            narrated = steps.encode(self._home, self._press, self._deadline_s, flight, performance, self._scratch)
            steps.keep(self._home, flight, narrated)
            flight.stage = "publishing"
            self._beat("publishing")
            self._to_publish.put(flight)
        except Exception as error:  # as above
            self._end(flight, error)

    def _publish(self, batch: list[Flight]) -> None:
        with about(*batch):
            steps.publish(self._home, self._sites, batch, self._begin_to_write)
        for flight in batch:
            self._end(flight)

    # News

    def _enter(self, flight: Flight, stage: jobs.Stage) -> None:
        with self._home.store.begin() as session:
            jobs.enter(session, flight.key, stage, datetime.now(UTC))
        flight.stage = stage
        self._beat(stage)

    def _end(self, flight: Flight, error: Exception | None = None) -> None:
        self._beat(flight.stage)
        self._ended.put(Ended(flight=flight, error=error))
        self._wake()

    def _on_take(self, kept: Kept) -> None:
        self._beat("speaking")
        self._meter.on_take(kept)
        if not kept.was_cached:
            self._spoken_s += kept.n_samples / kept.rate_hz

    def _begin_to_write(self, deadline_s: float) -> None:
        self._site_s = deadline_s
        self._beat("publishing")

    def _beat(self, stage: jobs.Stage) -> None:
        self._beats[stage] = time.monotonic()
