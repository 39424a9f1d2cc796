"""One job on its way through the stages, and the news of how it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from narrate.audio import perform
from narrate.audio.stage import Request
from narrate.records import Episode, Post, PostKey
from narrate.store.jobs import Job, Stage
from narrate.store.turns import Group
from voices import Voice

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


@dataclass(slots=True, kw_only=True, eq=False)
class Flight:
    """What the stages have made of a job so far. `minutes` of audio are guessed until the script is spoken."""

    job: Job
    minutes: float
    group: Group
    stage: Stage
    is_dropped: bool = False  # cancelled, or put back: what comes of it is thrown away
    post: Post | None = None
    known: Episode | None = None
    voice: Voice | None = None
    speaking: perform.Job | None = None
    request: Request | None = None

    @property
    def key(self) -> PostKey:
        """The job's; a crosspost's episode has the key of the forum that hosts its text."""
        return self.job.key

    @property
    def has_own_voice(self) -> bool:
        """Its voice is one that the job or the episode named, not the setting's."""
        return self.job.voice_id is not None or self.known is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """`error` None: its episode stands on its sites."""

    flight: Flight
    error: Exception | None = None


def about(*flights: Flight) -> AbstractContextManager[None]:
    """While it lasts, every line that is logged tells post, attempt and stage, whoever logs it, children included."""
    if len(flights) == 1:
        (one,) = flights
        return structlog.contextvars.bound_contextvars(key=str(one.key), attempt=one.job.attempts, stage=one.stage)
    return structlog.contextvars.bound_contextvars(keys=[str(flight.key) for flight in flights])


def telling(step: Callable[Concatenate[S, Flight, P], T]) -> Callable[Concatenate[S, Flight, P], T]:
    """A method that does something with a flight, `about` it."""

    @wraps(step)
    def told(self: S, flight: Flight, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with about(flight):
            return step(self, flight, *args, **kwargs)

    return told
