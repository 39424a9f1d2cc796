"""Words of a post lead to the second at which they are heard, and a paragraph leads back to its words in the post."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from narrate.audio.sounds import Mark, Piece, Recording
from narrate.pages.places import Place, find_quote, post_link, text_fragment
from narrate.paragraphs import paragraphs_of
from narrate.records import Chapter, PostKey, Rewrite, Script, Utterance
from narrate.samples import sample_files
from narrate.script import ScriptOptions, write
from narrate.sources import Sources

RATE_HZ = 1000
POST = "https://www.lesswrong.com/posts/abc/a-post"


def utterance(id_: str, written: str, *rewrites: Rewrite, block: int | None = 0) -> Utterance:
    return Utterance(
        id=id_, block=block, written=written, spoken="a", role="prose", pause_after_s=0.3, rewrites=rewrites
    )


def script_of(*utterances: Utterance) -> tuple[Script, Recording]:
    """A script of one chapter, whose utterances last ten seconds each."""
    chapter = Chapter(title="A", spoken_title="A.", anchor=None, level=1, utterances=utterances)
    script = Script(
        key=PostKey("lesswrong", "abc"), title="A", authors=("Ana",), source_url=POST, posted_at=None, revision="",
        text_sha256="", script_version="", voice_roles=(), chapters=(chapter,),
    )  # fmt: skip
    pieces = tuple(
        Piece(utterance_id=u.id, take_key="0" * 64, start_sample=n * 10 * RATE_HZ, n_samples=9 * RATE_HZ)
        for n, u in enumerate(utterances)
    )
    mark = Mark(title="A", level=1, anchor=None, start_sample=0)
    n_samples = len(utterances) * 10 * RATE_HZ
    return script, Recording(rate_hz=RATE_HZ, n_samples=n_samples, pieces=pieces, marks=(mark,))


TOLD = script_of(
    utterance("b0-0", "The town had two clocks."),
    utterance("b0-1", "Nobody minded; “it’s a small town”, they said."),
    utterance("b1-0", "Then came the railway, and with it a third opinion.", block=1),
)


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ("The town had two clocks.", Place("b0-0", 0)),
        ("two clocks", Place("b0-0", 0)),
        ("  nobody   MINDED: 'it's a small", Place("b0-0", 10)),
        ("they said. Then came the railway", Place("b0-0", 10)),
        ("Then came the railway,[1] and with it", Place("b1-0", 20)),
        ("Then came the railway, and with it a great deal of noise that nobody wanted", Place("b1-0", 20)),
        ("a third opinion", Place("b1-0", 20)),
        ("THE END", None),
        ("", None),
        ("[1]", None),
        ("then", None),
        ("— … —", None),
    ],
)
def test_a_quote_is_found_where_its_sentence_is_heard(quote: str, place: Place | None) -> None:
    assert find_quote(quote, *TOLD) == place


def test_a_place_is_a_link() -> None:
    assert Place("b12-0", 83.4).link == "?t=83.4#b12-0"


def tex(before: str, start: int) -> Rewrite:
    return Rewrite(start=start, end=start + len(before), rule="math", before=before, after="a", tex="p")


@pytest.mark.parametrize(
    ("utterances", "fragment"),
    [
        ([utterance("a", "Well, that was that.")], "Well, that was that"),
        ([utterance("a", "Half-true, they say: 50% & more?")], "Half-true, they say: 50% & more"),
        (
            [utterance("a", "The town had two clocks."), utterance("b", "Nobody in it minded that very much.")],
            "The town had two clocks|it minded that very much",
        ),
        # the formula's own signs are on the page, but nobody knows in which letters
        ([utterance("a", "We say that p² is quite small, too.", tex("p²", 12))], "We say that|is quite small, too"),
        ([utterance("a", "p²", tex("p²", 0))], None),
        ([utterance("a", "p² is", tex("p²", 0))], "is"),
        ([utterance("a", "[image]", Rewrite(start=0, end=7, rule="named", before="[image]", after="An image."))], None),
    ],
)  # fmt: skip
def test_a_fragment_holds_only_words_that_the_post_shows(utterances: list[Utterance], fragment: str | None) -> None:
    found = text_fragment(utterances)
    terms = None if found is None else "|".join(unquote(term) for term in found.split(","))
    assert terms == fragment
    assert found is None or "-" not in found


def test_a_link_into_the_post_falls_back_on_its_heading() -> None:
    said = [utterance("a", "Well, that was that.")]
    assert post_link(said, POST) == f"{POST}#:~:text=Well%2C%20that%20was%20that"
    assert post_link(said, f"{POST}#The_end") == f"{POST}#The_end:~:text=Well%2C%20that%20was%20that"
    assert post_link(said, "") is None
    assert post_link([utterance("a", "Read by a machine.", block=None)], POST) is None


def test_what_fragments_name_is_in_the_posts() -> None:
    """Of the sample posts' paragraphs, nearly all: a footnote's mark inside a phrase can't be foreseen."""
    terms, lost = 0, []
    with Sources() as sources:
        for path in sample_files():
            post = sources.fetch(str(path))
            whole = " ".join([post.html, post.title, *(c.html for c in post.comments)])
            # names and descriptions stand in attributes
            shown = _letters(BeautifulSoup(whole, "lxml").get_text()) + _letters(whole)
            for chapter in write(post, ScriptOptions()).chapters:
                for paragraph in paragraphs_of(chapter.utterances):
                    if post_link(paragraph, post.url) and (found := text_fragment(paragraph)):
                        terms += 1
                        lost += [t for t in map(unquote, found.split(",")) if _letters(t) not in shown]
    assert terms > 100
    assert len(lost) <= terms * 0.05, lost


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())
