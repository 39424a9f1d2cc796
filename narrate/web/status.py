"""/status: how the service is doing, for everyone: what waits, what is read just now, how long it takes, what it costs.

What it shows is looked up once in a while, however many look at it: a thousand visitors cost what one does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from narrate import limits, pages
from narrate.limits import Facts
from narrate.pages import charts
from narrate.pages.charts import Bar, span
from narrate.settings import Settings
from narrate.standing import gather
from narrate.store import Store
from narrate.store.status import Status, read_status
from narrate.web import wire_status
from narrate.web.etags import tagged
from narrate.web.openapi import may_fail
from narrate.web.rendering import show
from narrate.web.security import session_secret
from narrate.web.service import service

router = APIRouter()

KEPT_S = 15.0
#: Where the picture of delays draws its lines: up to (seconds), and what is written there.
_DELAYS = (
    (3600, "1 h"), (6 * 3600, "6 h"), (86400, "1 day"), (3 * 86400, "3 days"), (7 * 86400, "1 week"),
    (30 * 86400, "1 month"), (float("inf"), "longer"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The service's status, and what stands in its way. `price`: of an hour of audio, by the last thirty days."""

    status: Status
    facts: Facts
    limit: str | None  # the standing limit that is reached, in an operator's words
    price: float | None

    @property
    def days_behind(self) -> float | None:
        """How long the wishes take at the pace of the last week; None when there was none."""
        a_day = self.status.hours_of_week / 7
        return self.status.hours_behind / a_day if a_day else None


class Lookout:
    """Keeps an outlook for a while. Safe for threads: one looks, the others wait for what it sees."""

    def __init__(
        self, settings: Settings, store: Store, now: Callable[[], datetime], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings, self._store, self._now, self._clock = settings, store, now, clock
        self._lock = threading.Lock()
        self._seen: tuple[float, Outlook] | None = None
        self._page: tuple[Outlook, bytes] | None = None

    def look(self) -> Outlook:
        with self._lock:
            if self._seen is None or self._clock() - self._seen[0] >= KEPT_S:
                self._seen = (self._clock(), self._outlook())
            return self._seen[1]

    def page(self, render: Callable[[Outlook], bytes]) -> bytes:
        """The page that all visitors share, drawn once for each outlook."""
        outlook = self.look()
        with self._lock:
            if self._page is None or self._page[0] is not outlook:
                self._page = (outlook, render(outlook))
            return self._page[1]

    def _outlook(self) -> Outlook:
        now, settings = self._now(), self._settings
        with self._store.begin() as session:
            status = read_status(session, now)
        facts = gather(settings, self._store, now)
        audio, busy = sum(day.audio_hours for day in status.days), sum(day.busy_hours for day in status.days)
        price = settings.price_per_machine_hour * busy / audio if settings.price_per_machine_hour and audio else None
        return Outlook(status=status, facts=facts, limit=limits.may_work(now, facts, settings), price=price)


def lookout(request: Request) -> Lookout:
    """The lookout of the service behind this request."""
    found: Lookout = request.app.state.lookout
    return found


@router.api_route("/status", methods=["GET", "HEAD"], include_in_schema=False)
def status_page(request: Request) -> Response:
    """How it is going. Visitors share one page; members get theirs with their name on it."""
    settings = service(request).settings
    if session_secret(request):
        return show(request, "status.html", **_shown(lookout(request).look(), settings))

    def render(outlook: Outlook) -> bytes:
        shared = {"root": "/", "show_title": settings.show_title, "public_url": settings.public_url}
        return pages.render("status.html", **shared, **_shown(outlook, settings)).encode()

    return tagged(request, lookout(request).page(render), "text/html; charset=utf-8", max_age_s=int(KEPT_S))


@router.get("/api/status", tags=["status"], response_model=wire_status.StatusOut, responses=may_fail())
def read(request: Request) -> Response:
    """How the service is doing: what waits, what is at work, delays, audio made, failures, the price of an hour."""
    outlook = lookout(request).look()
    currency = None if outlook.price is None else service(request).settings.price_currency
    found = wire_status.status_out(outlook.status, outlook.limit is not None, outlook.price, currency)
    return tagged(request, found.model_dump_json().encode(), "application/json", max_age_s=int(KEPT_S))


def _shown(outlook: Outlook, settings: Settings) -> dict[str, Any]:
    """What the template gets, pictures included."""
    status = outlook.status
    counted = _counted(status.delays_s)
    return {
        "here": "status",
        "outlook": outlook,
        "state": status,
        "currency": settings.price_currency,
        "median": _span(status.delay_s(0.5)),
        "slow": _span(status.delay_s(0.95)),
        "counted": counted,
        "made": _made(status),
        "waits": _waits(status),
        "delays": _delays(counted),
    }


def _span(seconds: float | None) -> str | None:
    return None if seconds is None else span(seconds)


def _made(status: Status) -> Markup:
    bars = [
        Bar(
            label=f"{day.day.day} {day.day:%b}",
            parts=(day.audio_hours,),
            tip=f"{day.day:%A}, {day.day.day} {day.day:%B}: {day.audio_hours:.1f} hours, {day.n_episodes} episodes",
        )
        for day in status.days
    ]
    total = sum(day.audio_hours for day in status.days)
    description = f"Hours of audio made on each of the last {len(bars)} days, {total:.1f} in all."
    return charts.columns("made", "Hours of audio a day", description, bars, every=7)


def _waits(status: Status) -> Markup:
    names = {"recent": "Recent posts", "classic": "Classics"}
    bars = [
        Bar(
            label=f"{names[lane.lane]}: {lane.audio_hours:,.1f} hours"
            + (f", and {lane.archived_hours:,.1f} of the archive" if lane.n_archived else ""),
            parts=(lane.audio_hours, lane.archived_hours),
            tip=f"{lane.n_posts:,} posts, and {lane.n_archived:,} of the archive",
        )
        for lane in status.waiting
    ]
    return charts.rows("waits", "What waits", "; ".join(bar.label for bar in bars) + ".", bars)


def _delays(counted: Sequence[tuple[str, int]]) -> Markup:
    bars = [Bar(label=name, parts=(n,), tip=f"{n} posts within {name}" if name != "longer" else f"{n} took longer")
            for name, n in counted]  # fmt: skip
    description = "How many posts were published how soon after they were asked for: " + ", ".join(
        f"{name}: {n}" for name, n in counted
    )
    return charts.columns("delays", "From wish to episode", f"{description}.", bars)


def _counted(delays_s: Sequence[float]) -> tuple[tuple[str, int], ...]:
    """How many delays fall between one line and the next."""
    counts, least = [], 0.0
    for most, name in _DELAYS:
        counts.append((name, sum(least <= delay < most for delay in delays_s)))
        least = most
    return tuple(counts)
