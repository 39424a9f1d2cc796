"""The whole way, in order: what was asked for -> Post -> Script -> takes -> Recording -> Episode.

No SQL and no HTTP in here: whoever calls hands in how to fetch, what is known already and where things are kept.
Publishing what comes out is `release.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from obstore.store import ObjectStore

from narrate.audio.packs import Runner
from narrate.audio.perform import Job, Performance, perform_many
from narrate.audio.stage import OnTake
from narrate.audio.takes import Takes
from narrate.company import Company
from narrate.produce import Produced, produce
from narrate.records import EditionName, Episode, Post, PostKey, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What narrating needs, handed in. `fetch`, `write`, `check` and `known` are called from the caller's thread.

    `check` gives a script back, or raises why it isn't spoken. `hear` may have lines of a performance said better.
    """

    fetch: Callable[[str], Post]
    known: Callable[[PostKey], Episode | None]
    company: Callable[[Post], Company]  # who reads it
    runner: Runner
    takes: Takes
    files: ObjectStore
    scratch: Path
    show_title: str
    write: Callable[[Post], Script]
    known_script: Callable[[PostKey], Script | None] = lambda _: None  # of the live episode, as last published
    opus: bool = True
    editions: tuple[EditionName, ...] = ()
    check: Callable[[Script], Script] = lambda script: script
    hear: Callable[[Performance, Job], Performance] = lambda performance, job: performance


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrated:
    """A post that became an episode."""

    asked: str
    post: Post
    script: Script
    performance: Performance
    produced: Produced


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNarrated:
    """A post that didn't, and why; the others go on."""

    asked: str
    error: Exception


def narrate(asked: Iterable[str], studio: Studio, on_take: OnTake | None = None) -> Iterator[Narrated | NotNarrated]:
    """Narrate what is asked for. While one recording is mastered, the lines of the next are being spoken.

    The runner is closed as soon as all is spoken: what its voices hold is room for those who encode.

    An error of one post (SourceError, VoiceError, ...) is yielded, not raised; a full disk or a broken store ends all.
    """
    written: deque[tuple[str, Post, Company]] = deque()
    refused: deque[NotNarrated] = deque()

    def jobs() -> Iterator[Job]:
        for source in asked:
            try:
                post = studio.fetch(source)
                script = studio.check(studio.write(post))
                company = studio.company(post)
            except Exception as error:  # whatever one post holds must not cost the others
                refused.append(NotNarrated(asked=source, error=error))
                continue
            written.append((source, post, company))
            yield Job(script=script, casting=company.cast(script.voice_roles))

    for performed in perform_many(jobs(), studio.takes, studio.runner, on_take=on_take, on_spoken=studio.runner.close):
        while refused:
            yield refused.popleft()
        source, post, company = written.popleft()
        if performed.performance is None:
            assert performed.failure is not None
            yield NotNarrated(asked=source, error=performed.failure)
            continue
        yield _finish(source, post, performed.job, performed.performance, company, studio)
    yield from refused


def _finish(
    source: str, post: Post, job: Job, performance: Performance, company: Company, studio: Studio
) -> Narrated | NotNarrated:
    try:
        performance = studio.hear(performance, job)
        produced = produce(
            post,
            job.script,
            performance,
            voice=company.voice,
            show_title=studio.show_title,
            takes=studio.takes,
            files=studio.files,
            scratch=studio.scratch,
            known=studio.known(post.key),
            known_script=partial(studio.known_script, post.key),
            opus=studio.opus,
            editions=studio.editions,
        )
    except Exception as error:
        return NotNarrated(asked=source, error=error)
    return Narrated(asked=source, post=post, script=job.script, performance=performance, produced=produced)
