"""What happened, read from the rows, is to be sent once to each webhook, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from narrate.errors import UsageError
from narrate.settings import Settings
from narrate.store import lineup, members, notices, open_store, webhooks
from narrate.store.tables import QueueRow
from narrate.store.withdrawals import withdraw
from tests.candidates import NOON, a_candidate, a_key


def test_each_event_waits_once_for_each_webhook_until_delivered(any_url: str) -> None:
    store = open_store(any_url)
    with store.begin() as session:
        for n in range(2):
            webhooks.add(session, f"https://example.org/{n}", "op", NOON)
        lineup.submit(session, a_candidate(1), "ada", NOON, Settings())
        session.flush()
        assert webhooks.note_events(session, NOON) == 2
        assert webhooks.note_events(session, NOON) == 0
        first = webhooks.take_due(session, NOON, NOON + timedelta(minutes=2))
        second = webhooks.take_due(session, NOON, NOON + timedelta(minutes=2))
        assert first is not None
        assert second is not None
        assert first.webhook_id != second.webhook_id
        assert webhooks.take_due(session, NOON, NOON) is None  # both are somebody's
        webhooks.delivered(session, first)
        webhooks.failed(session, second, "it answered 500", NOON + timedelta(minutes=1))
        again = webhooks.take_due(session, NOON + timedelta(minutes=3), NOON + timedelta(minutes=5))
        assert again is not None
        assert (again.id, again.attempts) == (second.id, 2)
        withdraw(session, a_key(1), "its author asked", NOON)
        assert webhooks.note_events(session, NOON) == 2
    with store.begin() as session:
        hook = webhooks.list_webhooks(session)[0]
        webhooks.remove(session, hook.id, "op", NOON)
        assert [h.id for h in webhooks.list_webhooks(session)] != [hook.id]
    store.close()


def test_there_are_never_too_many_webhooks() -> None:
    store = open_store("sqlite://")
    with store.begin() as session:
        for n in range(20):
            webhooks.add(session, f"https://example.org/{n}", "op", NOON)
        session.flush()
        with pytest.raises(UsageError, match="Remove one first"):
            webhooks.add(session, "https://example.org/more", "op", NOON)
    store.close()


def test_digests_gather_by_member(any_url: str) -> None:
    store = open_store(any_url)
    with store.begin() as session:
        for name in ("ada", "bea"):
            member = members.arrive(session, f"{name}@example.org", f"{name}@example.org", NOON, f"hash {name}")
            members.set_notify(session, member.id, "digest")
            for n in (1, 2):
                lineup.submit(session, a_candidate(n), member.id, NOON, Settings())
        for n in (1, 2):
            session.get_one(QueueRow, str(a_key(n))).state = "done"
        session.flush()
        assert notices.take_due(session, NOON) == ([], 4)
        told = notices.take_digests(session, NOON + timedelta(days=1), NOON + timedelta(days=1))
        assert sorted((some[0].email, len(some)) for some in told) == [("ada@example.org", 2), ("bea@example.org", 2)]
        assert notices.take_digests(session, NOON + timedelta(days=2), NOON + timedelta(days=2)) == []
    store.close()
