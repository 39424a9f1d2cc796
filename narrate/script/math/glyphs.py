"""MathJax 3's CHTML without a label -> TeX that `say` can read, from the glyphs it draws.

A glyph is an empty `<mjx-c class="mjx-cHEX">`, HEX its Unicode code point; structure is in the element names, as
mathjax-full 3 writes them (`ts/output/chtml/Wrappers`). Only for formulas that lost their `aria-label`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bs4 import BeautifulSoup, Tag

from narrate.script.math.mathml import mathml_to_tex
from narrate.script.math.texwriter import (
    DEPTH_LIMIT,
    beside,
    fraction,
    group,
    limits,
    matrix,
    prose,
    scripts,
    tag,
    token,
)

_GLYPH = re.compile(r"mjx-c(?P<hex>[0-9A-F]{1,6})\Z")
_SILENT = frozenset(
    {"mjx-mspace", "mjx-mphantom", "mjx-spacer", "mjx-strut", "mjx-nstrut", "mjx-dstrut", "mjx-line", "style"}
)
_STRETCHED = frozenset({"mjx-stretchy-v", "mjx-stretchy-h"})


def glyphs_to_tex(container_html: str) -> str | None:
    """An `mjx-container` (or any part of one) -> TeX; None when it draws nothing."""
    soup = BeautifulSoup(container_html, "lxml")
    assistive = soup.find("mjx-assistive-mml")
    if isinstance(assistive, Tag) and (found := mathml_to_tex(str(assistive))):
        return found
    root = soup.find("mjx-math") or soup.find("body")
    tex = _write(root, 0).strip() if isinstance(root, Tag) else ""
    return tex or None


def _characters(node: Tag) -> str:
    """The characters that an element draws, in order."""
    drawn: list[str] = []
    for glyph in [node, *node.find_all(True)]:
        if glyph is not node and any(parent.name in _STRETCHED for parent in glyph.parents if parent is not node):
            continue  # the pieces that a stretched bracket is built of
        if glyph.name == "mjx-utext":
            drawn.append(glyph.get_text())
        elif glyph.name == "mjx-c" or glyph.name in _STRETCHED:
            code = next((found["hex"] for name in glyph.get("class") or [] if (found := _GLYPH.match(name))), None)
            if code is not None and 0 < int(code, 16) < 0x110000 and not 0xD800 <= int(code, 16) < 0xE000:
                drawn.append(chr(int(code, 16)))
    return "".join(drawn)


def _children(node: Tag) -> list[Tag]:
    return [child for child in node.children if isinstance(child, Tag) and child.name not in _SILENT]


def _write_all(nodes: Sequence[Tag], depth: int) -> str:
    return beside([part for node in nodes if (part := _write(node, depth))])


def _part(node: Tag, name: str, depth: int) -> str | None:
    """The descendant of that name that is the node's own, not one of a layout inside it; None when there is none."""
    found = min(node.find_all(name), key=lambda part: len(list(part.parents)), default=None)
    return group(_write_all(_children(found), depth)) if isinstance(found, Tag) else None


def _write(node: Tag, depth: int) -> str:
    if depth > DEPTH_LIMIT or node.name in _SILENT:
        return ""
    name = node.name
    if name == "mjx-mtext":
        return prose(_characters(node))
    if name in ("mjx-mi", "mjx-mn", "mjx-mo", "mjx-c") or name in _STRETCHED:
        return token(_characters(node))
    return _write_layout(node, name, depth + 1)


def _write_layout(node: Tag, name: str, depth: int) -> str:
    children = _children(node)
    if name == "mjx-mfrac":
        over, under = _part(node, "mjx-num", depth), _part(node, "mjx-den", depth)
        return fraction(over or "{}", under or "{}", bar=node.find("mjx-line") is not None)
    if name == "mjx-msqrt":
        return "\\sqrt" + (_part(node, "mjx-box", depth) or "{}")
    if name == "mjx-mroot":
        return f"\\sqrt[{_part(node, 'mjx-root', depth) or ''}]" + (_part(node, "mjx-box", depth) or "{}")
    if name in ("mjx-msup", "mjx-msub", "mjx-msubsup") or node.find("mjx-script", recursive=False):
        return _write_scripts(children, name, depth)
    if name in ("mjx-mover", "mjx-munder", "mjx-munderover"):
        return _write_limits(node, depth)
    if name == "mjx-mtable":
        return _write_table(node, depth)
    return _write_all(children, depth)


def _write_table(node: Tag, depth: int) -> str:
    """A table's rows; an equation's number, which MathJax draws in a column of its own, becomes its tag."""
    rows = [row for row in node.find_all(["mjx-mtr", "mjx-mlabeledtr"]) if row.find_parent("mjx-mtable") is node]
    cells = [
        [_write(cell, depth) for cell in _children(row) if cell.name == "mjx-mtd"]
        for row in rows
        if row.find_parent("mjx-labels") is None
    ]
    return matrix(cells) + "".join(tag(_characters(row)) for row in rows if row.find_parent("mjx-labels") is not None)


def _write_scripts(children: Sequence[Tag], name: str, depth: int) -> str:
    """The base comes first; in the box of both scripts, the upper one does."""
    base = group(_write(children[0], depth)) if children else "{}"
    box = children[1] if len(children) > 1 else None
    drawn = [group(_write(child, depth)) for child in _children(box)] if box is not None else []
    if len(drawn) > 1:
        return scripts(base, drawn[1], drawn[0])
    only = drawn[0] if drawn else None
    is_lower = name in ("mjx-msub", "mjx-munder")
    return scripts(base, only if is_lower else None, None if is_lower else only)


def _write_limits(node: Tag, depth: int) -> str:
    over, under, base = (_part(node, f"mjx-{name}", depth) for name in ("over", "under", "base"))
    return limits(base or "{}", under, over)
