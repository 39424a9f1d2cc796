"""A mail -> a file in the outbox folder: for people without a mail server, and for tests."""

from __future__ import annotations

import os
from email.message import EmailMessage
from pathlib import Path

from narrate.errors import MailUnavailable


class Outbox:
    """Delivers into `folder`, one .eml file a mail, readable by its owner alone: it may hold a sign-in link."""

    is_local = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, mail: EmailMessage, mail_id: str) -> None:
        """Write the file, whole or not at all. Delivering a mail again changes nothing."""
        path = self.folder / f"{mail_id}.eml"
        if path.exists():
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f".{mail_id}.part"
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(mail.as_bytes())
            part.replace(path)
        except OSError as error:
            raise MailUnavailable(
                f"The outbox {self.folder} can't be written to ({error.strerror}): mend it."
            ) from error
