"""Dialogues -> each message in its speaker's voice, the name said where the speaker changes."""

from __future__ import annotations

from dataclasses import replace

from bs4 import Tag

from narrate.records import Comment
from narrate.script.parts import Block, Left, Line, Place, Walk, nothing
from narrate.script.visible import tidy, visible_text


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """`section.dialogue-message`."""
    header = element.find(class_="dialogue-message-header")
    shown = visible_text(header) if isinstance(header, Tag) else ""
    name = tidy(str(element.get("display-name") or "")) or shown
    inside = replace(place, speaker=name or None)
    blocks = walk.blocks(element.contents, inside)
    if not name or not any(b.is_said for b in blocks):
        return blocks
    at = next((i for i, b in enumerate(blocks) if b.kind != "heading"), 0)  # a chapter begins before its first speaker
    return [*blocks[:at], turn(name, inside), *blocks[at:]]


def turn(words: str, place: Place) -> Block:
    """The name of who speaks next: `place.speaker`."""
    return Block(kind="name", line=Line(written=words), place=place)


def read_header(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """The name above a message; it is said from the message itself."""
    return []


def read_input(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """An unsent draft that an editor left in the page."""
    words = visible_text(element)
    return [nothing(Left(what="unsent draft", text=words, why="its author never sent it"))] if words else []


def name_changes(blocks: list[Block]) -> list[Block]:
    """Names only where the speaker changes, or after something that isn't a speaker's."""
    out: list[Block] = []
    speaker: str | None = None
    for block in blocks:
        if block.kind == "name" and block.place.speaker == speaker:
            if block.line.fixed:  # a chat's stamp is visible text
                out.append(nothing(Left(what="time stamp", text=block.line.written, why="the same speaker goes on")))
            continue
        if block.is_said or block.heading is not None:
            speaker = block.place.speaker if block.kind != "heading" else None
        out.append(block)
    return out


def from_comments(comments: tuple[Comment, ...]) -> str:
    """An old debate's messages, which live in comments, as the dialogue that a newer post would hold."""
    return "".join(
        f'<section class="dialogue-message" display-name="{_attribute(c.author.name)}">{c.html}</section>'
        for c in comments
    )


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
