"""A small mail server on loopback (RFC 5321, no TLS): takes mails, refuses some, or is down."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Taken:
    """What the server was told, by its clients' word."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    answer_to_data: bytes = b"250 taken"
    answer_to_recipient: bytes = b"250 fine"
    hang_up_after_data: bool = False


@contextmanager
def mail_server(port: int = 0) -> Iterator[Taken]:
    """A server while the block runs; what it answers may be changed meanwhile."""
    taken = Taken()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say(b"220 here")
            sender = recipient = ""
            for raw in self.rfile:
                word, line = raw[:4].upper(), raw.decode().strip()
                if word in (b"EHLO", b"HELO"):
                    self.say(b"250 hello")
                elif word == b"MAIL":
                    sender = line.partition("<")[2].partition(">")[0]
                    self.say(b"250 fine")
                elif word == b"RCPT":
                    recipient = line.partition("<")[2].partition(">")[0]
                    self.say(taken.answer_to_recipient)
                elif word == b"DATA":
                    self.say(b"354 go on")
                    body = b"".join(line.removeprefix(b".") for line in iter(self.rfile.readline, b".\r\n"))
                    if taken.answer_to_data.startswith(b"2"):
                        taken.mails.append(message_from_bytes(body, policy=policy.default))  # type: ignore[arg-type]
                        taken.envelopes.append((sender, recipient))
                    if taken.hang_up_after_data:
                        return
                    self.say(taken.answer_to_data)
                elif word == b"QUIT":
                    self.say(b"221 bye")
                    return
                else:
                    self.say(b"250 fine")

        def say(self, line: bytes) -> None:
            self.wfile.write(line + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", port), Session) as server:
        taken.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield taken
        finally:
            server.shutdown()
            thread.join()
