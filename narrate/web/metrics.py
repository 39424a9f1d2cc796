"""/metrics for Prometheus: requests as they come, and gauges made of the rows that /status shows.

Who may read it: whoever has the token, where one is set; else this machine alone, and not through a proxy.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Iterator

import structlog
from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narrate import limits
from narrate.web.problems import problem
from narrate.web.security import bearer
from narrate.web.service import service
from narrate.web.status import Lookout

router = APIRouter(include_in_schema=False)

log = structlog.get_logger()

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


class Meters:
    """A registry of its own for one app."""

    def __init__(self, lookout: Lookout, settings: limits.Limits) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Counter(
            "narrate_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "narrate_http_request_seconds", "How long an answer took", ("route",), buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.registry.register(_Rows(lookout, settings))


class _Rows:
    """A collector: what the rows say, as they were last looked at."""

    def __init__(self, lookout: Lookout, settings: limits.Limits) -> None:
        self._lookout, self._settings = lookout, settings

    def describe(self) -> Iterator[Metric]:
        """Nothing is looked up when the collector is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        outlook = self._lookout.look()
        status, facts = outlook.status, outlook.facts
        posts = GaugeMetricFamily("narrate_queue_posts", "Posts that wait", labels=("lane", "wish"))
        hours = GaugeMetricFamily("narrate_queue_audio_seconds", "Audio that waits", labels=("lane", "wish"))
        for lane in status.waiting:
            posts.add_metric((lane.lane, "member"), lane.n_posts)
            posts.add_metric((lane.lane, "archive"), lane.n_archived)
            hours.add_metric((lane.lane, "member"), lane.audio_hours * 3600)
            hours.add_metric((lane.lane, "archive"), lane.archived_hours * 3600)
        yield posts
        yield hours
        delay = GaugeMetricFamily(
            "narrate_wish_delay_seconds", "From wish to episode, last 30 days", labels=("quantile",)
        )
        for share in (0.5, 0.95):
            if (seconds := status.delay_s(share)) is not None:
                delay.add_metric((f"{share:g}",), seconds)
        yield delay
        failed = GaugeMetricFamily("narrate_failed_posts", "Posts that failed", labels=("state",))
        for state in ("refused", "held", "again"):
            failed.add_metric((state,), getattr(status.failures, f"n_{state}"))
        yield failed
        yield GaugeMetricFamily("narrate_posts_at_work", "Posts at work", value=len(status.in_work))
        yield GaugeMetricFamily("narrate_episodes", "Episodes there are", value=status.n_episodes)
        yield GaugeMetricFamily("narrate_audio_seconds", "Audio there is", value=status.audio_hours * 3600)
        yield CounterMetricFamily("narrate_busy_seconds", "Time with a post at work", value=status.busy_hours * 3600)
        yield GaugeMetricFamily(
            "narrate_audio_today_seconds", "Audio made today (UTC)", value=status.days[-1].audio_hours * 3600
        )
        yield GaugeMetricFamily("narrate_disk_free_bytes", "Free on the data folder's disk", value=facts.free_bytes)
        least = self._settings.min_free_gb * limits.GB
        yield GaugeMetricFamily("narrate_disk_least_free_bytes", "What has to stay free there", value=least)
        is_paused = outlook.limit is not None or status.pause is not None
        yield GaugeMetricFamily("narrate_paused", "1 while nothing new is begun", value=is_paused)
        if outlook.price is not None:
            yield GaugeMetricFamily("narrate_audio_hour_price", "Price of an hour of audio", value=outlook.price)


class Metered:
    """The middleware: counts and times every answer, and logs those that changed or failed something.

    By the route's pattern and never by the address: that may hold a secret, and there are too many of them.
    """

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app, self._meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500  # an error that nobody answered is one of the server's

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            took_s, route = time.perf_counter() - began, _route(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._meters.requests.labels(method, route, str(status)).inc()
            self._meters.seconds.labels(route).observe(took_s)
            if status >= 500 or (method not in ("GET", "HEAD", "OPTIONS") and status != 404):
                told = log.error if status >= 500 else log.info
                told("answered", method=method, route=route, status=status, ms=round(1000 * took_s), **_subject(scope))


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Everything there is to scrape."""
    token = service(request).settings.metrics_token
    if token is not None:
        given = bearer(request.headers.get("authorization", "")) or ""
        if not hmac.compare_digest(given.encode("utf-8", "replace"), token.get_secret_value().encode()):
            raise problem(
                401, "metrics-token", "Not for everyone", "Send the token of NARRATE_METRICS_TOKEN as a bearer.",
                headers={"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
    elif not _is_here(request):
        raise problem(
            403, "metrics-local", "Not from there",
            "Metrics are for this machine. Set NARRATE_METRICS_TOKEN to read them from elsewhere.",
        )  # fmt: skip
    meters: Meters = request.app.state.meters
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST,
                    headers={"Cache-Control": "no-store"})  # fmt: skip


def _is_here(request: Request) -> bool:
    """Whether this very machine asks, itself: what a proxy passes on comes from wherever."""
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


def _route(scope: Scope) -> str:
    """The pattern of the route that answered: "/api/queue/{key}". What none did is a file or nothing."""
    pattern = getattr(scope.get("route"), "path", None)
    return pattern if isinstance(pattern, str) and pattern else "files"


def _subject(scope: Scope) -> dict[str, str]:
    """Which post a request was about. No other part of an address is told."""
    key = scope.get("path_params", {}).get("key")
    return {"key": str(key)[:200]} if key else {}
