"""A post's html -> safe segments, one a paragraph, heading, list item, table or picture, to be read beside the script.

Nothing of a stranger's page runs, loads or styles anything: every segment leaves through nh3 with a short list of tags,
without classes, ids, styles and pictures. A picture or an embed becomes a link to it, a formula becomes its TeX.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import nh3
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

from narrate.script import formulas
from narrate.script.visible import BREAKING, UNSEEN, tidy, visible_text

_TAGS = {
    "a", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "dl", "dt", "em", "h1", "h2", "h3", "h4",
    "h5", "h6", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_EMBEDS = ("iframe", "video", "audio", "embed", "object")
#: Shown in one piece.
_WHOLE = frozenset({"table", "pre", "p", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "summary"})
_MAX_DEPTH = 150
#: Where an element keeps its address as the page has it, until nh3 drops it.
_RAW = "data-raw"
_BLOCKS = BREAKING - {"br", "button", "option", "caption", "legend"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`html` is safe to show. `text` is what a reader sees, `links` what it points to as the page has it.

    `kind` is what holds it: "quote", "item", "figure", "aside" or "".
    """

    html: str
    text: str
    links: tuple[str, ...] = ()
    kind: str = ""


def segments(html: str, base_url: str = "") -> list[Segment]:
    """The page's text in order, each piece of it in one segment."""
    soup = BeautifulSoup(html, "lxml")
    _defuse(soup, base_url)
    root = soup.body or soup
    holders = _holders(root)
    return [segment for nodes, kind in _split([root], "", 0, holders) if (segment := _segment(nodes, kind))]


def _segment(nodes: list[PageElement], kind: str) -> Segment | None:
    holder = BeautifulSoup("", "lxml").new_tag("div")
    links: list[str] = []
    for node in nodes:
        if isinstance(node, Tag):
            links += [str(a[_RAW]) for a in (node, *node.find_all(None, {_RAW: True})) if a.has_attr(_RAW)]
        holder.append(node.extract())
    text = visible_text(holder)
    if not text:
        return None
    safe = nh3.clean(
        holder.decode_contents(),
        tags=_TAGS,
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https"},
        link_rel="nofollow noopener noreferrer",
    )
    return Segment(html=safe, text=text, links=tuple(links), kind=kind)


def _split(
    nodes: Iterable[PageElement], kind: str, depth: int, holders: set[int]
) -> Iterator[tuple[list[PageElement], str]]:
    """Runs of nodes that belong together, with what holds them."""
    loose: list[PageElement] = []
    for node in list(nodes):
        if not isinstance(node, Tag) or not (node.name in _BLOCKS or id(node) in holders):
            loose.append(node)
            continue
        if loose:
            yield loose, kind
            loose = []
        if (node.name in _WHOLE and not _is_layout(node)) or depth > _MAX_DEPTH:
            yield [node], kind
        else:
            yield from _split(node.contents, _kind(node) or kind, depth + 1, holders)
    if loose:
        yield loose, kind


def _holders(root: Tag) -> set[int]:
    """Elements (by id()) with a block somewhere inside them."""
    found: set[int] = set()
    for block in root.find_all(_BLOCKS):
        parent = block.parent
        while parent is not None and id(parent) not in found:
            found.add(id(parent))
            parent = parent.parent
    return found


def _is_layout(element: Tag) -> bool:
    """Whether a table only arranges paragraphs on a page."""
    return element.name == "table" and any(len(cell.find_all("p")) > 1 for cell in element.find_all("td"))


def _kind(element: Tag) -> str:
    return {"blockquote": "quote", "li": "item", "dd": "item", "figure": "figure", "aside": "aside"}.get(
        element.name, ""
    )


def _defuse(soup: BeautifulSoup, base_url: str) -> None:
    """Formulas to TeX, pictures and embeds to links, links to absolute ones; what is never seen goes."""
    for element in soup.find_all(True):
        if element.decomposed or element.parent is None:
            continue
        if formulas.is_formula(element):
            _replace_formula(element, soup)
        elif element.name in UNSEEN and element.name not in ("head", "meta"):
            element.decompose()
        elif element.name == "img":
            _replace(element, f"picture: {tidy(str(element.get('alt') or '')) or 'no description'}", soup, base_url)
        elif element.name in _EMBEDS:
            _replace(element, f"embedded: {visible_text(element) or element.name}", soup, base_url)
        elif element.name == "a" and element.has_attr("href"):
            element[_RAW] = str(element["href"])
            href = _absolute(str(element[_RAW]), base_url)
            if href:
                element["href"] = href
            else:
                del element["href"]


def _replace_formula(element: Tag, soup: BeautifulSoup) -> None:
    source = formulas.find(element)
    shown = soup.new_tag("code")
    shown.string = source.tex.strip() if source else visible_text(element)
    element.replace_with(shown)
    element.decompose()


def _replace(element: Tag, words: str, soup: BeautifulSoup, base_url: str) -> None:
    """A thing that would load something -> a link to it."""
    address = next((str(element[n]) for n in ("data-oembed-url", "src", "data-src", "data") if element.get(n)), "")
    href = _absolute(address, base_url)
    shown = soup.new_tag("a" if href and element.find_parent("a") is None else "small")
    if href:
        shown["href"] = href
    shown[_RAW] = address
    shown.append(NavigableString(f"[{words}]"))
    element.replace_with(shown)
    element.decompose()


def _absolute(href: str, base_url: str) -> str:
    """An absolute http(s) address, "" for anything else, places on the same page included."""
    try:
        found = urljoin(base_url, href.strip()) if not href.strip().startswith("#") else ""
    except ValueError:
        return ""
    return found if found.lower().startswith(("http://", "https://")) else ""
