"""Records -> the JSON of the API, typed. Field names are stable; fields may be added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt

from narrate import pages
from narrate.choose import MAX_VOTES, Elsewhere, Lane
from narrate.records import Author, Episode, StoredFile
from narrate.store.lineup import EntryState
from narrate.store.search import Hit
from narrate.web.board import Standing
from narrate.web.previews import Preview

MAX_TEXT = 4000


class AuthorOut(BaseModel):
    name: str
    url: str | None = Field(description="their profile on the forum")
    page: str | None = Field(description="their page here")


class EntryOut(BaseModel):
    """A post in the queue."""

    key: str
    url: str
    title: str
    authors: list[AuthorOut]
    site: str
    kind: str
    karma: int
    posted_at: datetime
    lane: Lane
    state: EntryState
    reason: str | None = Field(description="why it is held, refused or removed")
    place: int = Field(description="in its lane, from 1; 0 when it doesn't wait")
    minutes: float = Field(description="estimated length of the audio")
    votes: float
    base: float = Field(description="what karma, curation and the Review are worth, in votes")
    rank: float = Field(description="(base + votes) / minutes, plus what waiting is worth: the order")
    why: list[str] = Field(description="why it is here")
    audio_elsewhere: Elsewhere
    elsewhere_url: str | None
    queued_at: datetime
    expected_on: date | None = Field(description="when it should come into the main feed")


class QueueOut(BaseModel):
    entries: list[EntryOut]
    next: str | None = Field(description="cursor of the next page, null on the last")
    waiting: int = Field(description="how many wait in this lane, or in both")


class FileOut(BaseModel):
    url: str
    n_bytes: int
    mime: str


class ChapterOut(BaseModel):
    start_s: float
    end_s: float
    title: str
    level: int
    url: str | None


class EpisodeBrief(BaseModel):
    key: str
    title: str
    authors: list[AuthorOut]
    site: str
    kind: str
    source_url: str
    page: str
    opening: str
    duration_s: float
    voice: str
    karma: int | None
    tags: list[str]
    posted_at: datetime | None
    ready_at: datetime
    released_at: datetime | None = Field(description="when it came into the main feed, null while it hasn't")
    audio: FileOut


class EpisodeOut(EpisodeBrief):
    cover: FileOut
    chapters_json: FileOut
    transcripts: list[FileOut]
    chapters: list[ChapterOut]
    version: str
    made_at: datetime
    n_words: int
    revision: str


class EpisodesOut(BaseModel):
    episodes: list[EpisodeBrief]
    next: str | None = Field(description="cursor of the next page, null on the last")


class FoundOut(BaseModel):
    """An episode and, for words that are looked for, the passage with most of them."""

    episode: EpisodeBrief
    passage: str | None
    at_s: float | None = Field(description="when the passage is heard")


class SearchOut(BaseModel):
    found: list[FoundOut] = Field(description="the best first; without words to look for, the newest")
    next_page: int | None


class SubmissionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str = Field(min_length=1, max_length=2000, description="a post, quick take or sequence")


class SubmissionOut(BaseModel):
    new: bool = Field(description="it wasn't in the queue before")
    entry: EntryOut
    episode: str | None = Field(description="where it can be heard, when it has been narrated")


class PreviewOut(BaseModel):
    """What would become of a post. `state` is "new" for what would come into the queue."""

    key: str
    url: str
    title: str
    authors: list[AuthorOut]
    state: EntryState | Literal["new"]
    reason: str | None
    see: str | None
    lane: Lane
    minutes: float
    audio_elsewhere: Elsewhere
    place: int
    episode: str | None


class VoteIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    votes: Annotated[StrictInt, Field(ge=0, le=MAX_VOTES)]


class VoteOut(BaseModel):
    key: str
    votes: int
    points_left: int
    week_ends: datetime


class MeOut(BaseModel):
    id: str
    name: str
    is_verified: bool
    is_operator: bool
    points_left: int
    week_ends: datetime
    votes: dict[str, int] = Field(description="key to votes")
    feed: str = Field(description="the private feed")


class ReportIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=3, max_length=MAX_TEXT, description="what is wrong")
    at_s: Annotated[StrictFloat | StrictInt, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="where in the audio, in seconds"
    )


class ReportOut(BaseModel):
    id: str


class ObjectionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str = Field(min_length=1, max_length=2000, description="one post of theirs")
    proof: str = Field("", max_length=MAX_TEXT, description="how we can tell that it is the author who asks")
    may_read: bool = Field(False, description="true agrees to being read, false objects")


class ConsentOut(BaseModel):
    author: str
    may_read: bool
    is_confirmed: bool


class AuthorPageOut(BaseModel):
    author: AuthorOut
    episodes: list[EpisodeBrief]
    next: str | None


class Problem(BaseModel):
    """RFC 9457. Some kinds say more: `reason`, `see`, `points_left`, `errors`."""

    type: str
    title: str
    status: int
    detail: str


def search_out(hits: Sequence[Hit], next_page: int | None, public_url: str) -> SearchOut:
    found = [
        FoundOut(
            episode=brief,
            passage="".join(text for text, _ in hit.passage.parts) if hit.passage else None,
            at_s=hit.passage.start_ms / 1000 if hit.passage else None,
        )
        for hit, brief in zip(hits, briefs_out([hit.episode for hit in hits], public_url), strict=True)
    ]
    return SearchOut(found=found, next_page=next_page)


def author_out(author: Author, public_url: str) -> AuthorOut:
    page = f"{public_url}/authors/{quote(author.slug)}" if author.slug else None
    return AuthorOut(name=author.name, url=author.url, page=page)


def entry_out(standing: Standing, public_url: str) -> EntryOut:
    e = standing.entry
    return EntryOut(
        key=str(e.key),
        authors=[author_out(a, public_url) for a in e.authors],
        place=standing.place,
        expected_on=standing.expected_on if e.state == "waiting" else None,
        why=list(e.why),
        **{name: getattr(e, name) for name in _SAME_IN_ENTRY},
    )


_SAME_IN_ENTRY = (
    "url", "title", "site", "kind", "karma", "posted_at", "lane", "state", "reason", "minutes", "votes", "base",
    "rank", "audio_elsewhere", "elsewhere_url", "queued_at",
)  # fmt: skip


def brief_out(episode: Episode, public_url: str) -> EpisodeBrief:
    return EpisodeBrief(**_brief(episode, public_url))


def episode_out(episode: Episode, public_url: str) -> EpisodeOut:
    transcripts = (episode.transcript_vtt, episode.transcript_srt, episode.transcript_json)
    return EpisodeOut(
        **_brief(episode, public_url),
        cover=_file(episode.cover, public_url),
        chapters_json=_file(episode.chapters_json, public_url),
        transcripts=[_file(file, public_url) for file in transcripts],
        chapters=[
            ChapterOut(start_s=c.start_ms / 1000, end_s=c.end_ms / 1000, title=c.title, level=c.level, url=c.url)
            for c in episode.chapters
        ],
        version=episode.version,
        made_at=episode.made_at,
        n_words=episode.n_words,
        revision=episode.revision,
    )


def briefs_out(episodes: Sequence[Episode], public_url: str) -> list[EpisodeBrief]:
    return [brief_out(episode, public_url) for episode in episodes]


def preview_out(preview: Preview, public_url: str) -> PreviewOut:
    c = preview.candidate
    return PreviewOut(
        key=str(preview.key),
        url=c.url,
        title=c.title,
        authors=[author_out(a, public_url) for a in c.authors],
        state=preview.state,
        reason=preview.reason,
        see=preview.see,
        lane=preview.lane,
        minutes=preview.minutes,
        audio_elsewhere=preview.audio_elsewhere,
        place=preview.place,
        episode=f"{public_url}/episodes/{preview.key}" if preview.state == "done" else None,
    )


def _brief(episode: Episode, public_url: str) -> dict[str, Any]:
    return {
        "key": str(episode.key),
        "authors": [author_out(a, public_url) for a in episode.authors],
        "page": f"{public_url}/{pages.episode_page(episode)}",
        "duration_s": episode.duration_ms / 1000,
        "voice": episode.voice_id,
        "tags": list(episode.tags),
        "audio": _file(episode.audio, public_url),
        **{name: getattr(episode, name) for name in _SAME_IN_EPISODE},
    }


_SAME_IN_EPISODE = (
    "title", "site", "kind", "source_url", "opening", "karma", "posted_at", "ready_at", "released_at",
)  # fmt: skip


def _file(file: StoredFile, public_url: str) -> FileOut:
    return FileOut(url=f"{public_url}/{pages.media_path(file.path)}", n_bytes=file.n_bytes, mime=file.mime)
