"""A site that moved: whatever is asked for at its former address is answered with where it is now."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send


class Moved:
    """The middleware. Podcast apps follow 301 and keep the new address; forms keep their method with 308."""

    def __init__(self, app: ASGIApp, former_url: str, public_url: str) -> None:
        self._app, self._public_url = app, public_url
        self._former = urlsplit(former_url).netloc.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = next((value for name, value in scope.get("headers", ()) if name == b"host"), b"")
        if scope["type"] != "http" or host.lower() != self._former:
            await self._app(scope, receive, send)
            return
        query = scope["query_string"]
        there = (
            self._public_url.encode() + scope.get("raw_path", scope["path"].encode()) + (b"?" + query if query else b"")
        )
        status = 301 if scope["method"] in ("GET", "HEAD") else 308
        headers = [(b"location", there), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
