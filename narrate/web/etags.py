"""Bytes of an answer -> an answer with an ETag, or 304 where the other side has them already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from fastapi import Request
from starlette.responses import Response


def tagged(request: Request, body: bytes, kind: str, *, max_age_s: int = 0, private: bool = False) -> Response:
    """The answer, kept by others for `max_age_s` at most (0: asked for again each time, which then costs a 304)."""
    etag = f'W/"{sha256(body).hexdigest()[:32]}"'
    scope = "private" if private else "public"
    age = f"max-age={max_age_s}" if max_age_s else "no-cache"
    return answered(request, etag, lambda: body, kind, {"Cache-Control": f"{scope}, {age}"})


def answered(request: Request, etag: str, body: Callable[[], bytes], kind: str, headers: Mapping[str, str]) -> Response:
    """The body under this ETag, which is made only for who doesn't have it."""
    headers = {"ETag": etag, **headers}
    if _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body(), media_type=kind, headers=headers)


def _has(asked: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110, 13.1.2): W/ or not is the same."""
    names = [name.strip().removeprefix("W/") for name in asked.split(",")]
    return "*" in names or etag.removeprefix("W/") in names
