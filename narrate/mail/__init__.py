"""A Message -> a row, and from there to its reader: as a file in the outbox, or through a mail server.

mailer.send(Message(to="ana@example.org", subject="…", text="…"))          # by itself
with store.begin() as session:                                              # or with what it tells of:
    mailer.enqueue(session, message)                                        # both are kept, or neither
mailer.wake()
"""

from __future__ import annotations

from narrate.mail.addresses import Address, parse_address
from narrate.mail.mailer import Mailer, open_mailer, smtp_server
from narrate.mail.message import Message

__all__ = ["Address", "Mailer", "Message", "open_mailer", "parse_address", "smtp_server"]
