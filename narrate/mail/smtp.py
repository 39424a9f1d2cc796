"""A mail -> a mail server (SMTP, RFC 5321), with the line encrypted as the settings say."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Literal

from narrate.errors import MailRefused, MailUnavailable

_TIMEOUT_S = 30.0


class SmtpServer:
    """Delivers through one server, a connection a mail: they are few."""

    is_local = False

    def __init__(
        self,
        host: str,
        port: int,
        security: Literal["starttls", "tls", "none"],
        user: str | None,
        password: str | None,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._host, self._port, self._security = host, port, security
        self._user, self._password, self._timeout_s = user, password, timeout_s

    def deliver(self, mail: EmailMessage, mail_id: str) -> None:
        """Hand a mail over. Raises MailRefused where trying again can't help, MailUnavailable where it may."""
        with self._explained(), self._connected() as server:
            server.send_message(mail)

    def check(self) -> None:
        """Connect and sign in, and send nothing. Raises MailError."""
        with self._explained(), self._connected() as server:
            server.noop()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            raise MailUnavailable(
                f"The mail server {self._host} refuses our name or password: {_said(error)}. "
                "Check NARRATE_SMTP_USER and NARRATE_SMTP_PASSWORD."
            ) from error
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            kind = MailRefused if 500 <= _code(error) < 600 else MailUnavailable
            raise kind(f"The mail server {self._host} said no: {_said(error)}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(
                f"The mail server {self._host}:{self._port} can't be reached: {error}. Check NARRATE_SMTP_HOST, "
                "NARRATE_SMTP_PORT and NARRATE_SMTP_SECURITY."
            ) from error

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout_s, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
        try:
            if self._security == "starttls":
                server.starttls(context=context)  # raises where the server can't: never on in plain
            if self._user is not None:
                server.login(self._user, self._password or "")
        except BaseException:
            server.close()
            raise
        return server


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(_text(said) for _, said in error.recipients.values())
    return _text(error.smtp_error) if isinstance(error, smtplib.SMTPResponseException) else str(error)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
