"""Lines of chats pasted into a post -> a speaker's name said when it changes, time stamps listed.

`[Yudkowsky][16:35]` on a line of its own opens a turn; the lines after it are that speaker's.
"""

from __future__ import annotations

import re
from dataclasses import replace

from narrate.records import Rewrite
from narrate.script.parts import Block, Left, Line, Place, nothing

#: `[Name][8:32]`, `[Name][8:32 AM]`, `[Name] [Sep. 14]`; the name may not be a number (that is a citation).
_STAMP = re.compile(
    r"\[(?P<name>[^\W\d][^\]\[]{0,40})\]\s*\[(?P<time>[^\]\[]{1,30}\d[^\]\[]{0,20}|\d[^\]\[]{0,30})\]:?\s*"
)
_STAMPED = re.compile(_STAMP.pattern + r"(?:\([^()]*\))?")


def is_stamp(written: str) -> bool:
    """Whether a whole line is a turn's stamp, perhaps with a remark in brackets."""
    return _STAMPED.fullmatch(written) is not None


def read_line(line: Line, place: Place) -> list[Block]:
    """One line of text -> a line, with its speaker's name before it where it opens a chat turn."""
    found = _STAMP.match(line.written)
    if not found or any(r.start < found.end() for r in line.fixed):
        return [Block(kind="line", line=line, place=place)] if not line.is_empty else []
    stamp = found[0].rstrip()
    name_end = found.end("name")
    opening = Rewrite(start=0, end=1, rule="chat stamp", before="[", after="")
    time = Rewrite(start=name_end, end=len(stamp), rule="chat stamp", before=stamp[name_end:], after=".")
    line_of_name = Line(written=stamp, fixed=(opening, time))
    name = Block(kind="name", line=line_of_name, place=replace(place, speaker=found["name"]))
    rest = _from(line, found.end())
    return [name, Block(kind="line", line=rest, place=name.place)] if not rest.is_empty else [name]


def _from(line: Line, at: int) -> Line:
    """The part of `line` from offset `at` on."""
    fixed = tuple(replace(r, start=r.start - at, end=r.end - at) for r in line.fixed)
    marks = tuple(replace(m, at=max(0, m.at - at)) for m in line.marks)
    return replace(line, written=line.written[at:], fixed=fixed, marks=marks)


def assign(blocks: list[Block]) -> list[Block]:
    """The blocks of one chat: each turn's blocks get its speaker, whose name is said only where it changes."""
    out: list[Block] = []
    speaker: str | None = None
    for block in blocks:
        if block.kind == "name":
            if block.place.speaker == speaker:
                stamp = Left(what="time stamp", text=block.line.written, why="the same speaker goes on")
                out.append(nothing(stamp, *block.line.left))
                continue
            speaker = block.place.speaker
        elif block.heading is not None:
            speaker = None
        own = block.place.role == "prose" and block.place.speaker is None
        out.append(replace(block, place=replace(block.place, speaker=speaker)) if own and speaker else block)
    return out
