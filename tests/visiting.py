"""The whole service on loopback with a clock of its own, and visitors who read pages, fill in forms and read mail."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
from bs4 import BeautifulSoup

from narrate.settings import Settings, read_settings
from narrate.sources import Sources
from narrate.store import Store, members, open_store
from narrate.web.app import make_app
from narrate.web.service import Service
from tests.serving import serving

#: A Wednesday, so that a week's budget neither begins nor ends by accident.
START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """The service's wall clock; it stands still until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Visitor(httpx.Client):
    """A browser without JavaScript: keeps cookies, follows redirects, sends forms as their pages made them."""

    email = ""  # that somebody signed in with

    def __init__(self, url: str, **options: Any) -> None:
        headers = {"Accept": "text/html,*/*;q=0.8", **options.pop("headers", {})}
        super().__init__(base_url=url, headers=headers, follow_redirects=True, trust_env=False, timeout=30, **options)

    def page(self, path: str) -> BeautifulSoup:
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return BeautifulSoup(answer.text, "lxml")

    def fields(self, path: str, action: str) -> dict[str, str]:
        """What the form to `action` on a page would send as it stands."""
        form = self.page(path).find("form", action=action)
        assert form is not None, f"{path} has no form to {action}"
        found: dict[str, str] = {}
        for box in form.find_all("input"):
            if box.get("type") not in ("radio", "checkbox") or box.has_attr("checked"):
                found[str(box["name"])] = str(box.get("value", ""))
        return found

    def fill(self, path: str, action: str, **filled: str) -> httpx.Response:
        """Fill in the form to `action` on a page and send it."""
        return self.post(action, data=self.fields(path, action) | filled)


@dataclass
class Place:
    """A running service."""

    url: str
    settings: Settings
    store: Store
    clock: Clock
    service: Service
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def outbox(self) -> Path:
        return self.settings.home / "outbox"

    def mails(self) -> list[EmailMessage]:
        """Every mail so far, oldest first."""
        files = sorted(self.outbox.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]

    def link(self, n: int = -1) -> str:
        """The sign-in link of a mail, as a path here."""
        return link_in(self.mails()[n])

    def visitor(self, **options: Any) -> Visitor:
        opened = Visitor(self.url, **options)
        self.visitors.append(opened)
        return opened

    def member(self, email: str = "ana@example.org") -> Visitor:
        """A visitor who has signed in by a mailed link."""
        visitor = self.visitor()
        assert visitor.fill("/sign-in", "/sign-in", email=email).status_code == 200
        answer = visitor.fill(self.link(), "/sign-in/link")
        assert answer.status_code == 200, answer.text
        visitor.email = email
        return visitor

    def operator(self, email: str = "op@example.org") -> Visitor:
        """A member who was made an operator."""
        visitor = self.member(email)
        with self.store.begin() as session:
            members.set_operator(session, self.member_id(visitor), True)
        return visitor

    def member_id(self, visitor: Visitor) -> str:
        """The id of whoever has signed in here."""
        with self.store.begin() as session:
            member = members.find_by_email(session, visitor.email)
        assert member is not None
        return member.id


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"https?://[^/\s]+(/sign-in/link\?code=\S+)", mail.get_content())
    assert found, mail.get_content()
    return found[1]


@contextmanager
def visiting(
    home: Path, *, sources: Sources | None = None, host: str = "127.0.0.1", **settings: Any
) -> Iterator[Place]:
    """The service in a fresh data folder, at its own public address unless a setting says otherwise."""
    port = _free_port()
    chosen = read_settings(home=home, **({"public_url": f"http://{host}:{port}"} | settings))
    store, clock = open_store(chosen.sql_url), Clock()
    app = make_app(chosen, store, sources=sources, now=clock)
    url = f"http://{host}:{port}"
    place = Place(url=url, settings=chosen, store=store, clock=clock, service=app.state.service)
    try:
        with serving(app, port):
            yield place
    finally:
        for visitor in place.visitors:
            visitor.close()
        place.service.mailer.close()
        if sources is None:
            place.service.sources.close()
        store.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
