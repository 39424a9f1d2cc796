"""Images -> what their caption or a real alternative text says; the picture itself is listed.

File names, ids, "image" and the like are no alternative text. An image with nothing to say is named once, a run of
them by its number.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bs4 import Tag

from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Left, Line, Picture, Place, Walk, nothing, sign
from narrate.script.pen import Pen
from narrate.script.visible import tidy

_NAME = re.compile(
    r"(?:[\w%.()~-]*\.(?:png|jpe?g|gif|svg|webp|bmp|tiff?|avif|pdf)\b.*|[0-9a-f]{8,}[\w.-]*|[\w-]*\d[\w-]*_[\w.-]*"
    r"|(?:img|dsc|image|photo|picture|figure|screen ?shot|untitled|undefined|null|none|alt|logo|icon|thumbnail)"
    r"[\s_.:-]*(?:\d[\w .,:-]*)?|https?://\S*|\S{25,}|user'?s avatar|\W*)\Z",
    re.I,
)
_SELF_NAMED = re.compile(r"\W*(?:fig(?:ure)?|image|picture|photo(?:graph)?|table|source|credit)s?\b", re.I)
UNDESCRIBED = "[image]"
_EMOJI = re.compile(r"(?:emoji|wp-smiley|emoticon)", re.I)


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<figure>: a table, an embed or an image, and its caption."""
    caption = element.find("figcaption")
    blocks = walk.blocks([node for node in element.contents if node is not caption], place)
    said = walk.blocks(caption.contents, replace(place, role="aside")) if isinstance(caption, Tag) else []
    first = next((i for i, block in enumerate(said) if block.is_said), None)
    if first is None:
        return [*blocks, *said]
    if element.find("table") is not None:
        said[first] = replace(said[first], kind="caption", lead=_lead(said[first], "Table: "))
        return [*said, *blocks]
    if any(block.line.pictures for block in blocks):
        repeated = {_plain(block.line.written) for block in said}
        blocks = [_unsaid(b) if _is_idle(b, repeated) else b for b in blocks]
        lead = "Caption: " if any(b.kind == "caption" for b in blocks) else "Image: "
        said[first] = replace(said[first], kind="caption", lead=_lead(said[first], lead))
    return [*blocks, *said]


def _lead(caption: Block, lead: str) -> str:
    """What announces a caption, unless it announces itself: "Figure 3: ..."."""
    return "" if _SELF_NAMED.match(caption.line.written) else lead


def _is_idle(block: Block, repeated: set[str]) -> bool:
    """Whether a picture's own words add nothing to its caption."""
    return block.line.written == UNDESCRIBED or (block.kind == "caption" and _plain(block.line.written) in repeated)


def _unsaid(block: Block) -> Block:
    return replace(block, kind="nothing", line=replace(block.line, written="", fixed=()), lead="")


def read_image(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<img> on its own."""
    return named(walk.line([element]), place)


def named(line: Line, place: Place) -> list[Block]:
    """A line that holds only pictures: what they show, or that they are there."""
    aside = replace(place, role="aside")
    blocks: list[Block] = []
    for picture in line.pictures:
        alone = Line(pictures=(picture,), left=tuple(left for left in line.left if left.href == (picture.src or None)))
        if picture.alt:
            said = replace(alone, written=picture.alt)
            blocks.append(Block(kind="caption", line=said, place=aside, lead="Image: "))
        else:
            blocks.append(sign(UNDESCRIBED, "An image.", place, *alone.left, pictures=alone.pictures))
    kept = {id(left) for block in blocks for left in block.line.left}
    rest = tuple(left for left in line.left if id(left) not in kept)
    return [*blocks, nothing(*rest)] if rest else blocks


def apart(line: Line) -> tuple[Line, Line]:
    """A line of text and the pictures in it, which are named after it."""
    of_pictures = tuple(left for left in line.left if left.what == "image")
    text = replace(line, left=tuple(left for left in line.left if left.what != "image"), pictures=())
    return (text, Line(left=of_pictures, pictures=line.pictures)) if line.pictures else (line, Line())


def write_inline(element: Tag, pen: Pen, walk: Walk) -> None:
    """<img> in a line of text: listed; a picture of a formula is a formula."""
    picture = _picture(element)
    if picture is None:
        return
    if "latex" in picture.src and str(element.get("alt") or "").strip():
        walk.write_formula(str(element["alt"]), pen)
        return
    pen.picture(picture)
    why = "a picture; its description is said" if picture.alt else "a picture without a description"
    pen.leave(Left(what="image", text=picture.alt, why=why, href=picture.src or None))


def _picture(element: Tag) -> Picture | None:
    """The image with its real alternative text, None for decorations."""
    if _EMOJI.search(" ".join(element.get("class") or ())) or str(element.get("width") or "") in ("0", "1"):
        return None
    src = str(element.get("src") or element.get("data-src") or "")
    alt = tidy(str(element.get("alt") or ""))
    return Picture(src="" if src.startswith("data:") else src, alt="" if _NAME.match(alt) else alt)


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def count_runs(blocks: list[Block]) -> list[Block]:
    """ "An image." said several times in a row -> "Three images." said once."""
    out: list[Block] = []
    run: list[int] = []
    for block in blocks:
        if block.kind == "cue" and block.line.pictures and block.line.written == UNDESCRIBED:
            run.append(len(out))
        elif block.is_said or block.heading is not None:
            _name_run(out, run)
            run = []
        out.append(block)
    _name_run(out, run)
    return out


def _name_run(blocks: list[Block], run: list[int]) -> None:
    if len(run) < 2:
        return
    first = blocks[run[0]]
    named = sign("[images]", f"{cardinal(len(run)).capitalize()} images.", first.place)
    blocks[run[0]] = replace(first, line=replace(first.line, written=named.line.written, fixed=named.line.fixed))
    for at in run[1:]:
        blocks[at] = replace(blocks[at], kind="nothing", line=replace(blocks[at].line, written="", fixed=()))
