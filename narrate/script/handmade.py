"""Footnotes that an author typed -> Note blocks like the machine-made ones.

`... a claim [1].` with `[1] The note.` further down, raised numbers, and numbered lines under a heading "Footnotes".
Nothing is guessed from one end alone: a note needs its mark earlier in the text, and notes must come in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from narrate.records import Rewrite
from narrate.script.parts import Block, Mark, Note
from narrate.script.references import MAX_SHARE

_START = re.compile(r"(?:\[(?P<a>\d{1,2})\]|(?P<b>[⁰¹²³⁴-⁹]{1,2})|\((?P<c>\d{1,2})\))\s*[:.]?\s*(?=\S)")
_UNDER_HEADING = re.compile(r"(?:\[?(?P<a>\d{1,2})\]?|(?P<b>[⁰¹²³⁴-⁹]{1,2})|\((?P<c>\d{1,2})\))\s*[:.)]\s*(?=\S)")
_HEADING = re.compile(r"\W*(?:foot|end)?notes?\W*\Z", re.I)
_MARK = re.compile(
    r"\s?\[(?P<a>\d{1,2})\]|(?<=[^\W\d]\))(?P<b>[⁰¹²³⁴-⁹]{1,2})|(?<=[.,;:!?\"'”’])(?P<d>[⁰¹²³⁴-⁹]{1,2})|(?<=[^\W\d]{2})(?P<c>[¹²³⁴-⁹]{1,2})"
)


_STARRED = re.compile(r"(\*{1,3}|†|‡)\s?(?=[^\W_\d\s])")


@dataclass(frozen=True, slots=True)
class _Found:
    """A note's first block: where it is, its number, and how long the number is as written."""

    at: int
    number: int
    prefix: int


def adopt(blocks: Sequence[Block]) -> list[Block]:
    """The post's blocks, its hand-made notes as Note blocks and their marks as marks; or as they are, in doubt."""
    return _adopt_starred(_adopt_numbered(blocks))


def _adopt_starred(blocks: Sequence[Block]) -> list[Block]:
    """Notes after * or a dagger: each sign at one place in the text and before one later paragraph."""
    out = list(blocks)
    for i, block in enumerate(blocks):
        found = _STARRED.match(block.line.written)
        if (
            found is None
            or block.kind not in ("paragraph", "line")
            or any(r.start < found.end() for r in block.line.fixed)
        ):
            continue
        mark = re.compile(rf"(?<=[\w.,;:!?\"'”’)])(?<!\*){re.escape(found[1])}(?![\w*])")
        cited = [at for at in range(i) if out[at].note is None and mark.search(out[at].line.written)]
        if len(cited) != 1 or any(b.note and b.note.note_id == _name(found[1]) for b in out):
            continue
        out[cited[0]] = _marked_by(out[cited[0]], mark.finditer(out[cited[0]].line.written))
        out[i] = _as_note([block], found[1], found.end())
    return out


def _adopt_numbered(blocks: Sequence[Block]) -> list[Block]:
    """Notes after numbers."""
    starts = _starts(blocks)
    if not starts:
        return list(blocks)
    cited = _cited(blocks[: starts[0].at])
    if len([s for s in starts if s.number in cited]) * 2 < len(starts):
        return list(blocks)
    numbers = {start.number for start in starts}
    body = [_marked(block, numbers) for block in blocks[: starts[0].at]]
    end = next((i for i in range(starts[-1].at + 1, len(blocks)) if _ends_notes(blocks[i])), len(blocks))
    bounds = [*(start.at for start in starts[1:]), end]
    notes: list[Block] = []
    for start, bound in zip(starts, bounds, strict=True):
        notes += _note(blocks[start.at : bound], start, numbers)
    if _words(blocks[starts[0].at : end]) > MAX_SHARE * _words(blocks):
        notes = [replace(b, note=replace(b.note, is_said=True)) if b.note else b for b in notes]
    return [*body, *notes, *blocks[end:]]


