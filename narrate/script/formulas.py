"""Formulas of every generation of the forum's markup -> readable Unicode with a reading, and the TeX it came from.

MathJax 3 (`mjx-container`, TeX in aria-label, else glyph classes), MathJax 2 (`.mjx-math` in `.mjx-chtml`), raw
`.math-tex`, `<script type="math/tex">`, MathML, and raw delimiters in the text. A formula's glyphs are never text.
A formula that can't be read is named and listed, never dropped.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bs4 import Tag

from narrate.script import math
from narrate.script.parts import Left, Walk
from narrate.script.pen import Pen
from narrate.script.visible import FORMULA_CLASSES, tidy, visible_text

#: TeX between raw delimiters in running text. A single $ is money.
_RAW = re.compile(r"\\\((?P<a>.+?)\\\)|\\\[(?P<b>.+?)\\\]|\$\$(?P<c>[^$]+?)\$\$", re.S)
_DELIMITED = re.compile(r"\s*(?:\\\((.*)\\\)|\\\[(.*)\\\]|\$\$(.*)\$\$|\$([^$]*)\$)\s*\Z", re.S)
_INVALID = re.compile(r"\s*Invalid LaTeX")
_DEFINES = re.compile(r"\\(?:re)?newcommand|\\def\b|\\DeclareMathOperator|\\let\b")

#: The longest reading said in the flow of a sentence; it must fit one utterance with room for its neighbours.
MAX_SPOKEN_CHARS = 280


@dataclass(frozen=True, slots=True)
class Source:
    """A formula as found: its TeX ("" when the page doesn't have it) and whether it stands on a line of its own."""

    tex: str
    is_display: bool


def write(element: Tag, pen: Pen, walk: Walk) -> None:
    """An element that holds one formula."""
    if _INVALID.match(element.get_text()):
        write_error(element, pen, walk)
        return
    source = find(element)
    if source is not None:
        write_source(source, pen, walk)
    glyphs = element.find(class_="katex-html")
    if isinstance(glyphs, Tag):
        pen.leave(Left(what="formula glyphs", text=visible_text(glyphs), why="the formula is said instead"))


def write_error(element: Tag, pen: Pen, walk: Walk) -> None:
    """A formula that the forum couldn't set, or hasn't yet."""
    text = visible_text(element)
    if text:
        _name(pen, "formula", text)
        pen.leave(Left(what="formula", text=text, why="the page itself doesn't show it"))


def write_script(element: Tag, pen: Pen, walk: Walk) -> None:
    """<script type="math/tex">; any other script is unseen. MathJax leaves one beside each formula it has set."""
    kind = str(element.get("type") or "")
    if (
        kind.startswith("math/tex")
        and element.find_previous_sibling(class_=("MathJax", "MathJax_CHTML", "mjx-chtml")) is None
    ):
        write_source(Source(str(element.string or ""), "display" in kind), pen, walk)


def write_text(text: str, pen: Pen, walk: Walk) -> None:
    """Running text, which may hold TeX between raw delimiters; that source is visible, so it is listed too."""
    at = 0
    if "\\(" in text or "\\[" in text or "$$" in text:
        for found in _RAW.finditer(text):
            pen.text(text[at : found.start()])
            tex = found["a"] or found["b"] or found["c"]
            write_source(Source(tex, found["a"] is None), pen, walk)
            pen.leave(Left(what="TeX source", text=tidy(found[0]), why="the formula is said instead"))
            at = found.end()
    pen.text(text[at:])


def _name(pen: Pen, kind: str, tex: str) -> None:
    """A formula that isn't read: that there is one. "With a [formula]" has its article already."""
    article = "" if pen.last_words.endswith((" a", " an", " the", " this", " that", " each")) else "a "
    pen.fix("[formula]", f"{article}{kind} (in the notes)", "math", tex)


def write_source(source: Source, pen: Pen, walk: Walk) -> None:
    """One formula into the line: its Unicode is written, its reading is spoken."""
    tex = source.tex.strip()
    if not tex or _is_definition(tex):
        return
    said = math.say(tex, walk.macros, source.is_display)
    if said is None or not said.spoken.strip() or not said.written.strip():
        _name(pen, "displayed formula" if source.is_display else "formula", tex)
        pen.leave(Left(what="formula", text=tex, why="it can't be put into words"))
        return
    spoken = " ".join(said.spoken.split())
    if said.summarised or len(spoken) > MAX_SPOKEN_CHARS:
        name = spoken.rstrip(".") if len(spoken) <= MAX_SPOKEN_CHARS else "a long formula"
        spoken = f"{name}, which is in the notes"
        pen.leave(Left(what="formula", text=tex, why="too long to follow by ear"))
    pen.fix(" ".join(said.written.split()), spoken, "math", tex)


def find(element: Tag) -> Source | None:
    """The formula that `element` holds, None when it holds none (an empty label, only a style)."""
    display = _is_display(element)
    labelled = element if element.name == "mjx-container" else element.find("mjx-container")
    if labelled is None:
        labelled = element if "mjx-math" in (element.get("class") or ()) else element.find(class_="mjx-math")
    if isinstance(labelled, Tag):
        label = labelled.get("aria-label")
        if label is not None and str(label).strip():
            return Source(_undelimited(str(label)), display)
        if labelled.name == "mjx-container":
            tex = math.glyphs_to_tex(str(labelled))
            return Source(tex, display) if tex else None
        return None
    mathml = element if element.name == "math" else element.find("math")
    if isinstance(mathml, Tag):
        tex = _annotation(mathml) or math.mathml_to_tex(str(mathml))
        return Source(tex, display or mathml.get("display") == "block") if tex else None
    if element.has_attr("data-attrs"):
        return _substack(str(element["data-attrs"]))
    script = element.find("script")
    raw = str(script.string or "") if isinstance(script, Tag) else element.get_text()
    inner = _undelimited(raw)
    return Source(inner, display or "\\[" in raw or "$$" in raw) if inner.strip() else None


def _substack(attributes: str) -> Source | None:
    """`div.latex-rendered`: the TeX is in its data."""
    try:
        tex = json.loads(attributes).get("persistentExpression")
    except (ValueError, AttributeError):
        return None
    return Source(str(tex), True) if tex else None


def is_formula(element: Tag) -> bool:
    """Whether `element` is one formula and nothing else."""
    if element.name in ("math", "mjx-container"):
        return True
    return not FORMULA_CLASSES.isdisjoint(element.get("class") or ())


def _is_display(element: Tag) -> bool:
    if element.get("display") in ("true", "block") or element.name == "div":
        return True
    classes = element.get("class") or ()
    if "mjpage__block" in classes or "MJXc-display" in classes:
        return True
    return element.find(class_=("mjpage__block", "MJXc-display")) is not None or (
        element.find("mjx-container", attrs={"display": "true"}) is not None
    )


def _annotation(mathml: Tag) -> str:
    """The TeX that a MathML formula carries along, if any."""
    note = mathml.find("annotation", attrs={"encoding": re.compile("tex", re.I)})
    return note.get_text() if isinstance(note, Tag) else ""


def _undelimited(tex: str) -> str:
    found = _DELIMITED.match(tex)
    return next(part for part in found.groups() if part is not None) if found else tex


def _is_definition(tex: str) -> bool:
    """Only \\newcommand and the like: it defines what others use, and shows nothing."""
    if not _DEFINES.search(tex):
        return False
    said = math.say(tex, {}, False)
    return said is None or not said.spoken.strip()


def sources(root: Tag) -> list[str]:
    """The TeX of every formula of a post, to collect its macros from."""
    found = [str(e["aria-label"]) for e in root.find_all(["span", "mjx-container"], attrs={"aria-label": True})]
    found += [e.get_text() for e in root.find_all(class_="math-tex")]
    found += [str(e.string or "") for e in root.find_all("script", type=re.compile(r"math/tex"))]
    return [tex for tex in found if _DEFINES.search(tex)]
