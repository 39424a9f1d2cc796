"""Script -> passages: what is said of one block, together with what is left out there, in the order of listening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from narrate.records import Chapter, Figure, Omission, Script, Utterance

#: Where omissions that belong to no block stand: at the end.
_END = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One block's utterances and omissions. `chapter` is set on the first passage of each chapter."""

    block: int | None  # None for what is said around the post
    utterances: tuple[Utterance, ...] = ()
    omissions: tuple[Omission, ...] = ()
    figures: tuple[Figure, ...] = ()
    chapter: Chapter | None = None


@dataclass(slots=True)
class _Left:
    """What is left out, by block, until its passage comes."""

    omissions: dict[int, list[Omission]] = field(default_factory=dict)
    figures: dict[int, list[Figure]] = field(default_factory=dict)

    def take(self, block: int | None) -> tuple[tuple[Omission, ...], tuple[Figure, ...]]:
        if block is None:
            return (), ()
        return tuple(self.omissions.pop(block, ())), tuple(self.figures.pop(block, ()))

    def silent_before(self, block: int, said: set[int | None]) -> list[int]:
        return sorted(b for b in self.omissions.keys() | self.figures.keys() if b < block and b not in said)


def passages(script: Script) -> Iterator[Passage]:
    """Every utterance and every omission of `script`, each once. Silent blocks stand where the post has them."""
    left = _Left()
    for omission in script.omissions:
        left.omissions.setdefault(_END if omission.block is None else omission.block, []).append(omission)
    for figure in script.figures:
        left.figures.setdefault(figure.block, []).append(figure)
    said = {u.block for u in script.utterances}
    for chapter in script.chapters:
        begins: Chapter | None = chapter
        for block, group in groupby(chapter.utterances, key=lambda u: u.block):
            for silent in left.silent_before(block, said) if block is not None else ():
                yield _silent(silent, left)
            omissions, figures = left.take(block)
            yield Passage(block=block, utterances=tuple(group), omissions=omissions, figures=figures, chapter=begins)
            begins = None
    for silent in sorted(left.omissions.keys() | left.figures.keys()):
        yield _silent(silent, left)


def _silent(block: int, left: _Left) -> Passage:
    omissions, figures = left.take(block)
    return Passage(block=None if block == _END else block, omissions=omissions, figures=figures)
