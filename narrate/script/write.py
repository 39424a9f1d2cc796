"""Post -> Script: html to blocks, blocks to utterances under their chapters, and the lines said around them.

blocks.read -> announce, mark chapters, place notes -> utterances.split -> paced and numbered -> Script
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from narrate.errors import PostEmpty
from narrate.records import Chapter, Figure, NoteRange, Omission, Post, Role, Script, Utterance
from narrate.script import (
    blocks,
    chapters,
    dialogues,
    figures,
    footnotes,
    frame,
    furniture,
    handmade,
    pauses,
    quotes,
    references,
)
from narrate.script.lexicon import shipped
from narrate.script.parts import Block, Line, Place, Start, tidy
from narrate.script.pronounce import Pronouncer
from narrate.script.utterances import Piece, split

#: Changes when the reading rules change; part of every script, so that an old one can be told.
SCRIPT_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptOptions:
    """What a listener or an operator may choose."""

    footnotes: footnotes.Setting = "after"
    glossary: bool = False  # a closing chapter of the post's own approved terms
    comments_from_karma: int | None = None  # a closing chapter of the comments with so much karma; None for none
    pronouncer: Pronouncer | None = None  # an operator's lexicon; None is the package's own


DEFAULT = ScriptOptions()


def write(post: Post, options: ScriptOptions = DEFAULT) -> Script:
    """What will be said of `post`, and everything that won't be. Raises PostEmpty when there is nothing to say."""
    voiced = options.pronouncer or _shipped_pronouncer()
    draft = Draft(Start(title=chapters.cut_title(post.title) or "Untitled", anchor=None, level=1), voiced)
    draft.say(Block(kind="cue", line=Line(written=frame.opening(post)), place=Place(role="aside")), None)
    for i, block in enumerate(_blocks(post, options)):
        draft.say(block, i)
    if draft.is_empty:
        raise PostEmpty(f"{post.url or post.title}: the post has no text and no pictures; there is nothing to narrate")
    closing = frame.closing(omission.what for omission in draft.omissions)
    if closing:
        draft.say(Block(kind="cue", line=Line(written=closing), place=Place(role="aside")), None)
    done = draft.chapters()
    return Script(
        key=post.key,
        title=tidy(post.title),
        authors=tuple(author.name for author in post.authors),
        source_url=post.url,
        posted_at=post.posted_at,
        revision=post.revision,
        text_sha256=hashlib.sha256(post.html.encode("utf-8", "surrogatepass")).hexdigest(),
        script_version=SCRIPT_VERSION,
        voice_roles=_voice_roles(u for chapter in done for u in chapter.utterances),
        chapters=done,
        omissions=tuple(draft.omissions),
        figures=tuple(draft.figures),
        note_ranges=draft.note_ranges(),
        unknown_words=_unknown_words(done, voiced),
    )


@lru_cache(maxsize=1)
def _shipped_pronouncer() -> Pronouncer:
    return Pronouncer(shipped())


def _blocks(post: Post, options: ScriptOptions) -> list[Block]:
    """Everything of a post that is said or left out, in order."""
    html = post.html
    if post.kind == "debate":
        html += dialogues.from_comments(post.comments)
    out = _arranged(chapters.mark(_announced(blocks.read(html))), options)
    if post.kind == "question":
        for answer in post.comments:
            out += _chapter(f"Answer by {tidy(answer.author.name)}", answer.comment_id)
            out += _arranged(_announced(blocks.read(answer.html, Place(is_heading_free=True))), options)
    elif post.kind != "debate":
        out += _comments(post, options)
    return out + (_glossary(post, options) if options.glossary else [])


def _chapter(title: str, anchor: str | None) -> list[Block]:
    """The heading of a chapter that isn't in the post's own text."""
    start = Start(title=chapters.cut_title(title), anchor=anchor, level=1)
    return [Block(kind="heading", line=Line(written=title), start=start)]


def _comments(post: Post, options: ScriptOptions) -> list[Block]:
    """The closing chapter of the best comments, each in its author's voice after its author's name."""
    least = options.comments_from_karma
    chosen = [c for c in post.comments if least is not None and c.karma >= least]
    out = _chapter("Comments", "comments") if chosen else []
    for comment in chosen:
        place = Place(is_heading_free=True, speaker=tidy(comment.author.name) or None)
        out.append(dialogues.turn(f"{tidy(comment.author.name)} comments", place))
        out += _arranged(_announced(blocks.read(comment.html, place)), options)
    return out


def _glossary(post: Post, options: ScriptOptions) -> list[Block]:
    """The closing chapter of the post's own terms. Nothing is explained that the post doesn't explain."""
    out = _chapter("Glossary", None) if post.glossary else []
    for term in post.glossary:
        out.append(Block(kind="heading", line=Line(written=tidy(term.term))))
        out += _arranged(_announced(blocks.read(term.html, Place(is_heading_free=True))), options)
    return out


def _announced(found: list[Block]) -> list[Block]:
    """The blocks of one text with what surrounds it set apart and its bounds announced."""
    found = references.sift(furniture.sift(handmade.adopt(found)))
    return quotes.announce(figures.count_runs(dialogues.name_changes(found)))


def _arranged(found: list[Block], options: ScriptOptions) -> list[Block]:
    return footnotes.place(found, options.footnotes)


