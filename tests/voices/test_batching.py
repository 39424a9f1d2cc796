"""Batches: every item once, little padding, few shapes, largest first, halved until they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.samples import sample_files
from narrate.script import write
from narrate.sources import Sources
from voices.batching import Batch, OutOfMemory, Scheduler, on_grid, padding, plan_batches, rows_on_grid

LENGTHS = st.lists(st.integers(1, 3000), max_size=80)


@given(lengths=LENGTHS, budget=st.integers(1, 20_000))
def test_every_item_is_in_one_batch_that_holds_it(lengths: list[int], budget: int) -> None:
    batches = list(plan_batches(lengths, budget))
    assert sorted(item for batch in batches for item in batch.items) == list(range(len(lengths)))
    for batch in batches:
        assert all(lengths[item] <= batch.length for item in batch.items)
        assert batch.size <= budget or len(batch.items) == 1


@given(lengths=LENGTHS)
def test_the_largest_come_first(lengths: list[int]) -> None:
    row_lengths = [batch.length for batch in plan_batches(lengths, 8192)]
    assert row_lengths == sorted(row_lengths, reverse=True)


@given(length=st.integers(1, 100_000))
def test_the_grid_of_lengths_is_never_far_above(length: int) -> None:
    assert length <= on_grid(length) <= length * (1 + 1 / 16)
    assert on_grid(on_grid(length)) == on_grid(length)


def test_the_grids_are_coarse() -> None:
    assert len({on_grid(length) for length in range(64, 4097)}) == 6 * 16 + 1
    assert [rows_on_grid(n) for n in (1, 2, 3, 5, 7, 11, 12, 23, 31, 48)] == [1, 2, 3, 4, 6, 8, 12, 16, 24, 48]


def test_the_sample_posts_are_padded_by_less_than_a_tenth() -> None:
    with Sources() as sources:
        scripts = [write(sources.fetch(str(file))) for file in sample_files()]
    lengths = [len(utterance.spoken) for script in scripts for utterance in script.utterances]
    batches = list(plan_batches(lengths, 8192))
    assert padding(lengths, batches) < 0.10
    assert len({(len(batch.items), batch.length) for batch in batches}) < 80


def test_padding_is_the_share_that_is_filled_up() -> None:
    assert padding([64, 48], [Batch((0, 1), 64)]) == pytest.approx(1 / 8)
    assert padding([], []) == 0.0


class Memory:
    """Runs batches up to a size, and counts those that don't fit."""

    def __init__(self, fits: int) -> None:
        self.fits, self.n_ran, self.n_refused = fits, 0, 0

    def __call__(self, batch: Batch) -> tuple[int, ...]:
        if batch.size > self.fits:
            self.n_refused += 1
            raise OutOfMemory
        self.n_ran += 1
        return batch.items


def test_a_batch_that_does_not_fit_is_halved_and_the_size_is_remembered() -> None:
    memory, scheduler = Memory(fits=4096), Scheduler(budget=40_000)
    for n_refused in (4, 4):
        done = [item for _, items in scheduler.run([600] * 100, memory) for item in items]
        assert sorted(done) == list(range(100))
        assert memory.n_refused == n_refused


def test_one_item_that_does_not_fit_is_told() -> None:
    with pytest.raises(OutOfMemory):
        list(Scheduler(budget=4096).run([3000, 10], Memory(fits=500)))


@given(lengths=LENGTHS, fits=st.integers(4000, 20_000))
def test_whatever_fits_is_done_once(lengths: list[int], fits: int) -> None:
    done = [item for _, items in Scheduler(budget=64_000).run(lengths, Memory(fits)) for item in items]
    assert sorted(done) == list(range(len(lengths)))


def test_results_are_given_out_while_the_rest_waits() -> None:
    memory = Memory(fits=100_000)
    next(Scheduler(budget=2000).run([1000] * 10, memory))
    assert memory.n_ran == 1