def _words(blocks: Sequence[Block]) -> int:
    return sum(len(block.line.written.split()) for block in blocks)


def _starts(blocks: Sequence[Block]) -> list[_Found]:
    """The first blocks of a post's notes: the last run of them, in ascending order from one."""
    run: list[_Found] = []
    under_heading = False
    for i, block in enumerate(blocks):
        if block.kind == "heading":
            under_heading = bool(_HEADING.match(block.line.written))
            continue
        if block.kind not in ("paragraph", "line", "item") or block.place.is_note:
            continue
        written = block.line.written
        found = _START.match(written) or (_UNDER_HEADING.match(written) if under_heading else None)
        if found is None or any(r.start < found.end() < r.end for r in block.line.fixed):
            continue
        number = _number(found)
        if number == 1:
            run = [_Found(i, 1, found.end())]
        elif run and number == run[-1].number + 1:
            run.append(_Found(i, number, found.end()))
    return run


def _number(found: re.Match[str]) -> int:
    digits = next(part for part in found.groups() if part)
    return int(unicodedata.normalize("NFKC", digits))


def _cited(blocks: Sequence[Block]) -> set[int]:
    return {_number(found) for block in blocks for found in _MARK.finditer(block.line.written)}


def _ends_notes(block: Block) -> bool:
    return block.heading is not None or block.kind == "rule"


def _marked(block: Block, numbers: set[int]) -> Block:
    """`block` with its typed marks as marks that aren't said."""
    return _marked_by(block, [m for m in _MARK.finditer(block.line.written) if _number(m) in numbers])


def _marked_by(block: Block, typed: Iterable[re.Match[str]]) -> Block:
    line = block.line
    fixed, marks = list(line.fixed), list(line.marks)
    for found in typed:
        inside = [r for r in fixed if r.start < found.end() and r.end > found.start()]
        if any(r.rule != "footnote mark" for r in inside):
            continue
        start, end = found.span()
        if inside:
            start, end = min(start, inside[0].start), max(end, inside[-1].end)
            fixed = [r for r in fixed if r not in inside]
        fixed.append(Rewrite(start=start, end=end, rule="footnote mark", before=line.written[start:end], after=""))
        shown = found[0].strip()
        marks.append(Mark(at=start, note=_name(shown if _STARRED.match(shown + "x") else _number(found))))
    fixed.sort(key=lambda r: r.start)
    marks.sort(key=lambda m: m.at)
    return replace(block, line=replace(line, fixed=tuple(fixed), marks=tuple(marks)))


def _name(number: int | str) -> str:
    return f"handmade-{number}"


def _note(blocks: Sequence[Block], start: _Found, numbers: set[int]) -> list[Block]:
    first = _marked_after(blocks[0], start.prefix, numbers)
    rest = [_marked(block, numbers) for block in blocks[1:]]
    return [_as_note([first, *rest], str(start.number), start.prefix)]


def _as_note(blocks: Sequence[Block], number: str, prefix: int) -> Block:
    """Blocks whose first `prefix` characters are the note's own number -> a Note block."""
    first = blocks[0]
    rest = tuple(r for r in first.line.fixed if r.start >= prefix)
    silent = Rewrite(start=0, end=prefix, rule="footnote mark", before=first.line.written[:prefix], after="")
    first = replace(first, line=replace(first.line, fixed=(silent, *rest)), lead="")
    body = tuple(replace(b, place=replace(b.place, role="aside", is_note=True)) for b in (first, *blocks[1:]))
    return Block(kind="note", place=body[0].place, note=Note(note_id=_name(number), number=number, body=body))


def _marked_after(block: Block, prefix: int, numbers: set[int]) -> Block:
    """A note's first block: its own number is no mark."""
    marked = _marked(block, numbers)
    marks = tuple(m for m in marked.line.marks if m.at >= prefix)
    return replace(marked, line=replace(marked.line, marks=marks))
