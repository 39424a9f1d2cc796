"""Items of known or predicted lengths -> batches that a GPU runs at full width, with little padding and few shapes.

Pure: decides, and touches no tensor. An engine hands in lengths (tokens; frames, once its durations are known) and a
function that runs one batch. Batches come largest first, so that memory that doesn't suffice shows at once; after an
out-of-memory the budget is halved for good and what is left is planned anew. Lengths and numbers of rows are taken
from a coarse grid: a graph is compiled for each shape that occurs, and a shape that comes back costs nothing.

Lying several items one behind the other in a row (Krell et al. 2021) was tried and pads no less over real posts: a
pack holds lines of like lengths, and two that are each a little more than half a row fill it badly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")

_STEPS_PER_OCTAVE = 16  # of lengths: 3% padding on average
_SLACK = 0.12  # a row may be so much shorter than its batch's longest: more makes fuller batches, less pads less


class OutOfMemory(Exception):
    """What `run` raises when a batch doesn't fit."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Numbers of items, one a row, and the length to which every row is filled up."""

    items: tuple[int, ...]
    length: int

    @property
    def size(self) -> int:
        """What is computed: rows times length, filling included."""
        return len(self.items) * self.length


def on_grid(length: int) -> int:
    """The next length of the grid, at least `length`: sixteen to each doubling, every one below that."""
    step = 1 << max(0, (length - 1).bit_length() - _STEPS_PER_OCTAVE.bit_length())
    return -(-length // step) * step


def rows_on_grid(n_rows: int) -> int:
    """The greatest of 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, ... that is at most `n_rows`."""
    power = 1 << (n_rows.bit_length() - 1)
    return power * 3 // 2 if n_rows >= power * 3 // 2 else power


def plan_batches(lengths: Sequence[int], budget: int) -> Iterator[Batch]:
    """Every item in exactly one batch, the longest first; no batch is larger than the budget unless it has one item.

    Rows of a batch are of like lengths. What the grid of rows leaves over leads the next, shorter batch, so that no
    row is ever empty.
    """
    order = sorted(range(len(lengths)), key=lambda item: (-lengths[item], item))
    while order:
        length = on_grid(lengths[order[0]])
        n_alike = bisect_left(order, (_SLACK - 1) * length, key=lambda item: -lengths[item])
        n_rows = rows_on_grid(max(1, min(n_alike, budget // length)))
        yield Batch(tuple(order[:n_rows]), length)
        del order[:n_rows]


def padding(lengths: Sequence[int], batches: Sequence[Batch]) -> float:
    """The share of what is computed that is filling. `lengths` by item."""
    computed = sum(batch.size for batch in batches)
    wanted = sum(lengths[item] for batch in batches for item in batch.items)
    return 1 - wanted / computed if computed else 0.0


class Scheduler:
    """Runs items in batches and remembers how large a batch may be: `budget`, of `Batch.size`."""

    def __init__(self, budget: int) -> None:
        self.budget = budget

    def run(self, lengths: Sequence[int], run: Callable[[Batch], Result]) -> Iterator[tuple[Batch, Result]]:
        """Batches and what `run` made of them, each as soon as it is done.

        OutOfMemory is raised for a batch of one item only.
        """
        waiting = set(range(len(lengths)))
        while waiting:
            for batch in self._plan(lengths, sorted(waiting)):
                try:
                    result = run(batch)
                except OutOfMemory:
                    if len(batch.items) == 1:
                        raise
                    self.budget = batch.size // 2
                    break  # what is left is planned anew
                waiting.difference_update(batch.items)
                yield batch, result

    def _plan(self, lengths: Sequence[int], items: Sequence[int]) -> Iterator[Batch]:
        for batch in plan_batches([lengths[item] for item in items], self.budget):
            yield Batch(tuple(items[place] for place in batch.items), batch.length)
