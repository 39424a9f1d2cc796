"""Notes from where a page has them to where they are said: short ones after their sentence, others after a section."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Left, Note, join, nothing

#: never: notes are listed, not said. inline: each after its sentence. after: short ones inline, the rest gathered.
Setting = Literal["never", "inline", "after"]

#: A note of at most this many words is said in mid-text.
SHORT_WORDS = 25


def place(blocks: Sequence[Block], setting: Setting) -> list[Block]:
    """Notes from where the page has them to where they are said. One that nothing cites is said where it stands."""
    return _Placing({b.note.note_id: b for b in blocks if b.note is not None}, setting).run(blocks)


class _Placing:
    """One pass over a post's blocks: which notes are due, and which have been said."""

    def __init__(self, notes: dict[str, Block], setting: Setting) -> None:
        self._notes = notes
        self._setting = setting
        self._due: list[Block] = []
        self._seen: set[str] = set()
        self._groups = 0

    def run(self, blocks: Sequence[Block]) -> list[Block]:
        out: list[Block] = []
        for i, block in enumerate(blocks):
            if block.start is not None and not _notes_follow(blocks, i):
                out += self._gathered()
            if block.note is None:
                out.append(self._with_notes(block))
            else:
                out += self._gathered()
                if block.note.note_id not in self._seen:
                    self._seen.add(block.note.note_id)
                    self._due.append(block)
        return out + self._gathered()

    def _with_notes(self, block: Block) -> Block:
        """`block` with the notes it cites: the short ones attached, the others due after the section."""
        asides: list[tuple[int, tuple[Block, ...]]] = []
        for mark in block.line.marks:
            note = self._notes.get(mark.note)
            if note is None or note.note is None or mark.note in self._seen:
                continue
            self._seen.add(mark.note)
            inline = self._setting == "inline" or (self._setting == "after" and is_short(note.note))
            if inline and not (note.note.is_said and citation(note.note)) and block.kind != "heading":
                asides.append((mark.at, tuple(self._said(note.note, "Footnote", 0))))
            else:
                self._due.append(note)
        return replace(block, asides=tuple(asides)) if asides else block

    def _gathered(self) -> list[Block]:
        """The notes that are due, each with its number; notes that notes cite follow them."""
        out: list[Block] = []
        if self._due:
            self._groups += 1
        while self._due:
            note = self._due.pop(0).note
            assert note is not None
            out += self._said(note, f"Footnote {_spoken_number(note.number)}".strip(), self._groups)
        return out

    def _said(self, note: Note, name: str, group: int) -> list[Block]:
        if self._setting == "never":
            return [nothing(Left(what="footnote", text=_text(note), why="footnotes are left out"))]
        why = citation(note)
        if why and not note.is_said:
            return [nothing(Left(what="citation", text=_text(note), why=why), *_left(note))]
        body = [self._with_notes(b) for b in note.body]
        first = next((i for i, b in enumerate(body) if b.is_said and b.kind != "cue"), None)
        if first is None:
            return body
        lead = replace(body[first], lead=f"{name}: {body[first].lead}", kind="note")
        said = [*body[:first], lead, *body[first + 1 :]]
        if not group:
            last = max(i for i, b in enumerate(said) if b.is_said)
            said[last] = replace(said[last], tail=" End of footnote.")
            return said
        return [replace(b, gathered=group) for b in said]


def _notes_follow(blocks: Sequence[Block], at: int) -> bool:
    """Whether the heading at `at` is that of the notes themselves."""
    following = next((b for b in blocks[at + 1 :] if b.note is not None or b.is_said), None)
    return following is not None and following.note is not None


def _spoken_number(number: str) -> str:
    """A note's number in words; "" when it is only a sign."""
    return cardinal(int(number)) if number.isdecimal() else "".join(c for c in number if c.isalpha())


def is_short(note: Note) -> bool:
    said = [b for b in note.body if b.is_said]
    return len(said) == 1 and len(said[0].line.written.split()) <= SHORT_WORDS


_URL = re.compile(r"(?:https?://|www\.)\S+|\b[\w.-]+\.(?:com|org|net|edu|gov|io|pdf|html?)\b\S*")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d[a-z]?\b")
_REFERENCE = re.compile(
    r"\b(?:doi|arxiv|isbn|journal|proceedings|press|pp?\.|vol\.|no\.|ibid|et al|retrieved|eds?\.)(?=\W|\Z)", re.I
)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|can|could|would|should|will|may|might|do|does|did|I|we|you)\b")


def citation(note: Note) -> str | None:
    """Why a note is only a citation or an address, None when it says something."""
    text = _text(note)
    bare = _URL.sub("", text)
    if _URL.search(text) and not re.search(r"[^\W\d_]{2}", bare):
        return "only an address"
    if len(text.split()) <= 60 and not _VERB.search(bare) and _YEAR.search(bare) and _REFERENCE.search(text):
        return "only a citation"
    return None


def _text(note: Note) -> str:
    return join(b.line for b in note.body).written


def _left(note: Note) -> Iterable[Left]:
    return (left for b in note.body for left in b.line.left)
