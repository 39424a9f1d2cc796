"""Link-posts: a page is asked for only where the operator allows its site, and what goes wrong is kept and said."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from narrate.errors import ForumUnavailable, PostEmpty
from narrate.records import Post
from narrate.script import write
from narrate.sources import Sources
from narrate.sources.outside import MAX_BYTES, OutsidePages
from tests.forum_posts import a_post
from tests.outside_pages import essay, sentences


class Site(ThreadingHTTPServer):
    """Somebody's site: path -> (status, content type, body); every request is noted."""

    pages: dict[str, tuple[int, str, bytes]]
    seen: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        status, kind, body = self.server.pages.get(self.path, (404, "text/html", b"nothing"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site(("127.0.0.1", 0), Handler)
    running.pages = {"/essay": (200, "text/html; charset=utf-8", essay().encode())}
    running.seen = []
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


Fetch = Callable[..., Post]


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """A link-post to an address, from a file, through Sources. The test's own site may be visited, if it is allowed."""

    def fetched(url: str, html: str = "<p>Read this essay.</p>", sites: tuple[str, ...] = ("127.0.0.1",)) -> Post:
        data = a_post(url=url, contents={"html": html, "version": "1.0.0"})
        (tmp_path / "post.json").write_text(json.dumps(data), encoding="utf-8")
        with Sources(outside_sites=sites, is_visitable=lambda address: address == "127.0.0.1") as sources:
            return sources.fetch(str(tmp_path / "post.json"))

    return fetched


def test_an_allowed_page_follows_the_forums_part_and_the_script_says_whose_it_is(site: Site, fetch: Fetch) -> None:
    script = write(fetch(f"{site.url}/essay"))
    assert [chapter.title for chapter in script.chapters][1:] == ["Linked page: On Ladders", "What is left"]
    assert [chapter.level for chapter in script.chapters][1:] == [1, 2]
    assert {chapter.anchor for chapter in script.chapters} == {None}
    said = [u.written for u in script.utterances]
    assert said[1] == "Read this essay."
    assert said[3] == "The page that this post links to, from 127.0.0.1, by Mira Kestrel."
    for sentence in sentences(48):
        assert any(sentence in text for text in said)
    assert [o for o in script.omissions if o.what == "linked page"] == []


def test_no_page_is_asked_for_unless_its_site_is_allowed(site: Site, fetch: Fetch) -> None:
    for sites in ((), ("example.org",), ("*.0.0.1.example",)):
        post = fetch(f"{site.url}/essay", sites=sites)
        assert post.linked_page is None
        (left,) = [o for o in write(post).omissions if o.what == "linked page"]
        assert left.href == f"{site.url}/essay"
    assert site.seen == []


def test_a_post_that_is_only_a_link_is_its_page(site: Site, fetch: Fetch) -> None:
    script = write(fetch(f"{site.url}/essay", html=""))
    assert any(sentences(1)[0] in u.written for u in script.utterances)


def test_a_post_that_is_only_a_link_is_refused_without_the_page(site: Site, fetch: Fetch) -> None:
    with pytest.raises(PostEmpty, match="only links to"):
        fetch(f"{site.url}/essay", html="", sites=())
    with pytest.raises(PostEmpty, match="only links to"):
        fetch(f"{site.url}/essay", html="", sites=("example.org",))
    with pytest.raises(PostEmpty, match="HTTP 404"):
        fetch(f"{site.url}/missing", html="")


def test_a_page_that_the_post_has_already_isnt_read_twice(site: Site, fetch: Fetch) -> None:
    copied = "".join(f"<p>{sentence}</p>" for sentence in sentences(48))
    assert fetch(f"{site.url}/essay", html=copied).linked_page is None


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        ("/missing", None, "it answered with HTTP 404"),
        ("/paper.pdf", (200, "application/pdf", b"%PDF-1.7"), "it is no web page but application/pdf"),
        ("/short", (200, "text/html", b"<p>Sign in.</p>"), "text"),
        ("/large", (200, "text/html", b" " * MAX_BYTES), "it is larger than 5 MB"),
        ("/to/http://127.0.0.2/x", None, "its address isn't one of the public web"),
        ("/to/http://169.254.169.254/latest/", None, "its address isn't one of the public web"),
        ("/to/file:///etc/passwd", None, "its address isn't one of the public web"),
    ],
)
def test_what_cant_be_taken_is_said_and_listed_with_the_reason(
    path: str, answer: tuple[int, str, bytes] | None, why: str, site: Site, fetch: Fetch
) -> None:
    if answer is not None:
        site.pages[path] = answer
    script = write(fetch(f"{site.url}{path}"))
    (left,) = [o for o in script.omissions if o.what == "linked page"]
    assert why in left.why
    assert left.href == f"{site.url}{path}"
    assert "This post links to a page on 127.0.0.1, whose text could not be taken." in [
        u.written for u in script.utterances
    ]


def test_a_page_that_leads_to_a_site_not_allowed_isnt_taken(site: Site, fetch: Fetch) -> None:
    by_another_name = f"http://127.1:{site.server_port}/essay"
    page = fetch(f"{site.url}/to/{by_another_name}").linked_page
    assert page is not None
    assert (page.html, page.why) == ("", "it leads on to 127.1, which isn't an allowed site")


def test_nobody_there_is_kept_with_the_post_and_may_be_tried_again(fetch: Fetch) -> None:
    nobody = "http://127.0.0.1:9/essay"
    page = fetch(nobody).linked_page
    assert page is not None
    assert page.why == "it didn't answer"
    with pytest.raises(ForumUnavailable, match="try again"):
        fetch(nobody, html="")


def test_without_the_tests_own_door_no_loopback_page_is_reached(site: Site, tmp_path: Path) -> None:
    data = a_post(url=f"{site.url}/essay", contents={"html": "<p>Read this.</p>", "version": "1.0.0"})
    (tmp_path / "post.json").write_text(json.dumps(data), encoding="utf-8")
    with Sources(outside_sites=["127.0.0.1"]) as sources:
        page = sources.fetch(str(tmp_path / "post.json")).linked_page
    assert page is not None
    assert "public web" in page.why
    assert site.seen == []


@pytest.mark.parametrize(
    ("url", "sites", "allowed"),
    [
        ("https://example.org/a", ["example.org"], True),
        ("https://www.example.org/a", ["example.org"], True),
        ("https://example.org/a", ["www.example.org"], True),
        ("https://EXAMPLE.org./a", ["example.org"], True),
        ("https://blog.example.org/a", ["example.org"], False),
        ("https://blog.example.org/a", ["*.example.org"], True),
        ("https://example.org/a", ["*.example.org"], False),
        ("https://badexample.org/a", ["example.org"], False),
        ("https://badexample.org/a", ["*.example.org"], False),
        ("https://example.org.evil.example/a", ["example.org", "*.example.org"], False),
        ("https://example.org@evil.example/a", ["example.org"], False),
        ("https://[::1", ["example.org"], False),
        ("https://example.org/a", [], False),
    ],
)
def test_which_pages_are_allowed(url: str, sites: list[str], allowed: bool) -> None:
    pages = OutsidePages(sites, "test", lambda _: False)
    assert pages.is_allowed(url) is allowed
    pages.close()


def test_a_page_in_another_character_set_is_read(site: Site, fetch: Fetch) -> None:
    site.pages["/latin"] = (
        200,
        "text/html; charset=iso-8859-1",
        essay().replace("A baker", "Un bäcker").encode("latin-1"),
    )
    page = fetch(f"{site.url}/latin").linked_page
    assert page is not None
    assert "Un bäcker" in page.html
