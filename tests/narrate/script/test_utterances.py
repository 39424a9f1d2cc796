"""Cutting: sentences found, packed and bounded; `written` cut where `spoken` is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.records import Rewrite
from narrate.script.parts import Block, Line
from narrate.script.sentences import sentence_ends
from narrate.script.utterances import MAX_CHARS, split


def sentences(text: str) -> list[str]:
    ends = [0, *sentence_ends(text), len(text)]
    return [text[a:b].strip() for a, b in pairwise(ends)]


@pytest.mark.parametrize(
    "expected",
    [
        ["One.", "Two.", "Three!"],
        ['He asked "Why?"', "And left."],
        ['"Is it true?" he asked.', "Nobody knew."],
        ["C. S. Lewis wrote it.", "Dr. Who did not."],
        ["So did I.", "And you?"],
        ["(This is aside.)", "Then on."],
        ["Well... maybe.", "Or not…", "Who knows?!"],
        ["It ended: so.", "“Then it began.”"],
        ["No stop at all"],
    ],
)
def test_sentences_end_where_a_reader_pauses(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_a_number_in_words_may_begin_a_sentence() -> None:
    assert sentence_ends("It rained. five people came.") == []
    block = Block(
        kind="paragraph",
        line=Line(
            written="It rained for many days, and nobody in the whole of the old town was glad about it. 5 people came."
        ),
    )
    assert [piece.written for piece in split(block).pieces] == [
        "It rained for many days, and nobody in the whole of the old town was glad about it.",
        "5 people came.",
    ]  # fmt: skip


def test_an_overlong_sentence_is_cut_at_its_strongest_sign() -> None:
    head, tail = "word " * 30, "word " * 40
    block = Block(kind="paragraph", line=Line(written=f"{head.strip()}; {tail.strip()}, and {tail.strip()}."))
    pieces = split(block).pieces
    assert pieces[0].spoken.endswith(";")
    assert all(len(piece.spoken) <= MAX_CHARS for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after"),  # where one sentence of more than 300 characters is cut
    [
        # before a long bracket rather than at a stronger sign inside it
        ("word " * 30 + "cases", "(singers here; others " + "there " * 30 + "too)."),
        # before a conjunction, but never after "to" and the like
        ("word " * 40 + "goes", "and every thing to which " + "we " * 40 + "came."),
        # where the author trailed off
        ("word " * 30 + "apply…", "it goes and goes " + "on " * 50 + "so."),
    ],
)
def test_an_overlong_sentence_is_cut_where_a_reader_would_breathe(before: str, after: str) -> None:
    pieces = split(Block(kind="paragraph", line=Line(written=f"{before} {after}"))).pieces
    assert [piece.written for piece in pieces] == [before, after]


def test_what_cannot_be_said_is_left() -> None:
    found = split(Block(kind="paragraph", line=Line(written="→ 🎉")))
    assert not found.pieces or any(c.isalpha() for p in found.pieces for c in p.spoken)
    empty = split(Block(kind="paragraph", line=Line(written="🎉")))
    assert [left.text for left in empty.left] == ["🎉"] or empty.pieces


def test_leads_and_stops_are_rewrites_of_nothing() -> None:
    (piece,) = split(Block(kind="item", line=Line(written="apples"), lead="One. ")).pieces
    assert piece.spoken == "One. apples."
    assert [(r.start, r.end, r.before, r.after) for r in piece.rewrites] == [(0, 0, "", "One. "), (6, 6, "", ".")]


@given(st.lists(st.text(alphabet="abc.,;?! —'\"", min_size=1, max_size=30), max_size=40), st.data())
def test_pieces_hold_every_character_and_every_rewrite_once(parts: list[str], data: st.DataObject) -> None:
    fixed: list[Rewrite] = []
    written = ""
    for part in parts:
        part = " ".join(part.split())
        if part and data.draw(st.booleans()):
            after = data.draw(st.sampled_from(["", "said so", "many words. Two sentences; even", "x " * 100]))
            fixed.append(Rewrite(start=len(written), end=len(written) + len(part), rule="t", before=part, after=after))
        written += part + (data.draw(st.sampled_from(["", " "])) if written + part else "")
    written = written.rstrip()
    fixed = [r for r in fixed if r.end <= len(written)]
    found = split(Block(kind="paragraph", line=Line(written=written, fixed=tuple(fixed))))
    assert all(len(piece.spoken) <= MAX_CHARS for piece in found.pieces)
    if found.pieces:
        assert "".join("".join(p.written.split()) for p in found.pieces) == "".join(written.split())
        assert sum(r.rule == "t" for p in found.pieces for r in p.rewrites) == len(fixed)
