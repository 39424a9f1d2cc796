"""The published site, the feed, media with ranges, and health, over HTTP. Further pages are routers included here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narrate import __version__, pages
from narrate.errors import NarrateError
from narrate.records import PostKey
from narrate.settings import Settings
from narrate.store import Store
from narrate.store.jobs import list_jobs

#: What each kind of file is and how long it may be kept. Media have their content's hash in their names.
_TYPES = {
    ".xml": "application/rss+xml; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".jpg": "image/jpeg",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_A_WHILE = "public, max-age=300"
_SAFE = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


def make_app(settings: Settings, store: Store) -> FastAPI:
    """The app over an open store; the site's files are read from the data folder."""
    site = settings.home / "site"
    site.mkdir(parents=True, exist_ok=True)
    app = FastAPI(title=settings.show_title, version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    app.add_middleware(Headers, headers=_SAFE)

    @app.get("/healthz")
    def health() -> dict[str, object]:
        """Whether the database answers, and how much waits."""
        with store.begin() as session:
            waiting = len(list_jobs(session, "waiting"))
        return {"status": "ok", "version": __version__, "waiting": waiting}

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    def front() -> Response:
        """The published front page, or one that says how to begin."""
        if (site / "index.html").exists():
            return FileResponse(site / "index.html", media_type=_TYPES[".html"], headers={"Cache-Control": _A_WHILE})
        title, feed_url = settings.show_title, f"{settings.public_url}/feed.xml"
        return HTMLResponse(
            pages.render_index(show_title=title, description=settings.show_description, feed_url=feed_url, episodes=())
        )

    @app.api_route("/episodes/{key}", methods=["GET", "HEAD"], include_in_schema=False)
    def episode(key: str) -> Response:
        """An episode by its key, lesswrong:abc; its page lies under a name that every file system takes."""
        name = key.removesuffix(".html")
        try:
            slug = PostKey.parse(name).slug if ":" in name else name
        except ValueError as error:
            raise HTTPException(404, f"{name!r} is no episode's key") from error
        page = site / "episodes" / f"{slug}.html"
        if not os.path.isfile(page) or page.resolve().parent != (site / "episodes").resolve():
            raise HTTPException(404, "no such episode")
        if ":" in name:
            return RedirectResponse(f"/episodes/{slug}.html")
        return FileResponse(page, media_type=_TYPES[".html"], headers={"Cache-Control": _A_WHILE})

    @app.exception_handler(NarrateError)
    def explain(_request: Request, error: NarrateError) -> Response:
        return Response(str(error), status_code=503 if error.retryable else 500, media_type="text/plain")

    app.mount("/static", SiteFiles(directory=pages.STATIC), name="static")
    app.mount("/", SiteFiles(directory=site), name="site")
    return app


class SiteFiles(StaticFiles):
    """Files with their right types, ranges, validators and open CORS (players read chapters across origins)."""

    def file_response(
        self, full_path: os.PathLike[str] | str, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        kind = _TYPES.get(Path(full_path).suffix)
        if kind and response.status_code == status_code:
            response.headers["Content-Type"] = kind
        response.headers["Cache-Control"] = _FOR_EVER if Path(full_path).parts[-3] == "media" else _A_WHILE
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Content-Range, Content-Length, ETag"
        return response


class Headers:
    """Adds headers to every response that doesn't set them itself."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self.headers if h[0] not in present)]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
