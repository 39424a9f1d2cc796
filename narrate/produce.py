"""A performed script -> a finished episode: its audio, cover, chapters and transcripts as files under content names.

A post with footnotes has editions beside it: the same takes laid out again without them, or with them after the text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

import feeds
import voices
from narrate import corrections
from narrate.audio.assemble import assemble, word_times
from narrate.audio.finish import Opus, master_and_encode
from narrate.audio.levels import survey
from narrate.audio.opus import Tags, chapter_tags
from narrate.audio.perform import Performance
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes
from narrate.editions import edit
from narrate.errors import StorageError
from narrate.licences import licence_of
from narrate.marks import chapter_marks, ms, published, soundbite
from narrate.notes import Told, item_title, show_notes
from narrate.pages import byline
from narrate.records import Correction, Edition, EditionName, Episode, FallbackLine, Post, PostKey, Script, StoredFile
from narrate.script.document import to_json
from voices import Voice
from voices.consent import consent_of

#: Changes when the same script and takes would make other files: tags, loudness, transcripts, notes.
FORM = "3"

_TYPES = {
    ".mp3": "audio/mpeg",
    ".opus": "audio/ogg",
    ".jpg": "image/jpeg",
    ".chapters.json": "application/json+chapters",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".words.json": "application/json",
}
_OPENING_CHARS = 300
_CORRECTIONS_KEPT = 5


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
    known_script: Callable[[], Script | None] = lambda: None,
    opus: bool = True,
    editions: Sequence[EditionName] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Produced:
    """Make what isn't there yet. `known` is the live episode of this post, and `known_script` reads its script; when
    nothing that is heard or shown differs from it, it comes back as it is. `scratch` is a folder for half-made files
    on the disk with room.

    `editions` are made beside those that `known` has: whoever subscribed to one keeps it. Raises AudioError,
    StorageError or feeds.FeedError; nothing half-made is kept.
    """
    looked = survey(performance, takes)
    recording = assemble(script, performance, performance.rate_hz, looked.gains_db)
    names = sorted({*editions, *(edition.name for edition in known.editions)} if known else set(editions))
    edited = [(name, other) for name in names if (other := edit(script, name)) is not None]
    # a take that was made in another way keeps its key, and sounds otherwise
    extras = [opus, *(name for name, _ in edited), *(f"{key} {made}" for key, made in sorted(looked.made.items()))]
    version = version_of(post, script, performance, voice, show_title, extras)
    if known is not None and known.version == version and are_kept(files, known):
        return Produced(episode=known, recording=recording, reused=True)

    made_at = now()
    told = _corrections(known, known_script() if known else None, script, voice, made_at)
    cover = feeds.draw_cover(post.title, byline(_names(post)), seed_text=str(post.key))
    desk = _Desk(
        post=post,
        voice=voice,
        show_title=show_title,
        takes=takes,
        files=files,
        scratch=scratch,
        cover=cover,
        made_at=made_at,
        corrections=told,
        opening=feeds.cut(_opening_words(script), _OPENING_CHARS),
        fallbacks=looked.fallbacks,
        take_keys=performance.take_keys,
    )
    licence, licence_url = licence_of(post.html)
    own, small = desk.make(script, recording, opus=opus)
    others = tuple(
        Edition(
            name=name,
            **desk.make(other, assemble(other, performance, performance.rate_hz, looked.gains_db), name=name)[0],
        )
        for name, other in edited
    )
    episode = Episode(
        **own,
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
        voice_title=voice.title,
        licence=licence,
        licence_url=licence_url,
        cover=keep_file(files, post.key, cover, ".jpg"),
        opening=desk.opening,
        karma=post.karma,
        kind=post.kind,
        tags=post.tags,
        opus=small,
        fallback_lines=desk.fallback_lines(script),
        corrections=told,
        editions=others,
    )
    return Produced(episode=episode, recording=recording, reused=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What an episode and its editions are made from."""

    post: Post
    voice: Voice
    show_title: str
    takes: Takes
    files: ObjectStore
    scratch: Path
    cover: bytes  # JPEG
    made_at: datetime
    corrections: tuple[Correction, ...]
    opening: str
    fallbacks: Mapping[str, str]  # voice ids by take key
    take_keys: Mapping[str, str]

    def fallback_lines(self, script: Script) -> tuple[FallbackLine, ...]:
        """The lines of a script that the chosen voice couldn't say."""
        return tuple(
            FallbackLine(written=u.written, voice_title=voices.find(voice_id).title)
            for u in script.utterances
            if (voice_id := self.fallbacks.get(self.take_keys[u.id]))
        )

    def make(
        self, script: Script, recording: Recording, *, name: EditionName | None = None, opus: bool = False
    ) -> tuple[dict[str, Any], StoredFile | None]:
        """The fields that an Episode and an Edition have in common, and the Opus file if it is wanted."""
        post, by = self.post, byline(_names(self.post))
        title = item_title(post.title, _names(post))
        marks = chapter_marks(post, script, recording)
        cues = tuple(_cues(script, recording, self.takes))
        tag = feeds.id3_tag(
            title=title,
            artist=by,
            album=self.show_title,
            duration_ms=ms(recording.n_samples, recording.rate_hz),
            date=(post.posted_at or self.made_at).date(),
            chapters=marks,
            cover_jpeg=self.cover,
            comment=f"Read by a machine. Text © {by}." + (f" {post.url}" if post.url else ""),
            link=post.url or None,
        )
        small: StoredFile | None = None
        with TemporaryDirectory(dir=self.scratch, prefix="encode-") as folder:
            wanted = Opus(Path(folder) / "audio.opus", self._comments(title, marks)) if opus else None
            encoded = master_and_encode(recording, self.takes, tag, Path(folder) / "audio.mp3", wanted)
            audio = self._keep(encoded.path, ".mp3")
            if wanted is not None:
                small = self._keep(wanted.path, ".opus")
        told = Told(
            marks=marks,
            omissions=script.omissions,
            opening=self.opening,
            voice=_introduce(self.voice),
            made_at=self.made_at,
            corrections=self.corrections,
            edition=name,
            fallback_lines=self.fallback_lines(script),
        )
        return {
            "duration_ms": encoded.duration_ms,
            "audio": audio,
            "chapters_json": self._keep(feeds.render_chapters(title, by, self.show_title, marks), ".chapters.json"),
            "transcript_vtt": self._keep(feeds.render_vtt(cues), ".vtt"),
            "transcript_srt": self._keep(feeds.render_srt(cues), ".srt"),
            "transcript_json": self._keep(feeds.render_json(cues), ".words.json"),
            "chapters": published(marks),
            "notes_html": show_notes(post, told),
            "n_words": sum(len(u.written.split()) for u in script.utterances),
            "soundbite": soundbite(script, recording),
        }, small

    def _comments(self, title: str, marks: Sequence[feeds.ChapterMark]) -> Tags:
        """What an Opus file says of itself: as the MP3's tag, as far as its kind of tag goes."""
        by = byline(_names(self.post))
        own = [("TITLE", title), ("ARTIST", by), ("ALBUM", self.show_title), ("COMMENT", "Read by a machine.")]
        return [*own, *chapter_tags([(m.start_ms, m.title, m.url) for m in marks])]

    def _keep(self, content: bytes | Path, suffix: str) -> StoredFile:
        return keep_file(self.files, self.post.key, content, suffix)


