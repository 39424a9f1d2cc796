"""MathML -> TeX that `say` can read. Elements by the W3C's MathML Core; a TeX annotation is taken as it is.

The other four generations of formula markup carry TeX already; this is for `<math>` (jefftk's posts, assistive markup).
"""

from __future__ import annotations

from collections.abc import Sequence

from bs4 import BeautifulSoup, NavigableString, PageElement, Tag

from narrate.script.math.texwriter import DEPTH_LIMIT, accented, escape, fraction, group, identifier, matrix, scripts

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
    return " ".join(part for node in nodes if (part := _write(node, depth)))


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
        return "\\text{" + escape(node.get_text().replace("\n", " ")) + "}" if text else ""
    variant = _VARIANTS.get(str(node.get("mathvariant", "")))
    if name == "mi" and variant:
        return f"\\{variant}{{{escape(text)}}}"
    return identifier(text) if name == "mi" else escape(text)


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
    if name in ("mover", "munder"):
        mark = children[1].get_text().strip() if len(children) > 1 else ""
        if found := accented(mark, _argument(children, 0, depth)):
            return found
        return _write_scripts(children, 1 if name == "munder" else None, 1 if name == "mover" else None, depth)
    if name == "munderover":
        return _write_scripts(children, 1, 2, depth)
    if name == "mtable":
        rows = [child for child in children if child.name.rpartition(":")[2] in ("mtr", "mlabeledtr")]
        return matrix([[_write(cell, depth) for cell in _elements(row)] for row in rows])
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
