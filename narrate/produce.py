"""A performed script -> a finished episode: its audio, cover, chapters and transcripts as files under content names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import obstore
from obstore.store import ObjectStore

import feeds
from narrate.audio.assemble import assemble, word_times
from narrate.audio.finish import master_and_encode
from narrate.audio.perform import Performance
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes
from narrate.notes import item_title, show_notes
from narrate.pages import byline
from narrate.records import Episode, EpisodeChapter, Post, PostKey, Script, StoredFile
from narrate.script.document import to_json
from voices import Voice

#: Changes when the same script and takes would make other files: tags, loudness, transcripts, notes.
FORM = "1"

_TYPES = {
    ".mp3": "audio/mpeg",
    ".jpg": "image/jpeg",
    ".chapters.json": "application/json+chapters",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".words.json": "application/json",
}
_OPENING_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """An episode, the plan of its audio, and whether its files were there already."""

    episode: Episode
    recording: Recording
    reused: bool


def produce(
    post: Post,
    script: Script,
    performance: Performance,
    *,
    voice: Voice,
    show_title: str,
    takes: Takes,
    files: ObjectStore,
    scratch: Path,
    known: Episode | None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Produced:
    """Make what isn't there yet. `known` is the live episode of this post; when nothing that is heard or shown
    differs from it, it comes back as it is. `scratch` is a folder for half-made files on the disk with room.

    Raises AudioError, StorageError or feeds.FeedError; nothing half-made is kept.
    """
    recording = assemble(script, performance, performance.rate_hz)
    version = version_of(post, script, performance, voice, show_title)
    if known is not None and known.version == version and _are_kept(files, known):
        return Produced(episode=known, recording=recording, reused=True)

    made_at = now()
    marks = chapter_marks(post, recording)
    cues = tuple(_cues(script, recording, takes))
    names = [author.name for author in post.authors]
    title = item_title(post.title, names)
    cover = feeds.draw_cover(post.title, byline(names), seed_text=str(post.key))
    tag = feeds.id3_tag(
        title=title,
        artist=byline(names),
        album=show_title,
        duration_ms=_ms(recording.n_samples, recording.rate_hz),
        date=(post.posted_at or made_at).date(),
        chapters=marks,
        cover_jpeg=cover,
        comment=f"Read by a machine. Text © {byline(names)}." + (f" {post.url}" if post.url else ""),
        link=post.url or None,
    )

    def keep(content: bytes | Path, suffix: str) -> StoredFile:
        return keep_file(files, post.key, content, suffix)

    with TemporaryDirectory(dir=scratch, prefix="encode-") as folder:
        encoded = master_and_encode(recording, takes, tag, Path(folder) / "audio.mp3")
        audio = keep(encoded.path, ".mp3")
    opening = feeds.cut(_opening_words(script), _OPENING_CHARS)
    episode = Episode(
        key=post.key,
        version=version,
        title=post.title,
        authors=post.authors,
        site=post.site,
        source_url=post.url,
        posted_at=post.posted_at,
        ready_at=known.ready_at if known else made_at,
        released_at=known.released_at if known else None,
        made_at=made_at,
        revision=post.revision,
        voice_id=voice.id,
        duration_ms=encoded.duration_ms,
        audio=audio,
        cover=keep(cover, ".jpg"),
        chapters_json=keep(feeds.render_chapters(title, byline(names), show_title, marks), ".chapters.json"),
        transcript_vtt=keep(feeds.render_vtt(cues), ".vtt"),
        transcript_srt=keep(feeds.render_srt(cues), ".srt"),
        transcript_json=keep(feeds.render_json(cues), ".words.json"),
        chapters=tuple(
            EpisodeChapter(start_ms=m.start_ms, end_ms=m.end_ms, title=m.title, level=m.level, url=m.url) for m in marks
        ),
        notes_html=show_notes(post, marks, script.omissions, opening, f"{voice.title}; {voice.licence}"),
        opening=opening,
        n_words=sum(len(u.written.split()) for u in script.utterances),
        karma=post.karma,
        kind=post.kind,
        tags=post.tags,
    )
    return Produced(episode=episode, recording=recording, reused=False)


def version_of(post: Post, script: Script, performance: Performance, voice: Voice, show_title: str) -> str:
    """64 hex digits of all that is heard and shown. The forum's revision number alone changes nothing of that."""
    shown = to_json(script)
    for unheard in ("revision", "text_sha256", "script_version", "unknown_words"):
        shown.pop(unheard, None)
    takes = [performance.take_keys[u.id] for u in script.utterances]
    authors = [(a.name, a.url) for a in post.authors]
    whole = [FORM, shown, takes, authors, post.site, post.url, voice.title, voice.licence, show_title]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def chapter_marks(post: Post, recording: Recording) -> tuple[feeds.ChapterMark, ...]:
    """Contiguous chapters in whole milliseconds, each with a link to its heading in the post."""
    starts = [_ms(mark.start_sample, recording.rate_hz) for mark in recording.marks]
    ends = [*starts[1:], _ms(recording.n_samples, recording.rate_hz)]
    return feeds.fit_chapters(
        [
            feeds.ChapterMark(
                start_ms=start,
                end_ms=end,
                title=mark.title,
                level=mark.level,
                url=(f"{post.url}#{mark.anchor}" if mark.anchor else post.url) or None,
            )
            for mark, start, end in zip(recording.marks, starts, ends, strict=True)
        ]
    )


def keep_file(files: ObjectStore, key: PostKey, content: bytes | Path, suffix: str) -> StoredFile:
    """Put a finished file under the first 12 hex digits of its content's sha256; there already, it is left alone."""
    if isinstance(content, Path):
        with content.open("rb") as opened:
            digest, n_bytes = hashlib.file_digest(opened, "sha256").hexdigest(), content.stat().st_size
    else:
        digest, n_bytes = hashlib.sha256(content).hexdigest(), len(content)
    path = f"recordings/{key.slug}/{digest[:12]}{suffix}"
    feeds.Publisher(files).put_new(path, content, _TYPES[suffix])
    return StoredFile(path=path, n_bytes=n_bytes, mime=_TYPES[suffix], sha256=digest)


def _are_kept(files: ObjectStore, episode: Episode) -> bool:
    return all(_size(files, file.path) == file.n_bytes for file in episode.all_files)


def _size(files: ObjectStore, path: str) -> int | None:
    try:
        return int(obstore.head(files, path)["size"])
    except FileNotFoundError:
        return None


def _cues(script: Script, recording: Recording, takes: Takes) -> Iterator[feeds.Cue]:
    for utterance, words in word_times(recording, script, takes):
        timed = tuple((text, _ms(start, recording.rate_hz), _ms(end, recording.rate_hz)) for text, start, end in words)
        yield feeds.Cue(speaker=utterance.speaker or "Narrator", words=timed)


def _opening_words(script: Script) -> str:
    """The first words of the post itself: prose, not the announcement."""
    prose = (u.written for u in script.utterances if u.block is not None and u.role == "prose")
    words: list[str] = []
    for written in prose:
        words.append(written)
        if sum(map(len, words)) > _OPENING_CHARS:
            break
    return " ".join(words)


def _ms(n_samples: int, rate_hz: int) -> int:
    return round(n_samples * 1000 / rate_hz)
