"""Another site's page -> its author's text, or the reason why it can't be told from the rest."""

from __future__ import annotations

import sys

import pytest

from narrate.sources.article import extract, page_address, repeats
from tests.outside_pages import arxiv, essay, page, paragraphs, sentences, substack

URL = "https://essays.example/on-ladders"


def test_an_essay_is_taken_with_its_structure_and_without_what_surrounds_it() -> None:
    found = extract(essay(), URL)
    assert found.why == ""
    assert (found.title, found.authors, found.site) == ("On Ladders", ("Mira Kestrel",), "essays.example")
    for sentence in sentences(48):
        assert sentence in found.html
    assert "<h2>What is left</h2>" in found.html
    assert "<ol>" in found.html
    assert "<blockquote>" in found.html
    assert "All rights reserved" not in found.html
    assert "About" not in found.html
    assert "<h1" not in found.html


def test_substack_is_read_by_its_own_markup_without_its_buttons() -> None:
    found = extract(substack(), "https://mira.substack.com/p/on-ladders")
    assert sentences(32)[-1] in found.html
    assert "<h2>The end of it</h2>" in found.html
    assert "Subscribe" not in found.html
    assert "First!" not in found.html


def test_a_text_for_subscribers_isnt_taken_in_part() -> None:
    found = extract(substack('<div class="paywall"><p>Keep reading with a paid subscription.</p></div>'), URL)
    assert (found.html, found.why) == ("", "its text is for subscribers")


def test_wordpress_is_read_by_its_own_markup() -> None:
    html = page(
        f'<div class="entry-content">{paragraphs(8)}<div class="sharedaddy"><p>Share this</p></div></div>'
        '<div class="widget"><p>Recent posts</p></div>'
    )
    found = extract(html, URL)
    assert sentences(32)[-1] in found.html
    assert "Share this" not in found.html
    assert "Recent posts" not in found.html


def test_of_a_paper_only_the_abstract_is_taken() -> None:
    found = extract(arxiv(), "https://arxiv.org/abs/2601.00001")
    assert found.is_abstract
    assert sentences(5)[-1] in found.html
    assert "Subjects" not in found.html
    assert "Abstract:" not in found.html


def test_another_sites_blockquote_is_no_abstract() -> None:
    assert extract(arxiv(), URL).html == ""


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("https://arxiv.org/pdf/2601.00001", "https://arxiv.org/abs/2601.00001"),
        ("https://arxiv.org/pdf/2601.00001v2.pdf", "https://arxiv.org/abs/2601.00001v2"),
        ("http://www.arxiv.org/html/2601.00001#S1", "http://www.arxiv.org/abs/2601.00001"),
        ("https://arxiv.org/abs/2601.00001", "https://arxiv.org/abs/2601.00001"),
        ("https://essays.example/pdf/x", "https://essays.example/pdf/x"),
    ],
)
def test_a_paper_is_asked_for_at_its_abstract(given: str, asked: str) -> None:
    assert page_address(given) == asked


@pytest.mark.parametrize(
    ("html", "why"),
    [
        (page("<main><p>Please sign in to go on.</p></main>"), "text"),
        (page(f"<article>{paragraphs(3)}</article>"), "fewer than 250 words"),
        (page(f'<div class="available-content">{paragraphs(2)}</div>'), "fewer than 250 words"),
        ("", "text"),
        ("<", "text"),
        ("<html><body></body></html>", "text"),
        ("<table>" * 200, "text"),
    ],
    ids=["log-in", "short", "short on a platform", "empty", "no page", "no text", "tables"],
)
def test_a_page_without_enough_text_says_so(html: str, why: str) -> None:
    found = extract(html, URL)
    assert found.html == ""
    assert why in found.why


def test_extractors_that_disagree_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    other = "".join(f"<p>Something else entirely is number {n} of these rows.</p>" for n in range(60))
    monkeypatch.setattr("trafilatura.extract", lambda *_, **__: f"<html><body>{other}</body></html>")
    assert "isn't clear" in extract(essay(), URL).why


def test_trafilaturas_tree_is_taken_where_readabilitys_is_much_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    class Half:
        def __init__(self, *_: object, **__: object) -> None: ...

        def summary(self, html_partial: bool) -> str:
            return f"<div>{paragraphs(6)}</div>"

    monkeypatch.setattr("readability.Document", Half)
    found = extract(essay(), URL)
    assert sentences(48)[-1] in found.html


def test_without_the_extractors_only_platforms_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "readability", None)
    assert "narrate[pages]" in extract(essay(), URL).why
    assert extract(substack(), URL).html


def test_addresses_in_the_text_are_absolute() -> None:
    html = page(f'<div class="entry-content">{paragraphs(8)}<p><a href="/b">b</a><img src="c.png"></p></div>')
    found = extract(html, URL).html
    assert 'href="https://essays.example/b"' in found
    assert 'src="https://essays.example/c.png"' in found


def test_a_copy_of_the_page_is_known_and_an_excerpt_isnt_one() -> None:
    whole = extract(essay(), URL).html
    assert repeats(whole, f"<p>First published elsewhere.</p>{paragraphs(12)}")
    assert not repeats(whole, f"<blockquote>{paragraphs(2)}</blockquote>")
    assert not repeats(whole, "")
    assert not repeats("", paragraphs(2))
