"""A site in a bucket -> answers: types, ages, validators, ranges and open CORS, streamed and never whole in memory."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CHUNK_BYTES = 256 * 1024


async def bucket_answer(site: ObjectStore, path: str, asked: Headers, kind: str | None, cache_control: str) -> Response:
    """The file at this path of a bucket, or the part of it that is asked for. Raises 404, 416 or 503."""
    try:
        found = await obstore.head_async(site, path)
    except FileNotFoundError as error:
        raise HTTPException(404) from error
    except (BaseError, OSError, ValueError) as error:
        raise HTTPException(503, "The store with this file doesn't answer. Try again in a moment.") from error
    size, changed_at = found["size"], found["last_modified"].replace(microsecond=0)
    etag = f'"{(found["e_tag"] or f"{size}-{changed_at.timestamp():.0f}").strip(chr(34))}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(changed_at.astimezone(UTC), usegmt=True),
        "Cache-Control": cache_control,
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Content-Range, Content-Length, ETag",
    }
    if _is_known(asked, etag, changed_at):
        return Response(status_code=304, headers=headers)
    part = _part(asked, size, etag, changed_at)
    start, end = part or (0, size)
    headers["Content-Length"] = str(end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if part else 200
    body = _stream(site, path, start, end)
    return StreamingResponse(body, status, headers, media_type=kind or "application/octet-stream")


async def _stream(site: ObjectStore, path: str, start: int, end: int) -> AsyncIterator[bytes]:
    if end > start:
        got = await obstore.get_async(site, path, options={"range": (start, end)})
        async for chunk in got.stream(min_chunk_size=_CHUNK_BYTES):
            yield bytes(chunk)


def _is_known(asked: Headers, etag: str, changed_at: datetime) -> bool:
    if named := asked.get("if-none-match"):
        return any(one.strip().removeprefix("W/") in (etag, "*") for one in named.split(","))
    since = _date(asked.get("if-modified-since"))
    return since is not None and changed_at <= since


def _part(asked: Headers, size: int, etag: str, changed_at: datetime) -> tuple[int, int] | None:
    """(first byte, the one after the last) to send, None for the whole. Raises 416 if nothing fits (RFC 9110, 14)."""
    found = _RANGE.fullmatch(asked.get("range", ""))
    if not found or not (found[1] or found[2]):
        return None  # none asked for, or several: a server may send the whole
    condition = asked.get("if-range")
    if condition and condition != etag and _date(condition) != changed_at:
        return None
    if found[1]:
        start = int(found[1][:18])
        end = min(int(found[2][:18]) + 1, size) if found[2] else size
    else:
        start, end = max(0, size - int(found[2][:18])), size
    if start >= end:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
    return start, end


def _date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except (ValueError, TypeError, OverflowError):
        return None
