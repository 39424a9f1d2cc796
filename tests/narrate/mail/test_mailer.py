"""Mails reach their readers, through a real server or as files; while they can't, they wait; none is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.checkup import Finding, check_up
from narrate.mail import Mailer, Message, open_mailer
from narrate.mail.message import compose, one_line
from narrate.mail.outbox import Outbox
from narrate.mail.smtp import SmtpServer
from narrate.settings import read_settings
from narrate.store import Store, mails, open_store
from tests.mail_server import Taken, mail_server

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HELLO = Message(to="ana@example.org", subject="Ready: Über Uhren", text="It is ready.\n.\nTo be heard – now.\n")


class Now:
    at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.close()


def by_server(store: Store, port: int, now: Now) -> Mailer:
    server = SmtpServer("127.0.0.1", port, "none", None, None, timeout_s=5)
    return Mailer(store, server, sender="narrate@podcast.example", sender_name='LessWrong, "narrated"', now=now)


def queue(store: Store, mailer: Mailer, message: Message = HELLO) -> str:
    with store.begin() as session:
        return mailer.enqueue(session, message)


def states(store: Store) -> dict[str, int]:
    with store.begin() as session:
        return mails.count_by_state(session)


def test_a_mail_arrives_through_a_server_as_it_was_written(store: Store, now: Now) -> None:
    with mail_server() as taken:
        mailer = by_server(store, taken.port, now)
        mail_id = queue(store, mailer)
        assert mailer.deliver_due() == 1
    (mail,) = taken.mails
    assert taken.envelopes == [("narrate@podcast.example", "ana@example.org")]
    assert mail["Subject"] == "Ready: Über Uhren"
    assert mail["From"] == "\"LessWrong, 'narrated'\" <narrate@podcast.example>"
    assert mail["Message-ID"] == f"<{mail_id}@podcast.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == HELLO.text


def test_a_sent_mails_row_keeps_neither_address_nor_text(store: Store, now: Now, tmp_path: Path) -> None:
    mailer = Mailer(store, Outbox(tmp_path / "out"), sender="n@x.example", sender_name="n", now=now)
    mailer.send(HELLO)
    assert states(store) == {"sent": 1}
    with store.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT recipient, document FROM mails").one()
    assert tuple(row) == (None, None)


def test_while_the_server_is_down_mails_wait_and_then_all_arrive_once(store: Store, now: Now) -> None:
    with mail_server() as taken:
        port = taken.port
    mailer = by_server(store, port, now)
    for n in range(3):
        queue(store, mailer, Message(to=f"m{n}@example.org", subject="s", text="t"))
    assert mailer.deliver_due() == 0
    assert states(store) == {"waiting": 3}
    now.at += timedelta(seconds=30)
    with mail_server(port) as taken:
        assert mailer.deliver_due() == 0  # not yet: a pause is a pause
        now.at += timedelta(seconds=31)
        assert mailer.deliver_due() == 3
    assert sorted(to for _, to in taken.envelopes) == ["m0@example.org", "m1@example.org", "m2@example.org"]
    assert states(store) == {"sent": 3}


@pytest.mark.parametrize("answer", [b"451 later", b"421 busy"])
def test_a_server_that_says_later_is_asked_later(store: Store, now: Now, answer: bytes) -> None:
    with mail_server() as taken:
        taken.answer_to_data = answer
        mailer = by_server(store, taken.port, now)
        queue(store, mailer)
        assert (mailer.deliver_due(), states(store)) == (0, {"waiting": 1})
        taken.answer_to_data = b"250 taken"
        now.at += timedelta(minutes=2)
        assert (mailer.deliver_due(), states(store)) == (1, {"sent": 1})


@pytest.mark.parametrize("never", ["answer_to_data", "answer_to_recipient"])
def test_a_server_that_says_never_is_believed_and_an_operator_can_try_again(store: Store, now: Now, never: str) -> None:
    with mail_server() as taken:
        setattr(taken, never, b"550 no such mailbox")
        mailer = by_server(store, taken.port, now)
        mail_id = queue(store, mailer)
        assert (mailer.deliver_due(), states(store)) == (0, {"failed": 1})
        with store.begin() as session:
            ((failed_id, to, error),) = mails.list_failed(session)
        assert (failed_id, to) == (mail_id, "ana@example.org")
        assert "no such mailbox" in error
        setattr(taken, never, b"250 fine")
        with store.begin() as session:
            assert mails.retry_failed(session, now()) == 1
        assert (mailer.deliver_due(), len(taken.mails)) == (1, 1)


def test_after_three_days_of_trying_a_mail_has_failed_and_is_still_there(store: Store, now: Now) -> None:
    with mail_server() as taken:
        taken.answer_to_data = b"451 later"
        mailer = by_server(store, taken.port, now)
        queue(store, mailer)
        hours = 0
        while states(store) == {"waiting": 1}:
            mailer.deliver_due()
            now.at += timedelta(hours=1)
            hours += 1
    assert states(store) == {"failed": 1}
    assert 60 < hours < 100


def test_a_crash_before_our_row_knows_repeats_the_mail_under_the_same_id(store: Store, now: Now) -> None:
    with mail_server() as taken:
        taken.hang_up_after_data = True  # the server took it, and we never heard
        mailer = by_server(store, taken.port, now)
        queue(store, mailer)
        assert mailer.deliver_due() == 0
        taken.hang_up_after_data = False
        now.at += timedelta(minutes=2)
        assert mailer.deliver_due() == 1
    first, second = taken.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_what_a_dead_sender_held_is_sent_by_the_next_one_and_meanwhile_by_nobody(store: Store, now: Now) -> None:
    with mail_server() as taken:
        mailer = by_server(store, taken.port, now)
        queue(store, mailer)
        with store.begin() as session:
            assert mails.take_due(session, now()) is not None  # and then it died
        assert by_server(store, taken.port, now).deliver_due() == 0
        now.at += timedelta(minutes=5)
        assert by_server(store, taken.port, now).deliver_due() == 1


def test_a_mail_of_no_more_use_is_dropped_instead_of_sent_late(store: Store, now: Now) -> None:
    with mail_server() as taken:
        mailer = by_server(store, taken.port, now)
        queue(
            store, mailer, Message(to="a@example.org", subject="s", text="t", expires_at=START + timedelta(minutes=15))
        )
        now.at += timedelta(minutes=15)
        assert (mailer.deliver_due(), states(store)) == (0, {"expired": 1})


def test_a_clock_that_was_days_ahead_for_a_while_holds_no_mail_back(store: Store, now: Now) -> None:
    with mail_server() as taken:
        mailer = by_server(store, taken.port, now)
        now.at += timedelta(days=400)
        queue(store, mailer)
        now.at = START
        assert mailer.deliver_due() == 1


def test_a_mail_belongs_to_the_transaction_it_was_queued_in(store: Store, now: Now, tmp_path: Path) -> None:
    mailer = Mailer(store, Outbox(tmp_path / "out"), sender="n@x.example", sender_name="n", now=now)

    def queue_and_fail() -> None:
        with store.begin() as session:
            mailer.enqueue(session, HELLO)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        queue_and_fail()
    mailer.wake()
    assert states(store) == {}


def test_a_server_is_served_by_a_thread_that_ends_when_told(store: Store, now: Now) -> None:
    with mail_server() as taken:
        mailer = by_server(store, taken.port, now)
        mailer.send(HELLO)
        wait_for(taken, 1)
        mailer.send(HELLO)
        wait_for(taken, 2)
        mailer.close()
        assert mailer._thread is not None
        assert not mailer._thread.is_alive()


def wait_for(taken: Taken, n_mails: int) -> None:
    deadline = time.monotonic() + 60
    while len(taken.mails) < n_mails:
        assert time.monotonic() < deadline, "the mail didn't come"
        time.sleep(0.01)


# Files


def test_the_outbox_gets_one_readable_file_a_mail_for_its_owner_alone(tmp_path: Path, store: Store, now: Now) -> None:
    mailer = open_mailer(read_settings(home=tmp_path, public_url="https://podcast.example.org"), store, now)
    long_link = "https://podcast.example.org/" + "x" * 200
    mailer.send(Message(to="ana@example.org", subject="s", text=f"Here:\n\n{long_link}\n"))
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert long_link in file.read_text()
    assert "narrate@podcast.example.org" in file.read_text()


def test_delivering_into_the_outbox_twice_leaves_one_file(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    mail = compose(HELLO, sender="n@x.example", sender_name="n", mail_id="one", at=START)
    outbox.deliver(mail, "one")
    outbox.deliver(mail, "one")
    assert [file.name for file in tmp_path.iterdir()] == ["one.eml"]


def test_an_outbox_that_cant_be_written_keeps_the_mail_waiting(tmp_path: Path, store: Store, now: Now) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    mailer = Mailer(store, Outbox(tmp_path / "outbox"), sender="n@x.example", sender_name="n", now=now)
    mailer.send(HELLO)
    assert states(store) == {"waiting": 1}
    (tmp_path / "outbox").unlink()
    now.at += timedelta(minutes=2)
    assert mailer.deliver_due() == 1


# Headers


@pytest.mark.parametrize("field", ["to", "header", "name"])
def test_a_line_break_in_a_header_is_refused(field: str) -> None:
    evil = "x\r\nBcc: all@example.org"
    with pytest.raises(ValueError, match="line break"):
        Message(
            to=evil if field == "to" else "a@example.org",
            subject="s",
            text="t",
            headers={"X-N" + (evil if field == "name" else ""): evil if field == "header" else "v"},
        )


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_title_and_no_name_can_add_a_header(subject: str, name: str) -> None:
    message = Message(to="a@example.org", subject=subject, text="t")
    mail = compose(message, sender="n@x.example", sender_name=name, mail_id="one", at=START)
    assert len(one_line(subject).splitlines()) <= 1
    head = mail.as_bytes().partition(b"\r\n\r\n")[0].decode("ascii")
    names = [line.partition(":")[0] for line in head.split("\r\n") if line[:1] not in " \t"]
    assert names == ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
                     "Content-Transfer-Encoding", "MIME-Version"]  # fmt: skip


# The doctor's look


def test_the_doctor_says_how_mail_leaves_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    def found(**settings: object) -> Finding:
        return next(f for f in check_up(read_settings(home=tmp_path, **settings)) if f.what == "mail")

    assert found().ok
    assert "outbox" in found().found
    assert "NARRATE_SMTP_HOST" in found(public_url="https://podcast.example.org").todo
    with mail_server() as taken:
        server = {"smtp_host": "127.0.0.1", "smtp_port": taken.port}
        assert found(**server, smtp_security="none").ok
        encrypted = found(**server)
        assert "NARRATE_SMTP_SECURITY" in encrypted.todo  # it can't encrypt, and we never go on in plain
        assert taken.mails == []
    assert not found(**server, smtp_security="none").ok
