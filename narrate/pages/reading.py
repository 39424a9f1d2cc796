"""An episode's documents -> what its page shows: chapters of paragraphs with times, figures and omissions in place."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from narrate.audio.sounds import Recording
from narrate.pages.places import post_link
from narrate.pages.words import encode
from narrate.paragraphs import paragraphs_of
from narrate.records import Episode, Figure, Omission, Script, Utterance

#: A longer omission is folded where it stands, a shorter one stands in a line.
_FOLDED_CHARS = 600
_LINE_CHARS = 60
_AS_TYPED = {"code", "formula", "TeX source", "table"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something that isn't spoken, at its place. `number` counts the omissions of the page from 1."""

    number: int
    what: str
    text: str
    why: str
    href: str | None

    @property
    def is_short(self) -> bool:
        """Whether it fits into a line; code and formulas keep theirs."""
        return 0 < len(self.text) <= _LINE_CHARS and "\n" not in self.text and self.what not in _AS_TYPED

    @property
    def is_long(self) -> bool:
        return len(self.text) > _FOLDED_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure of the post, and the omission that lists it."""

    src: str  # always https: a page with a padlock loads nothing else
    href: str  # as the post has it
    alt: str
    left: Left | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One block of the post as it was read. `start_s` counts from the start of the audio.

    `pieces` are its text in order, a formula with its TeX; `times` are its words' (see `words.encode`), "" for unknown.
    """

    id: str
    start_s: float
    role: str
    speaker: str | None
    pieces: tuple[tuple[str, str | None], ...]
    times: str
    post_link: str | None
    pictures: tuple[Picture, ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChapter:
    """`heading` is its first paragraph where that is a heading; a chapter without one has its title there, untimed."""

    heading: Paragraph
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A whole page. `notes` are the stretches of gathered footnotes, start to end in seconds."""

    chapters: tuple[PageChapter, ...]
    omissions: tuple[tuple[Left, bool], ...]  # with: does it stand in the text?
    notes: tuple[tuple[float, float], ...]


def read(
    episode: Episode, script: Script, recording: Recording, starts: Mapping[str, Sequence[float]] | None = None
) -> Reading:
    """The script's chapters with the times at which they are heard. Chapters of script and episode match one to one.

    `starts` has each utterance's words' times (see `words.word_starts`).
    """
    start_s = {piece.utterance_id: piece.start_sample / recording.rate_hz for piece in recording.pieces}
    groups = [group for chapter in script.chapters for group in paragraphs_of(chapter.utterances)]
    numbered = [
        Left(number=n, what=o.what, text=o.text, why=o.why, href=o.href) for n, o in enumerate(script.omissions, 1)
    ]
    pictures, lefts = _place(groups, script.figures, script.omissions, numbered)
    made: list[PageChapter] = []
    for chapter, heard in zip(script.chapters, episode.chapters, strict=True):
        url = heard.url or ""
        rows = [
            replace(
                _paragraph(group, start_s, starts or {}, url),
                pictures=tuple(pictures[group[0].id]),
                left=tuple(lefts[group[0].id]),
            )
            for group in paragraphs_of(chapter.utterances)
        ]
        heading = rows.pop(0) if rows[0].role == "heading" else _title(chapter.title, heard.start_ms / 1000)
        made.append(PageChapter(heading=replace(heading, post_link=heard.url), paragraphs=tuple(rows)))
    placed = {left.number for row in lefts.values() for left in row}
    placed |= {p.left.number for row in pictures.values() for p in row if p.left}
    return Reading(
        chapters=tuple(made),
        omissions=tuple((left, left.number in placed) for left in numbered),
        notes=tuple(_notes(script, start_s, recording)),
    )


def _paragraph(
    group: Sequence[Utterance], start_s: Mapping[str, float], starts: Mapping[str, Sequence[float]], url: str
) -> Paragraph:
    first = group[0]
    begins_s = round(start_s[first.id], 2)
    times = [time for u in group for time in starts.get(u.id, ())]
    return Paragraph(
        id=first.id,
        start_s=begins_s,
        role=first.role,
        speaker=first.speaker,
        pieces=tuple(_pieces(group)),
        times=encode(times, begins_s) if times else "",
        post_link=post_link(group, url),
    )


def _title(title: str, start_s: float) -> Paragraph:
    return Paragraph(
        id="", start_s=start_s, role="heading", speaker=None, pieces=((title, None),), times="", post_link=None
    )


def _pieces(group: Sequence[Utterance]) -> Iterator[tuple[str, str | None]]:
    """The written text in pieces: (text, None), and (a formula as shown, its TeX)."""
    plain = ""
    for n, utterance in enumerate(group):
        plain += " " if n else ""
        at = 0
        for rewrite in sorted(utterance.rewrites, key=lambda r: r.start):
            if rewrite.tex is not None and rewrite.before:
                yield plain + utterance.written[at : rewrite.start], None
                yield rewrite.before, rewrite.tex
                plain, at = "", rewrite.end
        plain += utterance.written[at:]
    yield plain, None


def _place(
    groups: Sequence[Sequence[Utterance]],
    figures: Sequence[Figure],
    omissions: Sequence[Omission],
    numbered: Sequence[Left],
) -> tuple[defaultdict[str, list[Picture]], defaultdict[str, list[Left]]]:
    """By the id of the paragraph they follow: the pictures, and what else is left out there."""
    blocks = [(group[0].block, group[0].id) for group in groups if group[0].block is not None]
    blocks.sort(key=lambda entry: entry[0])  # stable: of one block's paragraphs the last is the one to follow
    owners = [block for block, _ in blocks]

    def after(block: int) -> str:
        return blocks[max(0, bisect_right(owners, block) - 1)][1] if blocks else groups[0][0].id

    unused: dict[str, list[Left]] = defaultdict(list)
    for omission, left in zip(omissions, numbered, strict=True):
        if omission.what == "image" and omission.href and omission.block is not None:
            unused[omission.href].append(left)
    pictures: defaultdict[str, list[Picture]] = defaultdict(list)
    shown: set[int] = set()
    for figure in figures:
        src = _https(figure.src)
        if src is None:
            continue
        listed = unused[figure.src].pop(0) if unused.get(figure.src) else None
        if listed is not None:
            shown.add(listed.number)
        pictures[after(figure.block)].append(Picture(src=src, href=figure.src, alt=figure.alt, left=listed))
    lefts: defaultdict[str, list[Left]] = defaultdict(list)
    for omission, left in zip(omissions, numbered, strict=True):
        if omission.block is not None and left.number not in shown:
            lefts[after(omission.block)].append(left)
    return pictures, lefts


def _https(src: str) -> str | None:
    """A picture's address as a page may load it; None for what isn't on the web (data:, a relative path, a script)."""
    scheme, found, rest = src.strip().partition("://")
    return f"https://{rest}" if found and scheme.lower() in ("http", "https") else None


def _notes(script: Script, start_s: Mapping[str, float], recording: Recording) -> Iterator[tuple[float, float]]:
    """When gathered notes are read, up to the start of whatever follows them."""
    order = [u.id for u in script.utterances]
    places = {id_: n for n, id_ in enumerate(order)}
    for notes in script.note_ranges:
        after = places[notes.last_id] + 1
        end_s = start_s[order[after]] if after < len(order) else recording.n_samples / recording.rate_hz
        yield round(start_s[notes.first_id], 2), round(end_s, 2)
