"""A page's elements -> the text that a reader of the page sees."""

from __future__ import annotations

import re
import unicodedata

from bs4 import Tag
from bs4.element import NavigableString, PageElement, RubyTextString

#: Tags that end a word: what stands before and after them are two words.
BREAKING = frozenset({
    "address", "article", "aside", "blockquote", "br", "button", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "ul",
})  # fmt: skip

#: Kinds of strings that are a page's text; the others are comments, styles, scripts.
TEXT = (NavigableString, RubyTextString)

#: Never seen by a reader of the page.
UNSEEN = frozenset(
    {"script", "style", "noscript", "template", "head", "meta", "link", "base", "param", "source", "track", "svg"}
)

#: An element of one of these is one formula.
FORMULA_CLASSES = frozenset({"math-tex", "mjpage", "mjx-chtml", "MathJax", "katex", "latex-rendered"})

#: Characters without a shape: zero-width joiners and spaces, soft hyphens, byte-order and direction marks, controls.
_SHAPELESS = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFFD]
    + [c for c in range(0x20) if chr(c) not in "\t\n\v\f\r"]
    + list(range(0x7F, 0xA0))
)


_NOT_SHOWN = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)


def is_hidden(element: Tag) -> bool:
    """Whether an element itself says that it isn't shown."""
    attributes = element.attrs
    if not attributes:
        return False
    return "hidden" in attributes or ("style" in attributes and _NOT_SHOWN.search(str(attributes["style"])) is not None)


def clean(text: str) -> str:
    """NFC, without the characters that have no shape. White space stays as it is."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text.translate(_SHAPELESS))


def tidy(text: str) -> str:
    """`clean`, white space collapsed and trimmed."""
    return " ".join(clean(text).split())


def visible_text(element: Tag) -> str:
    """All text of `element` as a reader sees it: inline tags don't break a word, block tags and <br> do.

    A formula is its TeX: its glyphs are no text.
    """
    parts: list[str] = []
    rest: list[PageElement] = [element]
    while rest:
        node = rest.pop()
        if isinstance(node, Tag):
            if node.name in UNSEEN:
                continue
            if not FORMULA_CLASSES.isdisjoint(node.get("class") or ()) or node.name == "mjx-container":
                labelled = node if node.has_attr("aria-label") else node.find(None, {"aria-label": True})
                parts.append(str(labelled["aria-label"]) if isinstance(labelled, Tag) else node.get_text())
                continue
            space = [NavigableString(" ")] if node.name in BREAKING else []
            rest += [*space, *reversed(node.contents), *space]
        elif type(node) in TEXT:
            parts.append(str(node))
    return tidy("".join(parts))
