"""Footnotes: their marks out of the text, their bodies as Note blocks, and both brought together again.

Three machine forms (CKEditor and Lexical, markdown-it with the same classes, older markdown-it) and hand-made ones
that link both ways. A mark is never said; a short note follows the sentence that cites it, a longer one the section.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bs4 import Tag

from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Left, Note, Place, Walk, join, nothing, tidy, visible_text
from narrate.script.pen import Pen

#: never: notes are listed, not said. inline: each after its sentence. after: short ones inline, the rest gathered.
Setting = Literal["never", "inline", "after"]

#: A note of at most this many words is said in mid-text.
SHORT_WORDS = 25

_MARK = re.compile(r"[\[(]?\s*(?:\d{1,3}(?::\d+)?|[a-z]|[ivx]{1,4}|[*†‡§]{1,3})\s*[\])]?\Z")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ARROW = re.compile(r"[\W_]*\Z")
_RETURN = re.compile(r"[\W_]*(?:back|return|jump up)?[\W_]*\Z", re.I)
_ITEM_CLASSES = frozenset({"footnote-item", "footnote-definition"})
_LIST_CLASSES = frozenset({"footnotes", "footnotes-list", "footnote-section"})


@dataclass(frozen=True, slots=True)
class Index:
    """Every note of a page, by the fragment that marks point to, and the fragments that notes point back to."""

    elements: dict[int, tuple[str, str]]  # id() of the note's element -> (note id, number as shown)
    fragments: dict[str, str]
    back_links: frozenset[str]


def index(page: Iterable[Tag]) -> Index:
    """Find the notes among a page's elements before it is walked."""
    elements: dict[int, tuple[str, str]] = {}
    fragments: dict[str, str] = {}
    back: set[str] = set()
    for element in page:
        if not _is_item(element):
            continue
        note_id = str(element.get("id") or element.get("data-footnote-id") or f"note{len(elements)}")
        number = str(element.get("data-footnote-index") or _position(element))
        elements[id(element)] = (note_id, number)
        fragments[note_id] = note_id
        if element.get("data-footnote-id"):
            fragments["fn" + str(element["data-footnote-id"])] = note_id
        fragments[note_id.removesuffix("-definition")] = note_id
        for link in element.find_all("a"):
            fragments.setdefault(str(link.get("id") or link.get("name") or note_id), note_id)
            fragment = _fragment(link)
            if fragment and _is_return(link):
                back.add(fragment)
    return Index(elements, fragments, frozenset(back))


def _is_item(element: Tag) -> bool:
    classes = element.get("class") or ()
    if not _ITEM_CLASSES.isdisjoint(classes):
        return True
    if element.name == "li" and element.parent is not None and element.parent.name in ("ol", "ul"):
        holder = element.parent
        if not _LIST_CLASSES.isdisjoint(holder.get("class") or ()):
            return True
        return holder.parent is not None and not _LIST_CLASSES.isdisjoint(holder.parent.get("class") or ())
    return element.name == "div" and "footnote" in classes and element.find(class_="footnote-number") is not None


def _position(element: Tag) -> str:
    """A note's number as its list shows it."""
    number = element.find(class_="footnote-number")
    if isinstance(number, Tag):
        return tidy(number.get_text())
    before = sum(1 for sibling in element.find_previous_siblings(element.name))
    start = str(element.parent.get("start") or "1") if element.parent is not None else "1"
    return str(before + (int(start) if start.isdigit() else 1))


def _fragment(link: Tag) -> str:
    """The fragment that a link points to on its own page, "" when it points elsewhere."""
    href = str(link.get("href") or "")
    return href.rpartition("#")[2] if "#" in href else ""


def _is_return(link: Tag) -> bool:
    text = tidy(link.get_text())
    return bool(_RETURN.match(text) or _MARK.match(text))


def write_mark(element: Tag, pen: Pen, walk: Walk) -> None:
    """A footnote's mark of a machine form: it names its note and writes nothing."""
    link = element if element.name == "a" else element.find("a", href=True)
    fragment = _fragment(link) if isinstance(link, Tag) else ""
    note = walk.notes.get(fragment) or walk.notes.get("fn" + str(element.get("data-footnote-id") or ""))
    if "footnote-anchor" in (element.get("class") or ()):
        _write_visible_mark(element, pen)
    if note:
        pen.mark(note)
    else:
        pen.leave(Left(what="footnote mark", text=visible_text(element), why="the post has no note of that name"))


def write_back_link(element: Tag, pen: Pen, walk: Walk) -> None:
    """The arrow from a note back to the text."""


def write_link(element: Tag, pen: Pen, walk: Walk) -> None:
    """<a>: its text, unless it is a hand-made footnote's mark or a note's way back."""
    fragment = _fragment(element)
    if fragment in walk.notes and _MARK.match(tidy(element.get_text())):
        _write_visible_mark(element, pen)
        return pen.mark(walk.notes[fragment])
    if fragment and fragment in walk.back_links and _is_return(element):
        text = tidy(element.get_text())
        if not _ARROW.match(text):
            pen.leave(Left(what="footnote mark", text=text, why="the way from a note back to the text"))
        return None
    if fragment and re.fullmatch(r"\[\d{1,3}\]", tidy(element.get_text())):
        return _write_visible_mark(element, pen)
    return walk.write(element.contents, pen)


def _write_visible_mark(element: Tag, pen: Pen) -> None:
    text = tidy(element.get_text())
    if text.isdecimal() and pen.last.isalnum():
        text = text.translate(_RAISED)
    if text:
        pen.fix(text, "", "footnote mark")


def read_item(element: Tag, place: Place, walk: Walk, note_id: str, number: str) -> list[Block]:
    """A note's element -> one Note block, where the page has it."""
    inside = replace(place, role="aside", is_note=True, is_heading_free=True, list_depth=0, quote_depth=0)
    number_mark = element.find(class_="footnote-number")
    body = walk.blocks([node for node in element.contents if node is not number_mark], inside)
    return [Block(kind="note", place=inside, note=Note(note_id=note_id, number=number, body=tuple(body)))]


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
    if text and not re.search(r"[^\W\d_]{2}", bare):
        return "only an address"
    if len(text.split()) <= 60 and not _VERB.search(bare) and _YEAR.search(bare) and _REFERENCE.search(text):
        return "only a citation"
    return None


def _text(note: Note) -> str:
    return join(b.line for b in note.body).written


def _left(note: Note) -> Iterable[Left]:
    return (left for b in note.body for left in b.line.left)
