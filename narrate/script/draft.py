"""Blocks said one after another -> chapters, omissions and figures: pauses, numbers and places decided on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from narrate.records import Chapter, Figure, NoteRange, Omission, Role, Utterance
from narrate.script import pauses, spoken
from narrate.script.parts import Block, Start
from narrate.script.pronounce import Pronouncer
from narrate.script.utterances import Piece, split


def _role(block: Block) -> Role:
    """A heading is a heading wherever it stands; a speaker's name is the narrator's to say."""
    return "heading" if block.kind == "heading" else "aside" if block.kind == "name" else block.place.role


def _id(index: int | None, n: int) -> str:
    """The name of the n-th utterance of a block; None is the frame around the post."""
    return f"b{index}-{n}" if index is not None else f"frame-{n}"


def _spoken_title(start: Start) -> str:
    """The ear's form of a title that isn't said as a heading."""
    said = spoken.read(start.title).spoken
    return f"{said}." if said and said[-1].isalpha() else said


@dataclass(slots=True)
class _Said:
    """An utterance and the silence that its block wants after it."""

    utterance: Utterance
    group: int | None  # of gathered notes


@dataclass(slots=True)
class _Section:
    start: Start
    spoken_title: str
    said: list[_Said] = field(default_factory=list)


class Draft:
    """A script being written: blocks are said into it one after another."""

    def __init__(self, opening: Start, pronouncer: Pronouncer) -> None:
        self._pronouncer = pronouncer
        self.omissions: list[Omission] = []
        self.figures: list[Figure] = []
        self.inline_notes: list[NoteRange] = []
        self._sections = [_Section(opening, _spoken_title(opening))]
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
            whole = " ".join(piece.spoken for piece in found.pieces)
            title = whole if block.kind == "heading" else _spoken_title(block.start)
            self._sections.append(_Section(block.start, title))
        asides = list(block.asides)
        for i, piece in enumerate(found.pieces):
            is_last = i == len(found.pieces) - 1
            between = pauses.SENTENCE_S if piece.is_sentence_end else pauses.CLAUSE_S
            self._add(block, index, piece, pauses.after_s(block, is_chapter) if is_last else between)
            while asides and (is_last or (asides[0][0] <= piece.end and piece.is_sentence_end)):
                self._say_note(asides.pop(0)[1], index)
        for _, note in asides:
            self._say_note(note, index)

    def _say_note(self, blocks: Iterable[Block], index: int | None) -> None:
        """A footnote in mid-text, and the note that it was one."""
        n_before = self._numbers.get(index, 0)
        for block in blocks:
            self.say(block, index)
        n_after = self._numbers.get(index, 0)
        if n_after > n_before:
            self.inline_notes.append(NoteRange(first_id=_id(index, n_before), last_id=_id(index, n_after - 1)))

    def _add(self, block: Block, index: int | None, piece: Piece, pause_after_s: float) -> None:
        n = self._numbers.get(index, 0)
        self._numbers[index] = n + 1
        utterance = Utterance(
            id=_id(index, n),
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


#: So many speakers get a voice of their own; further ones share them.
N_SPEAKER_VOICES = 4


def voice_roles(utterances: Iterable[Utterance]) -> tuple[tuple[str, str], ...]:
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
