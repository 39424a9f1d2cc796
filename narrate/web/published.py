"""What was published: front page, episodes, feed and media, with ranges; 410 for whatever was withdrawn."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fastapi import APIRouter, Request, Response
from obstore.store import LocalStore, ObjectStore
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from narrate import pages
from narrate.errors import StoreAway
from narrate.records import PostKey
from narrate.store import Files, Store
from narrate.store.withdrawals import list_withdrawals
from narrate.web import policies
from narrate.web.bucket import bucket_answer
from narrate.web.keys import gone
from narrate.web.service import service

router = APIRouter(include_in_schema=False)

#: What each kind of file is and how long it may be kept. Media have their content's hash in their names.
_TYPES = {
    ".xml": "application/rss+xml; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".opus": "audio/ogg",
    ".m4b": "audio/mp4",
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
_MEMORY_S = 2.0
#: Folders of a site with files of posts, which may have been withdrawn.
_BY_POST = ("media", "episodes", "embed")


@router.api_route("/", methods=["GET", "HEAD"])
async def front(request: Request) -> Response:
    """The published front page, or one that says how to begin."""
    try:
        return await site_of(request).get_response("index.html", request.scope)
    except HTTPException as error:
        if error.status_code != 404:
            raise
    at = service(request)
    html = pages.render_index(
        show_title=at.settings.show_title,
        description=at.settings.show_description,
        feed_url=f"{at.settings.public_url}/feed.xml",
        episodes=(),
        is_service=True,
    )
    return HTMLResponse(html)


@router.api_route("/episodes/{key}", methods=["GET", "HEAD"])
async def episode(request: Request, key: str) -> Response:
    """An episode by its key, lesswrong:abc; its page lies under a name that every file system takes."""
    return await _page(request, "episodes", key, policies.EPISODE)


@router.api_route("/embed/{key}", methods=["GET", "HEAD"])
async def embed(request: Request, key: str) -> Response:
    """Nothing but an episode's player, for frames on other sites. Sets no cookie and asks for none."""
    return await _page(request, "embed", key, policies.EMBED)


async def _page(request: Request, kind: str, key: str, policy: str) -> Response:
    """A published page by its name, or a redirect to it from the key, the query kept: ?t= says where to start."""
    name = key.removesuffix(".html")
    try:
        slug = PostKey.parse(name).slug if ":" in name else name
    except ValueError as error:
        raise HTTPException(404, f"{name[:80]!r} is no episode's key") from error
    try:
        page = await site_of(request).get_response(f"{kind}/{slug}.html", request.scope)
    except HTTPException as error:
        raise HTTPException(404, "no such episode") if error.status_code == 404 else error from error
    if ":" in name:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{kind}/{slug}.html{query}")
    page.headers["Content-Security-Policy"] = policy
    return page


class Withdrawn:
    """The reasons of everything withdrawn, by slug, as known a moment ago: media are asked for too often to look up.

    While the database doesn't answer us, what was known last holds, so that people go on listening: what is withdrawn
    meanwhile is gone when its files are.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._reading = threading.Lock()
        self._reasons: Mapping[str, str] | None = None
        self._looked_at_s = float("-inf")
        self._is_away = False

    def check(self, slug: str, *, anew: bool = False) -> None:
        """Raises 410 when the post with this slug was withdrawn. `anew`: by what the rows say this moment.

        Raises StoreAway when they could never be read.
        """
        if reason := self._known(anew).get(slug):
            raise gone(reason)

    def _known(self, anew: bool) -> Mapping[str, str]:
        asked_at_s = self._clock()
        must = self._is_old(asked_at_s) or (anew and not self._is_away)
        # while the database is away one asks for it, and nobody waits for the answer
        if must and self._reading.acquire(blocking=not self._is_away):
            try:
                if self._looked_at_s < asked_at_s or self._reasons is None:  # nobody has meanwhile
                    self._read()
            finally:
                self._reading.release()
        return self._reasons or {}

    def _is_old(self, now_s: float) -> bool:
        return self._reasons is None or now_s - self._looked_at_s > _MEMORY_S

    def _read(self) -> None:
        began_s = self._clock()
        try:
            with self._store.begin() as session:
                self._reasons = {w.key.slug: w.reason for w in list_withdrawals(session)}
            self._is_away = False
        except StoreAway:
            if self._reasons is None:
                raise
            self._is_away = True
        self._looked_at_s = began_s


class BucketSite:
    """The same site in a bucket: files as `SiteFiles` gives them, fetched from there as they are sent."""

    def __init__(self, site: ObjectStore, withdrawn: Withdrawn) -> None:
        self._site, self._withdrawn = site, withdrawn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.get_response(scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/"), scope)
        await response(scope, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or the part of it that is asked for. Raises 404, 405, 410, 416 or 503."""
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405)
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise HTTPException(404)
        age = _FOR_EVER if parts[0] == "media" else _A_WHILE
        kind = _TYPES.get(Path(path).suffix)
        with_check = parts[0] in _BY_POST and len(parts) > 1
        slug = _slug_of(parts) if with_check else ""
        await run_in_threadpool(self._withdrawn.check, slug)
        try:
            return await bucket_answer(self._site, path, Headers(scope=scope), kind, age)
        except HTTPException:
            await run_in_threadpool(lambda: self._withdrawn.check(slug, anew=True))
            raise


def _slug_of(parts: Sequence[str]) -> str:
    """Whose file it is: media/SLUG/…, episodes/SLUG.html, embed/SLUG.json."""
    return parts[1] if parts[0] == "media" else Path(parts[1]).stem


def make_site(place: Files, withdrawn: Withdrawn) -> SiteFiles | BucketSite:
    """What serves a published site from where it stands."""
    if isinstance(place, LocalStore):
        return SiteFiles(directory=Path(str(place.prefix)), withdrawn=withdrawn)
    return BucketSite(place, withdrawn)


def site_of(request: Request) -> SiteFiles | BucketSite:
    """The published site behind this request."""
    found: SiteFiles | BucketSite = request.app.state.site
    return found


class SiteFiles(StaticFiles):
    """Files with their right types, ranges, validators and open CORS (players read chapters across origins)."""

    def __init__(self, *, directory: Path, withdrawn: Withdrawn | None = None) -> None:
        super().__init__(directory=directory)
        self._withdrawn = withdrawn

    async def get_response(self, path: str, scope: Scope) -> Response:
        parts = Path(path).parts
        if self._withdrawn is None or len(parts) < 2 or parts[0] not in _BY_POST:
            return await super().get_response(path, scope)
        slug = _slug_of(parts)
        withdrawn = self._withdrawn
        await run_in_threadpool(withdrawn.check, slug)
        try:
            return await super().get_response(path, scope)
        except HTTPException:
            await run_in_threadpool(lambda: withdrawn.check(slug, anew=True))
            raise

    def file_response(
        self, full_path: os.PathLike[str] | str, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        kind = _TYPES.get(Path(full_path).suffix)
        if kind and response.status_code == status_code:
            response.headers["Content-Type"] = kind
        is_media = "media" in Path(full_path).relative_to(os.path.realpath(str(self.directory))).parts[:1]
        response.headers["Cache-Control"] = _FOR_EVER if is_media else _A_WHILE
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Content-Range, Content-Length, ETag"
        return response
