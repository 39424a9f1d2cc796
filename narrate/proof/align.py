"""Segments of the source and passages of the script -> rows, side by side, in the order of listening.

A passage stands beside the segment whose words it has. Segments that share one passage share its row; one that is said
elsewhere (a footnote, inside the sentence that cites it) points there; one whose words no passage has keeps its place
with nothing beside it, so that a reader sees the hole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from narrate.proof.passages import Passage
from narrate.proof.source import Segment

Grams = frozenset[tuple[str, ...]]

#: The least share of a passage's three-word runs that its segment has; and of a segment's, to be said elsewhere.
_LEAST_SHARE, _MOST = 0.3, 0.6
#: Passages without three words in a row in common are looked for so many segments around the last match.
_NEAR = 4
_WORD = re.compile(r"[^\W_]+")


@dataclass(slots=True, kw_only=True, eq=False)
class Row:
    """What stands side by side; either side may be empty. `said_in`: the row in which the segments are said instead."""

    segments: list[Segment] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    said_in: Row | None = None

    @property
    def is_hole(self) -> bool:
        return not self.passages and self.said_in is None


def rows(segments: Sequence[Segment], passages: Sequence[Passage]) -> list[Row]:
    """Every segment and every passage, each once."""
    matched = match(segments, passages)
    out: list[Row] = []
    row_of: dict[int, Row] = {}  # segment -> the row it is shown in
    for passage, place in zip(passages, matched, strict=True):
        if place is None or place not in row_of:
            row = Row(segments=[] if place is None else [segments[place]])
            out.append(row)
            if place is not None:
                row_of[place] = row
        elif row_of[place] is not out[-1]:
            out.append(Row())  # the same segment again, later on: it isn't shown twice
        out[-1].passages.append(passage)
    said = [(frozenset(_grams(passage_tokens(p))), row) for row in out for p in row.passages]
    for place, segment in enumerate(segments):
        if place not in row_of:
            row_of[place] = _placed(segment, row_of.get(place - 1), said, out)
    return out


def _placed(segment: Segment, previous: Row | None, said: Sequence[tuple[Grams, Row]], out: list[Row]) -> Row:
    """The row that shows a segment which no passage has been matched to, put where the source has it."""
    grams = frozenset(_grams(_tokens(segment.text)))
    n, where = max(((len(grams & other), i) for i, (other, _) in enumerate(said)), default=(0, 0))
    row = said[where][1] if n >= _MOST * len(grams) and n else None
    if previous is not None and (row is previous or _is_in(segment, previous)):
        previous.segments.append(segment)
        return previous
    new = Row(segments=[segment], said_in=row)
    first = next((i for i, other in enumerate(out) if other.segments), len(out))
    out.insert(first if previous is None else _index(out, previous) + 1, new)
    return new


def _is_in(segment: Segment, row: Row) -> bool:
    """Whether a row says a segment too short for runs of words. A sign alone (an asterism, a link back) is no hole."""
    tokens = _tokens(segment.text)
    said = [*chain.from_iterable(passage_tokens(p) for p in row.passages)] if 0 < len(tokens) < 4 else []
    return not tokens or any(said[i : i + len(tokens)] == tokens for i in range(len(said)))


def _index(out: Sequence[Row], row: Row) -> int:
    return next(i for i, other in enumerate(out) if other is row)


def match(segments: Sequence[Segment], passages: Sequence[Passage]) -> list[int | None]:
    """For each passage the index of its segment, None where it has none."""
    texts = [_tokens(segment.text) for segment in segments]
    index: dict[tuple[str, ...], list[int]] = {}
    for number, text in enumerate(texts):
        for gram in set(_grams(text)):
            index.setdefault(gram, []).append(number)
    found: list[int | None] = []
    last = -1
    for passage in passages:
        tokens = passage_tokens(passage) if passage.block is not None else []
        place = _by_runs(tokens, texts, index, last)
        if place is None:
            place = _by_links(_links(passage), segments, last)
        if place is None:
            place = _by_words(tokens, texts, last)
        found.append(place)
        last = last if place is None else place
    return found


def _by_runs(
    tokens: list[str], texts: Sequence[list[str]], index: dict[tuple[str, ...], list[int]], last: int
) -> int | None:
    """The segment with most of these runs of words; of equals one just like it, then the next after `last`."""
    grams = set(_grams(tokens))
    hits = Counter(place for gram in grams for place in index.get(gram, ()))
    if not hits:
        return None
    place, n = max(hits.items(), key=lambda hit: (hit[1], texts[hit[0]] == tokens, hit[0] > last, -abs(hit[0] - last)))
    return place if n >= _LEAST_SHARE * len(grams) else None


def _by_links(links: set[str], segments: Sequence[Segment], last: int) -> int | None:
    """The nearest segment that holds the picture or embed of a passage, which may have no words at all."""
    near = [i for i, segment in enumerate(segments) if not links.isdisjoint(segment.links)]
    return min(near, key=lambda i: (i < last, abs(i - last)), default=None)


def _links(passage: Passage) -> set[str]:
    return {o.href for o in passage.omissions if o.href} | {figure.src for figure in passage.figures}


def _by_words(tokens: list[str], texts: Sequence[list[str]], last: int) -> int | None:
    """The nearest segment around `last` that has most of these words."""
    words = set(tokens)
    near = [i for i in range(max(0, last - _NEAR), min(len(texts), last + _NEAR + 1)) if words & set(texts[i])]
    if not near:
        return None
    best = max(near, key=lambda i: (len(words & set(texts[i])), i > last, -abs(i - last)))
    return best if len(words & set(texts[best])) > _MOST * len(words) else None


def passage_tokens(passage: Passage) -> list[str]:
    """All that the source shows of a passage: what is written, formulas as TeX, and what is left out."""
    tokens: list[str] = []
    for utterance in passage.utterances:
        shown, at = "", 0
        for rewrite in utterance.rewrites:
            shown += utterance.written[at : rewrite.start] + (rewrite.tex or rewrite.before)
            at = rewrite.end
        tokens += _tokens(shown + utterance.written[at:])
    for omission in passage.omissions:
        tokens += _tokens(omission.text)
    for figure in passage.figures:
        tokens += _tokens(figure.alt)
    return tokens


def _tokens(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _grams(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """Runs of three words; of a shorter text, the whole."""
    if len(tokens) <= 3:
        return [tuple(tokens)] if tokens else []
    return [tuple(tokens[i : i + 3]) for i in range(len(tokens) - 2)]
