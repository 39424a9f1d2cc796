"""Being told: each voter of a finished post once, whatever crashes; digests once a day; webhooks signed and retried."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, quote_plus

import pytest

from narrate import notify
from narrate.errors import MailUnavailable
from narrate.guarded import GuardedClient
from narrate.home import Home, open_home
from narrate.mail import Mailer, Message
from narrate.mail.mailer import Transport
from narrate.records import PostKey
from narrate.seals import open_seals
from narrate.settings import read_settings
from narrate.store import Store, candidates, lineup, members, open_store, votes, webhooks
from narrate.store.sites import MAIN
from narrate.store.tables import NoticeRow, QueueRow
from narrate.store.withdrawals import withdraw
from narrate.work.caretaker import Caretaker
from narrate.work.signing import sign
from tests.candidates import NOON, a_candidate, a_key
from tests.visiting import Clock

URL = "https://pod.example"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = read_settings(home=tmp_path / "home", public_url=URL, show_title="The Show")
    with open_home(settings) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def caretaker(home: Home, clock: Clock) -> Iterator[Caretaker]:
    made = Caretaker(home, now=clock)
    yield made
    made.close()


def arrive(store: Store, name: str, notify_how: members.Notify = "at_once") -> str:
    with store.begin() as session:
        member = members.arrive(session, f"{name}@example.org", f"{name}@example.org", NOON, f"hash of {name}")
        members.set_notify(session, member.id, notify_how)
    return member.id


def wish(store: Store, n: int, *voters: str) -> PostKey:
    """A post in the queue with a vote of each of these."""
    with store.begin() as session:
        for voter in voters:
            lineup.submit(session, a_candidate(n), voter, NOON, read_settings())
    return a_key(n)


def finish(store: Store, *keys: PostKey) -> None:
    with store.begin() as session:
        for key in keys:
            session.get_one(QueueRow, str(key)).state = "done"


def mails(home: Home) -> list[EmailMessage]:
    files = sorted((home.settings.home / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


def test_each_voter_of_a_finished_post_is_told_once(home: Home, caretaker: Caretaker) -> None:
    ada, bea = arrive(home.store, "ada"), arrive(home.store, "bea")
    key = wish(home.store, 1, ada, bea)
    assert caretaker.tell_voters() == 0
    finish(home.store, key)
    assert caretaker.tell_voters() == 2
    assert caretaker.tell_voters() == 0
    assert sorted(mail["To"] for mail in mails(home)) == ["ada@example.org", "bea@example.org"]
    mail = mails(home)[0]
    assert mail["Subject"] == f"Now to hear: {a_candidate(1).title}"
    assert f"{URL}/episodes/{key}" in mail.get_content()


def test_a_mail_has_a_way_out_that_takes_one_click(home: Home, caretaker: Caretaker) -> None:
    ada = arrive(home.store, "ada")
    finish(home.store, wish(home.store, 1, ada))
    caretaker.tell_voters()
    (mail,) = mails(home)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    code = (
        str(mail["List-Unsubscribe"]).replace("\n", "").replace(" ", "").strip("<>").removeprefix(f"{URL}/unsubscribe/")
    )
    seals = open_seals(home.settings.home)
    assert notify.may_unsubscribe(seals, code) == ada
    assert notify.may_unsubscribe(seals, code[:-1] + ("0" if code[-1] != "0" else "1")) is None
    assert notify.may_unsubscribe(seals, f"someoneelse.{code.partition('.')[2]}") is None


def test_who_took_the_votes_back_deleted_the_account_or_was_banned_isnt_mailed(
    home: Home, caretaker: Caretaker
) -> None:
    back, gone, banned, asker = (arrive(home.store, name) for name in ("back", "gone", "banned", "asker"))
    key = wish(home.store, 1, asker, back, gone, banned)
    with home.store.begin() as session:
        votes.cast(session, back, key, 0, NOON)
        members.remove(session, gone, NOON, [])
        members.set_banned(session, banned, True)
    finish(home.store, key)
    caretaker.tell_voters()
    assert [mail["To"] for mail in mails(home)] == ["asker@example.org"]


def test_who_wants_no_mail_gets_none_for_it_later_either(home: Home, caretaker: Caretaker) -> None:
    ada = arrive(home.store, "ada", "never")
    finish(home.store, wish(home.store, 1, ada))
    caretaker.tell_voters()
    with home.store.begin() as session:
        members.set_notify(session, ada, "at_once")
    assert caretaker.tell_voters() == 0
    assert mails(home) == []


def test_a_digest_is_one_mail_a_day_with_everything_since_the_last(
    home: Home, caretaker: Caretaker, clock: Clock
) -> None:
    ada = arrive(home.store, "ada", "digest")
    finish(home.store, wish(home.store, 1, ada), wish(home.store, 2, ada))
    caretaker.tell_voters()
    assert caretaker.send_digests() == 0
    clock.at = (NOON + timedelta(days=1)).replace(hour=notify.DIGEST_HOUR, minute=1)
    assert caretaker.send_digests() == 1
    assert caretaker.send_digests() == 0
    (mail,) = mails(home)
    assert mail["Subject"] == "Now to hear: 2 posts you asked for"
    assert all(f"/episodes/{a_key(n)}" in mail.get_content() for n in (1, 2))
    clock.move(days=1)
    assert caretaker.send_digests() == 0


def test_whatever_a_step_meets_the_others_have_their_turn(
    home: Home, caretaker: Caretaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(home.store, wish(home.store, 1, arrive(home.store, "ada")))

    def breaks() -> int:
        raise KeyError("nobody expected that")

    monkeypatch.setattr(caretaker, "index_texts", breaks)
    caretaker.go_round()
    assert len(mails(home)) == 1


@pytest.mark.parametrize(
    ("at", "before"),
    [("2026-11-25T06:59", "2026-11-24T07:00"), ("2026-11-25T07:00", "2026-11-25T07:00"),
     ("2026-11-25T23:59", "2026-11-25T07:00"), ("2026-01-01T00:00", "2025-12-31T07:00")],
)  # fmt: skip
def test_the_daily_mail_is_due_at_seven(at: str, before: str) -> None:
    utc = "+00:00"
    assert notify.digest_before(datetime.fromisoformat(at + utc)) == datetime.fromisoformat(before + utc)


def test_a_crash_between_row_and_mail_loses_neither_and_tells_nobody_twice(
    home: Home, caretaker: Caretaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    voters = [arrive(home.store, f"voter{n}") for n in range(5)]
    finish(home.store, wish(home.store, 1, *voters))
    written = 0
    real = Mailer.enqueue

    def breaks(self: Mailer, session: Any, message: Message) -> str:
        nonlocal written
        written += 1
        if written == 3:
            raise MailUnavailable("struck by lightning")
        return real(self, session, message)

    monkeypatch.setattr(Mailer, "enqueue", breaks)
    with pytest.raises(MailUnavailable):
        caretaker.tell_voters()
    assert mails(home) == []
    monkeypatch.setattr(Mailer, "enqueue", real)
    assert caretaker.tell_voters() == 5
    assert len({mail["To"] for mail in mails(home)}) == len(mails(home)) == 5


class Broken:
    """A mail server that is down."""

    is_local = True

    def deliver(self, mail: EmailMessage, mail_id: str) -> None:
        raise MailUnavailable("nobody there")


def test_a_mail_server_that_is_down_delays_and_loses_nothing(home: Home, clock: Clock) -> None:
    ada = arrive(home.store, "ada")
    finish(home.store, wish(home.store, 1, ada))
    broken: Transport = Broken()
    first = Caretaker(
        home, mailer=Mailer(home.store, broken, sender="n@pod.example", sender_name="N", now=clock), now=clock
    )
    first.go_round()
    first.close()
    assert mails(home) == []
    clock.move(hours=1)
    second = Caretaker(home, now=clock)  # a new process, with the server up again
    second.go_round()
    second._mailer.deliver_due()
    second.close()
    assert [mail["To"] for mail in mails(home)] == ["ada@example.org"]


def test_two_processes_at_once_tell_nobody_twice(any_url: str, tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path / "home", public_url=URL, database_url=any_url)
    store = open_store(any_url)
    voters = [arrive(store, f"voter{n}") for n in range(40)]
    finish(store, wish(store, 1, *voters), wish(store, 2, *voters[:20]))
    store.close()
    with ExitStack() as stack:
        homes = [stack.enter_context(open_home(settings)) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            told = list(pool.map(lambda home: Caretaker(home, now=lambda: NOON).tell_voters(), homes))
    assert sum(told) == 60
    with open_home(settings) as home:
        sent = [(mail["To"], mail["Subject"]) for mail in mails(home)]
        assert len(sent) == len(set(sent)) == 60


def test_a_sequence_is_told_of_when_its_last_post_can_be_heard(home: Home, caretaker: Caretaker) -> None:
    ada = arrive(home.store, "ada")
    parts = [a_candidate(n) for n in (2, 3)]
    sequence = a_candidate(1, key=PostKey("lesswrong", "sequence-abc"), title="A sequence of 2 posts")
    with home.store.begin() as session:
        lineup.submit_sequence(session, sequence, parts, ada, NOON, home.settings)
        session.get_one(QueueRow, str(sequence.key)).state = "done"
        session.get_one(QueueRow, str(parts[1].key)).state = "taken"
    assert caretaker.tell_voters() == 0
    finish(home.store, parts[1].key)
    assert caretaker.tell_voters() == 1


# Webhooks


class Receiver(ThreadingHTTPServer):
    seen: list[tuple[dict[str, str], bytes]]
    status = 200


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver(("127.0.0.1", 0), Handler)
    running.seen = []
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def calling(home: Home, clock: Clock, receiver: Receiver) -> Iterator[Caretaker]:
    """A caretaker that may call 127.0.0.1, and a webhook there."""
    with home.store.begin() as session:
        webhooks.add(session, f"http://127.0.0.1:{receiver.server_port}/hook", "op", clock())
    made = Caretaker(home, client=GuardedClient("test", allow=lambda address: address == "127.0.0.1"), now=clock)
    yield made
    made.close()


def test_what_happens_is_sent_once_and_signed(home: Home, calling: Caretaker, receiver: Receiver) -> None:
    key = wish(home.store, 1, arrive(home.store, "ada"))
    assert calling.call_webhooks() == 1
    assert calling.call_webhooks() == 0
    ((headers, body),) = receiver.seen
    told = json.loads(body)
    assert (told["type"], told["data"]["key"]) == ("post.submitted", str(key))
    with home.store.begin() as session:
        (hook,) = webhooks.list_webhooks(session)
    signature = sign(hook.secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert hook.counts == {"delivered": 1}


def test_the_signature_is_the_standards() -> None:
    """The example of the Standard Webhooks specification."""
    secret, message_id, stamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
    assert sign(secret, message_id, stamp, b'{"test": 2432232314}') == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_in_trouble_is_called_again_with_the_same_id(
    home: Home, calling: Caretaker, receiver: Receiver, clock: Clock
) -> None:
    wish(home.store, 1, arrive(home.store, "ada"))
    receiver.status = 503
    assert calling.call_webhooks() == 0
    assert calling.call_webhooks() == 0  # not due yet
    assert len(receiver.seen) == 1
    receiver.status = 200
    clock.move(minutes=1)
    assert calling.call_webhooks() == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.seen}) == 1


def test_a_receiver_that_stays_down_is_given_up_and_may_be_tried_again_by_hand(
    home: Home, calling: Caretaker, receiver: Receiver, clock: Clock
) -> None:
    wish(home.store, 1, arrive(home.store, "ada"))
    receiver.status = 500
    for _ in range(12):
        calling.call_webhooks()
        clock.move(days=2)
    with home.store.begin() as session:
        (hook,) = webhooks.list_webhooks(session)
        assert (hook.counts, hook.last_error) == ({"failed": 1}, "it answered 500")
        assert webhooks.retry_failed(session, clock()) == 1
    receiver.status = 200
    assert calling.call_webhooks() == 1


def test_a_webhook_into_a_private_network_is_never_called(home: Home, caretaker: Caretaker, clock: Clock) -> None:
    with home.store.begin() as session:
        webhooks.add(session, "http://169.254.169.254/latest", "op", clock())
    wish(home.store, 1, arrive(home.store, "ada"))
    assert caretaker.call_webhooks() == 0
    with home.store.begin() as session:
        (hook,) = webhooks.list_webhooks(session)
    assert hook.counts == {"failed": 1}
    assert "public internet" in (hook.last_error or "")


def test_what_was_before_a_webhook_isnt_sent_to_it(
    home: Home, calling: Caretaker, receiver: Receiver, clock: Clock
) -> None:
    with home.store.begin() as session:
        candidates.note_found(session, a_candidate(9), NOON - timedelta(days=1), home.settings)
    wish(home.store, 1, arrive(home.store, "ada"))
    clock.move(minutes=5)
    with home.store.begin() as session:
        withdraw(session, a_key(1), "its author asked", clock())
    calling.call_webhooks()
    assert [json.loads(body)["type"] for _, body in receiver.seen] == ["post.withdrawn"]


def test_a_withdrawn_post_leaves_no_notice(home: Home, caretaker: Caretaker) -> None:
    key = wish(home.store, 1, arrive(home.store, "ada"))
    finish(home.store, key)
    caretaker.tell_voters()
    with home.store.begin() as session:
        withdraw(session, key, "its author asked", NOON)
        assert session.query(NoticeRow).count() == 0


class Hubs:
    """A client that notes what it is asked for; a hub that is `down` refuses."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes | None, dict[str, str]]] = []
        self.status = 204

    def request(self, method: str, url: str, *, content: bytes | None, headers: dict[str, str]) -> Any:
        self.asked.append((method, url, content, headers))
        return SimpleNamespace(status=self.status)

    def close(self) -> None: ...


