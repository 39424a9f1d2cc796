"""What a web page says of itself: its address, title, authors and date. Pure."""

from __future__ import annotations

from datetime import datetime

from bs4 import BeautifulSoup

from narrate.sources import mapping


def canonical_url(page: BeautifulSoup) -> str:
    """The page's own address, "" when it doesn't tell."""
    link = page.select_one("link[rel~=canonical][href]")
    for candidate in (str(link["href"]) if link else "", *metas(page, "og:url", "citation_public_url")):
        if url := mapping.web_url(candidate):
            return url
    return ""


def title(page: BeautifulSoup) -> str:
    """The first that isn't empty of: the citation's title, the shared title, the h1, the window's title."""
    for found in metas(page, "citation_title", "og:title", "twitter:title", "dc.title"):
        return found
    for name in ("h1", "title"):
        if (tag := page.find(name)) and (found := mapping.clean_line(tag.get_text(" "))):
            return found
    return ""


def posted_at(page: BeautifulSoup) -> datetime | None:
    """When the page says it was published."""
    dates = metas(page, "article:published_time", "citation_publication_date", "date", "dc.date", "dcterms.created")
    time = page.select_one("time[datetime]")
    for text in (*dates, str(time["datetime"]) if time else ""):
        if at := mapping.parse_date(text.replace("/", "-")):
            return at
    return None


def authors(page: BeautifulSoup) -> tuple[str, ...]:
    """Names, as the page lists them; addresses of profiles are no names."""
    names = metas(page, "citation_author", "author", "article:author", "dc.creator")
    return tuple(name for name in names if "://" not in name)


def metas(page: BeautifulSoup, *names: str) -> tuple[str, ...]:
    """Contents of the meta elements with the first of these names that the page has, as clean lines."""
    pairs = [(str(m.get("name") or m.get("property") or "").lower(), m.get("content")) for m in page.find_all("meta")]
    for name in names:
        found = tuple(line for key, content in pairs if key == name and (line := mapping.clean_line(content)))
        if found:
            return tuple(dict.fromkeys(found))
    return ()
