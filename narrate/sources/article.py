"""A web page's HTML -> the text its author wrote, as a LinkedPage; or the reason why it can't be told from the rest.

Platforms whose markup is known are read by it. On any other page two extractors have to agree: readability-lxml keeps
real HTML (numbered lists, rules, tables, mathematics), trafilatura finds more of odd pages. Their figures over two
public test sets are why readability's tree is taken unless its text is below 70% of trafilatura's. Pure.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from lxml.etree import LxmlError

from narrate.records import LinkedPage
from narrate.sources import mapping, metadata

#: Less text than this is a notice, a log-in form or a list of links.
MIN_WORDS = 250
MIN_ABSTRACT_WORDS = 30
#: Readability's tree, unless its text is shorter than so much of trafilatura's.
_SHORTER = 0.7
#: The extractors agree when so much of the shorter text is in the longer one, and it is no mere part of that.
_SHARED, _PART = 0.7, 0.4
#: A page is in a post already when so much of its text is.
_REPEATED = 0.5
_ARXIV = re.compile(r"(https?://(?:www\.)?arxiv\.org)/(?:pdf|html)/(?P<id>[^?#]+?)(?:\.pdf)?(?:[?#].*)?\Z")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Platform:
    """How a platform's pages hold their text. `junk` is what stands within it; `wall` means that it isn't all there."""

    body: str
    junk: str = ""
    wall: str = ""
    host: str = ""  # only there; "" for any host
    is_abstract: bool = False


_PLATFORMS = (
    _Platform(body="blockquote.abstract", junk=".descriptor", host="arxiv.org", is_abstract=True),
    _Platform(
        body="div.available-content",
        junk=".subscription-widget-wrap, .subscription-widget-wrap-editor, .subscribe-widget, .button-wrapper, "
        ".captioned-button-wrap, .image-link-expand, .digest-post-embed, .header-anchor-parent",
        wall=".paywall, .paywall-title",
    ),
    _Platform(
        body=".entry-content",
        junk=".sharedaddy, .jp-relatedposts, .wpcnt, .post-navigation, .wp-block-buttons",
        wall=".wp-block-premium-content-logged-out-view",
    ),
)
_UNSEEN = "script, style, noscript, template, nav, button, input, select, textarea, dialog, svg, link, meta"


def page_address(url: str) -> str:
    """Where the page is asked for: of a paper on arXiv, the page with its abstract."""
    paper = _ARXIV.fullmatch(url)
    return f"{paper[1]}/abs/{paper['id']}" if paper else url


def extract(markup: str, url: str) -> LinkedPage:
    """The author's text of the page at `url`; without `html` and with a `why` where it can't be taken."""
    page = BeautifulSoup(markup, "lxml")
    site = (urlsplit(url).hostname or "").removeprefix("www.")
    title, authors = metadata.title(page), metadata.authors(page)
    found = _by_platform(page, site) or _by_agreement(markup, url)
    if isinstance(found, str):
        return LinkedPage(url=url, site=site, title=title, authors=authors, why=found)
    body, is_abstract = found
    return LinkedPage(
        url=url, site=site, title=title, authors=authors, html=_cleaned(body, title, url), is_abstract=is_abstract
    )


def repeats(page_html: str, post_html: str) -> bool:
    """Whether a post has a page's text already: people copy their own essays into link-posts."""
    return bool(page_html) and _share(_words_of_html(page_html), _words_of_html(post_html), 5) >= _REPEATED


def _by_platform(page: BeautifulSoup, site: str) -> tuple[Tag, bool] | str | None:
    """(the element with the text, whether it is an abstract), or why it isn't whole; None on unknown platforms."""
    for platform in _PLATFORMS:
        body = page.select_one(platform.body)
        if body is None or (platform.host and site != platform.host):
            continue
        if platform.wall and page.select_one(platform.wall):
            return "its text is for subscribers"
        if platform.junk:
            for junk in body.select(platform.junk):
                junk.decompose()
        least = MIN_ABSTRACT_WORDS if platform.is_abstract else MIN_WORDS
        return (body, platform.is_abstract) if len(_words(body)) >= least else _too_short(least)
    return None


def _by_agreement(markup: str, url: str) -> tuple[Tag, bool] | str:
    """What two extractors take for the text, or why that is in doubt."""
    try:
        trees = _extracted(markup, url)
    except ImportError:
        return "reading pages like it needs more packages: install narrate[pages]"
    if trees is None:
        return "no text was found on it"
    readable, other = trees
    n_readable, n_other = len(_words(readable)), len(_words(other))
    chosen = other if n_readable < _SHORTER * n_other else readable
    if len(_words(chosen)) < MIN_WORDS:
        return _too_short(MIN_WORDS)
    shorter, longer = sorted((_words(readable), _words(other)), key=len)
    if _share(shorter, longer, 3) < _SHARED or n_other < _PART * n_readable:
        return "it isn't clear which part of it is its text"
    return chosen, False


def _extracted(markup: str, url: str) -> tuple[Tag, Tag] | None:
    """readability's tree and trafilatura's. Raises ImportError where they aren't installed."""
    import readability
    import trafilatura

    for name in ("readability", "trafilatura", "htmldate", "justext"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they can't read is told in our own words
    try:
        readable = readability.Document(markup, url=url).summary(html_partial=True)
        other = trafilatura.extract(
            markup, url=url, output_format="html", include_comments=False, include_formatting=True, include_links=True
        )
    except (readability.readability.Unparseable, LxmlError, ValueError, RecursionError):
        return None
    return (BeautifulSoup(readable, "lxml"), BeautifulSoup(other, "lxml")) if other else None


def _too_short(least: int) -> str:
    return f"fewer than {least} words of text were found on it"


def _cleaned(body: Tag, title: str, url: str) -> str:
    """The inner HTML, without what isn't text and a heading that only repeats the title; addresses made absolute."""
    for unseen in body.select(_UNSEEN):
        unseen.decompose()
    heading = body.find(["h1", "h2"])
    if isinstance(heading, Tag) and mapping.clean_line(heading.get_text(" ")) == title:
        heading.decompose()
    for element in body.find_all(["a", "img", "iframe"]):
        for name in ("href", "src"):
            address = element.get(name)
            if isinstance(address, str) and not address.startswith("#"):
                element[name] = _absolute(url, address)
    holder = body.find("body") or body
    return holder.decode_contents() if isinstance(holder, Tag) else ""


def _absolute(url: str, address: str) -> str:
    try:
        return urljoin(url, address)
    except ValueError:
        return ""


def _words(element: Tag) -> list[str]:
    return _WORD.findall(element.get_text(" ").lower())


def _words_of_html(html: str) -> list[str]:
    return _words(BeautifulSoup(html, "lxml"))


def _share(words: Sequence[str], among: Sequence[str], n: int) -> float:
    """How much of `words` is in `among`, counted in runs of n words."""
    runs, there = _runs(words, n), _runs(among, n)
    return len(runs & there) / len(runs) if runs else 0.0


def _runs(words: Sequence[str], n: int) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}
