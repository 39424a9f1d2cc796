"""Settings and an open store -> the app: every page's router, what is published, the guard and the headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narrate import __version__, pages
from narrate.mail import open_mailer
from narrate.seals import open_seals
from narrate.settings import Settings
from narrate.sources import Sources
from narrate.store import Store
from narrate.store.files import open_site_files
from narrate.store.turns import waiting_jobs
from narrate.web import (
    about,
    account,
    admin,
    api,
    api_admin,
    authors,
    board,
    channels,
    metrics,
    oembed,
    openapi,
    passkeys,
    policies,
    problems,
    published,
    search,
    sign_in,
    status,
    submit,
    subscribe,
    told,
)
from narrate.web.guard import Guard
from narrate.web.limits import Limiter
from narrate.web.moved import Moved
from narrate.web.published import SiteFiles, Withdrawn, make_site
from narrate.web.service import Service
from narrate.web.swift import SwiftFeeds

_SAFE = {
    "Content-Security-Policy": policies.PAGE,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # addresses may hold secrets, a private feed's say
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
#: One file a page, each with its `router`.
_ROUTERS = (
    sign_in.router, account.router, passkeys.router, board.router, submit.router, authors.router, about.router,
    search.router, subscribe.router, api.router, api_admin.router, openapi.router, admin.router, told.router,
    channels.router, oembed.router, status.router, metrics.router, published.router,
)  # fmt: skip


def make_app(
    settings: Settings, store: Store, *, sources: Sources | None = None, now: Callable[[], datetime] | None = None
) -> FastAPI:
    """The app over an open store; the site's files are read from the data folder. `now` is the wall clock."""
    now = now or (lambda: datetime.now(UTC))
    site = open_site_files(settings.site_url, settings.home)
    app = FastAPI(
        title=settings.show_title, version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.state.service = Service(
        settings=settings,
        store=store,
        sources=(sources or Sources(lesswrong_url=settings.lesswrong_url, contact=settings.contact)).in_haste(),
        mailer=open_mailer(settings, store, now),
        limiter=Limiter(),
        seals=open_seals(settings.home),
        now=now,
    )
    app.state.withdrawn = Withdrawn(store)
    app.state.lookout = status.Lookout(settings, store, now)
    app.state.kept_feeds = channels.Kept(store)
    app.state.known = search.Known(store)
    problems.install(app)
    openapi.install(app)
    app.add_middleware(Guard)
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    app.state.meters = metrics.Meters(app.state.lookout, settings)
    headers = _SAFE | (_ONLY_TLS if settings.public_url.startswith("https:") else {})
    app.add_middleware(Headers, headers=headers)
    app.add_middleware(metrics.Metered, meters=app.state.meters)
    app.add_middleware(SwiftFeeds, site=site, hub=settings.websub_hub or "", headers=headers)
    if settings.former_url is not None:
        app.add_middleware(Moved, former_url=settings.former_url, public_url=settings.public_url)
    for router in _ROUTERS:
        app.include_router(router)

    @app.get("/healthz")
    def health() -> dict[str, object]:
        """Whether the database answers, and how much waits."""
        with store.begin() as session:
            waiting = waiting_jobs(session)
        return {"status": "ok", "version": __version__, "waiting": waiting}

    app.mount("/static", SiteFiles(directory=pages.STATIC), name="static")
    app.state.site = make_site(site, app.state.withdrawn)
    app.mount("/", app.state.site, name="site")
    return app


class Headers:
    """Adds headers to every response that doesn't set them itself. A response with a policy of its own says by that who
    may frame it, so the old header for it isn't added."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                if b"content-security-policy" in present:
                    present.add(b"x-frame-options")
                message["headers"] = [*message["headers"], *(h for h in self.headers if h[0] not in present)]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