def _introduce(voice: Voice) -> str:
    """A voice's name and licence; of a cloned one also whose it is."""
    whose = ""
    if voice.reference:
        consent = consent_of(voice)
        whose = f"; the voice of {consent.voice_of}, with their consent until {consent.until}"
    return f"{voice.title}; {voice.licence}{whose}"


def _names(post: Post) -> list[str]:
    return [author.name for author in post.authors]


def _corrections(
    known: Episode | None, before: Script | None, script: Script, voice: Voice, at: datetime
) -> tuple[Correction, ...]:
    """What listeners were told of earlier versions, and of this one if it sounds different."""
    if known is None:
        return ()
    same_voice = known.voice_id == voice.id
    changes = corrections.what(before, script) if before is not None else ""
    if before is None or (same_voice and not changes):
        return known.corrections
    told = Correction(at=at, why=corrections.why(before, script, same_voice=same_voice), what=changes)
    return (told, *known.corrections)[:_CORRECTIONS_KEPT]


def version_of(
    post: Post, script: Script, performance: Performance, voice: Voice, show_title: str, extras: Sequence[object] = ()
) -> str:
    """64 hex digits of all that is heard and shown. The forum's revision number alone changes nothing of that.

    `extras`: which further files are made.
    """
    shown = to_json(script)
    for unheard in ("revision", "text_sha256", "script_version", "unknown_words"):
        shown.pop(unheard, None)
    takes = [performance.take_keys[u.id] for u in script.utterances]
    authors = [(a.name, a.url) for a in post.authors]
    whole = [FORM, shown, takes, authors, post.site, post.url, voice.title, voice.licence, show_title, *extras]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


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


def are_kept(files: ObjectStore, episode: Episode) -> bool:
    """Whether every file of an episode is there, at its length."""
    return all(_size(files, file.path) == file.n_bytes for file in episode.all_files)


def _size(files: ObjectStore, path: str) -> int | None:
    try:
        return int(obstore.head(files, path)["size"])
    except FileNotFoundError:
        return None
    except (BaseError, OSError) as error:
        raise StorageError(f"{path} can't be looked for: {error}. It is tried again.") from error


def _cues(script: Script, recording: Recording, takes: Takes) -> Iterator[feeds.Cue]:
    for utterance, words in word_times(recording, script, takes):
        timed = tuple((text, ms(start, recording.rate_hz), ms(end, recording.rate_hz)) for text, start, end in words)
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
