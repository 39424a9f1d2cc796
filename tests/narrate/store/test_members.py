"""Accounts and their secrets in the rows, on both databases, also when many come at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from narrate.errors import LessWrongTaken
from narrate.store import Store, mails, members, open_store, passkeys, sessions
from narrate.store.sessions import LoginLink

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(any_url: str) -> Iterator[Store]:
    opened = open_store(any_url)
    yield opened
    opened.close()


def arrive(store: Store, name: str = "ana") -> members.Member:
    with store.begin() as session:
        return members.arrive(session, f"{name}@example.org", f"{name}@example.org", AT, f"hash of {name}")


def at_once(n: int, act: Callable[[int], object]) -> list[object]:
    """What `act` returns (or raises) for 0 to n - 1, all started together."""
    found: list[object] = [None] * n
    barrier = threading.Barrier(n)

    def run(i: int) -> None:
        barrier.wait()
        try:
            found[i] = act(i)
        except Exception as error:
            found[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_an_address_that_arrives_in_many_places_at_once_is_one_member(store: Store) -> None:
    found = at_once(8, lambda _: arrive(store).id)
    assert len(set(map(str, found))) == 1
    with store.begin() as session:
        assert members.count_members(session) == 1


def test_one_link_spent_by_many_at_once_lets_one_in(store: Store) -> None:
    with store.begin() as session:
        secret = sessions.make_link(session, LoginLink(email="a@x", email_folded="a@x", next_path="/"), AT, DAY)

    def spend(_: int) -> bool:
        with store.begin() as session:
            return sessions.spend_link(session, secret, AT) is not None

    assert sorted(map(str, at_once(8, spend))) == ["False"] * 7 + ["True"]


def test_a_passkeys_question_answered_by_many_at_once_counts_once(store: Store) -> None:
    member = arrive(store)
    with store.begin() as session:
        passkeys.ask(session, b"question", member.id, AT)

    def answer(_: int) -> bool:
        with store.begin() as session:
            return passkeys.is_asked(session, b"question", member.id, AT)

    assert sorted(map(str, at_once(8, answer))) == ["False"] * 7 + ["True"]


@pytest.mark.parametrize(("who", "later", "counts"), [
    ("ana", timedelta(minutes=4), True),
    ("ana", timedelta(minutes=6), False),
    ("ana", timedelta(minutes=-6), False),
    (None, timedelta(0), False),
])  # fmt: skip
def test_a_passkeys_answer_counts_for_its_own_purpose_and_soon(
    store: Store, who: str | None, later: timedelta, counts: bool
) -> None:
    member = arrive(store)
    with store.begin() as session:
        passkeys.ask(session, b"question", member.id, AT)
    with store.begin() as session:
        assert passkeys.is_asked(session, b"question", member.id if who else None, AT + later) == counts
    with store.begin() as session:
        assert not passkeys.is_asked(session, b"question", member.id, AT)


def test_many_senders_send_each_mail_once(store: Store) -> None:
    with store.begin() as session:
        for n in range(20):
            mails.add(session, f"m{n}@example.org", {}, AT, None)
    taken: list[str] = []

    def send(_: int) -> None:
        while True:
            with store.begin() as session:
                mail = mails.take_due(session, AT)
            if mail is None:
                return
            taken.append(mail.id)
            with store.begin() as session:
                mails.sent(session, mail.id)

    assert at_once(4, send) == [None] * 4
    assert len(taken) == len(set(taken)) == 20


def test_one_lesswrong_account_claimed_by_many_at_once_is_ones(store: Store) -> None:
    ids = [arrive(store, f"m{n}").id for n in range(6)]

    def bind(n: int) -> str:
        with store.begin() as session:
            members.bind_lesswrong(session, ids[n], "lw", "Ana", AT, "hash of lw")
        return "bound"

    found = at_once(6, bind)
    assert found.count("bound") == 1
    assert all(isinstance(error, LessWrongTaken) for error in found if error != "bound")


def test_a_members_code_is_one_whoever_asks_first(store: Store) -> None:
    member = arrive(store)

    def ask(_: int) -> str:
        with store.begin() as session:
            return members.proof_code(session, member.id, AT)

    assert len(set(map(str, at_once(6, ask)))) == 1


def test_sweeping_drops_what_ended_days_ago_and_nothing_else(store: Store) -> None:
    member = arrive(store)
    with store.begin() as session:
        link = LoginLink(email="a@x", email_folded="a@x", next_path="/")
        sessions.make_link(session, link, AT - 3 * DAY, DAY)
        fresh = sessions.make_link(session, link, AT - DAY / 2, DAY)
        secret = sessions.open_session(session, member.id, "d", AT - 8 * DAY, 2 * DAY)
        members.sweep(session, AT)
    with store.begin() as session:
        assert sessions.count_links(session, "a@x", AT - 30 * DAY) == 1
        assert sessions.find_link(session, fresh, AT) == link
        # a clock that was wrong: the session has ended, but is there when the clock is right again
        assert sessions.member_of_session(session, secret, AT, DAY, DAY) is None
        assert sessions.member_of_session(session, secret, AT - 7 * DAY, DAY, 9 * DAY) == member
        members.sweep(session, AT + 9 * DAY)
    with store.begin() as session:
        assert sessions.count_links(session, "a@x", AT - 30 * DAY) == 0


def test_ids_and_codes_cant_be_guessed_and_survive_an_editor() -> None:
    ids = {members.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(i) == 26 and i.isalnum() and i == i.lower() for i in ids)
