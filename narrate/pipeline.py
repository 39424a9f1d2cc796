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

import voices
from narrate.audio.cast import cast
from narrate.audio.packs import Runner
from narrate.audio.perform import Job, Performance, perform_many
from narrate.audio.stage import OnTake
from narrate.audio.takes import Takes
from narrate.produce import Produced, produce
from narrate.records import EditionName, Episode, Post, PostKey, Script
from voices import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What narrating needs, handed in. `fetch`, `write`, `check` and `known` are called from the caller's thread.

    `check` gives a script back, or raises why it isn't spoken.
    """

    fetch: Callable[[str], Post]
    known: Callable[[PostKey], Episode | None]
    voice: Voice
    others: tuple[Voice, ...]  # further voices that can speak here, for quotes and dialogues
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

    An error of one post (SourceError, VoiceError, ...) is yielded, not raised; a full disk or a broken store ends all.
    """
    written: deque[tuple[str, Post]] = deque()
    refused: deque[NotNarrated] = deque()

    def jobs() -> Iterator[Job]:
        for source in asked:
            try:
                post = studio.fetch(source)
                script = studio.check(studio.write(post))
            except Exception as error:  # whatever one post holds must not cost the others
                refused.append(NotNarrated(asked=source, error=error))
                continue
            written.append((source, post))
            yield Job(script=script, casting=cast(script.voice_roles, studio.voice, studio.others))

    for performed in perform_many(jobs(), studio.takes, studio.runner, on_take=on_take):
        while refused:
            yield refused.popleft()
        source, post = written.popleft()
        if performed.performance is None:
            assert performed.failure is not None
            yield NotNarrated(asked=source, error=performed.failure)
            continue
        yield _finish(source, post, performed.job.script, performed.performance, studio)
    yield from refused


def _finish(
    source: str, post: Post, script: Script, performance: Performance, studio: Studio
) -> Narrated | NotNarrated:
    try:
        produced = produce(
            post,
            script,
            performance,
            voice=studio.voice,
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
    return Narrated(asked=source, post=post, script=script, performance=performance, produced=produced)


def choose_voice(voice_id: str) -> tuple[Voice, tuple[Voice, ...]]:
    """(the voice asked for, or the best for "auto"; the others that can speak here). Raises VoiceError."""
    voice = voices.best() if voice_id == "auto" else voices.find(voice_id)
    missing = voices.why_unavailable(voice)
    if missing:
        raise voices.VoiceUnavailable(missing)
    others = tuple(v for v in voices.catalogue() if v.engine == voice.engine and not voices.why_unavailable(v))
    return voice, others
