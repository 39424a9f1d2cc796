"""Every request, before any handler: its size, its text, and whether our own pages sent it.

The body of an unsafe request is read whole here (64 kB at most), so that handlers get text that can be stored.
"""

from __future__ import annotations

import hmac
import json
import re
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narrate.web.problems import Problem, answer, problem
from narrate.web.security import bearer, csrf_of, session_secret
from narrate.web.service import service

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 100
_MAX_DRAINED_BYTES = 32 * 1024 * 1024  # read and dropped, so that the sender sees the answer and not a broken line
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Guard:
    """The middleware. A problem found here is answered like any other."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            _check_address(scope)
            if scope["method"] not in _SAFE_METHODS:
                body = await _read_body(request)
                fields = _check_body(request, body)
                _check_origin(request, fields)
                receive = _again(body, receive)
        except Problem as found:
            await answer(request, found)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _check_address(scope: Scope) -> None:
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        raise problem(404, "not-found", "Not found", "There is nothing at this address.")


async def _read_body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    body, n_bytes = bytearray(), 0
    too_large = declared.isdigit() and int(declared) > MAX_BODY_BYTES
    async for chunk in request.stream():
        n_bytes += len(chunk)
        too_large = too_large or n_bytes > MAX_BODY_BYTES
        if n_bytes > _MAX_DRAINED_BYTES:
            break
        if not too_large:
            body += chunk
    if too_large:
        raise problem(413, "too-large", "That is too much", f"At most {MAX_BODY_BYTES // 1024} kB may be sent at once.")
    return bytes(body)


def _check_body(request: Request, body: bytes) -> dict[str, str]:
    """The fields of a form. Raises 400 for what no text can be made of, 415 for other kinds of content."""
    if not body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _JSON:
        _check_json(body)
        return {}
    if kind != _FORM:
        raise problem(415, "unknown-content", "Unknown kind of content", f"Send {_FORM} or {_JSON}.")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise _unreadable("a form in UTF-8") from error
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise _unreadable("text without NUL characters")
    return dict(pairs)


def _check_json(body: bytes) -> None:
    try:
        parsed = json.loads(body.decode("utf-8"), parse_constant=_no_number)
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        raise _unreadable("JSON in UTF-8") from error
    if _NUL_IN_JSON.search(body):
        raise _unreadable("text without NUL characters")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check_origin(request: Request, fields: dict[str, str]) -> None:
    """Refuse what another site's page made a browser send. A program with a token of its own needs no such check."""
    if bearer(request.headers.get("authorization", "")) is not None:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin", "none") or (origin is not None and not _is_own(request, origin)):
        raise problem(403, "cross-site", "Not from here", "This was sent by a page of another site. Nothing was done.")
    secret = session_secret(request)
    given = request.headers.get("x-csrf-token") or fields.get("csrf", "")
    if secret and not hmac.compare_digest(csrf_of(secret).encode(), given.encode("utf-8", "replace")):
        raise problem(
            403,
            "form-expired",
            "This page is out of date",
            "It was made before you signed in or out here. Go back, load it again, and send it once more.",
        )


def _is_own(request: Request, origin: str) -> bool:
    public = urlsplit(service(request).settings.public_url)
    return origin.lower() == f"{public.scheme}://{public.netloc}".lower() or (
        urlsplit(origin).scheme in ("http", "https")
        and urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    )


def _unreadable(wanted: str) -> Problem:
    return problem(400, "unreadable", "This can't be read", f"What was sent isn't {wanted}.")


def _again(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once more, then whatever comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
