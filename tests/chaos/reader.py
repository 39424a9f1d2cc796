"""A listener who reads the feed all the time, from the disk and over HTTP: what it says must hold at that moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import httpx

_PODCAST = "{https://podcastindex.org/namespace/1.0}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"

Named = dict[str, int | None]


class Reader:
    """`wrong` fills up with what was wrong; `dates` are those first seen, by GUID. Use as `with Reader(...)`."""

    def __init__(self, site: Path, public_url: str) -> None:
        self.wrong: list[str] = []
        self.dates: dict[str, str] = {}
        self.n_read = self.n_heads = 0
        self._shown: dict[str, set[str]] = {"disk": set(), "web": set()}
        self._site, self._url = site, public_url
        self._stopped = threading.Event()
        looks = (self._look_at_disk, self._look_at_web)
        self._threads = [threading.Thread(target=self._again, args=(look,), daemon=True) for look in looks]

    def __enter__(self) -> Reader:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _again(self, look: Callable[[], None]) -> None:
        while not self._stopped.wait(0.05):
            try:
                look()
            except Exception as error:  # a fault of the reader's must not look like a quiet service
                self.wrong.append(f"{look.__name__}: {error!r}")
                return

    def _look_at_disk(self) -> None:
        feed = self._site / "feed.xml"
        try:
            content = feed.read_bytes()
        except FileNotFoundError:
            if self.n_read:
                self.wrong.append("the feed is gone")
            return
        self.n_read += 1
        for url, n_bytes in self._named(content, "disk").items():
            place = self._site / urlsplit(url).path.lstrip("/")
            if not place.is_file():
                self.wrong.append(f"disk: {url} is named and not there")
            elif n_bytes is not None and place.stat().st_size != n_bytes:
                self.wrong.append(f"disk: {url} has {place.stat().st_size} bytes instead of {n_bytes}")

    def _look_at_web(self) -> None:
        with suppress(httpx.TransportError), httpx.Client(timeout=20, trust_env=False) as client:  # it may be killed
            answer = client.get(f"{self._url}/feed.xml")
            if answer.status_code == 404 and not self.n_heads:
                return
            if answer.status_code != 200:
                self.wrong.append(f"web: feed.xml answered {answer.status_code}")
                return
            for url, n_bytes in self._named(answer.content, "web").items():
                head = client.head(url)
                self.n_heads += 1
                length = head.headers.get("content-length")
                if head.status_code != 200 or (n_bytes is not None and length != str(n_bytes)):
                    self.wrong.append(f"web: {url} is named and answers {head.status_code}, {length} bytes")

    def _named(self, content: bytes, where: str) -> Named:
        """Every address of ours that the feed names, with the size it tells; GUIDs and dates are held to what was."""
        try:
            channel = Xml.fromstring(content).find("channel")
        except Xml.ParseError as error:
            self.wrong.append(f"{where}: the feed is no XML: {error}")
            return {}
        assert channel is not None
        named: Named = {}
        seen: set[str] = set()
        for item in channel.iter("item"):
            guid, date = item.findtext("guid") or "", item.findtext("pubDate") or ""
            if not guid or guid in seen:
                self.wrong.append(f"{where}: {guid!r} stands twice, or has no GUID")
            seen.add(guid)
            if self.dates.setdefault(guid, date) != date or not date:
                self.wrong.append(f"{where}: {guid} is dated {date!r} and was {self.dates[guid]!r}")
            enclosure = item.find("enclosure")
            if enclosure is None:
                self.wrong.append(f"{where}: {guid} has no sound")
                continue
            named[enclosure.attrib["url"]] = int(enclosure.attrib["length"])
            named |= {each.attrib["url"]: None for each in item.iter(f"{_PODCAST}transcript")}
            named |= {each.attrib["url"]: None for each in item.iter(f"{_PODCAST}chapters")}
            named |= {each.attrib["href"]: None for each in item.iter(f"{_ITUNES}image")}
        if missing := self._shown[where] - seen:
            self.wrong.append(f"{where}: {sorted(missing)} stood in the feed and don't any more")
        self._shown[where] |= seen
        return {url: size for url, size in named.items() if url.startswith(self._url)}
