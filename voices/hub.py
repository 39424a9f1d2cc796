"""A model hub, asked for weights: what it offers, and its files, resumed where a line broke off.

The hub speaks the protocol of Hugging Face's (https://huggingface.co/docs/hub): `/OWNER/NAME/resolve/REVISION/FILE`
answers with the file or leads to where it lies. `X-Linked-Etag` is the SHA-256 of a big file and `X-Linked-Size` its
size; the ETag of a small one is its git blob id (SHA-1 over "blob N\\0" and the content); `X-Repo-Commit` is what the
revision means today.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

import httpx

from voices.archive import Archive
from voices.engine import HubUnavailable, WeightsRefused
from voices.weights import WeightFile, Weights

HUB_URL = "https://huggingface.co"

_TRIES = 5
_MOST_REDIRECTS = 5
_NO_SUCH_RANGE = httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE
_TIMEOUT = httpx.Timeout(30.0, read=60.0)

_T = TypeVar("_T")

#: (file, bytes there, bytes in all): news for a progress display.
OnBytes = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A file as the hub offers it now. `checksum` is 64 hex (SHA-256), 40 hex (git blob id) or ""."""

    file: WeightFile
    url: str
    n_bytes: int
    checksum: str


class Offer:
    """A set as a hub offers it now: a source for `install`. `commit` is "" where the hub doesn't say."""

    def __init__(self, hub: Hub, files: Mapping[str, Offered], commit: str) -> None:
        self.name = hub.url
        self.commit = commit
        self.files = files
        self.n_bytes = sum(file.n_bytes for file in files.values())
        self._hub = hub

    def bring(self, file: WeightFile, path: Path, on_bytes: OnBytes) -> str:
        """The file into `path`, resumed; -> its checksum as the hub gives it. Raises HubUnavailable, WeightsRefused."""
        offered = self.files[file.name]
        self._hub.download(offered, path, on_bytes)
        return offered.checksum

    def done(self) -> None:
        return


