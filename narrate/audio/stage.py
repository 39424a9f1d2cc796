"""Requests for takes -> takes in the cache, through a runner, from a thread of its own.

The caller plans and waits; the thread hands out packs, checks what comes back, keeps it and tries again what failed.
Only this thread touches the runner; everything both sides see is guarded by one condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread

import voices
from narrate.audio.backlog import Backlog, Refusal
from narrate.audio.packs import Done, Outcome, Runner
from narrate.audio.rescue import Fallback, Rescue, Saved, key_of
from narrate.audio.sounds import FALLBACK, Take
from narrate.audio.takes import Takes
from narrate.records import PostKey
from voices import Line, Spoken
from voices.faults import find_fault
from voices.pitch import at_pitch

_FEW_LINES, _LINES_A_FAILURE = 3, 20
_POLL_S = 0.2  # how late a slot that came free by itself, or the end, is noticed at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """News for a progress display: a request has one more of its takes."""

    key: PostKey
    n_samples: int
    rate_hz: int
    was_cached: bool
    n_takes: int  # that the request has by now
    n_takes_wanted: int


OnTake = Callable[[Kept], None]


@dataclass(slots=True, kw_only=True, eq=False)
class Request:
    """The takes one script wants. `lines` by take key: the voice's id and the line."""

    key: PostKey
    take_keys: Mapping[str, str]  # by utterance id
    lines: Mapping[str, tuple[str, Line]]
    rate_hz: int
    fallback: Fallback | None = None
    pitches: Mapping[str, float] = field(default_factory=dict)  # by take key, of takes that aren't in the voice's own
    n_samples: dict[str, int] = field(default_factory=dict)  # by take key, as they are kept
    asked_first: set[str] = field(default_factory=set)  # keys that no other request had asked for
    refusals: list[Refusal] = field(default_factory=list)
    with_fallback: set[str] = field(default_factory=set)  # keys that only the fallback may still save

    @property
    def is_done(self) -> bool:
        """Every take is kept, or one never will be."""
        return bool(self.refusals) or len(self.n_samples) == len(self.lines)

    def lacks(self, take_key: str) -> bool:
        return take_key in self.lines and take_key not in self.n_samples

    @property
    def most_with_fallback(self) -> int:
        """A voice that fails more often than here and there has failed as a whole: that is no episode to publish."""
        return max(_FEW_LINES, len(self.lines) // _LINES_A_FAILURE)


class Stage:
    """Where requests are spoken. `close` ends the thread and leaves the runner open."""

    def __init__(
        self,
        takes: Takes,
        runner: Runner,
        on_take: OnTake | None = None,
        on_end: Callable[[], None] | None = None,
        pack_lines: Callable[[str], int] = voices.pack_lines,
    ) -> None:
        self._takes = takes
        self._runner = runner
        self._on_take = on_take or (lambda kept: None)
        self._on_end = on_end or (lambda: None)  # called, from any thread, when a request is done or all is broken
        self._backlog = Backlog(pack_lines)
        self._rescue = Rescue()
        self._rates_hz: dict[str, int] = {}  # by voice id
        self._arriving: set[str] = set()  # spoken and not kept yet: nobody needs to ask for them again
        self._live: list[Request] = []
        self._changed = Condition()
        self._closing = False
        self._broken: BaseException | None = None
        self._thread = Thread(target=self._run, name="stage", daemon=True)

    @property
    def n_chars_waiting(self) -> int:
        """How much text waits for its first try."""
        with self._changed:
            return self._backlog.n_chars

    @property
    def n_flying(self) -> int:
        """How many packs are being spoken."""
        with self._changed:
            return self._backlog.n_flying

    @property
    def broken(self) -> BaseException | None:
        """What ended the stage before its time: DiskFull, a runner's own error. It speaks nothing any more."""
        return self._broken

    def ask(self, request: Request) -> None:
        """Have the request's lines spoken that aren't kept yet, nor asked for by another request."""
        with self._changed:
            self._live.append(request)  # first of all: what others get spoken from here on counts for this one too
            self._rates_hz.update({voice_id: request.rate_hz for voice_id, _ in request.lines.values()})
        cached = self._takes.sizes(request.lines)
        for take_key, size in cached.items():
            self._settle(take_key, size.n_samples, only=request)
        with self._changed:
            if request.is_done:
                self._retire(request)
                return
            request.asked_first = {
                k
                for k in request.lines
                if request.lacks(k) and k not in self._backlog and k not in self._rescue and k not in self._arriving
            }
            self._backlog.add(request.lines[take_key] for take_key in request.asked_first)
            if self._thread.ident is None:
                self._thread.start()
            self._changed.notify_all()

    def wait_for(self, request: Request) -> None:
        """Until the request is done. Raises what broke the stage: DiskFull, a runner's own error."""
        with self._changed:
            self._changed.wait_for(lambda: request.is_done or self._broken is not None)
            if self._broken is not None and not request.is_done:
                raise self._broken

    def prefer(self, requests: Sequence[Request]) -> None:
        """Speak in this order from the next pack on: what the first of these lacks, then the next; others last."""
        with self._changed:
            places: dict[str, int] = {}
            for place, request in enumerate(requests):
                for take_key in request.lines:
                    places.setdefault(take_key, place)
            self._backlog.reorder(lambda line_id: places.get(key_of(line_id), len(requests)))

    def drop(self, request: Request) -> None:
        """Nobody waits for this request any more: what only it wanted isn't spoken. What is in flight is kept."""
        with self._changed:
            self._retire(request)
            self._keep_wanted()

    def close(self) -> None:
        """Stop handing out packs and end the thread. What is in flight stays with the runner."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._closing:
                self._hand_out()
                with self._changed:
                    if self._backlog.n_flying == 0:
                        self._changed.wait(_POLL_S)
                        continue
                self._take_in(self._runner.wait(_POLL_S))
        except BaseException as error:  # a thread's error has nobody to catch it: whoever waits shall raise it
            with self._changed:
                self._broken = error
                self._changed.notify_all()
            self._on_end()

    def _hand_out(self) -> None:
        while (n_free := self._runner.free_slots()) > 0:
            with self._changed:
                pack = self._backlog.next_pack(n_free + self._backlog.n_flying)
            if pack is None:
                return
            self._runner.submit(pack)

    def _take_in(self, outcomes: Sequence[Outcome]) -> None:
        arrived: list[Take] = []
        for outcome in outcomes:
            with self._changed:
                voice_id, lines = self._backlog.flying(outcome.pack_id)
                if not lines:
                    continue  # of an earlier caller, who gave up on it
                if isinstance(outcome, Done):
                    good, wrong = _inspect(lines, outcome.spoken, self._rates_hz[voice_id])
                    refusals = [*self._backlog.landed(outcome.pack_id, wrong)]
                    for line, spoken in good:
                        take = self._take_of(line, spoken)
                        if isinstance(take, Take):
                            arrived.append(take)
                            self._arriving.add(take.key)
                        elif take is not None:
                            refusals.append(take)
                else:
                    refusals = [*self._backlog.retry(outcome)]
                self._save(refusals)
        self._hand_out()  # a slot that came free must not wait for the disk
        for take in arrived:
            self._takes.write(take)
            self._settle(take.key, take.n_samples)
            with self._changed:
                self._arriving.discard(take.key)

    def _take_of(self, line: Line, spoken: Spoken) -> Take | Refusal | None:
        """A good sound -> the take it makes; None when it is a part of one, a refusal when the whole is bad."""
        made = ""
        key = key_of(line.id)
        wanted = next((request for request in self._live if key in request.lines), None)
        if line.id != key:
            if wanted is None:
                return None  # nobody waits for what it would be a part of
            saved = self._rescue.landed(spoken, wanted.rate_hz)
            if not isinstance(saved, Saved):
                return saved
            spoken, made = saved.spoken, saved.made
        elif wanted is not None and line.seed != wanted.lines[key][1].seed:
            made = f"seed {line.seed}"
        pitch = wanted.pitches.get(key, 1.0) if wanted else 1.0
        if pitch != 1.0 and not made.startswith(FALLBACK):
            spoken = at_pitch(spoken, pitch)
        return Take(key=key, rate_hz=spoken.sound.rate_hz, pcm=spoken.sound.to_pcm16(), words=spoken.words, made=made)

    def _settle(self, take_key: str, n_samples: int, only: Request | None = None) -> None:
        """A take is kept: every request that lacks it has it now."""
        news = []
        with self._changed:
            for request in [only] if only else list(self._live):
                if not request.lacks(take_key):
                    continue
                request.n_samples[take_key] = n_samples
                news.append(
                    Kept(
                        key=request.key,
                        n_samples=n_samples,
                        rate_hz=request.rate_hz,
                        was_cached=take_key not in request.asked_first,
                        n_takes=len(request.n_samples),
                        n_takes_wanted=len(request.lines),
                    )
                )
                if request.is_done and only is None:
                    self._retire(request)
        for kept in news:
            self._on_take(kept)

    def _save(self, refusals: Sequence[Refusal]) -> None:
        """Have refused lines said in another way. Requests with a line that can't be said at all end here."""
        for refusal in refusals:
            key = key_of(refusal.line.id)
            wanting = [request for request in self._live if request.lacks(key)]
            fallback = next((request.fallback for request in wanting if request.fallback), None)
            lines = self._rescue.refused(refusal, fallback) if wanting else []
            if fallback is not None and any(voice_id == fallback.voice_id for voice_id, _ in lines):
                self._rates_hz[fallback.voice_id] = fallback.rate_hz
                for request in wanting:
                    request.with_fallback.add(key)
            hopeless = [r for r in wanting if not lines or len(r.with_fallback) > r.most_with_fallback]
            for request in hopeless:
                request.refusals.append(self._rescue.first_refusal(key))
                self._retire(request)
            self._backlog.add(lines)
        if refusals:
            self._keep_wanted()

    def _keep_wanted(self) -> None:
        def is_wanted(line_id: str) -> bool:
            return any(request.lacks(key_of(line_id)) for request in self._live)

        self._backlog.keep(is_wanted)
        self._rescue.forget(is_wanted)

    def _retire(self, request: Request) -> None:
        if request in self._live:
            self._live.remove(request)
            self._on_end()
        self._changed.notify_all()


def _inspect(
    lines: Sequence[Line], spoken: Sequence[Spoken], rate_hz: int
) -> tuple[list[tuple[Line, Spoken]], dict[str, str]]:
    """A pack's lines and sounds -> (the good ones, why the others are wrong by line id)."""
    sounds = {sound.line_id: sound for sound in spoken}
    wrong: dict[str, str] = {}
    for line in lines:
        if line.id not in sounds:
            wrong[line.id] = "the engine left it out"
        elif fault := find_fault(line, sounds[line.id], rate_hz):
            wrong[line.id] = fault.why
    return [(line, sounds[line.id]) for line in lines if line.id not in wrong], wrong
