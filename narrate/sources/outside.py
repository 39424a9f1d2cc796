"""A link-post -> the same with the text of the page it points to, where the operator allows that page's site.

Outside pages are other people's: none is asked unless its host is listed. What goes wrong is kept with the post (the
script says so, and lists the link); only a post that has no text of its own then can't be narrated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
from bs4.dammit import UnicodeDammit

from narrate.errors import ForumUnavailable, PostEmpty, UnsafeAddress
from narrate.guarded import Answer, GuardedClient
from narrate.records import LinkedPage, Post
from narrate.sources import mapping
from narrate.sources.article import extract, page_address, repeats

MAX_BYTES = 5_000_000
_TIMEOUT_S, _DEADLINE_S = 15.0, 45.0
_HEADERS = {"Accept": "text/html,application/xhtml+xml", "Accept-Encoding": "gzip, deflate"}


class OutsidePages:
    """Pages of the hosts in `sites` ("example.org" with its www, "*.example.org" with all below it). Safe for threads.

    `is_visitable` decides which IP addresses may be connected to.
    """

    def __init__(self, sites: Iterable[str], user_agent: str, is_visitable: Callable[[str], bool]) -> None:
        self.sites = tuple(sites)
        self._client = (
            GuardedClient(
                user_agent, timeout_s=_TIMEOUT_S, deadline_s=_DEADLINE_S, max_bytes=MAX_BYTES, allow=is_visitable
            )
            if self.sites
            else None
        )

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def is_allowed(self, url: str) -> bool:
        """Whether the operator allows the page at `url`."""
        host = _host(url)
        return any(
            host.endswith(site[1:]) if site.startswith("*.") else host == site.removeprefix("www.")
            for site in self.sites
        )

    def complete(self, post: Post) -> Post:
        """The post with its linked page, unless it has that text already.

        Raises PostEmpty, or ForumUnavailable where trying again may help, when the post has no text without it.
        """
        is_bare = post.kind != "debate" and mapping.why_empty(post.html, {}) is not None
        if post.link_url is None or not self.is_allowed(post.link_url):
            if is_bare and post.link_url:
                raise PostEmpty(
                    f"{post.title!r} can't be narrated: it only links to {post.link_url} and has no text of its own"
                )
            return post
        try:
            page = self._page(post.link_url)
        except httpx.HTTPError as error:
            if is_bare:
                raise ForumUnavailable(
                    f"{post.title!r} only links to {post.link_url}, which doesn't answer: try again later"
                ) from error
            page = LinkedPage(url=post.link_url, site=_host(post.link_url), why="it didn't answer")
        if is_bare and not page.html:
            raise PostEmpty(f"{post.title!r} can't be narrated: it only links to {page.url}, and {page.why}")
        return post if repeats(page.html, post.html) else replace(post, linked_page=page)

    def _page(self, url: str) -> LinkedPage:
        assert self._client is not None  # its site is allowed
        try:
            answer = self._client.request("GET", page_address(url), headers=_HEADERS)
            why = self._why_not(answer)
        except UnsafeAddress:
            return LinkedPage(url=url, site=_host(url), why="its address isn't one of the public web")
        if why:
            return LinkedPage(url=url, site=_host(url), why=why)
        return replace(extract(_decoded(answer), answer.url), url=url)

    def _why_not(self, answer: Answer) -> str:
        """Why an answer isn't the page asked for, "" when it is."""
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not self.is_allowed(answer.url):
            return f"it leads on to {_host(answer.url)}, which isn't an allowed site"
        if answer.status != 200:
            return f"it answered with HTTP {answer.status}"
        if kind not in ("text/html", "application/xhtml+xml"):
            return f"it is no web page but {kind or 'something unnamed'}"
        return f"it is larger than {MAX_BYTES // 1_000_000} MB" if len(answer.body) >= MAX_BYTES else ""


def _host(url: str) -> str:
    """The host without www, in ASCII small letters; "" for what is no address."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower().removeprefix("www.")
    except ValueError:
        return ""


def _decoded(answer: Answer) -> str:
    """The page's text: by the header's character set, the page's own word, else a guess."""
    named = answer.headers.get("content-type", "").partition("charset=")[2].partition(";")[0].strip("\"' ")
    found = UnicodeDammit(answer.body, known_definite_encodings=[named] if named else [], is_html=True)
    return found.unicode_markup or answer.body.decode("utf-8", "replace")
