"""A model hub on a loopback port, for tests: it speaks the protocol of the real one, and fails when it is told to.

Big files lead by 302 to another address ("the CDN"), which serves ranges; small ones by a relative 307 to a copy whose
ETag is their git blob id. Archives lie under /releases/, which leads to /assets/.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class ModelHub:
    """`files` by "OWNER/NAME/FILE". The rest says what goes wrong, and what was asked."""

    files: dict[str, bytes]
    url: str = ""
    big_from_bytes: int = 1000
    serves: dict[str, bytes] = field(default_factory=dict)  # other content than the headers tell of
    breaks_after: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    answers: list[int] = field(default_factory=list)  # statuses of the next requests, instead of what was asked
    does_ranges: bool = True
    tells_checksums: bool = True
    wants_token: str = ""
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)

    def gets(self, part: str) -> list[Mapping[str, str]]:
        """The headers of the GETs whose path holds `part`."""
        return [headers for method, path, headers in self.asked if method == "GET" and part in path]


def git_blob_id(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


@contextmanager
def model_hub(files: dict[str, bytes]) -> Iterator[ModelHub]:
    hub = ModelHub(files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            return

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            hub.asked.append((self.command, self.path, dict(self.headers.items())))
            if hub.answers:
                self._say(hub.answers.pop(0))
            elif self.path.startswith("/releases/"):
                self._say(302, {"Location": self.path.replace("/releases/", "/assets/")})
            elif self.path.startswith("/assets/"):
                self._send(hub.files[self.path.strip("/")])
            elif self.path.startswith("/cdn/"):
                self._send(next(c for c in hub.files.values() if hashlib.sha256(c).hexdigest() in self.path))
            elif self.path.startswith("/api/resolve-cache/"):
                name = unquote(self.path).removeprefix("/api/resolve-cache/")
                self._send(
                    hub.files[name], {"ETag": f'"{git_blob_id(hub.files[name])}"'} if hub.tells_checksums else {}
                )
            else:
                self._resolve()

        def _resolve(self) -> None:
            owner, name, resolve, revision, *rest = unquote(self.path).strip("/").split("/")
            content = hub.files.get(f"{owner}/{name}/{'/'.join(rest)}")
            if hub.wants_token and self.headers.get("Authorization") != f"Bearer {hub.wants_token}":
                self._say(401)
            elif resolve != "resolve" or revision not in ("main", "v1", COMMIT) or content is None:
                self._say(404)
            elif len(content) >= hub.big_from_bytes:
                digest = hashlib.sha256(content).hexdigest()
                linked = {"X-Linked-Etag": f'"{digest}"'} if hub.tells_checksums else {}
                self._say(
                    302,
                    linked
                    | {
                        "X-Linked-Size": str(len(content)),
                        "X-Repo-Commit": COMMIT,
                        "Location": hub.url.replace("127.0.0.1", "localhost") + f"/cdn/{digest}?signature=s",
                    },
                )
            else:
                target = quote(f"/api/resolve-cache/{owner}/{name}/{'/'.join(rest)}")
                self._say(307, {"X-Repo-Commit": COMMIT, "Location": target})

        def _send(self, content: bytes, headers: Mapping[str, str] | None = None) -> None:
            content = hub.serves.get(hashlib.sha256(content).hexdigest(), content)
            start = 0
            status = 200
            asked = self.headers.get("Range", "")
            extra = dict(headers or {})
            if asked and hub.does_ranges:
                start = int(asked.removeprefix("bytes=").partition("-")[0])
                if start >= len(content):
                    self._say(416)
                    return
                status = 206
                extra["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            body = content[start:]
            self.send_response(status)
            for key, value in (extra | {"Content-Length": str(len(body))}).items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                if hub.breaks_after:
                    self.wfile.write(body[: hub.breaks_after.pop(0)])
                    self.wfile.flush()
                    self.close_connection = True
                    self.connection.close()
                else:
                    self.wfile.write(body)

        def _say(self, status: int, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in ({"Content-Length": "0"} | dict(headers or {})).items():
                self.send_header(key, value)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