class Hub:
    """A model hub. `token` is sent to the hub's own host only, for repositories whose terms one accepts there."""

    def __init__(
        self,
        url: str = HUB_URL,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._sleep = sleep
        headers = {"User-Agent": "narrate", "Accept-Encoding": "identity"}  # sizes and ranges are of the file itself
        ours = httpx.URL(self.url)

        def sign(request: httpx.Request) -> httpx.Request:
            if token and (request.url.scheme, request.url.netloc) == (ours.scheme, ours.netloc):
                request.headers["Authorization"] = f"Bearer {token}"
            return request

        self._client = httpx.Client(
            headers=headers, auth=sign, timeout=_TIMEOUT, transport=transport, follow_redirects=False
        )

    def close(self) -> None:
        self._client.close()

    def look_up(self, weights: Weights) -> Offer | Archive:
        """What would be downloaded: sizes, checksums, the commit. Raises WeightsRefused or HubUnavailable."""
        if weights.archive:
            headers = self._describe(weights.archive, weights, WeightFile(name="archive"), follow=True)
            n_bytes = int(headers.get("content-length", 0))
            whole = Offered(
                file=WeightFile(name=weights.archive.rpartition("/")[2]),
                url=weights.archive,
                n_bytes=n_bytes,
                checksum="",
            )
            return Archive(self, weights, whole)
        commit = ""
        offered: dict[str, Offered] = {}
        for file in weights.files:
            url = f"{self.url}/{weights.repository}/resolve/{commit or weights.revision}/{quote(file.name)}"
            headers = self._describe(url, weights, file)
            commit = commit or headers.get("x-repo-commit", "")
            checksum = _checksum(headers.get("x-linked-etag", "")) or _checksum(headers.get("etag", ""))
            n_bytes = int(headers.get("x-linked-size") or headers.get("content-length") or file.n_bytes)
            if file.sha256 and len(checksum) == 64 and checksum != file.sha256:
                raise WeightsRefused(
                    f"{url} isn't the file we know: its SHA-256 is {checksum[:12]}…, not {file.sha256[:12]}…; "
                    "nothing was downloaded. Take another hub, or a newer narrate"
                )
            offered[file.name] = Offered(file=file, url=url, n_bytes=n_bytes, checksum=checksum)
        return Offer(self, offered, commit)

    def _describe(self, url: str, weights: Weights, file: WeightFile, *, follow: bool = False) -> dict[str, str]:
        """The headers of a file, gathered over redirects within the hub; others only with `follow`."""
        gathered: dict[str, str] = {}
        for _ in range(_MOST_REDIRECTS):
            response = self._patiently(partial(self._head, url))
            if not response.is_redirect:
                _check_status(response, weights, file)
                wanted = response.headers
                return {**{key: wanted[key] for key in wanted}, **gathered}
            for key in ("x-linked-etag", "x-linked-size", "x-repo-commit"):
                if key in response.headers:
                    gathered[key] = response.headers[key]
            target = urljoin(url, response.headers["location"])
            leads_away = "x-linked-etag" in gathered or urlsplit(target).netloc != urlsplit(url).netloc
            if leads_away and not follow:
                return gathered
            url = target
        raise HubUnavailable(f"{self.url} sends us in circles for {file.name}; try again later")

    def _head(self, url: str) -> httpx.Response:
        response = self._client.head(url)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.status_code >= 500:
            raise HubUnavailable(f"{response.url.host} answered {response.status_code}")
        return response

    def download(self, offered: Offered, path: Path, on_bytes: OnBytes) -> None:
        """The file into `path`, going on where an earlier try stopped. It isn't checked here."""

        def go_on() -> None:
            start = path.stat().st_size if path.exists() else 0
            if offered.n_bytes and start >= offered.n_bytes:
                return
            headers = {"Range": f"bytes={start}-"} if start else {}
            with self._client.stream("GET", offered.url, headers=headers, follow_redirects=True) as response:
                is_part = response.status_code == httpx.codes.PARTIAL_CONTENT
                if start and (response.status_code == _NO_SUCH_RANGE or (is_part and _first_byte(response) != start)):
                    path.unlink()
                    raise httpx.ReadError("the hub has another file by now")
                _check_status(response, None, offered.file)
                # a hub that doesn't do ranges sends the whole file again
                with path.open("ab" if is_part else "wb") as out:
                    for chunk in response.iter_bytes():
                        out.write(chunk)
                        on_bytes(offered.file.name, out.tell(), offered.n_bytes)
            if offered.n_bytes and path.stat().st_size < offered.n_bytes:
                raise httpx.ReadError("the line broke off")

        self._patiently(go_on)

    def _patiently(self, attempt: Callable[[], _T]) -> _T:
        for tries in range(1, _TRIES + 1):
            try:
                return attempt()
            except (httpx.TransportError, HubUnavailable) as error:
                if tries == _TRIES:
                    raise HubUnavailable(
                        f"{self.url} can't be reached ({error or type(error).__name__}); what is downloaded is kept: "
                        "run the same command again, or give a folder with --from"
                    ) from error
                self._sleep(2.0 ** (tries - 1))
        raise AssertionError("the last try returns or raises")


def _check_status(response: httpx.Response, weights: Weights | None, file: WeightFile) -> None:
    status = response.status_code
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise WeightsRefused(
            f"{response.url.host} doesn't give {file.name} to everybody ({status}): accept the terms on the model's "
            "page there and set NARRATE_HUB_TOKEN to a token of yours"
        )
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        where = f"{weights.repository} at {weights.revision}" if weights else "what it offered"
        raise WeightsRefused(
            f"{response.url.host} has no {file.name} in {where} ({status}); take another hub, or --from"
        )
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
        raise HubUnavailable(f"{response.url.host} answered {status}")
    if not response.is_success:
        raise WeightsRefused(f"{response.url.host} answered {status} for {file.name}; take another hub, or --from")


def _checksum(etag: str) -> str:
    """W/"abc…" -> abc… where it is 64 or 40 hex digits, else ""."""
    bare = etag.removeprefix("W/").strip('"')
    return bare if re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{40}", bare) else ""


def _first_byte(response: httpx.Response) -> int:
    found = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    return int(found[1]) if found else -1
