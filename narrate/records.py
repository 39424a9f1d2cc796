"""The nouns that cross the doors between rooms: frozen, keyword-only, standard library only.

    Candidate -> Post -> Script (chapters of utterances) -> Takes -> Recording -> Episode -> feeds

Every date here is aware and in UTC. Every collection is a tuple, so that a record can be shared between threads
and hashed. A type that only one room uses lives in that room.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Literal

#: How an utterance is read: which of a voice's manners it wants. A dialogue's lines are "prose" with a `speaker`.
Role = Literal["heading", "prose", "quote", "aside"]

#: What a post is, as far as reading it aloud is concerned.
PostKind = Literal["post", "question", "dialogue", "debate", "quick_take"]

#: Names that stand for nobody in particular.
ANONYMOUS = ("anonymous", "a deleted user")
_PROFILE = re.compile(r"https?://(?:www\.)?(?P<host>[^/]+)/users/(?P<name>[A-Za-z0-9_.-]{1,200})/?\Z")
_PROFILE_HOSTS = {"lesswrong.com": "", "alignmentforum.org": "", "forum.effectivealtruism.org": "eaforum"}

_KEY = re.compile(r"(?P<source>[a-z][a-z0-9-]*):(?P<post_id>[A-Za-z0-9][A-Za-z0-9_-]*)\Z")


def _check_utc(name: str, at: datetime | None) -> None:
    """A naive or non-UTC datetime is a programming error: refuse it where it enters."""
    if at is not None and (at.tzinfo is None or at.utcoffset() != UTC.utcoffset(None)):
        raise ValueError(f"{name} must be an aware UTC datetime, not {at!r}")


@dataclass(frozen=True, slots=True, order=True)
class PostKey:
    """A post's identity everywhere and for ever; `str()` of it is also the feed GUID.

    `lesswrong:<_id>`, `eaforum:<_id>`, `file:<16 hex>`, `lesswrong:comment-<id>`, `lesswrong:quick-takes-2026-W47`.
    """

    source: str
    post_id: str

    def __post_init__(self) -> None:
        if not _KEY.match(f"{self.source}:{self.post_id}"):
            raise ValueError(f"not a post key: {self.source}:{self.post_id}")

    def __str__(self) -> str:
        return f"{self.source}:{self.post_id}"

    @classmethod
    def parse(cls, text: str) -> PostKey:
        """`"lesswrong:abc"` -> PostKey. Raises ValueError on anything else."""
        found = _KEY.match(text)
        if not found:
            raise ValueError(f"not a post key: {text!r}; keys look like lesswrong:5bd75cc58225bf0670375575")
        return cls(found["source"], found["post_id"])

    @property
    def slug(self) -> str:
        """The key as one ASCII path segment: `lesswrong-abc`. Used in file and page names."""
        return f"{self.source}-{self.post_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person as the forum shows them. `url` is their profile page, None where the source has none."""

    name: str
    url: str | None = None

    @property
    def slug(self) -> str:
        """The author as the end of an address on our site; "" for nobody in particular, who has no page there.

        A profile on LessWrong or the Alignment Forum (one set of accounts) gives its own name, "jessicata"; others
        have their forum before it, "eaforum:jane"; authors without a profile are "name:jane-doe".
        """
        found = _PROFILE.match(self.url or "")
        if found:
            forum = _PROFILE_HOSTS.get(found["host"].lower(), found["host"].lower())
            return f"{forum}:{found['name'].lower()}" if forum else found["name"].lower()
        words = "-".join(re.findall(r"\w+", self.name.lower()))
        return "" if not words or self.name in ANONYMOUS else f"name:{words}"[:300]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A post that could be narrated: what the board shows. No body."""

    key: PostKey
    url: str
    title: str
    authors: tuple[Author, ...]
    karma: int
    posted_at: datetime
    kind: PostKind = "post"
    word_count: int = 0
    curated_at: datetime | None = None
    positive_review_votes: int = 0
    recording_url: str | None = None  # a human recording elsewhere
    refusal: str | None = None  # why it can't be narrated at all (an event, a stub), None when it can
    site: str = ""  # the forum's name, "LessWrong"
    collection: str | None = None  # the book it belongs to, by its address: "rationality"
    hidden: str | None = None  # why the forum doesn't list it (unlisted, rejected), None when it does
    won_review: int | None = None  # the year whose Review it won

    def __post_init__(self) -> None:
        _check_utc("posted_at", self.posted_at)
        _check_utc("curated_at", self.curated_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """An answer to a question, or one message of an old debate. `html` as published."""

    comment_id: str
    author: Author
    karma: int
    posted_at: datetime | None
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An approved entry of a post's own glossary."""

    term: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A sequence of posts as its forum shows it. `chapters` are (title, posts) in reading order; most have no title.

    Its key is `lesswrong:sequence-<id>`.
    """

    key: PostKey
    title: str
    url: str
    chapters: tuple[tuple[str, tuple[PostKey, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPage:
    """The page outside that a link-post points to, where the operator allows its site.

    `html` is its text without what surrounds it; "" where that couldn't be taken, and then `why` says why.
    """

    url: str
    site: str  # its host as said aloud, "example.org"
    title: str = ""
    authors: tuple[str, ...] = ()
    html: str = ""
    is_abstract: bool = False  # only its abstract is read
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as published; its `html` is never cleaned here."""

    key: PostKey
    url: str  # the page on its forum; "" for a local file without a canonical address
    site: str  # the forum's name as said aloud, "LessWrong"; a file's host, or ""
    title: str
    authors: tuple[Author, ...]  # never empty: ("anonymous",) where the forum hides the name
    posted_at: datetime | None
    html: str
    revision: str  # the forum's revision number, "" where there is none
    fetched_at: datetime
    kind: PostKind = "post"
    karma: int | None = None
    curated_at: datetime | None = None
    link_url: str | None = None  # what a link-post points to
    linked_page: LinkedPage | None = None  # None: not asked for, or the post has its text already
    tags: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()  # a question's answers, a debate's messages, in reading order
    glossary: tuple[Term, ...] = ()
    recording_url: str | None = None
    review_votes: int = 0  # positive votes for it in its year's Review
    won_review: int | None = None  # the year whose Review it won
    series: Series | None = None  # the sequence it is at home in

    def __post_init__(self) -> None:
        _check_utc("posted_at", self.posted_at)
        _check_utc("fetched_at", self.fetched_at)
        _check_utc("curated_at", self.curated_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """One place where `spoken` departs from `written`. Offsets are characters of `written`; `before` is that slice."""

    start: int
    end: int
    rule: str  # names the rule in narrate/script, e.g. "percent", "math", "link"
    before: str
    after: str
    tex: str | None = None  # a formula's source; its `before` is readable Unicode


@dataclass(frozen=True, slots=True, kw_only=True)
class Pronunciation:
    """IPA for the characters start:end of an utterance's `spoken`."""

    start: int
    end: int
    ipa: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What a voice says in one breath: one line for an engine, at most 300 characters of `spoken`.

    `spoken` is `written` with `rewrites` applied and nothing else (white space aside). `id` is unique in its script
    and names a place, never a sound.
    """

    id: str
    block: int | None  # index of the block of the post it comes from; None for the opening and the closing
    written: str
    spoken: str
    role: Role
    pause_after_s: float
    speaker: str | None = None  # a dialogue's speaker, None for the narrator
    rewrites: tuple[Rewrite, ...] = ()
    pronunciations: tuple[Pronunciation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A titled stretch; never empty. `title` is for the eye (at most 80 characters), `spoken_title` for the ear."""

    title: str
    spoken_title: str
    anchor: str | None  # fragment of the post's page that the heading has, None for the opening
    level: int  # 1 is the top
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Something visible in the post that isn't spoken, with its visible text, and why. Nothing is lost silently."""

    what: str  # "image", "code", "table", "embed", "footnote mark", ...
    text: str
    why: str
    block: int | None
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture of the post, for the page and for chapter images."""

    block: int
    src: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRange:
    """Footnotes: the utterances first_id..last_id (both inclusive) of one chapter, which a player may skip."""

    first_id: str
    last_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What will be said, and everything that won't be. `narrate.script.document` has its JSON (DESIGN: Script JSON)."""

    key: PostKey
    title: str
    authors: tuple[str, ...]
    source_url: str
    posted_at: datetime | None
    revision: str
    text_sha256: str  # of the post's html: tells an edited post from an untouched one
    script_version: str  # changes when the reading rules change
    voice_roles: tuple[tuple[str, str], ...]  # (role or "speaker:NAME", voice role): who reads what
    chapters: tuple[Chapter, ...]
    omissions: tuple[Omission, ...] = ()
    figures: tuple[Figure, ...] = ()
    note_ranges: tuple[NoteRange, ...] = ()  # gathered notes
    inline_notes: tuple[NoteRange, ...] = ()  # each said after the sentence that cites it
    unknown_words: tuple[str, ...] = ()

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        return tuple(u for chapter in self.chapters for u in chapter.utterances)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeChapter:
    """A chapter as published: milliseconds from the start of the audio."""

    start_ms: int
    end_ms: int
    title: str
    level: int
    url: str | None
    image_url: str | None = None  # the section's first figure


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A finished file under its content's name: `path` is relative to the files' root, ASCII, never reused."""

    path: str
    n_bytes: int
    mime: str
    sha256: str = ""  # hex, of the whole content; "" in rows from before it was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundbite:
    """A stretch worth hearing alone, on the bounds of takes: milliseconds from the start of the audio."""

    start_ms: int
    duration_ms: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A later version of an episode: when it was made, why, and what differs from the version before it."""

    at: datetime
    why: str  # "after the author's edit"
    what: str  # "changed: “Results”; new: “Update”"

    def __post_init__(self) -> None:
        _check_utc("at", self.at)


#: An edition's name: a second assembly of the same takes. nofn: no footnotes; fnafter: footnotes after the text.
EditionName = Literal["nofn", "fnafter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What differs between an episode and its second assembly. `Episode.as_edition` puts the two together."""

    name: EditionName
    duration_ms: int
    audio: StoredFile
    chapters_json: StoredFile
    transcript_vtt: StoredFile
    transcript_srt: StoredFile
    transcript_json: StoredFile
    chapters: tuple[EpisodeChapter, ...]
    notes_html: str
    n_words: int
    soundbite: Soundbite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A finished recording of one version of a post: what a feed item, a page and the API are made from."""

    key: PostKey
    version: str  # hex digest of everything heard and shown; a new one for every correction
    title: str
    authors: tuple[Author, ...]
    site: str
    source_url: str
    posted_at: datetime | None
    ready_at: datetime  # set once
    released_at: datetime | None  # set once; None while held out of the main and lane feeds
    made_at: datetime  # of this version
    revision: str
    voice_id: str
    duration_ms: int
    audio: StoredFile
    cover: StoredFile
    chapters_json: StoredFile
    transcript_vtt: StoredFile
    transcript_srt: StoredFile
    transcript_json: StoredFile
    chapters: tuple[EpisodeChapter, ...]
    notes_html: str
    opening: str  # the first words of the post, for a description
    n_words: int
    karma: int | None = None
    kind: PostKind = "post"
    tags: tuple[str, ...] = ()
    # what rows from before these existed don't have
    voice_title: str = ""
    licence: str = ""  # of the text, as the source states it: an SPDX id like "CC-BY-4.0", "" where it says nothing
    licence_url: str | None = None
    opus: StoredFile | None = None  # the same sound for slow lines
    soundbite: Soundbite | None = None
    corrections: tuple[Correction, ...] = ()  # newest first
    editions: tuple[Edition, ...] = ()  # empty for a post without footnotes
    edition: EditionName | None = None  # set by `as_edition` alone

    def __post_init__(self) -> None:
        for name in ("posted_at", "ready_at", "released_at", "made_at"):
            _check_utc(name, getattr(self, name))

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """Its own files, without those of its editions."""
        transcripts = (self.transcript_vtt, self.transcript_srt, self.transcript_json)
        own = (self.audio, self.cover, self.chapters_json, *transcripts)
        return (*own, self.opus) if self.opus else own

    @property
    def all_files(self) -> tuple[StoredFile, ...]:
        """Every file that it names, those of its editions after its own."""
        others = (file for e in self.editions for file in self.as_edition(e.name).files if file != self.cover)
        return (*self.files, *others)

    @property
    def guid(self) -> str:
        """Its identity in feeds: the key, and for an edition its name after it, `lesswrong:abc:nofn`."""
        return f"{self.key}:{self.edition}" if self.edition else str(self.key)

    def as_edition(self, name: EditionName) -> Episode:
        """The episode as that edition has it; itself where there is none, since a post without notes needs none."""
        for edition in self.editions:
            if edition.name == name:
                changed = {f.name: getattr(edition, f.name) for f in fields(edition) if f.name != "name"}
                return replace(self, **changed, edition=name, editions=(), opus=None)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An audiobook on the site. `name` tells what it is of: "sequence:KEY" (of its entry), "year:2023", "tag:ai"."""

    name: str
    title: str
    file: StoredFile
    duration_ms: int
    keys: tuple[str, ...]  # of its posts, in order
    made_at: datetime

    def __post_init__(self) -> None:
        _check_utc("made_at", self.made_at)
