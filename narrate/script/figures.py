"""Images -> what their caption or a real alternative text says; the picture itself is listed.

File names, ids, "image" and the like are no alternative text. An image with nothing to say is named once, a run of
them by its number.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bs4 import Tag

from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Left, Line, Picture, Place, Walk, cue, tidy
from narrate.script.pen import Pen

_NAME = re.compile(
    r"(?:[\w%.()~-]*\.(?:png|jpe?g|gif|svg|webp|bmp|tiff?|avif|pdf)\b.*|[0-9a-f]{8,}[\w.-]*|[\w-]*\d[\w-]*_[\w.-]*"
    r"|(?:img|dsc|image|photo|picture|figure|screen ?shot|screenshot|untitled|undefined|null|none|alt|logo|icon|thumbnail)"
    r"[\s_.:-]*(?:\d[\w .,:-]*)?|https?://\S*|\S{25,}|user'?s avatar|\W*)\Z",
    re.I,
)
_EMOJI = re.compile(r"(?:emoji|wp-smiley|emoticon)", re.I)


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<figure>: a table, an embed or an image, and its caption."""
    caption = element.find("figcaption")
    blocks = walk.blocks([node for node in element.contents if node is not caption], place)
    if not isinstance(caption, Tag):
        return blocks
    said = walk.blocks(caption.contents, replace(place, role="aside"))
    pictured = any(block.line.pictures for block in blocks)
    spoken = {_plain(block.line.written) for block in said}
    kept = [b for b in blocks if not (b.kind == "caption" and _plain(b.line.written) in spoken)]
    kept = [b for b in kept if not (pictured and b.kind == "cue" and any(s.is_said for s in said) and b.line.left)]
    first = next((i for i, block in enumerate(said) if block.is_said), None)
    if first is not None:
        lead = (
            ""
            if re.match(r"\W*(?:fig|image|picture|photo|table|source|credit)", said[first].line.written, re.I)
            else "Image: "
        )
        said[first] = replace(said[first], kind="caption", lead=lead if pictured else "")
    dropped = [b for b in blocks if b not in kept]
    silent = [replace(b, kind="nothing", line=replace(b.line, written="", fixed=()), lead="") for b in dropped]
    return [*kept, *silent, *said]


def read_image(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<img> on its own."""
    picture, alt = _picture(element)
    if picture is None:
        return []
    aside = replace(place, role="aside")
    if alt:
        left = Left(what="image", text=alt, why="a picture; its description is said", href=picture.src or None)
        line = Line(written=alt, left=(left,), pictures=(picture,))
        return [Block(kind="caption", line=line, place=aside, lead="Image: ")]
    left = Left(what="image", text="", why="a picture without a description", href=picture.src or None)
    block = cue("An image.", place)
    return [replace(block, line=replace(block.line, left=(left,), pictures=(picture,)))]


def write_inline(element: Tag, pen: Pen, walk: Walk) -> None:
    """<img> in a line of text: its alternative text where it has one."""
    picture, alt = _picture(element)
    if picture is None:
        return
    if "latex" in picture.src and str(element.get("alt") or "").strip():
        walk.write_formula(str(element["alt"]), pen)
        return
    pen.picture(picture)
    pen.leave(Left(what="image", text=alt, why="a picture in the text", href=picture.src or None))


def _picture(element: Tag) -> tuple[Picture | None, str]:
    """The image and its real alternative text, None for decorations."""
    src = str(element.get("src") or element.get("data-src") or "")
    alt = tidy(str(element.get("alt") or ""))
    if _EMOJI.search(" ".join(element.get("class") or ())) or str(element.get("width") or "") in ("0", "1"):
        return None, alt
    return Picture(src="" if src.startswith("data:") else src, alt=alt), "" if _NAME.match(alt) else alt


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def count_runs(blocks: list[Block]) -> list[Block]:
    """ "An image." said several times in a row -> "Three images." said once."""
    out: list[Block] = []
    run: list[int] = []
    for block in blocks:
        if block.kind == "cue" and block.line.pictures and block.line.written == "An image.":
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
    blocks[run[0]] = replace(first, line=replace(first.line, written=f"{cardinal(len(run)).capitalize()} images."))
    for at in run[1:]:
        blocks[at] = replace(blocks[at], kind="nothing", line=replace(blocks[at].line, written=""))
