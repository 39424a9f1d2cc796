"""A library of finished episodes without narrating them: rows and small ready-made files, in the shapes of real ones.

For what is about thousands of episodes. Publishing reads such rows and files as it reads any.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import obstore
from pydantic import TypeAdapter

from narrate.audio.sounds import Mark, Piece, Recording
from narrate.home import Home
from narrate.records import (
    Author,
    Chapter,
    Edition,
    Episode,
    EpisodeChapter,
    Post,
    PostKey,
    Script,
    Series,
    StoredFile,
    Utterance,
)
from narrate.script.document import to_json
from narrate.store.episodes import load_episode, save_episode
from narrate.store.posts import save_post, set_date

START = datetime(2020, 1, 1, tzinfo=UTC)
_RATE_HZ = 16_000
_RECORDING: TypeAdapter[Recording] = TypeAdapter(Recording)
_FILES = {
    "audio": (".mp3", "audio/mpeg"),
    "cover": (".jpg", "image/jpeg"),
    "chapters_json": (".chapters.json", "application/json+chapters"),
    "transcript_vtt": (".vtt", "text/vtt"),
    "transcript_srt": (".srt", "application/x-subrip"),
    "transcript_json": (".words.json", "application/json"),
}


class Library:
    """Adds episodes to a data folder. Publishing them is the caller's."""

    def __init__(self, home: Home, rng: random.Random, *, n_tags: int = 200) -> None:
        self._home, self._rng = home, rng
        self._n = 0
        self._tags = [f"Tag {n}" for n in range(n_tags)]

    def add(self, n: int, **changes: Any) -> list[PostKey]:
        """So many more episodes, released one an hour; `changes` are fields of the Episode."""
        keys = []
        with self._home.store.begin() as session:
            for _ in range(n):
                self._n += 1
                at = START + timedelta(hours=self._n)
                episode = replace(self._episode(self._n, at), **changes)
                series = self._series(self._n) if self._n % 20 < 5 else None
                save_post(session, _post(episode, series))
                session.flush()
                script, recording = _script_of(episode)
                document = _RECORDING.dump_python(recording, mode="json")
                save_episode(session, episode, script=to_json(script), recording=document)
                set_date(session, episode.key, ready_at=at, released_at=at + timedelta(minutes=5))
                keys.append(episode.key)
        return keys

    def with_editions(self, n: int, **changes: Any) -> list[PostKey]:
        """The same with footnotes: each has an assembly without them, and one with them at its end."""
        keys = []
        for _ in range(n):
            key = PostKey("lesswrong", f"libraryPost{self._n + 1:06}")
            chapters = (EpisodeChapter(start_ms=0, end_ms=900_000, title="Whole", level=1, url=None),)
            editions = tuple(
                Edition(
                    name=name, duration_ms=900_000, chapters=chapters, notes_html="<p>Without</p>", n_words=10,
                    **{k: f for k, f in self._files(key, name).items() if k != "cover"},  # type: ignore[arg-type]
                )
                for name in ("nofn", "fnafter")
            )  # fmt: skip
            keys += self.add(1, editions=editions, **changes)
        return keys

    def correct(self, key: PostKey, version: str) -> Episode:
        """Another version of an episode: the same identity and dates, other files."""
        with self._home.store.begin() as session:
            known = load_episode(session, key)
            assert known is not None
            files = self._files(key, version)
            episode = replace(known, version=version, made_at=known.made_at + timedelta(days=1), **files)
            script, recording = _script_of(episode)
            document = _RECORDING.dump_python(recording, mode="json")
            save_episode(session, episode, script=to_json(script), recording=document)
        return episode

    def _episode(self, n: int, at: datetime) -> Episode:
        rng, key = self._rng, PostKey("lesswrong", f"libraryPost{n:06}")
        names = [f"Author {min(int(rng.paretovariate(1.1)), 400)}"]
        starts = sorted(rng.sample(range(30_000, 1_800_000, 1000), 11))
        bounds = list(zip([0, *starts], [*starts, 1_830_000], strict=True))
        url = f"https://www.lesswrong.com/posts/{key.post_id}/a-post-about-the-{n}th-thing"
        chapters = tuple(
            EpisodeChapter(
                start_ms=start, end_ms=end, title=f"What follows from part {m}", level=1, url=f"{url}#part_{m}"
            )
            for m, (start, end) in enumerate(bounds)
        )
        words = " ".join(rng.choices(_TEXT.split(), k=250))
        return Episode(
            key=key,
            version=hashlib.sha256(f"{key} first".encode()).hexdigest(),
            title=f"What I learned about the {n}th thing, and what I didn’t",
            authors=tuple(
                Author(name=name, url=f"https://www.lesswrong.com/users/{name.lower().replace(' ', '-')}")
                for name in names
            ),
            site="LessWrong",
            source_url=url,
            posted_at=at - timedelta(days=rng.randrange(1, 4000)),
            ready_at=at,
            released_at=at,
            made_at=at,
            revision="1.0.0",
            voice_id="flite-rms",
            duration_ms=1_830_000,
            chapters=chapters,
            notes_html=f'<p>(00:00) Opening</p>\n<p>{words}</p>\n<p><a href="{url}">Read and comment</a></p>',
            opening=words[:280],
            n_words=4000,
            karma=int(rng.paretovariate(0.9) * 12),
            tags=tuple({rng.choice(self._tags[: 1 + int(rng.paretovariate(0.5)) % len(self._tags)]) for _ in range(8)}),
            **self._files(key, "first"),
        )

    def _files(self, key: PostKey, version: str) -> dict[str, StoredFile]:
        made = {}
        for name, (suffix, mime) in _FILES.items():
            said = f"{key} {version} {name}"
            content = (json.dumps({"version": said, "segments": []}) if mime == "application/json" else said).encode()
            path = f"recordings/{key.slug}/{hashlib.sha256(content).hexdigest()[:12]}{suffix}"
            obstore.put(self._home.files, path, content)
            made[name] = StoredFile(path=path, n_bytes=len(content), mime=mime)
        return made

    def _series(self, n: int) -> Series:
        first = n - n % 20
        posts = tuple(PostKey("lesswrong", f"libraryPost{m:06}") for m in range(max(first, 1), first + 5))
        return Series(
            key=PostKey("lesswrong", f"sequence-s{first}"),
            title=f"Things from {first} on",
            url="",
            chapters=(("", posts),),
        )


