"""A request to a forum -> its JSON, politely: paced, retried with patience, and never past a bot check.

The pace is the forum's own: `Crawl-delay` of its robots.txt, asked for once, else one request a second. What may pass
by itself (429, 5xx, a refusal without a reason, time-outs, a broken body) is tried again with growing pauses, or after
the time the forum names in `Retry-After`. A bot check isn't fought: it ends the attempt at once, and for a while this
client doesn't even ask.
"""

from __future__ import annotations

import copy
import json
import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

import httpx

from narrate import __version__
from narrate.errors import ForumChallenged, ForumProtocol, ForumUnavailable
from narrate.sources.forums import Forum
from narrate.sources.pace import crawl_delay_s, retry_after_s

DEFAULT_DELAY_S = 1.0
_MAX_DELAY_S = 60.0  # a robots.txt that asks for more is a mistake
_MAX_TRIES = 5
_FIRST_PAUSE_S = 2.0
_MAX_PAUSE_S = 120.0  # a forum that wants longer is left alone until the job is tried again
_CHALLENGE_HOLD_S = 300.0  # doubled with each challenge in a row
_MAX_CHALLENGE_HOLD_S = 6 * 3600.0
_MAX_BODY_BYTES = 64_000_000
_MAX_REDIRECTS = 5
_RANDOM = random.SystemRandom()
_CHALLENGE_SIGNS = (
    "vercel security checkpoint",
    "just a moment...",
    "cf-challenge",
    "cf_chl_",
    "attention required! | cloudflare",
    "checking your browser",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer, body decoded."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def is_html(self) -> bool:
        return "html" in self.headers.get("content-type", "").lower() or self.body[:200].lstrip()[:1] == b"<"

    @property
    def is_challenge(self) -> bool:
        """Whether this is a bot check: a page that wants a browser to prove itself."""
        if "challenge" in self.headers.get("x-vercel-mitigated", "") or "challenge" in self.headers.get(
            "cf-mitigated", ""
        ):
            return True
        start = self.body[:20_000].decode("utf-8", "replace").lower()
        return self.is_html and any(sign in start for sign in _CHALLENGE_SIGNS)


class _TryAgain(Exception):
    """This attempt failed in a way that may pass. `error` is what to raise when it doesn't."""

    def __init__(self, error: ForumUnavailable, after_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_s = after_s


@dataclass(slots=True)
class _Pace:
    """What we owe one forum: when it may next be asked, and whether it has sent us away."""

    delay_s: float | None = None  # None until robots.txt is read
    next_at: float = 0.0
    closed_until: float = 0.0
    n_challenges: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class PoliteClient:
    """One HTTP client for all forums; safe for threads, which queue up for each forum's pace.

    `contact` is an address or URL for the forum's operators. `clock` (seconds, monotonic), `sleep` and `jitter` (0 to
    1) are arguments so that tests need not wait. Environment proxies are not used.
    """

    def __init__(
        self,
        *,
        contact: str = "",
        timeout_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = _RANDOM.random,
    ) -> None:
        self.user_agent = f"narrate/{__version__}" + (f" (+{contact})" if contact else "")
        self._timeout_s, self._max_tries = timeout_s, _MAX_TRIES
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._paces: dict[str, _Pace] = {}
        self._paces_lock = threading.Lock()
        self._http = httpx.Client(
            headers={"User-Agent": self.user_agent},
            timeout=httpx.Timeout(timeout_s, connect=min(10.0, timeout_s)),
            verify=_trusted(),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._http.close()

    def in_haste(self) -> PoliteClient:
        """This client for somebody who waits at a web page: the same pace and connections, but one try only."""
        hasty = copy.copy(self)
        hasty._max_tries = 1
        return hasty

    def post_json(self, forum: Forum, path: str, payload: object) -> object:
        """POST JSON to the forum, the decoded JSON of its answer back; HTTP 400 with JSON is an answer too.

        Raises ForumUnavailable when it doesn't answer properly after every try, ForumChallenged at a bot check,
        ForumProtocol when trying again can't help.
        """
        return self._patiently(forum, lambda: self._ask(forum, path, payload))

    def _patiently(self, forum: Forum, attempt: Callable[[], object]) -> object:
        for n_tried in range(1, self._max_tries + 1):
            try:
                return attempt()
            except _TryAgain as failure:
                pause_s = failure.after_s
                if pause_s is None:
                    pause_s = _FIRST_PAUSE_S * 2 ** (n_tried - 1) * (0.5 + self._jitter())
                if n_tried == self._max_tries or pause_s > _MAX_PAUSE_S:
                    raise failure.error from failure
                self._sleep(pause_s)
        raise AssertionError("the last try returns or raises")

    def _ask(self, forum: Forum, path: str, payload: object) -> object:
        self._wait_for_turn(forum)
        answer = self._send(forum, "POST", forum.base_url + path, payload)
        return self._read(forum, answer)

    def _read(self, forum: Forum, answer: Answer) -> object:
        """The answer's JSON, or the right way to fail."""
        if answer.is_challenge:
            self._keep_away(forum)
        if answer.status == 429 or answer.status == 408 or answer.status >= 500:
            raise _TryAgain(_unavailable(forum, answer), _named_pause_s(answer))
        if answer.is_html and answer.status in (200, 401, 403):
            challenged = ForumChallenged(
                f"{forum.name} answers programs with a web page (HTTP {answer.status}) instead of data: wait some "
                "hours, or ask its team to let this service in"
            )
            raise _TryAgain(challenged, _named_pause_s(answer))
        if answer.status not in (200, 400):
            raise ForumProtocol(
                f"{forum.name} refused a request with HTTP {answer.status}: check that {forum.base_url} is a "
                "ForumMagnum site"
            )
        try:
            decoded: object = json.loads(answer.body)
        except (ValueError, RecursionError) as broken:
            cut = ForumUnavailable(f"{forum.name} sent a broken answer (not whole JSON): try again later")
            raise _TryAgain(cut) from broken
        self._pace(forum).n_challenges = 0
        return decoded

    def _keep_away(self, forum: Forum) -> NoReturn:
        """Remember the bot check, and say so."""
        pace = self._pace(forum)
        hold_s = min(_CHALLENGE_HOLD_S * 2**pace.n_challenges, _MAX_CHALLENGE_HOLD_S)
        pace.n_challenges += 1
        pace.closed_until = self._clock() + hold_s
        raise _challenged(forum, hold_s)

    def _wait_for_turn(self, forum: Forum) -> None:
        """Sleep until the forum's pace allows another request. Raises ForumChallenged while it has sent us away."""
        pace = self._pace(forum)
        with pace.lock:
            if pace.delay_s is None:
                pace.delay_s = self._robots_delay_s(forum)
                pace.next_at = self._clock() + pace.delay_s
            now = self._clock()
            if now < pace.closed_until:
                raise _challenged(forum, pace.closed_until - now)
            start_at = max(now, pace.next_at)
            pace.next_at = start_at + pace.delay_s
        if start_at > now:
            self._sleep(start_at - now)

    def _pace(self, forum: Forum) -> _Pace:
        with self._paces_lock:
            return self._paces.setdefault(forum.base_url, _Pace())

    def _robots_delay_s(self, forum: Forum) -> float:
        """Seconds between requests by the forum's robots.txt; without a readable one, the default."""
        try:
            answer = self._send(forum, "GET", f"{forum.base_url}/robots.txt", None)
        except (_TryAgain, ForumProtocol):
            return DEFAULT_DELAY_S
        if answer.status != 200 or answer.is_html:
            return DEFAULT_DELAY_S
        delay_s = crawl_delay_s(answer.body.decode("utf-8", "replace"), "narrate")
        return DEFAULT_DELAY_S if delay_s is None else min(delay_s, _MAX_DELAY_S)

    def _send(self, forum: Forum, method: str, url: str, payload: object) -> Answer:
        """One exchange, redirects within the forum's own hosts followed."""
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._exchange(forum, method, url, payload)
            target = answer.headers.get("location")
            if answer.status not in (301, 302, 307, 308) or not target:
                return answer
            url = _own_address(forum, url, target)
        raise ForumProtocol(f"{forum.name} redirects in circles: check that {forum.base_url} is its address")

    def _exchange(self, forum: Forum, method: str, url: str, payload: object) -> Answer:
        started_at = self._clock()
        body = bytearray()
        try:
            with self._http.stream(method, url, json=payload) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _MAX_BODY_BYTES:
                        raise ForumProtocol(
                            f"{forum.name} sent more than {_MAX_BODY_BYTES // 1_000_000} MB: ask for less"
                        )
                    if self._clock() - started_at > 4 * self._timeout_s:
                        raise httpx.ReadTimeout("the answer trickles in too slowly")
                return Answer(response.status_code, response.headers, bytes(body))
        except httpx.TimeoutException as late:
            error = ForumUnavailable(f"{forum.name} didn't answer within {self._timeout_s:g} s: try again later")
            raise _TryAgain(error) from late
        except (httpx.TransportError, httpx.DecodingError) as broken:
            error = ForumUnavailable(
                f"{forum.name} can't be reached at {forum.base_url} ({_reason(broken)}): check the network, or try "
                "later"
            )
            raise _TryAgain(error) from broken


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates we trust, read once: it takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


def _named_pause_s(answer: Answer) -> float | None:
    return retry_after_s(answer.headers.get("retry-after", ""), datetime.now(UTC))


def _own_address(forum: Forum, url: str, target: str) -> str:
    """The redirect's target if it is the forum's own, by the same scheme or a safer one; else ForumProtocol."""
    base = urlsplit(forum.base_url)
    try:
        url = urljoin(url, target)
        parts = urlsplit(url)
    except ValueError:
        raise ForumProtocol(f"{forum.name} redirects to nowhere: check that {forum.base_url} is its address") from None
    safe = parts.scheme == "https" or (parts.scheme, parts.netloc) == (base.scheme, base.netloc)
    if not safe or parts.netloc.lower() not in forum.hosts:
        raise ForumProtocol(
            f"{forum.name} redirects to {parts.scheme}://{parts.netloc}, which isn't its own: check its address"
        )
    return url


def _unavailable(forum: Forum, answer: Answer) -> ForumUnavailable:
    if answer.status == 429 and answer.is_html:
        return ForumChallenged(
            f"{forum.name} turned us away with a web page (HTTP 429): wait some hours, or ask its team to let this "
            "service in"
        )
    if answer.status == 429:
        return ForumUnavailable(f"{forum.name} says we ask too often (HTTP 429): try again in some minutes")
    return ForumUnavailable(f"{forum.name} has trouble of its own (HTTP {answer.status}): try again later")


def _challenged(forum: Forum, hold_s: float) -> ForumChallenged:
    return ForumChallenged(
        f"{forum.name} shows a bot check instead of posts: it isn't asked again for {max(1, round(hold_s / 60))} min; "
        "wait, or ask its team to let this service in"
    )


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0][:100] if str(error) else type(error).__name__
