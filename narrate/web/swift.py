"""Published feeds from memory: asked for more often than all else together, and nearly always for nothing new.

A feed is read, and compressed, once whenever it changes. Whoever has it gets a 304, before any other part of the app
is woken: thousands of podcast apps poll every hour.
"""

from __future__ import annotations

import gzip
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

_FEED = re.compile(r"/(feed\.xml|feeds\.opml|feeds/(?!private/|custom\.xml)[a-z0-9_-][A-Za-z0-9_-]*(/[0-9]+)?\.xml)")
_TYPES = {".xml": b"application/rss+xml; charset=utf-8", ".opml": b"text/x-opml; charset=utf-8"}
#: Memory for feeds and their compressed forms; those not asked for lately go first.
_MAX_BYTES = 256 * 1024 * 1024
#: A bucket is asked whether a feed has changed so often at most.
_LOOK_EVERY_S = 5.0

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Held:
    """A feed as it stands. `mark` tells whether it has changed since; `looked_at_s` when that was last asked."""

    mark: object
    looked_at_s: float
    etag: bytes
    changed_at: datetime
    plain: bytes
    small: bytes
    unchanged: Headers
    whole: Headers
    packed: Headers


class SwiftFeeds:
    """The middleware. What is no published feed goes on to the app."""

    def __init__(
        self,
        app: ASGIApp,
        site: ObjectStore,
        hub: str = "",
        headers: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`hub` is the WebSub hub's address, if there is one; `headers` go with every answer."""
        self._app, self._site, self._clock = app, site, clock
        self._folder = str(site.prefix) if isinstance(site, LocalStore) else None
        self._hub = hub
        self._extra = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not _FEED.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        held = await self._find(scope["path"][1:])
        if held is None:
            await self._app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        if _has_it(asked, held):
            status, headers, body = 304, held.unchanged, b""
        elif b"gzip" in asked.get(b"accept-encoding", b"") and b"gzip;q=0" not in asked[b"accept-encoding"]:
            status, headers, body = 200, held.packed, held.small
        else:
            status, headers, body = 200, held.whole, held.plain
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _find(self, path: str) -> _Held | None:
        """The feed as it stands now, from memory if it hasn't changed; None where there is none."""
        held = self._held.get(path)
        if self._folder is not None:
            try:
                status = os.stat(f"{self._folder}/{path}")
            except (OSError, ValueError):
                return None
            mark: object = (status.st_mtime_ns, status.st_size, status.st_ino)
            if held is None or held.mark != mark:
                held = await run_in_threadpool(self._read, path, mark)
        elif held is None or self._clock() - held.looked_at_s > _LOOK_EVERY_S:
            held = await run_in_threadpool(self._look, path, held)
        if held is not None and path in self._held:
            self._held.move_to_end(path)
        return held

    def _look(self, path: str, held: _Held | None) -> _Held | None:
        """The same from a bucket. While it doesn't answer, what is known of it still holds."""
        try:
            found = obstore.head(self._site, path)
        except FileNotFoundError:
            self._held.pop(path, None)
            return None
        except Exception:
            if held is None:
                raise
            held.looked_at_s = self._clock()
            return held
        mark = (found["e_tag"], found["size"], found["last_modified"])
        if held is not None and held.mark == mark:
            held.looked_at_s = self._clock()
            return held
        return self._read(path, mark)

    def _read(self, path: str, mark: object) -> _Held | None:
        try:
            if self._folder is not None:
                file = Path(self._folder, path)
                plain, changed = file.read_bytes(), datetime.fromtimestamp(file.stat().st_mtime, UTC)
            else:
                got = obstore.get(self._site, path)
                plain, changed = bytes(got.bytes()), got.meta["last_modified"]
        except FileNotFoundError:
            return None
        held = self._make(path, plain, changed.replace(microsecond=0), mark)
        self._held[path] = held
        self._held.move_to_end(path)
        total = sum(len(h.plain) + len(h.small) for h in list(self._held.values()))
        while total > _MAX_BYTES and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            total -= len(gone.plain) + len(gone.small)
        return held

    def _make(self, path: str, plain: bytes, changed_at: datetime, mark: object) -> _Held:
        small = gzip.compress(plain, 6, mtime=0)
        etag = f'W/"{sha256(plain).hexdigest()[:32]}"'.encode()
        shared: Headers = [
            (b"etag", etag),
            (b"last-modified", format_datetime(changed_at, usegmt=True).encode()),
            (b"cache-control", b"public, max-age=300"),
            (b"vary", b"Accept-Encoding"),
            (b"access-control-allow-origin", b"*"),
            (b"access-control-expose-headers", b"Content-Length, ETag"),
            *self._extra,
        ]
        if self._hub:
            shared.append((b"link", f'<{self._hub}>; rel="hub"'.encode()))
        kind: Headers = [(b"content-type", _TYPES[Path(path).suffix])]
        return _Held(
            mark=mark,
            looked_at_s=self._clock(),
            etag=etag,
            changed_at=changed_at,
            plain=plain,
            small=small,
            unchanged=shared,
            whole=[*shared, *kind, (b"content-length", str(len(plain)).encode())],
            packed=[*shared, *kind, (b"content-encoding", b"gzip"), (b"content-length", str(len(small)).encode())],
        )


def _has_it(asked: dict[bytes, bytes], held: _Held) -> bool:
    """Does whoever asks have it already (RFC 9110, 13.1)? A date counts only where no ETag is given."""
    named = asked.get(b"if-none-match")
    if named is not None:
        if named == held.etag:
            return True
        bare = held.etag.removeprefix(b"W/")
        return any(one.strip().removeprefix(b"W/") in (bare, b"*") for one in named.split(b","))
    since = asked.get(b"if-modified-since")
    if since is None:
        return False
    try:
        return held.changed_at <= parsedate_to_datetime(since.decode("latin-1")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return False
