"""The queue in the rows: one order, no duplicates, moderation with a way back, and what is taken next."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrate import choose
from narrate.errors import NotInQueue, UsageError, VoteClosed
from narrate.records import Author, PostKey
from narrate.settings import Settings
from narrate.store import Store, candidates, consents, lineup, open_store, turns, votes
from narrate.store.audit import OPERATOR, list_notes
from narrate.store.tables import QueueRow
from narrate.store.withdrawals import withdraw
from tests.candidates import DAY, NOON, a_candidate, a_key

POLICY = Settings()
CLASSIC = NOON - 3000 * DAY


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


def submit(store: Store, *args: object, **fields: object) -> lineup.Submitted:
    member = fields.pop("member", None)
    with store.begin() as session:
        return lineup.submit(session, a_candidate(*args, **fields), member, NOON, POLICY)  # type: ignore[arg-type]


def entry(store: Store, n: int) -> lineup.Entry:
    with store.begin() as session:
        found = lineup.find(session, a_key(n))
    assert found is not None
    return found


def order(store: Store, lane: choose.Lane = "recent") -> list[str]:
    with store.begin() as session:
        return [str(e.key) for e in lineup.page(session, lane, None, 1000)[0]]


# Submitting


def test_a_submission_is_the_first_vote_and_a_second_one_joins_it(store: Store) -> None:
    first, again, other = submit(store, 1, member="ada"), submit(store, 1, member="ada"), submit(store, 1, member="bea")
    assert (first.new, again.new, other.new) == (True, False, False)
    assert (first.entry.votes, again.entry.votes, other.entry.votes) == (1, 1, 2)
    assert first.entry.why == ("asked for by a member",)


def test_a_submission_doesnt_lower_the_votes_of_who_voted_before(store: Store) -> None:
    submit(store, 1)
    with store.begin() as session:
        votes.cast(session, "ada", a_key(1), 4, NOON)
    assert submit(store, 1, member="ada").entry.votes == 4


def test_a_refused_post_says_why_and_may_come_back_when_that_is_over(store: Store) -> None:
    refused = submit(store, 1, member="ada", recording_url="https://pod.example/1")
    assert not refused.new
    assert (refused.entry.state, refused.entry.elsewhere_url) == ("refused", "https://pod.example/1")
    assert refused.entry.reason == "a person has read it aloud already"
    with store.begin() as session:
        assert votes.budget(session, "ada", NOON).points_left == 100
    assert submit(store, 1, member="ada").new


def test_the_same_post_on_another_forum_joins(store: Store) -> None:
    submit(store, 1, member="ada")
    twin = submit(store, key=PostKey("eaforum", "x" * 17), title=a_candidate(1).title.upper(), member="bea")
    assert (twin.new, twin.entry.key, twin.entry.votes) == (False, a_key(1), 2)
    other = submit(store, key=PostKey("eaforum", "y" * 17), title=a_candidate(1).title, authors=(Author(name="Bo"),))
    assert other.new


def test_what_was_withdrawn_doesnt_come_back(store: Store) -> None:
    submit(store, 1)
    with store.begin() as session:
        withdraw(session, a_key(1), "its author asked", NOON)
        withdraw(session, a_key(1), "again", NOON)
    again = submit(store, 1, member="ada")
    assert (again.entry.state, again.entry.reason, again.entry.title, again.new) == (
        "withdrawn", "its author asked", "", False,
    )  # fmt: skip
    with store.begin() as session:
        assert not candidates.note_found(session, a_candidate(1, karma=99), NOON, POLICY)
        assert session.get(QueueRow, str(a_key(1))) is None


def test_100_people_who_submit_one_post_at_once_make_one_entry(any_url: str) -> None:
    store = open_store(any_url)
    outcomes: list[bool] = []

    def ask(n: int) -> None:
        outcomes.append(submit(store, 1, member=f"member{n}").new)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 100
    assert outcomes.count(True) == 1
    assert entry(store, 1).votes == 100
    store.close()


def test_an_author_who_objects_isnt_read_and_with_opt_in_one_must_agree(store: Store) -> None:
    ana = a_candidate().authors[0]
    with store.begin() as session:
        consents.say(session, ana, may_read=False, proof="my post says so", at=NOON)
    assert submit(store, 1).entry.reason == "its author asked that their posts not be read"
    with store.begin() as session:
        consents.lift(session, choose.author_id(ana), "op", "somebody else wrote that", NOON)
        careful = Settings(consent="opt_in")
        held = lineup.submit(session, a_candidate(2), None, NOON, careful)
        assert (held.entry.state, held.entry.reason) == ("held", "it waits for its author's agreement")
        consents.say(session, ana, may_read=True, proof="mail of today", at=NOON)
        assert candidates.look_again(session, a_candidate(2), NOON, careful) is False
        consents.confirm(session, choose.author_id(ana), "op", NOON)
        consents.say(session, ana, may_read=False, proof="a stranger", at=NOON)  # doesn't undo what was confirmed
        assert candidates.look_again(session, a_candidate(2), NOON, careful) is True
    assert entry(store, 2).state == "waiting"


# Finding


def test_what_a_poll_finds_twice_is_found_once(store: Store) -> None:
    for hours in (0, 6):
        with store.begin() as session:
            assert candidates.note_found(session, a_candidate(1, karma=60), NOON + timedelta(hours=hours), POLICY)
    assert entry(store, 1).why == ("60 karma",)
    assert entry(store, 1).queued_at == NOON
    with store.begin() as session:
        assert not candidates.note_found(session, a_candidate(2, karma=44), NOON, POLICY)
        assert lineup.find(session, a_key(2)) is None


def test_edits_karma_and_uncuration_are_noticed(store: Store) -> None:
    curated = a_candidate(1, curated_at=NOON)
    with store.begin() as session:
        candidates.note_found(session, curated, NOON, POLICY)
        candidates.look_again(session, replace(curated, title="New title", karma=50, word_count=3200), NOON, POLICY)
    changed = entry(store, 1)
    assert (changed.title, changed.karma, changed.minutes) == ("New title", 50, 20)
    assert changed.why == ("curated by the forum's moderators", "50 karma")
    with store.begin() as session:
        assert candidates.look_again(session, a_candidate(1, karma=10), NOON, POLICY)
    assert (entry(store, 1).state, entry(store, 1).reason) == ("refused", candidates.NO_LONGER)
    with store.begin() as session:
        assert candidates.note_found(session, curated, NOON, POLICY)
    assert entry(store, 1).state == "waiting"


def test_what_members_voted_for_stays_when_its_curation_ends(store: Store) -> None:
    with store.begin() as session:
        candidates.note_found(session, a_candidate(1, curated_at=NOON), NOON, POLICY)
        votes.cast(session, "ada", a_key(1), 1, NOON)
        candidates.look_again(session, a_candidate(1, karma=10), NOON, POLICY)
    assert entry(store, 1).state == "waiting"


def test_a_post_that_its_forum_hides_is_refused_and_comes_back_with_it(store: Store) -> None:
    submit(store, 1, member="ada")
    with store.begin() as session:
        assert candidates.note_gone(session, a_key(1), NOON)
        assert not candidates.note_gone(session, a_key(1), NOON)
        assert candidates.look_again(session, a_candidate(1), NOON, POLICY)
    assert (entry(store, 1).state, entry(store, 1).votes) == ("waiting", 1)


def test_what_an_operator_decided_no_poll_undoes(store: Store) -> None:
    with store.begin() as session:
        candidates.note_found(session, a_candidate(1, karma=60), NOON, POLICY)
        lineup.remove(session, a_key(1), "op", "off topic", NOON)
        candidates.note_found(session, a_candidate(1, karma=99), NOON, POLICY)
        assert lineup.submit(session, a_candidate(1), "ada", NOON, POLICY).entry.state == "removed"
        lineup.approve(session, a_key(1), "op", "on second thoughts", NOON)
        candidates.look_again(session, a_candidate(1, karma=1), NOON, POLICY)
    assert entry(store, 1).state == "waiting"


# Order


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(150, 40_000), st.integers(0, 400), st.integers(0, 10)),
        min_size=1,
        max_size=12,
    )
)
def test_the_stored_order_is_the_order_of_the_pure_rank(posts: list[tuple[int, int, int, int]]) -> None:
    store = open_store("sqlite://")
    for n, (karma, words, day, n_votes) in enumerate(posts):
        at = NOON + day * DAY
        with store.begin() as session:
            post = a_candidate(n, karma=karma, word_count=words, posted_at=at - DAY)
            lineup.submit(session, post, None, at, POLICY)
            votes.cast(session, f"m{n}", a_key(n), n_votes, at)
    with store.begin() as session:
        entries, _ = lineup.page(session, None, None, 1000)
        for e in entries:
            pure = choose.rank(
                base=e.base, votes=e.votes, minutes=e.minutes, queued_at=e.queued_at,
                head_start_days=choose.head_start_of(e.lane, e.audio_elsewhere),
            )  # fmt: skip
            assert e.rank == pure
        assert [e.key for e in entries] == [e.key for e in sorted(entries, key=lambda e: (e.rank, str(e.key)))][::-1]
        assert len({e.key for e in entries}) == len(posts)
        assert [lineup.position(session, e.key) for e in entries] == list(range(1, len(posts) + 1))
    store.close()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(range(5)), max_size=20), st.integers(1, 4))
def test_pages_put_together_are_the_queue_and_duplicates_are_impossible(asked: list[int], limit: int) -> None:
    store = open_store("sqlite://")
    for n in asked:
        submit(store, n, member=f"m{n}")
    seen: list[PostKey] = []
    cursor = None
    with store.begin() as session:
        while True:
            entries, cursor = lineup.page(session, "recent", cursor, limit)
            seen += [e.key for e in entries]
            if cursor is None:
                break
        assert [str(key) for key in seen] == order(store)
    assert sorted(seen) == sorted({a_key(n) for n in asked})
    store.close()


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "bmFuIGxlc3N3cm9uZzphYmM", "MS4wIG5vdCBhIGtleQ", "A" * 5000])
def test_a_cursor_we_didnt_make_is_refused(store: Store, cursor: str) -> None:
    with store.begin() as session, pytest.raises(UsageError, match="cursor"):
        lineup.page(session, "recent", cursor, 10)


def test_votes_put_a_post_forward(store: Store) -> None:
    for n in (1, 2, 3):
        submit(store, n)
    assert order(store)[-1] == str(a_key(1))
    with store.begin() as session:
        votes.cast(session, "ada", a_key(1), 3, NOON)
    assert order(store)[0] == str(a_key(1))


def test_what_cant_be_heard_elsewhere_comes_first_among_recent_posts(store: Store) -> None:
    submit(store, 1, karma=80)
    submit(store, 2, karma=80, kind="question")
    assert order(store) == [str(a_key(2)), str(a_key(1))]
    assert "a question: not narrated on LessWrong" in entry(store, 2).why


def test_a_queue_of_many_is_narrated_to_its_end_and_lanes_take_turns(store: Store) -> None:
    for n in range(6):
        submit(store, n, posted_at=NOON - DAY if n < 4 else CLASSIC)
    taken = []
    for minute in range(7):
        with store.begin() as session:
            job = turns.take_next(session, NOON + timedelta(minutes=minute))
            if job is not None:
                taken.append(entry_lane(store, job.key))
                turns.finish(session, job.key)
    assert taken == ["recent", "classic", "recent", "classic", "recent", "recent"]


def entry_lane(store: Store, key: PostKey) -> str:
    with store.begin() as session:
        found = lineup.find(session, key)
    assert found is not None
    return found.lane


def test_a_failed_post_is_tried_again_or_held_for_an_operator_or_refused(store: Store) -> None:
    for n in (1, 2):
        submit(store, n)
    with store.begin() as session:
        job = turns.take_next(session, NOON)
        assert job is not None
        turns.fail(session, job.key, "the forum is away", retry_at=NOON + DAY, for_good=False)
        other = turns.take_next(session, NOON)
        assert other is not None
        assert other.key != job.key
        assert turns.take_next(session, NOON) is None
        again = turns.take_next(session, NOON + DAY)
        assert again is not None
        assert (again.key, again.attempts) == (job.key, 2)
        turns.fail(session, job.key, "the voice broke", retry_at=None, for_good=False)
        turns.fail(session, other.key, "no such post", retry_at=None, for_good=True)
    assert (entry(store, 2).state, entry(store, 2).reason) == ("held", "the voice broke")
    assert entry(store, 1).state == "refused"
    with store.begin() as session:
        assert not candidates.look_again(session, a_candidate(2, karma=70), NOON, POLICY)
        lineup.retry(session, job.key, "op", "mended", NOON)
        anew = turns.take_next(session, NOON)
        assert anew is not None
        assert (anew.key, anew.attempts) == (job.key, 1)


def test_two_workers_never_take_the_same_post(any_url: str) -> None:
    store = open_store(any_url)
    for n in range(20):
        submit(store, n)
    taken: list[PostKey] = []

    def take_all() -> None:
        while True:
            with store.begin() as session:
                job = turns.take_next(session, NOON)
            if job is None:
                return
            taken.append(job.key)

    workers = [threading.Thread(target=take_all) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(taken) == len(set(taken)) == 20
    store.close()


# A sequence


def test_a_sequence_is_one_entry_whose_posts_are_taken_in_its_order(store: Store) -> None:
    sequence = a_candidate(key=PostKey("lesswrong", "sequence-abcdefghjkmnpqrst"), title="A sequence")
    parts = [a_candidate(n) for n in (5, 4, 3)]
    parts[1] = replace(parts[1], recording_url="https://pod.example/4")
    with store.begin() as session:
        assert lineup.submit_sequence(session, sequence, parts, "ada", NOON, POLICY).new
        assert not lineup.submit_sequence(session, sequence, parts, "bea", NOON, POLICY).new
    assert order(store) == [str(sequence.key)]
    assert entry(store, 5).state == "held"
    taken = []
    for minute in range(3):
        with store.begin() as session:
            if job := turns.take_next(session, NOON + timedelta(minutes=minute)):
                taken.append(job.key)
                turns.finish(session, job.key)
    assert taken == [a_key(5), a_key(3)]
    assert order(store) == []


# Moderation


def test_every_act_has_a_way_back_and_is_logged(store: Store) -> None:
    for n in (1, 2, 3):
        submit(store, n)
    before = order(store)
    with store.begin() as session:
        lineup.hold(session, a_key(3), "op", "wait a day", NOON)
        assert lineup.count(session, "held") == 1
        lineup.approve(session, a_key(3), "op", "a day has passed", NOON)
        lineup.remove(session, a_key(2), "op", "spam", NOON)
        lineup.approve(session, a_key(2), "op", "no spam", NOON)
        lineup.reorder(session, a_key(1), 1, "op", "news", NOON)
    assert order(store)[0] == str(a_key(1))
    with store.begin() as session:
        lineup.reorder(session, a_key(1), None, "op", "old news", NOON)
        actions = [n.action for n in list_notes(session, actor="op")]
    assert order(store) == before
    assert actions == ["reorder", "reorder", "approve", "remove", "approve", "hold"]


@pytest.mark.parametrize(("place", "lands_at"), [(1, 1), (2, 2), (3, 3), (5, 5), (99, 5)])
def test_an_entry_is_put_where_the_operator_wants_it(store: Store, place: int, lands_at: int) -> None:
    for n in range(5):
        submit(store, n, karma=40 + n)
    for key in order(store):
        with store.begin() as session:
            lineup.reorder(session, key, place, "op", "because", NOON)
            assert lineup.position(session, key) == lands_at
            lineup.reorder(session, key, None, "op", "back", NOON)


def test_merging_counts_each_voter_once_and_unmerging_loses_nothing(store: Store) -> None:
    for n in (1, 2):
        submit(store, n)
    with store.begin() as session:
        votes.cast(session, "ada", a_key(1), 2, NOON)
        votes.cast(session, "ada", a_key(2), 3, NOON)
        votes.cast(session, "bea", a_key(1), 4, NOON)
        merged = lineup.merge(session, a_key(1), a_key(2), "op", "the same post", NOON)
        assert merged.votes == 7
        assert lineup.submit(session, a_candidate(1), "cy", NOON, POLICY).entry.key == a_key(2)
    assert order(store) == [str(a_key(2))]
    with store.begin() as session:
        lineup.unmerge(session, a_key(1), "op", "not the same", NOON)
    assert (entry(store, 1).votes, entry(store, 2).votes) == (6, 4)


def test_what_was_taken_is_out_of_moderations_reach(store: Store) -> None:
    submit(store, 1)
    with store.begin() as session:
        lineup.take(session, a_key(1), NOON)
        with pytest.raises(VoteClosed):
            lineup.remove(session, a_key(1), "op", "too late", NOON)
        with pytest.raises(NotInQueue):
            lineup.hold(session, a_key(9), "op", "which?", NOON)
        with pytest.raises(UsageError):
            lineup.merge(session, a_key(1), a_key(1), "op", "itself", NOON)


def test_an_operator_asks_without_voting(store: Store) -> None:
    assert submit(store, 1).entry.votes == 0
    assert entry(store, 1).asked_by == OPERATOR
    assert entry(store, 1).why == ("asked for by the operator",)
