"""Footnotes: their marks out of the text, their bodies as Note blocks; notes.py brings both together again.

Three machine forms (CKEditor and Lexical, markdown-it with the same classes, older markdown-it) and hand-made ones
that link both ways; those that only match by their numbers are handmade.py's. A mark is never said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bs4 import Tag

from narrate.script.parts import Block, Left, Note, Place, Walk, nothing
from narrate.script.pen import Pen
from narrate.script.visible import tidy, visible_text

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
        if any(note_id == known for known, _ in elements.values()):
            note_id = f"{note_id} {len(elements)}"  # two notes of one name: both are notes
        number = str(element.get("data-footnote-index") or _position(element))
        elements[id(element)] = (note_id, number)
        for name in (note_id, note_id.removesuffix("-definition"), "fn" + str(element.get("data-footnote-id") or "")):
            fragments.setdefault(name, note_id)
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
    if text.isdecimal() and pen.last not in ("", " "):
        text = text.translate(_RAISED)
    if text:
        pen.fix(text, "", "footnote mark")


def read_item(element: Tag, place: Place, walk: Walk, note_id: str, number: str) -> list[Block]:
    """A note's element -> one Note block, where the page has it."""
    inside = replace(place, role="aside", is_note=True, is_heading_free=True, list_depth=0, number="", quote_depth=0)
    number_mark = element.find(class_="footnote-number")
    body = walk.blocks([node for node in element.contents if node is not number_mark], inside)
    if isinstance(number_mark, Tag) and (shown := visible_text(number_mark)):
        body.append(nothing(Left(what="footnote mark", text=shown, why="the note's own number")))
    return [Block(kind="note", place=inside, note=Note(note_id=note_id, number=number, body=tuple(body)))]
