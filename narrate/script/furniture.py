"""What stands around a text rather than in it (sign-up lines, share lines, tables of contents) -> listed, not said."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from narrate.script.parts import Block, Left, nothing

#: Whole paragraphs that a blog's or a newsletter's machinery puts into a post.
_LINE = re.compile(
    r"(?:view (?:this|in|the) (?:e-?mail|newsletter|post)?.{0,12}\bin (?:your|a) browser"
    r"|want to change how you receive these e-?mails\??"
    r"|you can update your preferences or unsubscribe from (?:this|the) list"
    r"|unsubscribe(?: from this list)?|update (?:your )?(?:subscription )?preferences"
    r"|(?:copyright )?© ?\d{4}.{0,60}\ball rights reserved"
    r"|copyright © ?\d{4}.{0,60}"
    r"|thanks for reading.{0,60}! subscribe for free.{0,60}|thanks for reading.{0,40}! this post is public.{0,40}"
    r"|subscribe(?: now| here)?|share(?: this post)?|leave a comment|get the app|upgrade to paid"
    r"|give a gift subscription"
    r"|(?:\d+ )?(?:likes?|comments?|shares?|restacks?)|read (?:more|in app)|discuss|refer a friend|pledge your support"
    r"|type your e-?mail.{0,12}"
    r"|comment via:? .{0,120})[.:!→]*\Z",
    re.I,
)


def sift(blocks: Iterable[Block]) -> list[Block]:
    """Blocks with the lines of machinery left out."""
    return [_left(block) if _is_furniture(block) else block for block in blocks]


def _is_furniture(block: Block) -> bool:
    if block.kind not in ("paragraph", "line", "item") or block.heading is not None:
        return False
    written = block.line.written
    return len(written) < 160 and bool(_LINE.match(written))


def _left(block: Block) -> Block:
    left = Left(what="page furniture", text=block.line.written, why="not part of the text")
    return nothing(left, *block.line.left, pictures=block.line.pictures)


_WORD = re.compile(r"[^\W_]")


def is_contents(nodes: Iterable[PageElement]) -> bool:
    """Whether nodes hold nothing but links within the page, three or more: a table of contents."""
    links = 0
    for node in nodes:
        if isinstance(node, Tag):
            for text in node.find_all(string=True) if node.name != "a" else [node]:
                if not _WORD.search(text.get_text()):
                    continue
                link = text if isinstance(text, Tag) else text.find_parent("a")
                if link is None or not str(link.get("href") or "").startswith("#"):
                    return False
                links += 1
        elif type(node) is NavigableString and _WORD.search(node):
            return False
    return links >= 3


def contents(text: str) -> list[Block]:
    """A table of contents: the chapters are one."""
    return [nothing(Left(what="table of contents", text=text, why="the chapters are the table of contents"))]