def _post(episode: Episode, series: Series | None) -> Post:
    return Post(
        key=episode.key,
        url=episode.source_url,
        site=episode.site,
        title=episode.title,
        authors=episode.authors,
        posted_at=episode.posted_at,
        html="<p>Words.</p>",
        revision=episode.revision,
        fetched_at=episode.made_at,
        karma=episode.karma,
        tags=episode.tags,
        curated_at=episode.made_at if (episode.karma or 0) > 300 else None,
        series=series,
    )


def _script_of(episode: Episode) -> tuple[Script, Recording]:
    """One utterance a chapter, at the second at which its chapter begins."""
    chapters, pieces, marks = [], [], []
    for n, heard in enumerate(episode.chapters):
        said = Utterance(
            id=f"b{n}-0", block=n, written="Some words.", spoken="Some words.", role="prose", pause_after_s=0.5
        )
        chapters.append(
            Chapter(title=heard.title, spoken_title=heard.title, anchor=f"part_{n}", level=1, utterances=(said,))
        )
        start = heard.start_ms * _RATE_HZ // 1000
        pieces.append(Piece(utterance_id=said.id, take_key=f"{n:064x}", start_sample=start, n_samples=_RATE_HZ))
        marks.append(Mark(start_sample=start, title=heard.title, level=1, anchor=f"part_{n}"))
    script = Script(
        key=episode.key,
        title=episode.title,
        authors=tuple(author.name for author in episode.authors),
        source_url=episode.source_url,
        posted_at=episode.posted_at,
        revision=episode.revision,
        text_sha256="0" * 64,
        script_version="1",
        voice_roles=(("prose", "main"),),
        chapters=tuple(chapters),
    )
    n_samples = episode.duration_ms * _RATE_HZ // 1000
    return script, Recording(rate_hz=_RATE_HZ, n_samples=n_samples, pieces=tuple(pieces), marks=tuple(marks))


_TEXT = """
the of and to a in that is was it for on are as with his they at be this from have or by one had not but what all were
when we there can an your which their said if do will each about how up out them then she many some so these would other
into has more her two like him see time could no make than first been its who now people my made over did down only way
find use may long little very after words called just where most know evidence belief map territory calibration
uncertainty model prediction error hypothesis argument premise conclusion
"""
