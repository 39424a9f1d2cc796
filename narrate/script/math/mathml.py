"""MathML -> TeX that `say` can read. Elements by the W3C's MathML Core; a TeX annotation is taken as it is.

The other four generations of formula markup carry TeX already; this is for `<math>` (jefftk's posts, assistive markup).
"""

from __future__ import annotations

from collections.abc import Sequence

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

from narrate.script.math.texwriter import (
    DEPTH_LIMIT,
    beside,
    escape,
    fraction,
    group,
    limits,
    matrix,
    prose,
    scripts,
    tag,
    token,
)

_ROWS = frozenset(
    {
        "math",
        "mrow",
        "mstyle",
        "mpadded",
        "merror",
        "menclose",
        "mtd",
        "semantics",
        "a",
        "span",
        "maction",
        "mlabeledtr",
    }
)
_SILENT = frozenset({"mspace", "mphantom", "mglyph", "annotation", "annotation-xml", "none", "mprescripts", "style"})
_VARIANTS = {
    "double-struck": "mathbb", "bold": "mathbf", "bold-italic": "mathbf", "script": "mathcal", "fraktur": "mathfrak",
}  # fmt: skip


def mathml_to_tex(element_html: str) -> str | None:
    """A `<math>` element (HTML source) -> TeX; None when it holds nothing readable."""
    math = BeautifulSoup(element_html, "lxml").find("math")
    if not isinstance(math, Tag):
        return None
    for annotation in math.find_all("annotation"):
        if "tex" in str(annotation.get("encoding", "")).lower() and annotation.get_text().strip():
            return str(annotation.get_text()).strip()
    tex = _write(math, 0).strip()
    return tex or None


def _elements(tag: Tag) -> list[Tag]:
    return [child for child in tag.children if isinstance(child, Tag) and child.name not in ("none", "annotation")]


def _write_all(nodes: Sequence[PageElement], depth: int) -> str:
    return beside([part for node in nodes if (part := _write(node, depth))])


def _argument(children: Sequence[Tag], at: int, depth: int) -> str:
    return group(_write(children[at], depth)) if at < len(children) else "{}"


def _write(node: PageElement, depth: int) -> str:
    """One element as TeX, "" for what has no visible part."""
    if isinstance(node, NavigableString):
        return escape(str(node).strip())
    if not isinstance(node, Tag) or depth > DEPTH_LIMIT:
        return ""
    name = node.name.rpartition(":")[2]
    if name in _SILENT:
        return ""
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        return _write_token(node, name)
    if name in _ROWS:
        return _write_all(list(node.children), depth + 1)
    return _write_layout(node, name, depth + 1)


def _write_token(node: Tag, name: str) -> str:
    text = " ".join(node.get_text().split())
    if name == "mtext" or name == "ms":
        return prose(node.get_text().replace("\n", " "))
    variant = _VARIANTS.get(str(node.get("mathvariant", "")))
    if variant and name != "mo":
        return f"\\{variant}{{{escape(text)}}}"
    return token(text)


def _write_layout(node: Tag, name: str, depth: int) -> str:
    children = _elements(node)
    if name == "mfrac":
        no_bar = str(node.get("linethickness", "")).strip() in ("0", "0px", "0em", "0pt")
        return fraction(_argument(children, 0, depth), _argument(children, 1, depth), bar=not no_bar)
    if name == "msqrt":
        return "\\sqrt" + group(_write_all(children, depth))
    if name == "mroot":
        return f"\\sqrt[{_argument(children, 1, depth)}]{_argument(children, 0, depth)}"
    if name in ("msup", "msub", "msubsup", "mmultiscripts"):
        below = None if name == "msup" else 1
        above = 1 if name == "msup" else 2 if len(children) > 2 else None
        return _write_scripts(children, below, above, depth)
    if name in ("mover", "munder", "munderover"):
        parts = [_argument(children, at, depth) if at < len(children) else None for at in range(3)]
        low, high = (None, parts[1]) if name == "mover" else (parts[1], parts[2])
        return limits(parts[0] or "{}", low, high)
    if name == "mtable":
        rows = [child for child in children if child.name.rpartition(":")[2] in ("mtr", "mlabeledtr")]
        labels = [cells[0] for row in rows if "labeled" in row.name and (cells := _elements(row))]
        body = [[_write(cell, depth) for cell in _elements(row) if cell not in labels] for row in rows]
        return matrix(body) + "".join(tag(label.get_text()) for label in labels)
    if name == "mfenced":
        separator = str(node.get("separators", ",")).strip()[:1] or " "
        inside = f" {escape(separator)} ".join(_write(child, depth) for child in children)
        return f"{escape(str(node.get('open', '(')))} {inside} {escape(str(node.get('close', ')')))}"
    return _write_all(list(node.children), depth)


def _write_scripts(children: Sequence[Tag], below: int | None, above: int | None, depth: int) -> str:
    base = _argument(children, 0, depth)
    return scripts(
        base,
        None if below is None or below >= len(children) else _argument(children, below, depth),
        None if above is None or above >= len(children) else _argument(children, above, depth),
    )
