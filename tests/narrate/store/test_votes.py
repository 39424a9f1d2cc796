"""Votes: exact sums, budgets never overdrawn, points that come back, whoever votes at once on whichever database."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrate import choose
from narrate.errors import BudgetSpent, NotInQueue, PostWithdrawn, UsageError, VoteClosed
from narrate.settings import Settings
from narrate.store import Store, lineup, open_store, votes
from narrate.store.audit import list_notes
from narrate.store.releases import release_finished
from narrate.store.withdrawals import withdraw
from tests.candidates import DAY, NOON, a_candidate, a_key

POLICY = Settings()


@pytest.fixture
def store(any_url: str) -> Iterator[Store]:
    opened = open_store(any_url)
    yield opened
    opened.close()


@pytest.fixture
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('lite') / 'n.db'}")
    yield opened
    opened.close()


def fill(store: Store, n_posts: int) -> None:
    with store.begin() as session:
        for n in range(n_posts):
            lineup.submit(session, a_candidate(n), None, NOON, POLICY)


def put(store: Store, member: str, n: int, post: int = 0, at: datetime = NOON, weight: float = 1.0) -> votes.Budget:
    with store.begin() as session:
        return votes.cast(session, member, a_key(post), n, at, weight)


def entry(store: Store, post: int = 0) -> lineup.Entry:
    with store.begin() as session:
        found = lineup.find(session, a_key(post))
    assert found is not None
    return found


def test_votes_cost_their_square_and_come_back(store: Store) -> None:
    fill(store, 2)
    assert put(store, "ada", 3).points_left == 91
    assert put(store, "ada", 3).points_left == 91
    assert put(store, "ada", 9, post=1).points_left == 10
    with pytest.raises(BudgetSpent, match="16 more points, and 10") as spent:
        put(store, "ada", 5)
    assert spent.value.points_left == 10
    assert put(store, "ada", 0, post=1).points_left == 91
    assert put(store, "ada", 10).points_left == 0
    assert (entry(store).votes, entry(store, 1).votes) == (10, 0)


def test_unspent_points_lapse_on_monday_and_moved_ones_of_last_week_dont_come_back(store: Store) -> None:
    fill(store, 2)
    put(store, "ada", 9)
    sunday, monday = datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
    with store.begin() as session:
        assert votes.budget(session, "ada", sunday).points_left == 19
        assert votes.budget(session, "ada", monday).points_left == 100
        assert votes.budget(session, "ada", sunday).week_ends == monday
    assert put(store, "ada", 10, at=monday).points_left == 81  # the difference to what last week paid
    assert put(store, "ada", 0, at=monday).points_left == 100  # last week's 81 have lapsed
    assert put(store, "ada", 9, at=monday).points_left == 100  # and stay paid on this post
    assert put(store, "ada", 10, post=1, at=monday).points_left == 0
    assert (entry(store).votes, entry(store, 1).votes) == (9, 10)


def test_a_clock_that_jumps_overdraws_no_week(store: Store) -> None:
    fill(store, 3)
    rng = random.Random(1)
    spent: dict[object, int] = {}
    for _ in range(120):
        at = NOON + rng.choice([-21, -7, 0, 7, 365]) * DAY
        try:
            spent[choose.week_of(at)] = 100 - put(store, "ada", rng.randint(0, 10), rng.randint(0, 2), at).points_left
        except BudgetSpent:
            continue
    assert all(0 <= points <= 100 for points in spent.values())


@pytest.mark.parametrize("n", [-1, 11, 10**9])
def test_only_0_to_10_votes_can_be_given(lite: Store, n: int) -> None:
    fill(lite, 1)
    with pytest.raises(UsageError, match="0 to 10"):
        put(lite, "ada", n)


def test_an_unknown_a_taken_and_a_withdrawn_post_say_which_they_are(store: Store) -> None:
    fill(store, 2)
    with pytest.raises(NotInQueue):
        put(store, "ada", 1, post=7)
    put(store, "ada", 2)
    with store.begin() as session:
        lineup.take(session, a_key(0), NOON)
        withdraw(session, a_key(1), "its author asked", NOON)
    with pytest.raises(VoteClosed):
        put(store, "ada", 0)
    with pytest.raises(PostWithdrawn, match="its author asked"):
        put(store, "ada", 1, post=1)
    assert entry(store).votes == 2


def test_a_finished_post_that_waits_for_votes_takes_more_and_gives_none_back(lite: Store) -> None:
    with lite.begin() as session:
        lineup.submit(session, a_candidate(0, karma=5), "ada", NOON, POLICY)
        lineup.take(session, a_key(0), NOON)
        assert not release_finished(session, a_key(0), NOON, POLICY)
        from narrate.store import turns

        turns.finish(session, a_key(0))
    with pytest.raises(VoteClosed):
        put(lite, "ada", 0)
    assert put(lite, "bea", 1).n == 1


def test_votes_may_be_taken_off_a_post_that_fell_out_of_the_queue(lite: Store) -> None:
    fill(lite, 1)
    put(lite, "ada", 10)
    with lite.begin() as session:
        lineup.remove(session, a_key(0), "op", "off topic", NOON)
    with pytest.raises(NotInQueue):
        put(lite, "bea", 1)
    assert put(lite, "ada", 0).points_left == 100


def test_weights_count_in_quarters_and_exactly(store: Store) -> None:
    fill(store, 1)
    put(store, "ada", 3, weight=1.25)
    put(store, "bea", 1)
    assert entry(store).votes == 4.75
    put(store, "ada", 1, weight=1.25)
    assert entry(store).votes == 2.25
    with pytest.raises(ValueError, match="quarters"):
        put(store, "ada", 1, weight=1.1)


def test_every_vote_is_in_the_log(store: Store) -> None:
    fill(store, 1)
    put(store, "ada", 2)
    put(store, "ada", 1)
    with store.begin() as session:
        noted = list_notes(session, actor="ada")
    assert [(n.action, n.detail) for n in noted] == [
        ("vote", {"from": 2, "to": 1, "points": -3}),
        ("vote", {"from": 0, "to": 2, "points": 4}),
    ]


def test_a_sock_puppets_votes_stop_counting_and_can_count_again(store: Store) -> None:
    fill(store, 2)
    put(store, "ada", 2)
    put(store, "sock", 5)
    put(store, "sock", 5, post=1)
    with store.begin() as session:
        assert votes.invalidate(session, "sock", "op", "the same person", NOON) == 2
    assert (entry(store).votes, entry(store, 1).votes) == (2, 0)
    put(store, "sock", 7)
    assert entry(store).votes == 2
    with store.begin() as session:
        assert votes.voters_of(session, a_key(0)) == ("ada",)
        assert votes.validate(session, "sock", "op", "a mistake", NOON) == 2
    assert (entry(store).votes, entry(store, 1).votes) == (9, 5)


def test_50_members_at_once_leave_exact_sums_and_no_overdrawn_budget(store: Store) -> None:
    n_posts, members = 20, [f"member{n}" for n in range(50)]
    fill(store, n_posts)
    failures: list[Exception] = []

    def vote_much(mine: list[str], seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(60):
            try:
                put(store, rng.choice(mine), rng.randint(0, 6), rng.randrange(n_posts), weight=rng.choice([1.0, 1.5]))
            except BudgetSpent:
                continue
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=vote_much, args=(members, seed)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.begin() as session:
        for member in members:
            given = votes.votes_of(session, member)
            assert votes.budget(session, member, NOON).points_left == 100 - sum(n * n for n in given.values()) >= 0
        for n in range(n_posts):
            before = lineup.find(session, a_key(n))
            assert before is not None
            assert votes.recount(session, a_key(n)) == before.votes
            after = lineup.find(session, a_key(n))
            assert after == before


def test_200_votes_of_one_member_at_once_are_one_vote(store: Store) -> None:
    fill(store, 1)
    threads = [threading.Thread(target=put, args=(store, "ada", 7)) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entry(store).votes == 7
    with store.begin() as session:
        assert votes.budget(session, "ada", NOON).points_left == 51
        assert len(list_notes(session, actor="ada")) == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 10), st.integers(0, 20))))
def test_whatever_is_voted_sums_and_ranks_are_those_of_the_rows(wishes: list[tuple[str, int, int, int]]) -> None:
    store = open_store("sqlite://")
    fill(store, 4)
    for member, post, n, day in wishes:
        try:
            left = put(store, member, n, post, NOON + timedelta(days=day)).points_left
            assert 0 <= left <= 100
        except BudgetSpent:
            continue
    with store.begin() as session:
        for post in range(4):
            seen = lineup.find(session, a_key(post))
            assert seen is not None
            assert seen.votes == sum(votes.votes_of(session, member).get(str(a_key(post)), 0) for member in "abc")
            assert votes.recount(session, a_key(post)) == seen.votes
    store.close()
