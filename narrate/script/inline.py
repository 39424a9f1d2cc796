"""Inline elements -> lines of text: one table, class or tag -> what it writes.

An element that isn't in the table is transparent: its text is written as it stands (links, emphasis, spans, fonts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bs4 import Tag
from bs4.element import CData, PageElement

from narrate.script import collapsibles, embeds, figures, footnotes, formulas, listings, scripts, strikes
from narrate.script.parts import Line, Walk
from narrate.script.pen import Pen
from narrate.script.visible import TEXT, is_hidden

#: What an inline element writes; `write` is the way back to this table for its children.
Inline = Callable[[Tag, Pen, Walk], None]


def unseen(element: Tag, pen: Pen, walk: Walk) -> None:
    """Never seen by a reader of the page."""


def line_break(element: Tag, pen: Pen, walk: Walk) -> None:
    pen.new_line()


def word_apart(element: Tag, pen: Pen, walk: Walk) -> None:
    """<rt>, the reading above a character: a word of its own."""
    pen.text(" ")
    walk.write(element.contents, pen)
    pen.text(" ")


#: Class -> what is written. Classes are asked before tags.
BY_CLASS: dict[str, Inline] = {
    "footnote-reference": footnotes.write_mark,
    "footnote-ref": footnotes.write_mark,
    "footnote-anchor": footnotes.write_mark,
    "footnote-back-link": footnotes.write_back_link,
    "footnote-backref": footnotes.write_back_link,
    "math-tex": formulas.write,
    "mjpage": formulas.write,
    "mjx-chtml": formulas.write,
    "MathJax": formulas.write,
    "MathJax_Preview": unseen,
    "MJX_Assistive_MathML": unseen,
    "katex": formulas.write,
    "latex-rendered": formulas.write,
    "draft-latex-placeholder": formulas.write_error,
    "draft-latex-placeholder-block": formulas.write_error,
    "elicit-binary-prediction": embeds.write,
    "ck-cta-button": embeds.write_button,
}

#: Tag -> what is written.
BY_TAG: dict[str, Inline] = {
    "a": footnotes.write_link,
    "br": line_break,
    "rt": word_apart,
    "rp": unseen,
    "code": listings.write_inline,
    "tt": listings.write_inline,
    "kbd": listings.write_inline,
    "samp": listings.write_inline,
    "img": figures.write_inline,
    "sub": scripts.write,
    "sup": scripts.write,
    "s": strikes.write,
    "strike": strikes.write,
    "del": strikes.write,
    "math": formulas.write,
    "mjx-container": formulas.write,
    "script": formulas.write_script,
    "style": unseen,
    "noscript": unseen,
    "template": unseen,
    "svg": embeds.write,
    "iframe": embeds.write,
    "video": embeds.write,
    "audio": embeds.write,
    "object": embeds.write,
    "embed": embeds.write,
    "canvas": embeds.write,
    "button": embeds.write_button,
    "input": embeds.write_button,
    "select": embeds.write_button,
    "textarea": embeds.write_button,
}


def write(nodes: Iterable[PageElement], pen: Pen, walk: Walk) -> None:
    """Nodes of one run of text, in order, into `pen`."""
    for node in nodes:
        if isinstance(node, Tag):
            write_element(node, pen, walk)
        elif type(node) in TEXT:
            formulas.write_text(str(node), pen, walk)
        elif type(node) is CData:
            pen.text(node)


def write_element(element: Tag, pen: Pen, walk: Walk) -> None:
    for name in element.get("class") or ():
        if name in BY_CLASS:
            return BY_CLASS[name](element, pen, walk)
    if is_hidden(element):
        return collapsibles.write_hidden(element, pen, walk)
    if element.name in BY_TAG:
        return BY_TAG[element.name](element, pen, walk)
    return write(element.contents, pen, walk)


def lines(nodes: Iterable[PageElement], walk: Walk) -> list[Line]:
    """Nodes of one run of text -> its lines, split at <br>."""
    pen = Pen()
    write(nodes, pen, walk)
    return pen.lines()
