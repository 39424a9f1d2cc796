"""The nouns of this room: lines of text with what is decided about them, and the blocks they stand in.

    html -> blocks (blocks.py and one file per construct) -> utterances -> chapters -> Script

A construct's handler turns one element into blocks; nothing else knows about its markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from bs4 import Tag
from bs4.element import PageElement

from narrate.records import Rewrite, Role

if TYPE_CHECKING:
    from narrate.script.math import Macro
    from narrate.script.pen import Pen

#: What a block is, as far as pauses and packing go; pauses.py has a row for each.
Kind = Literal[
    "heading",
    "paragraph",
    "item",
    "line",
    "row",
    "cue",
    "name",
    "caption",
    "note",
    "rule",
    "quote",
    "unquote",
    "nothing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something visible that isn't spoken: an Omission that doesn't know its block yet."""

    what: str
    text: str
    why: str
    href: str | None = None
    name: str = ""  # what to call it where it stands alone, "a YouTube video"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image worth showing on the page."""

    src: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A footnote's mark: it stood at offset `at` of the line's written text, and named the note `note`."""

    at: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Visible text of one line, white space collapsed, with the spans whose reading is already decided.

    `fixed` are sorted and don't overlap; offsets are characters of `written`.
    """

    written: str = ""
    fixed: tuple[Rewrite, ...] = ()
    marks: tuple[Mark, ...] = ()
    left: tuple[Left, ...] = ()
    pictures: tuple[Picture, ...] = ()
    breaks_before: int = 0  # how many <br> stood before this line

    def __bool__(self) -> bool:
        return bool(self.written)

    @property
    def is_empty(self) -> bool:
        """True when the line holds nothing at all, not even a picture or a mark."""
        return not (self.written or self.marks or self.left or self.pictures)


def join(lines: Iterable[Line], between: str = " ") -> Line:
    """Lines one after another as a single line, with `between` where both sides have text."""
    written = ""
    fixed: list[Rewrite] = []
    marks: list[Mark] = []
    left: list[Left] = []
    pictures: list[Picture] = []
    for line in lines:
        if written and line.written:
            written += between
        shift = len(written)
        written += line.written
        fixed += [replace(r, start=r.start + shift, end=r.end + shift) for r in line.fixed]
        marks += [Mark(at=m.at + shift, note=m.note) for m in line.marks]
        left += line.left
        pictures += line.pictures
    return Line(written=written, fixed=tuple(fixed), marks=tuple(marks), left=tuple(left), pictures=tuple(pictures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the post the walk stands: what its surroundings say about how a block is read."""

    role: Role = "prose"
    speaker: str | None = None
    quote_depth: int = 0
    list_depth: int = 0
    number: str = ""  # of the ordered item that this stands in, "Two" or "Two, A"
    is_note: bool = False  # inside a footnote
    is_hidden: bool = False  # inside a spoiler, a collapsible or code: no heading there is a chapter (A5)
    is_heading_free: bool = False  # nothing here is a chapter: an answer, a footnote


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a chapter is made from. `level` is A5's: h1 = 1 ... h4 = 4, a bold line = 7."""

    level: int
    anchor_text: str  # the raw text that the forum makes the anchor of
    anchor: str | None = None  # an id the page itself gives
    is_added: bool = False  # not in the post's own contents list


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A chapter's beginning: its title for the eye, the fragment of the page it is found at, its level from 1."""

    title: str
    anchor: str | None
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A footnote: what its marks call it, its number as shown, and what it says."""

    note_id: str
    number: str
    body: tuple[Block, ...]
    is_said: bool = False  # even if it only cites: leaving it out would leave out too much


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One thing said in one go, or one thing left out. `lead` and `tail` are said but not written in the post."""

    kind: Kind
    line: Line = field(default_factory=Line)
    place: Place = field(default_factory=Place)
    lead: str = ""
    tail: str = ""
    ending: str = "."  # the stop said where the text has none; flow.py decides
    heading: Heading | None = None
    start: Start | None = None  # the block begins a chapter
    note: Note | None = None  # kind "note": the note itself, standing where its page has it
    asides: tuple[tuple[int, tuple[Block, ...]], ...] = ()  # said after the sentence at that offset of `line`
    gathered: int | None = None  # the group of gathered notes that the block belongs to

    @property
    def is_said(self) -> bool:
        return bool(self.line.written)


#: A construct's handler: one element, where it stands -> its blocks in reading order.
Handler = Callable[[Tag, Place, "Walk"], list[Block]]


class Walk(Protocol):
    """What a handler may ask of the walk that called it."""

    @property
    def notes(self) -> Mapping[str, str]:
        """Fragment that a footnote's mark may point to -> the note's own id."""

    @property
    def back_links(self) -> Set[str]:
        """Fragments that a note's link back to the text may point to."""

    @property
    def macros(self) -> Mapping[str, Macro]:
        """TeX macros defined anywhere in the post."""

    def write(self, nodes: Iterable[PageElement], pen: Pen) -> None:
        """Inline children -> into a line that is being written."""

    def blocks(self, nodes: Iterable[PageElement], place: Place) -> list[Block]:
        """Children that may be blocks, text or both -> blocks."""

    def lines(self, nodes: Iterable[PageElement]) -> list[Line]:
        """Inline children -> their lines, split at <br>."""

    def line(self, nodes: Iterable[PageElement]) -> Line:
        """Inline children -> one line, <br> counting as a space."""

    def write_formula(self, tex: str, pen: Pen) -> None:
        """A formula known by its TeX -> into a line that is being written."""

    def has_blocks(self, element: Tag) -> bool:
        """Whether any descendant of `element` is a block of its own."""


def cue(words: str, place: Place) -> Block:
    """An announcement of our own: written as it is said."""
    return Block(kind="cue", line=Line(written=words), place=replace(place, role="aside", speaker=None))


def sign(written: str, said: str, place: Place, *left: Left, pictures: tuple[Picture, ...] = ()) -> Block:
    """Something shown that is named aloud: `[code]` on the page of the script, a sentence in the recording."""
    named = Rewrite(start=0, end=len(written), rule="named", before=written, after=said)
    line = Line(written=written, fixed=(named,), left=left, pictures=pictures)
    return Block(kind="cue", line=line, place=replace(place, role="aside", speaker=None))


def nothing(*left: Left, pictures: tuple[Picture, ...] = ()) -> Block:
    """A block that is only an omission."""
    return Block(kind="nothing", line=Line(left=left, pictures=pictures))
