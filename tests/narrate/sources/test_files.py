from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.errors import NarrateError, PostEmpty, UnreadableFile
from narrate.records import Post
from narrate.sources import forums, read_post
from tests.forum_posts import BOB, POST_ID, a_comment, a_post

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def read(path: Path) -> Post:
    return read_post(path, forums().values(), NOW)


def read_json(folder: Path, data: Any, name: str = "post.json") -> Post:
    path = folder / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return read(path)


def read_html(folder: Path, html: str | bytes, name: str = "page.html") -> Post:
    path = folder / name
    path.write_bytes(html if isinstance(html, bytes) else html.encode("utf-8"))
    return read(path)


def hashed(text: str) -> str:
    return f"file:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda post: post,
        lambda post: {"result": post},
        lambda post: {"post": {"result": post}},
        lambda post: {"data": {"post": {"result": post}}},
        lambda post: {"data": {"post": post}},
    ],
)
def test_a_post_is_found_in_the_answer_it_came_in(tmp_path: Path, wrapped: Any) -> None:
    post = read_json(tmp_path, wrapped(a_post()))
    assert (str(post.key), post.title, post.fetched_at) == (f"lesswrong:{POST_ID}", "A Title", NOW)


@pytest.mark.parametrize(
    ("page_url", "source", "site"),
    [
        (f"https://www.lesswrong.com/posts/{POST_ID}/x", "lesswrong", "LessWrong"),
        (f"https://www.alignmentforum.org/posts/{POST_ID}/x", "lesswrong", "LessWrong"),
        (f"https://forum.effectivealtruism.org/posts/{POST_ID}/x", "eaforum", "EA Forum"),
        (None, "lesswrong", "LessWrong"),
        ("", "lesswrong", "LessWrong"),
    ],
)
def test_the_forum_is_told_by_the_page_address(tmp_path: Path, page_url: Any, source: str, site: str) -> None:
    post = read_json(tmp_path, a_post(pageUrl=page_url))
    assert (post.key.source, post.site) == (source, site)


def test_the_least_a_file_needs_is_an_id_and_a_text(tmp_path: Path) -> None:
    post = read_json(tmp_path, {"_id": POST_ID, "contents": {"html": "<p>Hello.</p>"}})
    assert (post.title, post.authors[0].name, post.posted_at, post.revision) == ("Untitled", "anonymous", None, "")
    assert post.url == f"https://www.lesswrong.com/posts/{POST_ID}"


def test_a_saved_post_may_bring_its_comments(tmp_path: Path) -> None:
    post = read_json(tmp_path, a_post(question=True, _comments=[a_comment("answer1", answer=True)]))
    assert [comment.author.name for comment in post.comments] == [BOB["displayName"]]


def test_a_json_file_needs_no_ending(tmp_path: Path) -> None:
    assert read_json(tmp_path, a_post(), name="saved").title == "A Title"


PAGE = """<!DOCTYPE html><html><head><title>Window title</title>{head}</head><body><nav>Menu</nav>
<article><h1>Essay on Ears</h1><p>First words.</p><script>evil()</script><h1>Part</h1></article>
<footer>Foot</footer></body></html>"""


def test_a_page_is_read_by_its_metas(tmp_path: Path) -> None:
    head = (
        '<meta name="citation_title" content="Essay on  Ears"><meta name="citation_author" content="Ann Author">'
        '<meta name="citation_author" content="Ben Author"><meta name="citation_publication_date" content="2021/03/04">'
        '<link rel="canonical" href="https://www.example.org/essay">'
    )
    post = read_html(tmp_path, PAGE.format(head=head))
    assert str(post.key) == hashed("https://www.example.org/essay")
    assert (post.url, post.site, post.title) == ("https://www.example.org/essay", "example.org", "Essay on Ears")
    assert [author.name for author in post.authors] == ["Ann Author", "Ben Author"]
    assert post.posted_at == datetime(2021, 3, 4, tzinfo=UTC)
    assert post.html == "<p>First words.</p><h1>Part</h1>"


