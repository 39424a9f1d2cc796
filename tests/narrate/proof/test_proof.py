"""The page to check a script by: nothing of a stranger's page runs in it, and both sides stand where they belong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from narrate.proof import passages, render_proof, rows, runs, segments
from narrate.proof.align import Row
from narrate.records import Author, Comment, Post, PostKey, Script
from narrate.script import write


def post_of(html: str, **more: Any) -> Post:
    fields: dict[str, Any] = {
        "key": PostKey("lesswrong", "abc"),
        "url": "https://www.lesswrong.com/posts/abc/a-title",
        "site": "LessWrong",
        "title": "A title",
        "authors": (Author(name="Ann Author"),),
        "posted_at": datetime(2010, 5, 1, tzinfo=UTC),
        "html": html,
        "revision": "1.0.0",
        "fetched_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Post(**{**fields, **more})


def page_of(html: str, **more: Any) -> str:
    post = post_of(html, **more)
    return render_proof(post, write(post))


def table_of(html: str, **more: Any) -> list[tuple[str, str]]:
    """The rows as (source, script) in plain text."""
    page = BeautifulSoup(page_of(html, **more), "lxml")
    for unseen in page.select(".unseen"):
        unseen.decompose()
    cells = [(row.select_one("td.source"), row.select_one("td.script")) for row in page.select("#rows > tbody > tr")]
    return [(_text(source), _text(script)) for source, script in cells]


def _text(cell: Tag | None) -> str:
    assert cell is not None
    return " ".join(cell.get_text(" ").split())


HOSTILE = {
    "script": '<p>Words.</p><script>alert("x")</script>',
    "handler": '<p onclick="alert(1)" onmouseover=alert(2)>Words.</p>',
    "address": '<p>Words <a href="javascript:alert(1)">here</a>, <a href=" jAvAsCrIpT:alert(1)">there</a>.</p>',
    "data": '<p>Words <a href="data:text/html,<script>alert(1)</script>">here</a>.</p>',
    "image": '<p>Words.</p><img src=x onerror="alert(1)"><img src="https://img.example/a.png" srcset="b.png 2x">',
    "svg": "<p>Words.</p><svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "style": '<style>@import "https://evil.example/a";</style><p style="background:url(//evil.example/b)">Words.</p>',
    "frame": '<p>Words.</p><iframe src="https://evil.example/" srcdoc="<script>alert(1)</script>"></iframe>',
    "form": '<p>Words.</p><form action="https://evil.example/"><p>More.</p><input name=a><button>Send</button></form>',
    "base": '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=//evil/"><p>Words.</p>',
    "breaking out": "<p>Words.</p></td></tr></table></main></body></html><script>alert(1)</script>",
    "template": "<p>Words {{ 7 * 7 }} {% include 'base.html' %}.</p>",
    "math": "<p>Words.</p><math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "comment": "<p>Words.<!--><script>alert(1)</script>--></p>",
    "video": '<p>Words.</p><video src="https://evil.example/a.mp4" autoplay poster="//evil.example/p"></video>',
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_a_hostile_page_runs_loads_or_styles(html: str) -> None:
    page = page_of(html)
    soup = BeautifulSoup(page, "html.parser")
    assert "Words" in page
    assert {tag.name for tag in soup.find_all(True)} & {
        "script", "img", "iframe", "video", "audio", "object", "embed", "link", "svg", "math", "form", "input", "base",
    } == set()  # fmt: skip
    assert len(soup.find_all("style")) == 1
    assert "evil" not in str(soup.style)
    assert [str(meta.get("http-equiv")) for meta in soup.find_all("meta", attrs={"http-equiv": True})] == [
        "Content-Security-Policy"
    ]
    attributes = {name for tag in soup.select("main *") for name in tag.attrs}
    assert attributes <= {"href", "rel", "id", "class", "dir", "scope", "title", "colspan", "rowspan", "aria-hidden"}
    for link in soup.find_all("a"):
        assert re.match(r"https?://|#", str(link["href"]) if link.has_attr("href") else "#")
    assert len(soup.select("#rows > tbody > tr")) >= 1
    assert "49" not in page


def test_titles_and_names_are_escaped() -> None:
    page = page_of("<p>Words.</p>", title="<script>alert(1)</script>", authors=(Author(name='"><img src=x>'),))
    assert "<script" not in page
    assert "<img" not in page


def test_an_omission_links_nowhere_but_to_the_web() -> None:
    page = page_of('<p>Words.</p><figure><img src="javascript:alert(1)" alt="A view"></figure>')
    assert 'href="javascript' not in page


def test_a_picture_is_a_link_and_an_embed_too() -> None:
    page = page_of(
        '<p>Words.</p><p><img src="https://img.example/a.png" alt="A hill"></p>'
        '<p><a href="https://big.example/"><img src="/b.png" alt="A dale"></a></p>'
        '<iframe src="https://www.youtube.com/embed/x"></iframe>'
    )
    assert '<a href="https://img.example/a.png" rel="nofollow noopener noreferrer">[picture: A hill]</a>' in page
    assert "[picture: A dale]" in page
    assert 'href="https://big.example/"' in page
    assert '<a href="https://www.youtube.com/embed/x"' in page


def test_source_and_script_stand_side_by_side() -> None:
    assert table_of("<h2>How much</h2><p>It rose 5%.</p><ul><li>One thing</li><li>Another</li></ul>")[1:] == [
        ("How much", "Chapter 2 How much How much ."),
        ("It rose 5%.", "It rose five percent ."),
        ("One thing", "One thing ."),
        ("Another", "Another ."),
    ]


def test_what_is_only_said_has_nothing_beside_it() -> None:
    table = table_of("<p>Before it.</p><blockquote><p>Quoted words.</p></blockquote><p>After it.</p>")
    assert ("", "Quote.") in table or ("Quoted words.", "Quote. Quoted words.") in table
    assert [source for source, _ in table if source] == ["Before it.", "Quoted words.", "After it."]


def test_an_omission_stands_beside_what_it_leaves_out() -> None:
    source, script = table_of("<p>Look at this:</p><pre><code>x = 1\ny = 2\nz = 3</code></pre><p>There.</p>")[2]
    assert source == "x = 1 y = 2 z = 3"
    assert "code" in script
    assert "for the eye" in script


def test_a_formula_is_shown_as_tex_and_beside_its_reading() -> None:
    table = table_of(r'<p><span class="math-tex">\(a^2\)</span></p><p>Plain words stand here.</p>')
    assert (r"a^2", "a squared .") in [(source, re.sub(r" \.$", " .", script)) for source, script in table]


def test_an_answer_is_part_of_the_source() -> None:
    answer = Comment(comment_id="c1", author=Author(name="Bo"), karma=5, posted_at=None, html="<p>Because of this.</p>")
    table = table_of("<p>Why is that so?</p>", kind="question", comments=(answer,))
    assert ("Because of this.", "Because of this.") in table


def test_source_that_nothing_stands_beside_is_a_hole_at_its_place() -> None:
    post = post_of("<p>First words here.</p><p>Last words there.</p>")
    told = segments("<p>First words here.</p><p>Never said by anyone.</p><p>Last words there.</p>")
    found = rows(told, list(passages(write(post))))
    assert [(row.segments[0].text, row.is_hole) for row in found if row.segments] == [
        ("First words here.", False),
        ("Never said by anyone.", True),
        ("Last words there.", False),
    ]


def test_a_text_said_twice_stands_beside_each_of_its_places() -> None:
    html = "<p>Again and again and again.</p><p>Between the two stands this.</p><p>Again and again and again.</p>"
    assert [source for source, _ in table_of(html)[1:]] == [
        "Again and again and again.",
        "Between the two stands this.",
        "Again and again and again.",
    ]


def shown(found: list[Row]) -> list[str]:
    return [u.spoken for row in found for p in row.passages for u in p.utterances]


def test_every_utterance_and_every_omission_is_in_one_row() -> None:
    post = post_of(
        "<h2>A</h2><p>One.</p><img src='https://img.example/x.png' alt='X'><pre>code\ncode</pre>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><h2>B</h2><p>Two.</p>"
    )
    script = write(post)
    found = rows(segments(post.html), list(passages(script)))
    assert shown(found) == [u.spoken for u in script.utterances]
    omitted = [o for row in found for p in row.passages for o in p.omissions]
    assert sorted(o.what for o in omitted) == sorted(o.what for o in script.omissions)


def test_runs_joined_are_what_is_written_and_what_is_spoken() -> None:
    script: Script = write(post_of("<p>About 5% of 1,200 “people” agree.[1]</p><p>e.g. this &amp; that</p>"))
    for utterance in script.utterances:
        assert "".join(run.before for run in runs(utterance)) == utterance.written
        assert "".join("".join(run.after for run in runs(utterance)).split()) == "".join(utterance.spoken.split())


def test_a_rewrite_names_its_rule_and_what_was_written() -> None:
    soup = BeautifulSoup(page_of("<p>It rose 5% in all.</p>"), "lxml")
    assert [str(ins["title"]) for ins in soup.select("td.script ins") if "%" in str(ins["title"])] == ["percent: 5%"]


@pytest.mark.parametrize(
    "html",
    ["<div>" * 900 + "Words." + "</p>" * 9, "<p>Words." + "<b><i>" * 300, "<table>" * 60 + "Words.", "Words " * 9000],
    ids=["deep", "unclosed", "tables", "long"],
)  # fmt: skip
def test_garbage_makes_a_page_all_the_same(html: str) -> None:
    assert "Words" in page_of(html)
