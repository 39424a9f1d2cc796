"""Web pages of other people, made up: prose long enough to be an essay, in the markup of platforms and of none."""

from __future__ import annotations

from itertools import islice, product

_WHO = ("A baker", "The ferryman", "Her sister", "An old clock", "The council", "Every gardener", "A quiet judge")
_DOES = ("keeps", "forgets", "repairs", "measures", "describes", "borrows")
_WHAT = (
    "the longest ladder",
    "a ledger of small debts",
    "what the river brings",
    "two kinds of bread",
    "the north door",
)
_WHEN = ("on the day of the fair", "when nobody asks for it", "before the frost", "as if it were Sunday")


def sentences(n: int) -> list[str]:
    """n different sentences of about eleven words."""
    made = (f"{who} {does} {what} {when}." for what, when, who, does in product(_WHAT, _WHEN, _WHO, _DOES))
    return list(islice(made, n))


def paragraphs(n: int) -> str:
    """n paragraphs of four sentences each."""
    said = sentences(4 * n)
    return "".join(f"<p>{' '.join(said[i : i + 4])}</p>\n" for i in range(0, 4 * n, 4))


def page(body: str, title: str = "On Ladders", author: str = "Mira Kestrel") -> str:
    return (
        f'<!doctype html><html><head><title>{title} | A site</title><meta property="og:title" content="{title}">'
        f'<meta name="author" content="{author}"></head><body><header><nav><a href="/">Home</a> <a href="/about">About'
        f"</a></nav></header>{body}<footer><p>All rights reserved.</p></footer></body></html>"
    )


def essay(n_paragraphs: int = 12) -> str:
    """An essay on no platform, with a heading, a numbered list and a quotation."""
    return page(
        f"<main><article><h1>On Ladders</h1>{paragraphs(n_paragraphs)}<h2>What is left</h2>"
        "<ol><li>The first rung holds the whole ladder up.</li><li>The second rung only follows it.</li></ol>"
        "<blockquote><p>Nobody climbs a ladder that lies down, says the old book.</p></blockquote></article></main>"
    )


def substack(extra: str = "") -> str:
    return page(
        f'<div class="available-content"><div class="body markup">{paragraphs(8)}'
        '<div class="subscription-widget-wrap"><p>Subscribe now to receive new posts.</p></div>'
        f"<h2>The end of it</h2><p>So ends the essay.</p></div></div>{extra}<div class='comments'><p>First!</p></div>"
    )


def arxiv() -> str:
    return page(
        '<div id="abs"><h1 class="title"><span class="descriptor">Title:</span>On Ladders</h1>'
        '<blockquote class="abstract mathjax"><span class="descriptor">Abstract:</span>'
        f"{' '.join(sentences(5))}</blockquote></div><p>Subjects: ladders</p>"
    )