def _role(block: Block) -> Role:
    """A heading is a heading wherever it stands; a speaker's name is the narrator's to say."""
    return "heading" if block.kind == "heading" else "aside" if block.kind == "name" else block.place.role


@dataclass(slots=True)
class _Said:
    """An utterance and the silence that its block wants after it."""

    utterance: Utterance
    group: int | None  # of gathered notes


@dataclass(slots=True)
class _Section:
    start: Start
    spoken_title: str = ""
    said: list[_Said] = field(default_factory=list)


class Draft:
    """A script being written: blocks are said into it one after another."""

    def __init__(self, opening: Start, pronouncer: Pronouncer) -> None:
        self._pronouncer = pronouncer
        self.omissions: list[Omission] = []
        self.figures: list[Figure] = []
        self._sections = [_Section(opening)]
        self._last: _Said | None = None
        self._numbers: dict[int | None, int] = {}
        self._n_said = 0

    @property
    def is_empty(self) -> bool:
        return self._n_said <= 1 and not self.figures and not any(o.what != "page furniture" for o in self.omissions)

    def say(self, block: Block, index: int | None) -> None:
        """One block, with the notes attached to it: into its chapter, what it leaves out into the omissions."""
        found = split(block)
        for left in (*block.line.left, *found.left):
            self.omissions.append(Omission(what=left.what, text=left.text, why=left.why, block=index, href=left.href))
        for picture in block.line.pictures:
            if index is not None:
                self.figures.append(Figure(block=index, src=picture.src, alt=picture.alt))
        is_chapter = block.start is not None
        self._pause(pauses.before_s(block, is_chapter))
        if block.start is not None and found.pieces:
            self._sections.append(_Section(block.start, " ".join(p.spoken for p in found.pieces)))
        asides = list(block.asides)
        for i, piece in enumerate(found.pieces):
            is_last = i == len(found.pieces) - 1
            between = pauses.SENTENCE_S if piece.is_sentence_end else pauses.CLAUSE_S
            self._add(block, index, piece, pauses.after_s(block, is_chapter) if is_last else between)
            while asides and (is_last or (asides[0][0] <= piece.end and piece.is_sentence_end)):
                for note in asides.pop(0)[1]:
                    self.say(note, index)
        for _, notes in asides:
            for note in notes:
                self.say(note, index)

    def _add(self, block: Block, index: int | None, piece: Piece, pause_after_s: float) -> None:
        n = self._numbers.get(index, 0)
        self._numbers[index] = n + 1
        utterance = Utterance(
            id=f"b{index}-{n}" if index is not None else f"frame-{n}",
            block=index,
            written=piece.written,
            spoken=piece.spoken,
            role=_role(block),
            pause_after_s=pause_after_s,
            speaker=None if _role(block) == "heading" or block.kind == "name" else block.place.speaker,
            rewrites=piece.rewrites,
            pronunciations=self._pronouncer.pronounce(piece.spoken),
        )
        self._last = _Said(utterance, block.gathered)
        self._sections[-1].said.append(self._last)
        self._n_said += 1

    def _pause(self, at_least_s: float) -> None:
        """The silence before what comes next: the longer of two."""
        if self._last is not None and self._last.utterance.pause_after_s < at_least_s:
            self._last.utterance = replace(self._last.utterance, pause_after_s=at_least_s)

    def chapters(self) -> tuple[Chapter, ...]:
        return tuple(
            Chapter(
                title=section.start.title,
                spoken_title=section.spoken_title or section.said[0].utterance.spoken,
                anchor=section.start.anchor,
                level=section.start.level,
                utterances=tuple(said.utterance for said in section.said),
            )
            for section in self._sections
            if section.said
        )

    def note_ranges(self) -> tuple[NoteRange, ...]:
        """The runs of gathered notes, each inside one chapter."""
        ranges: list[NoteRange] = []
        for section in self._sections:
            groups: dict[int, list[str]] = {}
            for said in section.said:
                if said.group is not None:
                    groups.setdefault(said.group, []).append(said.utterance.id)
            ranges += [NoteRange(first_id=ids[0], last_id=ids[-1]) for ids in groups.values()]
        return tuple(ranges)


def _unknown_words(written: Iterable[Chapter], pronouncer: Pronouncer) -> tuple[str, ...]:
    """The words of a script that no lexicon knows, each once, in order."""
    found = (pronouncer.unknown_words(u.spoken) for chapter in written for u in chapter.utterances)
    return tuple(dict.fromkeys(word for words in found for word in words))


#: So many speakers get a voice of their own; further ones share them.
N_SPEAKER_VOICES = 4


def _voice_roles(utterances: Iterable[Utterance]) -> tuple[tuple[str, str], ...]:
    """Who reads what: each role and speaker that occurs -> a voice role."""
    voices = {"heading": "main", "prose": "main", "quote": "quote", "aside": "aside"}
    roles: dict[str, str] = {}
    n_speakers = 0
    for utterance in utterances:
        roles.setdefault(utterance.role, voices[utterance.role])
        name = f"speaker:{utterance.speaker}"
        if utterance.speaker is not None and name not in roles:
            roles[name] = f"speaker{n_speakers % N_SPEAKER_VOICES + 1}"
            n_speakers += 1
    return tuple(roles.items())


__all__: Sequence[str] = ["SCRIPT_VERSION", "ScriptOptions", "write"]