def test_a_page_without_an_address_is_known_by_its_file_name(tmp_path: Path) -> None:
    post = read_html(tmp_path, PAGE.format(head='<link rel="canonical" href="/essay">'), name="my essay.html")
    assert str(post.key) == hashed("my essay.html")
    assert (post.url, post.site, post.authors[0].name, post.posted_at) == ("", "", "anonymous", None)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("", "Essay on Ears"),
        ('<meta property="og:title" content="Shared">', "Shared"),
        ('<meta property="og:title" content=" "><meta name="twitter:title" content="Short">', "Short"),
    ],
)
def test_the_first_title_that_is_there_is_taken(tmp_path: Path, head: str, title: str) -> None:
    assert read_html(tmp_path, PAGE.format(head=head)).title == title


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ('<main><p>side</p><div id="postContent"><p>text</p></div></main>', "<p>text</p>"),
        ('<div class="x ContentStyles-postBody"><p>text</p></div><p>side</p>', "<p>text</p>"),
        ("<main><p>text</p></main><p>side</p>", "<p>text</p>"),
        ("<article> </article><main><p>text</p></main>", "<p>text</p>"),
        ("<div><p>menu</p></div><div id=m><p>a long text</p><h2>h</h2></div>", "<p>a long text</p><h2>h</h2>"),
        ("<div><p>ab</p></div><div><p>cd</p></div>", "<div><p>ab</p></div><div><p>cd</p></div>"),
        ("just words", "just words"),
    ],
)  # fmt: skip
def test_the_text_is_taken_from_where_it_stands(tmp_path: Path, body: str, html: str) -> None:
    assert read_html(tmp_path, f"<html><head><title>T</title></head><body>{body}</body></html>").html == html


def test_a_page_saved_from_a_forum_keeps_its_name(tmp_path: Path) -> None:
    head = f'<link rel="canonical" href="https://www.lesswrong.com/posts/{POST_ID}/x">'
    post = read_html(tmp_path, PAGE.format(head=head))
    assert (post.site, post.key.source) == ("LessWrong", "file")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_pages_come_in_their_own_encoding(tmp_path: Path, encoding: str) -> None:
    declared = f'<meta charset="{encoding}">' if encoding == "latin-1" else ""
    html = f"<html><head>{declared}<title>Où ça</title></head><body><p>Déjà.</p></body></html>"
    post = read_html(tmp_path, html.encode(encoding))
    assert (post.title, post.html) == ("Où ça", "<p>Déjà.</p>")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.json", b"", "is empty"),
        ("x.json", b"{", "isn't whole JSON"),
        ("x.json", b"[]", "holds no post"),
        ("x.json", b'"text"', "holds no post"),
        ("x.json", b'{"title": "no id"}', "holds no post"),
        ("x.json", b'{"data": {"post": null}}', "holds no post"),
        ("x.json", b'{"_id": 5}', "without a usable _id"),
        ("x.json", b'{"_id": "a/../b", "contents": {"html": "x"}}', "without a usable _id"),
        ("x.json", b'{"_id": "' + POST_ID.encode() + b'", "pageUrl": "https://example.org/x"}', "of no forum we know"),
        ("x.json", b"[" * 200_000, "isn't whole JSON"),
        ("x.json", b"\xff\xfe{\x00}\x00", "isn't whole JSON"),
        ("x.html", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "isn't text"),
        ("x.txt", b"plain words", "neither"),
        ("x.pdf", b"%PDF-1.7", "neither"),
    ],
)
def test_what_is_not_a_post_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=words) as refused:
        read(path)
    assert str(refused.value).isprintable()


def test_a_page_without_text_is_empty(tmp_path: Path) -> None:
    with pytest.raises(PostEmpty, match="no text"):
        read_html(tmp_path, "<html><head><title>T</title></head><body><p> </p></body></html>")


def test_folders_missing_files_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.json", "no file"),
        (tmp_path / "pipe.json", "no file"),
    ):
        with pytest.raises(UnreadableFile, match=words):
            read(path)
    with pytest.raises(UnreadableFile, match="two lines"):
        read(tmp_path / "two\nlines.json")
    with pytest.raises(UnreadableFile, match="can't be read"):
        read(tmp_path / ("x" * 300 + ".json"))


def test_a_file_too_large_to_be_a_post_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "big.html"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(UnreadableFile, match="larger than 20 MB"):
        read(path)


@given(st.binary(max_size=200), st.sampled_from(["x.json", "x.html", "x"]))
def test_any_bytes_are_a_post_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    try:
        html = read(path).html
    except NarrateError:
        return
    assert html
