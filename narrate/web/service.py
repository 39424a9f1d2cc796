"""What every page's handler works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import Request

from narrate.mail import Mailer
from narrate.seals import Seals
from narrate.settings import Settings
from narrate.sources import Sources
from narrate.store import Store
from narrate.web.limits import Limiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The running service. `now` is the only wall clock of the web."""

    settings: Settings
    store: Store
    sources: Sources
    mailer: Mailer
    limiter: Limiter
    seals: Seals
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def is_https(self) -> bool:
        return self.settings.public_url.startswith("https:")

    @property
    def public_host(self) -> str:
        return urlsplit(self.settings.public_url).hostname or ""


def service(request: Request) -> Service:
    """The service behind this request."""
    found: Service = request.app.state.service
    return found
