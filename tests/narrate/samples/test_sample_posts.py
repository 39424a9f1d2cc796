"""The sample posts are what they claim to be: well-formed, invented, and between them every construct there is."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from narrate.samples import posts_folder, sample_files

#: What the forum makes ids of: no character that is easily taken for another.
ID = re.compile(r"[23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz]{17}")

POST_FIELDS = """
    _id slug title pageUrl postedAt modifiedAt baseScore voteCount wordCount user coauthors contents tags curatedDate
    frontpageDate question debate collabEditorDialogue shortform isEvent draft unlisted status url hideAuthor
    canonicalSequenceId podcastEpisodeId positiveReviewVoteCount glossary tableOfContents
"""

COMMENT_FIELDS = "_id postId baseScore postedAt user contents answer debateResponse"

#: Construct -> a CSS selector that finds it in some post's or comment's html.
SELECTORS = {
    "heading 1": "h1",
    "heading 2": "h2",
    "heading 3": "h3",
    "heading 4, WordPress": "h4.wp-block-heading",
    "heading in Lexical spans": "h1 > span",
    "formula in a heading, with the style element": "h2 .math-tex > style",
    "footnote mark, CKEditor": "span.footnote-reference[data-footnote-id][role=doc-noteref] > sup > a[href^='#fn']",
    "footnotes, CKEditor": "ol.footnote-section > li.footnote-item > div.footnote-content[data-footnote-content]",
    "footnote back link": "li.footnote-item > span.footnote-back-link > sup > strong > a",
    "footnote that cites a footnote": "div.footnote-content span.footnote-reference",
    "footnotes, older CKEditor": "ol.footnotes:not(.footnote-section) > li.footnote-item:not([data-footnote-item])",
    "footnotes, markdown": "ol.footnote-section > li.footnote-item[data-footnote-item] > p > a.footnote-backref",
    "footnote mark, older markdown": "sup.footnote-ref > a[id^=fnref]",
    "footnotes, older markdown": "hr.footnotes-sep + section.footnotes > ol.footnotes-list > li.footnote-item",
    "footnote, Substack": "div.footnote > a.footnote-number + div.footnote-content",
    "footnote mark, Substack": "a.footnote-anchor",
    "footnote by named anchor": "a[name=footnote2]",
    "MathJax 3, inline": ".math-tex > mjx-container[aria-label]:not([display])",
    "MathJax 3, display": "mjx-container[display=true][aria-label]",
    "MathJax 3, no label": "mjx-container:not([aria-label]) mjx-c",
    "MathJax 3, macro definition": "mjx-container[aria-label^='\\\\newcommand']",
    "MathJax 3, style element": "style + mjx-container",
    "MathJax 2, glyph spans": ".mjpage .mjx-math[aria-label] > .mjx-mrow[aria-hidden] .mjx-char",
    "MathJax 2, style inside": ".mjx-chtml > style",
    "MathJax 2, display": ".mjpage.mjpage__block > .mjx-chtml.MJXc-display",
    "MathJax 2, DraftJS": "span:not(.mjpage) > .mjx-chtml:not(.MJXc-display)",
    "MathJax 2, DraftJS display": "div > .mjx-chtml.MJXc-display",
    "LaTeX placeholder": ".draft-latex-placeholder",
    "raw TeX, display": "div.math-tex",
    "raw TeX, script": "script[type='math/tex']",
    "MathML": "math msub",
    "MathML, display": "math[display=block]",
    "TeX image": "img[src*='codecogs'][alt]",
    "sub": "i + sub",
    "sup": "sup:not(:has(a))",
    "code block": "pre > code",
    "code block, Lexical": "pre.code-block[data-language] > span.code-token-comment",
    "inline code": "p > code, span > code",
    "teletype": "tt",
    "spoiler, CKEditor": "div.spoilers > p:not([class])",
    "spoiler, DraftJS": "div.spoilers > p.spoiler-v2",
    "spoiler, markdown": "div.spoiler > p",
    "spoiler, paragraph": "p.spoiler",
    "details": "details.detailsBlock > summary.detailsBlockTitle + div.detailsBlockContent",
    "details in details": "details details",
    "conditional block, hidden": ".conditionallyVisibleBlock.defaultHidden[data-visibility]",
    "conditional block, shown": ".conditionallyVisibleBlock.defaultVisible",
    "table with header": "figure.table > table > thead th",
    "table caption": "figure.table > table + figcaption",
    "table with joined header cells": "thead th[colspan='2']",
    "table, Lexical": ".table-scrollable-wrapper > table.editor-table th.table-cell-header",
    "table, large and numeric": "tr:nth-child(8) > td:nth-child(4)",
    "table of one cell": "tr:only-child > td:only-child",
    "chat table": "figure.table td[style*='border'] > p > strong:only-child",
    "image with alt and caption": "figure.image > img[srcset][alt*=' '] + figcaption",
    "image without alt": "figure.image > img:not([alt])",
    "image with empty alt": "img[alt='']",
    "image with a file name for alt": "img[alt='IMG_2041.JPG']",
    "image with undefined alt": "img[alt=undefined]",
    "image, WordPress": "figure.wp-block-image > img",
    "image, DraftJS": "figure > img.draft-image",
    "image, inline": "p > img.draft-inline-image",
    "rule": "hr:not([class])",
    "rule, CKEditor": "hr.dividerBlock",
    "empty paragraph": "p:empty",
    "quote in a quote": "blockquote blockquote",
    "verse": "blockquote > p > br ~ br ~ br",
    "list with start and type": "ol[start][type]",
    "list item with a value": "ol[start] > li[value]",
    "list, reversed": "ol[reversed]",
    "list in a list": "li > ul > li",
    "list in a list, Lexical": "li.nested-list-item > ul",
    "list, WordPress": "ol.wp-block-list",
    "Metaculus": "div.metaculus-preview[data-metaculus-id] > iframe",
    "Manifold": "div.manifold-preview > iframe",
    "Our World in Data": "div.owid-preview > iframe",
    "YouTube": "div.youtube-preview > iframe",
    "YouTube, oEmbed": "figure.media > div[data-oembed-url*='youtube']",
    "Metaculus, oEmbed": "figure.media > div[data-oembed-url*='metaculus']",
    "Thought Saver": ".thoughtSaverFrameWrapper > iframe.thoughtSaverFrame",
    "Strawpoll": "div.strawpoll-embed[id^=strawpoll_]",
    "tweet as a quote": "blockquote.twitter-tweet + script",
    "tweet, stripped": "div:empty:not([class])",
    "Elicit prediction": "div.elicit-binary-prediction[data-elicit-id]",
    "poll": "div.ck-poll[data-props]",
    "call to action": "a.ck-cta-button[data-href]:not([href])",
    "widget": "div.iframe-widget[data-iframe-widget-id]:empty",
    "review results": "div.review-results-table[data-review-results]",
    "audio": "audio[controls][src]",
    "Arbital": "a.ArbitalPreview",
    "Arbital script": "div[class^=arb-custom-script]",
    "AI-written block": "div.llm-content-block[data-model-name] > div.llm-content-block-content > p",
    "dialogue message": "section.dialogue-message[display-name][user-order] > div.dialogue-message-content",
    "dialogue header": "section.dialogue-message > section.dialogue-message-header > b",
    "dialogue, empty second header": "section.dialogue-message-header + section.dialogue-message-header:empty",
    "dialogue, no content div": "section.dialogue-message > section.dialogue-message-header + p",
    "Lexical text": "p > span[style='white-space: pre-wrap;']",
    "Lexical bold": "b > strong",
    "Lexical italic": "i > em",
    "mention": "span.research-mention",
    "link within the post": "a[href='#A_voice_in_the_kitchen']",
    "Google Docs anchor": "p[data-internal-id]",
    "Word paragraph": "p.MsoNormal",
    "pasted paragraph": "p.p1",
    "font and center": "center > font",
    "more anchor": "a#more",
    "more anchor, WordPress": "span[id^=more-]",
    "subscribe widget": ".subscription-widget-wrap",
    "ory editor": "div.ory-row > div.ory-cell",
    "inserted": "ins",
    "deleted": "del",
    "struck out": "s",
}

#: Construct -> a pattern that finds it in the html.
PATTERNS = {
    "paragraph of bold as a heading": r"<p><strong>[^<]+</strong></p>",
    "hand-made footnote mark": r"\w<sup>1</sup>",
    "hand-made footnote": r"<p><sup>1</sup>: ",
    "hand-made footnote in brackets": r"</a>\[2\] ",
    "repeated citation": r"\[1:1\]",
    "raw TeX, inline": r'<span class="math-tex">\\\(p\\\)</span>',
    "raw TeX in the text": r"[^>]\\\(.+?\\\)",
    "separator of stars": r"<p>\* \* \*</p>",
    "separator of dashes": r"<p>---</p>",
    "separator of nothing": r"<p>&nbsp;</p>",
    "epigraph": r"<br/?>(<span>)?— ",
    "Word's empty element": r"<o:p></o:p>",
    "Google Docs or WordPress comment": r"<!-- more -->",
    "epistemic status": r"Epistemic status:",
    "summary up front": r"TL;DR",
    "edit": r"EDIT \(",
    "cross-posted": r"\(Cross-posted from",
    "related posts": r"Related to:",
    "earlier post": r"Previously in sequence:",
    "comment-via line": r"Comment via:",
    "thanks": r"Thanks to .+ for feedback",
    "references": r">References<",
    "appendix": r"Appendix:",
    "address in the text": r">https://[^<]+</a>",
    "money, dollars": r"\$\d",
    "money, pounds": r"£\d",
    "money, US$": r"US\$\d",
    "percentage": r"\d%",
    "year": r"\b(19|20)\d\d\b",
    "range": r"\d–\d",
    "unit": r"\d (kg|ml|°C|MB)\b",
    "power, Unicode": r"0\.4²",
    "power, markup": r"10<sup>14</sup>",
    "chemical formula": r"H(</span>)?<sub>2</sub>(<span[^>]*>)?S",
    "ratio": r"1:25,000",
    "version": r"Python 3\.11",
    "time of day": r"7:30 p\.m\.",
    "acronym": r"\b(NASA|CPU)\b",
    "fraction": r"⅓",
    "times sign": r"\d×",
    "mathematical letter": r"𝑚",
    "zero-width space": "\u200b|&#8203;",
    "soft hyphen": "\u00ad|&shy;",
    "no-break space": r"\d(\u00a0|&nbsp;)\w",
    "right-to-left word": r"[\u0590-\u05ff]{3}",
    "emoji": r"[\U0001F600-\U0001F64F]",
    "ellipsis": r"…",
}

#: Construct -> a test of the post as a whole.
KINDS = {
    "question with answers": lambda post: post["question"] and any(c["answer"] for c in post.get("_comments", ())),
    "debate with messages": lambda post: post["debate"] and all(c["debateResponse"] for c in post["_comments"]),
    "dialogue": lambda post: post["collabEditorDialogue"],
    "link-post": lambda post: bool(post["url"]),
    "several authors": lambda post: bool(post["coauthors"]),
    "hidden author": lambda post: post["hideAuthor"],
    "glossary, with an entry not approved": lambda post: {t["approved"] for t in post["glossary"]} == {True, False},
    "curated": lambda post: bool(post["curatedDate"]),
    "nominated": lambda post: post["positiveReviewVoteCount"] >= 2,
    "part of a sequence": lambda post: bool(post["canonicalSequenceId"]),
    "old import": lambda post: post["legacy"] and post["legacyId"].isdecimal(),
    "no headings at all, rules instead": lambda post: (
        not re.search(r"<h\d|<p><strong>", post["contents"]["html"]) and "<hr" in post["contents"]["html"]
    ),
}


@cache
def posts() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in sample_files())


@cache
def bodies() -> tuple[str, ...]:
    """Every piece of html of the set: the posts' own and their comments'."""
    every = [post["contents"]["html"] for post in posts()]
    return (*every, *(c["contents"]["html"] for post in posts() for c in post.get("_comments", ())))


@cache
def trees() -> tuple[BeautifulSoup, ...]:
    return tuple(BeautifulSoup(html, "lxml") for html in bodies())


def dates(post: dict[str, Any]) -> list[datetime]:
    texts = [post["postedAt"], post["modifiedAt"], post["contents"]["editedAt"]]
    texts += [post[name] for name in ("curatedDate", "frontpageDate") if post[name]]
    texts += [c["postedAt"] for c in post.get("_comments", ())]
    return [datetime.fromisoformat(text) for text in texts]


def test_there_are_eight_and_their_names_are_their_slugs() -> None:
    assert [path.stem for path in sample_files()] == sorted(post["slug"] for post in posts())
    assert len(posts()) == 8
    assert all(path.parent == posts_folder() for path in sample_files())


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_a_sample_is_the_object_that_the_forum_returns(path: Path) -> None:
    post = json.loads(path.read_text(encoding="utf-8"))
    assert [name for name in POST_FIELDS.split() if name not in post] == []
    assert post["pageUrl"] == f"https://www.lesswrong.com/posts/{post['_id']}/{post['slug']}"
    assert post["contents"].keys() >= {"html", "version", "wordCount", "editedAt"}
    assert all(at.tzinfo == UTC and 2009 <= at.year <= 2026 for at in dates(post))
    for person in (post["user"], *post["coauthors"]):
        assert person["_id"]
        assert person["slug"]
        assert person["displayName"]
    for comment in post.get("_comments", ()):
        assert [name for name in COMMENT_FIELDS.split() if name not in comment] == []
        assert comment["postId"] == post["_id"]


def test_ids_are_of_the_forums_alphabet_and_each_names_one_thing() -> None:
    things = [thing for post in posts() for thing in (post, *post.get("_comments", ()), *post["glossary"])]
    people = [person for thing in things if "user" in thing for person in (thing["user"], *thing.get("coauthors", ()))]
    tags = [tag for post in posts() for tag in post["tags"]]
    names = {record["_id"]: record.get("slug") for record in (*people, *tags)}
    ids = [thing["_id"] for thing in things] + list(names)
    assert [text for text in ids if not ID.fullmatch(text)] == []
    assert [text for text, n in Counter(ids).items() if n > 1] == []


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_a_sample_is_as_long_as_a_short_listen(path: Path) -> None:
    post = json.loads(path.read_text(encoding="utf-8"))
    n_words = post["contents"]["wordCount"] + sum(c["contents"]["wordCount"] for c in post.get("_comments", ()))
    assert 250 <= n_words <= 900


def test_html_parses_without_a_loss_and_every_footnote_mark_has_its_note() -> None:
    for html, tree in zip(bodies(), trees(), strict=True):
        for tag in ("p", "table", "section", "figure", "li", "span", "div"):
            assert len(re.findall(rf"<{tag}[ >]", html)) == len(re.findall(rf"</{tag}>", html)), tag
        for mark in tree.select(".footnote-reference a, .footnote-ref a, a.footnote-anchor"):
            assert tree.find(id=str(mark["href"]).removeprefix("#")), mark


@pytest.mark.parametrize("construct", SELECTORS)
def test_the_set_holds_the_construct(construct: str) -> None:
    assert any(tree.select_one(SELECTORS[construct]) for tree in trees())


@pytest.mark.parametrize("construct", PATTERNS)
def test_the_set_holds_the_text(construct: str) -> None:
    assert any(re.search(PATTERNS[construct], html) for html in bodies())


@pytest.mark.parametrize("kind", KINDS)
def test_the_set_holds_a_post_of_the_kind(kind: str) -> None:
    assert any(KINDS[kind](post) for post in posts())


def test_a_note_is_cited_twice_somewhere() -> None:
    cited = [Counter(str(a["href"]) for a in tree.select(".footnote-reference a")) for tree in trees()]
    assert any(n > 1 for count in cited for n in count.values())


def test_people_and_addresses_are_invented() -> None:
    """Nothing here may pass for a real post: ids say demo, other sites are reserved names or the forum's own hosts."""
    assert all(post["_id"].startswith("demo") for post in posts())
    hosts = {host for html in bodies() for host in re.findall(r"<a [^>]*href=\"https?://([^/\"]+)", html)}
    forum_or_embed = {"www.lesswrong.com", "arbital.com", "twitter.com", "www.facebook.com"}
    assert {host for host in hosts if not host.endswith(".example")} <= forum_or_embed
