"""A Message -> the bytes of a mail (RFC 5322)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

_MAX_SUBJECT_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail in plain text. `headers` are further ones, such as List-Unsubscribe. `expires_at`: of no use after that.

    `subject` may hold anything, a post's title say: line breaks in it become spaces. A line break in a header that is
    ours is a mistake and raises ValueError.
    """

    to: str
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        for name, value in (("To", self.to), *self.headers.items()):
            if any(character in name + value for character in "\r\n\0"):
                raise ValueError(f"the header {name} of a mail holds a line break: {value!r}")

    def to_json(self) -> dict[str, Any]:
        """What a row keeps, the recipient aside."""
        return {"subject": self.subject, "text": self.text, "headers": dict(self.headers)}


def compose(message: Message, *, sender: str, sender_name: str, mail_id: str, at: datetime) -> EmailMessage:
    """The whole mail. The same `mail_id` gives the same Message-ID, by which receivers drop a second copy."""
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"] = f"{_quoted(sender_name)} <{sender}>"
    mail["To"] = message.to
    mail["Subject"] = one_line(message.subject)[:_MAX_SUBJECT_CHARS]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mail[name] = value
    # plain where it can be, so that a long link stays one piece for those who read the file itself
    mail.set_content(message.text, cte="7bit" if message.text.isascii() else "quoted-printable")
    return mail


def one_line(text: str) -> str:
    """Text as a header can hold it: no line breaks, no control characters, single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _quoted(name: str) -> str:
    plain = one_line(name).replace("\\", "").replace('"', "'")
    return f'"{plain}"'