def test_hubs_are_told_once_of_every_feed_that_changed(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path, public_url=URL, websub_hub="https://hub.example/", podping_token="s3")
    hubs = Hubs()
    with open_home(settings) as home:
        caretaker = Caretaker(home, client=hubs)  # type: ignore[arg-type]
        assert caretaker.tell_hubs() == 0
        home.publish(MAIN)
        hubs.status = 503  # it is a courtesy: what fails isn't repeated
        assert caretaker.tell_hubs() == 1
        assert [(m, u) for m, u, _, _ in hubs.asked] == [
            ("POST", "https://hub.example"),
            ("GET", f"https://podping.cloud/?url={quote_plus(f'{URL}/feed.xml')}&reason=update&medium=podcast"),
        ]
        assert parse_qs((hubs.asked[0][2] or b"").decode())["hub.url"] == [f"{URL}/feed.xml"]
        assert hubs.asked[1][3] == {"Authorization": "s3"}
        assert caretaker.tell_hubs() == 0
        home.publish(MAIN, base_url="https://moved.example")
        assert caretaker.tell_hubs() == 1
        feed = (tmp_path / "site" / "feed.xml").read_text("utf-8")
        assert '<atom:link rel="hub" href="https://hub.example"' in feed
        assert "usesPodping" in feed
        caretaker.close()
