"""How a forum fails, on request: a name -> the wrong answer. Nothing here happens unless a test or an operator asks.

faults.next("error_502", times=2)      the next two requests fail, then all is well
faults.always("null_user")             until `clear()`
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_HTML = "text/html; charset=utf-8"
_CHALLENGE = (
    "<!DOCTYPE html><html lang='en'><head><title>Vercel Security Checkpoint</title></head>"
    "<body><p>We're verifying your browser</p></body></html>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAnswer:
    """A whole HTTP answer to give instead of the right one."""

    status: int
    content_type: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


ANSWERS: dict[str, WrongAnswer] = {
    "challenge": WrongAnswer(
        status=429, content_type=_HTML, body=_CHALLENGE, headers={"x-vercel-mitigated": "challenge"}
    ),
    "challenge_page": WrongAnswer(status=200, content_type=_HTML, body=_CHALLENGE),
    "web_page": WrongAnswer(status=200, content_type=_HTML, body="<!DOCTYPE html><html><body>Hello</body></html>"),
    "forbidden": WrongAnswer(status=403, content_type=_HTML, body="<html><body><h1>403 Forbidden</h1></body></html>"),
    "too_many": WrongAnswer(
        status=429, content_type="application/json", body='{"error":"rate limited"}', headers={"retry-after": "7"}
    ),
    "too_many_page": WrongAnswer(status=429, content_type=_HTML, body="<html><body>Too Many Requests</body></html>"),
    "error_500": WrongAnswer(status=500, content_type="application/json", body='{"errors":[{"message":"oops"}]}'),
    "error_502": WrongAnswer(status=502, content_type=_HTML, body="<html><body>502 Bad Gateway</body></html>"),
    "error_504": WrongAnswer(status=504, content_type="text/plain", body="FUNCTION_INVOCATION_TIMEOUT"),
}
#: These spoil the transport of a right answer.
BROKEN_TRANSPORT = ("truncated", "hang_up", "stall")
#: These change what the resolvers find, or when.
WRONG_DATA = ("null_contents", "null_html", "null_user", "no_aria_labels", "posts_arrive")
NAMES = (*ANSWERS, *BROKEN_TRANSPORT, *WRONG_DATA)


class Faults:
    """The switchboard. Safe for threads. Unknown names raise ValueError."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: deque[str] = deque()
        self._always: set[str] = set()

    def next(self, name: str, times: int = 1) -> None:
        """Give this fault to the next requests, after those that wait already."""
        with self._lock:
            self._next.extend([_known(name)] * times)

    def always(self, name: str) -> None:
        """Give this fault to every request until `clear`."""
        with self._lock:
            self._always.add(_known(name))

    def clear(self) -> None:
        with self._lock:
            self._next.clear()
            self._always.clear()

    def take(self) -> frozenset[str]:
        """The faults of one request; those of `next` are used up by it."""
        with self._lock:
            return frozenset({*self._always, *([self._next.popleft()] if self._next else [])})


def spoiled(document: dict[str, Any], faults: frozenset[str]) -> dict[str, Any]:
    """The document as a resolver finds it under these faults; the original is left alone."""
    if "null_contents" in faults:
        return {**document, "contents": None}
    contents = document.get("contents")
    if "null_html" in faults and contents:
        return {**document, "contents": {**contents, "html": None}}
    if "no_aria_labels" in faults and contents and contents.get("html"):
        return {**document, "contents": {**contents, "html": re.sub(r' aria-label="[^"]*"', "", contents["html"])}}
    return document


def _known(name: str) -> str:
    if name not in NAMES:
        raise ValueError(f"no fault is named {name!r}; there are {', '.join(NAMES)}")
    return name
