"""Waiting rows -> delivered mails. A mail that can't be delivered now waits in its row; none is lost.

To files it goes once, whatever happens. To a server it goes at least once: a crash between the server's yes and our row
sends it again, under the same Message-ID.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from sqlalchemy.orm import Session

from narrate.errors import MailError, NarrateError
from narrate.mail.message import Message, compose
from narrate.mail.outbox import Outbox
from narrate.mail.smtp import SmtpServer
from narrate.settings import Settings
from narrate.store import Store, mails

_log = structlog.get_logger(__name__)

#: Pauses between tries; after the last one the mail has failed, and an operator sees it.
_PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440, 1440))
_IDLE_S = 30.0


class Transport(Protocol):
    """A way out. `is_local`: it neither waits nor fails like a network, so mails leave within `send`."""

    is_local: bool

    def deliver(self, mail: EmailMessage, mail_id: str) -> None:
        """Raises MailError; a retryable one is tried again."""


class Mailer:
    """Sends what is in the rows. Safe for threads and for several processes on one database."""

    def __init__(
        self,
        store: Store,
        transport: Transport,
        *,
        sender: str,
        sender_name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._transport, self._now = store, transport, now
        self._sender, self._sender_name = sender, sender_name
        self._waker, self._closing = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def send(self, message: Message) -> None:
        """Put a mail into the rows and see to it that it leaves soon."""
        with self._store.begin() as session:
            self.enqueue(session, message)
        self.wake()

    def enqueue(self, session: Session, message: Message) -> str:
        """Put a mail into the rows, in a transaction of the caller's; call `wake` after it. The mail's id."""
        return mails.add(session, message.to, message.to_json(), self._now(), message.expires_at)

    def wake(self) -> None:
        """There is something to send: here and now if that is quick, else by a thread that starts when first needed."""
        if self._transport.is_local:
            self.deliver_due()
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="mailer")
            self._thread.start()
        self._waker.set()

    def deliver_due(self) -> int:
        """Deliver every mail that is due; how many left."""
        n_sent = 0
        while not self._closing.is_set():
            with self._store.begin() as session:
                mail = mails.take_due(session, self._now())
            if mail is None:
                return n_sent
            n_sent += self._deliver(mail)
        return n_sent

    def close(self) -> None:
        """End the thread; what waits stays in its rows for the next start."""
        self._closing.set()
        self._waker.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _deliver(self, mail: mails.WaitingMail) -> bool:
        message = Message(to=mail.recipient, **mail.document)
        whole = compose(message, sender=self._sender, sender_name=self._sender_name, mail_id=mail.id, at=mail.made_at)
        try:
            self._transport.deliver(whole, mail.id)
        except MailError as error:
            last = not error.retryable or mail.attempts > len(_PAUSES)
            retry_at = None if last else self._now() + _PAUSES[mail.attempts - 1]
            _log.warning("mail not sent", mail=mail.id, attempts=mail.attempts, error=str(error), retry_at=retry_at)
            with self._store.begin() as session:
                mails.failed(session, mail.id, str(error), retry_at)
            return False
        with self._store.begin() as session:
            mails.sent(session, mail.id)
        return True

    def _run(self) -> None:
        while not self._closing.is_set():
            self._waker.clear()
            try:
                self.deliver_due()
            except NarrateError as error:  # the database is busy or the disk full: the rows are still there
                _log.warning("mails wait", error=str(error))
            self._waker.wait(_IDLE_S)


def open_mailer(settings: Settings, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Mailer:
    """The mailer the settings ask for: a server, or files in the data folder's outbox."""
    transport: Transport = smtp_server(settings) or Outbox(settings.home / "outbox")
    sender = settings.mail_from or f"narrate@{urlsplit(settings.public_url).hostname or 'localhost'}"
    return Mailer(store, transport, sender=sender, sender_name=settings.show_title, now=now)


def smtp_server(settings: Settings) -> SmtpServer | None:
    """The mail server of the settings, None when none is set."""
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return SmtpServer(settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, password)
