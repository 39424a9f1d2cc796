"""A stranger's web address -> its answer, by a client that can't be led into our own network.

A name is resolved once; if ANY of its addresses isn't public the request is refused, and the connection goes to the
very address that was checked (no second look-up to poison). Redirects are followed by hand and checked the same way.
Proxies and credentials of the environment aren't used. Size and time are bounded.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from narrate.errors import UnsafeAddress

_MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_KEEP_METHOD = {307, 308}
#: Networks whose addresses carry another one inside: NAT64 and 6to4 (RFC 6052, RFC 3056).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST = re.compile(rb"[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f:.]{2,45}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished answer; `body` is cut at the cap."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, whatever clothes it wears (mapped, NAT64, 6to4)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip.teredo is not None or (inner is not None and not is_public(str(inner))):
            return False
        if ip.ipv4_mapped:
            return True
    return ip.is_global and not ip.is_multicast


def check_url(url: str) -> httpx.URL:
    """An http(s) address without a user name, its host ASCII. Raises UnsafeAddress saying what is wrong."""
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise UnsafeAddress(
            f"{url[:80]!r} is no web address: {error}. Give one like https://example.org/hook"
        ) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UnsafeAddress(f"{url[:80]!r} is no web address. Give one like https://example.org/hook")
    if parsed.userinfo:
        raise UnsafeAddress("A web address with a user name in it isn't used. Leave out what stands before the @.")
    if not _HOST.fullmatch(parsed.raw_host) or not 0 < (parsed.port or 80) < 65536:
        raise UnsafeAddress(f"{parsed.host[:80]!r} is no host's name. Give an address like https://example.org/hook")
    return parsed


class GuardedClient:
    """Requests to addresses that strangers or operators typed. Use as a context manager. Safe for threads."""

    def __init__(
        self,
        user_agent: str,
        *,
        timeout_s: float = 10.0,
        deadline_s: float = 20.0,
        max_bytes: int = 64_000,
        allow: Callable[[str], bool] = is_public,
    ) -> None:
        self._deadline_s, self._max_bytes = deadline_s, max_bytes
        self._client = httpx.Client(
            transport=_Transport(_Backend(allow)),
            timeout=timeout_s,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": user_agent},
        )

    def __enter__(self) -> GuardedClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def request(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises UnsafeAddress, or httpx.HTTPError where the other side doesn't answer properly.

        A POST is repeated only at 307 and 308; its other redirects come back as they are.
        """
        ends_s = time.monotonic() + self._deadline_s
        at = check_url(url)
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._once(method, at, content, headers or {}, ends_s)
            again = answer.status in _KEEP_METHOD or (answer.status in _REDIRECTS and method in ("GET", "HEAD"))
            if not again or "location" not in answer.headers:
                return answer
            following = check_url(str(at.join(answer.headers["location"])))
            if at.scheme == "https" and following.scheme == "http":
                raise UnsafeAddress(f"{at.host} leads from https to http: not followed.")
            at = following
        raise UnsafeAddress(f"{check_url(url).host} leads on more than {_MAX_REDIRECTS} times: not followed.")

    def _once(
        self, method: str, at: httpx.URL, content: bytes | None, headers: Mapping[str, str], ends_s: float
    ) -> Answer:
        with self._client.stream(method, at, content=content, headers=dict(headers)) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) >= self._max_bytes:
                    break
                if time.monotonic() > ends_s:
                    raise httpx.ReadTimeout(f"{at.host} took longer than {self._deadline_s:.0f} s")
            return Answer(
                url=str(at),
                status=response.status_code,
                headers=response.headers,
                body=bytes(body[: self._max_bytes]),
            )


class _Backend(httpcore.NetworkBackend):
    """Resolves once, refuses unless every address is allowed, connects to the very address it checked."""

    def __init__(self, allow: Callable[[str], bool]) -> None:
        self._allow = allow
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address: {error}") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not all(self._allow(address) for address in addresses):
            raise UnsafeAddress(f"{host} isn't on the public internet: nothing was sent there.")
        return self._real.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise UnsafeAddress("A socket of this machine isn't on the public internet: nothing was sent there.")


class _Transport(httpx.BaseTransport):
    """httpx over an httpcore pool with our backend: what httpx.HTTPTransport does, without its private attribute."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            got = self._pool.handle_request(asked)
        except httpcore.TimeoutException as error:
            raise httpx.ConnectTimeout(str(error) or "no answer in time", request=request) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.ConnectError(str(error) or type(error).__name__, request=request) from error
        return httpx.Response(status_code=got.status, headers=got.headers, stream=_Body(got), extensions=got.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._response.iter_stream()
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout(str(error) or "no answer in time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.ReadError(str(error) or type(error).__name__) from error

    def close(self) -> None:
        self._response.close()
