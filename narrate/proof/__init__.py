"""Post and Script -> one HTML page to check the script by: the source on the left, what is said of it on the right.

The page stands alone: no script, nothing loaded from anywhere, and a policy in its head that says so to the browser.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from narrate.pages import byline, render
from narrate.proof.align import Row, rows
from narrate.proof.passages import Passage, passages
from narrate.proof.source import Segment, segments
from narrate.records import Post, Rewrite, Script, Utterance

__all__ = ["Passage", "Row", "Run", "passages", "render_proof", "rows", "runs", "segments"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of an utterance: `after` is said; where `rule` is set, `before` was written instead."""

    before: str
    after: str
    rule: str = ""


def runs(utterance: Utterance) -> Iterator[Run]:
    """An utterance from start to end, its rewrites set apart. The `after`s joined are what is spoken."""
    at = 0
    for rewrite in utterance.rewrites:
        if plain := utterance.written[at : rewrite.start]:
            yield Run(before=plain, after=plain)
        yield Run(before=rewrite.before, after=rewrite.after, rule=rewrite.rule)
        at = rewrite.end
    if plain := utterance.written[at:]:
        yield Run(before=plain, after=plain)


def render_proof(post: Post, script: Script) -> str:
    """The page, as HTML."""
    found = rows(_sources(post), list(passages(script)))
    n_words = sum(len(u.spoken.split()) for u in script.utterances)
    rewrites = [r for u in script.utterances for r in u.rewrites]
    return render(
        "proof.html",
        title=script.title,
        byline=byline(script.authors),
        site=post.site,
        source_url=script.source_url,
        script=script,
        rows=found,
        numbers={row: number for number, row in enumerate(found, 1)},
        runs=runs,
        n_words=n_words,
        rules=_rules(rewrites),
        n_rewrites=len(rewrites),
        n_alone=sum(1 for row in found if row.is_hole),
    )


def _sources(post: Post) -> list[Segment]:
    """Everything of the post that can be said, in the script's order."""
    messages = post.comments if post.kind in ("question", "debate") else ()
    linked = post.linked_page.html if post.linked_page else ""
    texts = [post.html, *(message.html for message in messages), linked]
    return [segment for text in texts for segment in segments(text, post.url)]


def _rules(rewrites: list[Rewrite]) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Rule -> its rewrites as (written, spoken, how often), the most used rule first."""
    counted = Counter((r.rule, " ".join(r.before.split()), " ".join(r.after.split())) for r in rewrites)
    by_rule = {
        rule: [(before, after, n) for (_, before, after), n in group]
        for rule, group in groupby(sorted(counted.items()), key=lambda item: item[0][0])
    }
    return sorted(by_rule.items(), key=lambda item: (-sum(n for *_, n in item[1]), item[0]))
