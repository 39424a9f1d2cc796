"""Feeds as apps get them: from memory, by taste, one member's own, and a whole site from a bucket."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import feedparser
import httpx
import obstore
import pytest
from lxml import etree

from feeds.rss import NAMESPACES
from narrate.home import Home, open_home
from narrate.settings import read_settings
from narrate.store import members
from narrate.store.sites import MAIN
from narrate.web.app import make_app
from narrate.web.published import SiteFiles
from tests.library import START, Library
from tests.s3_server import S3Server
from tests.serving import serving

URL = "https://pod.example.org"


@contextmanager
def served(home: Home) -> Iterator[httpx.Client]:
    with serving(make_app(home.settings, home.store)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        client.headers["Accept-Encoding"] = "identity"
        yield client


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("feeds") / "home"
    settings = read_settings(
        home=folder, public_url=URL, websub_hub="https://hub.example", former_url="http://old.test"
    )
    with open_home(settings) as opened:
        library = Library(opened, random.Random(5))
        keys = library.add(4, tags=("AI", "Biology"), karma=80)
        keys += library.add(2, tags=("Biology",), karma=10, duration_ms=300_000)
        keys += library.add(1, tags=("Notes",), karma=5)
        keys += library.with_editions(1, tags=("Notes",), karma=5)
        opened.publish(MAIN, keys)
        yield opened


@pytest.fixture(scope="module")
def client(home: Home) -> Iterator[httpx.Client]:
    with served(home) as client:
        yield client


def channel_of(answer: httpx.Response) -> etree._Element:
    assert answer.status_code == 200, answer.text
    return etree.fromstring(answer.content)[0]


def text_at(channel: etree._Element, path: str) -> str | None:
    return channel.findtext(path, namespaces=NAMESPACES)


@pytest.mark.parametrize("path", ["/feed.xml", "/feeds/tag-ai.xml", "/feeds/forum-lesswrong.xml"])
def test_a_published_feed_answers_as_apps_wish(client: httpx.Client, path: str) -> None:
    whole = client.get(path)
    assert whole.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert whole.headers["Cache-Control"] == "public, max-age=300"
    assert whole.headers["Access-Control-Allow-Origin"] == "*"
    assert whole.headers["Link"] == '<https://hub.example>; rel="hub"'
    assert "nosniff" in whole.headers["X-Content-Type-Options"]
    head = client.head(path)
    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(whole.content)))
    for name in ("ETag", "Last-Modified"):
        condition = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[name]
        known = client.get(path, headers={condition: whole.headers[name]})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["ETag"] == whole.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == whole.content
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.headers["ETag"] == whole.headers["ETag"]


@pytest.mark.parametrize("when", ["nonsense", "Tue, 99 Foo 2026", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_odd_date_is_no_condition(client: httpx.Client, when: str) -> None:
    assert client.get("/feed.xml", headers={"If-Modified-Since": when}).status_code == 200


def test_a_new_feed_is_shown_at_once_and_the_list_of_all_is_there(home: Home, client: httpx.Client) -> None:
    before = client.get("/feed.xml")
    home.publish(MAIN, Library(home, random.Random(6)).add(0) or (), everything=False)
    assert client.get("/feed.xml").headers["ETag"] == before.headers["ETag"]
    file = home.settings.home / "site" / "feed.xml"
    kept = file.read_bytes()
    file.write_bytes(kept + b"\n")
    try:
        assert client.get("/feed.xml").content == kept + b"\n"
    finally:
        file.write_bytes(kept)
    assert client.get("/feeds.opml").headers["Content-Type"] == "text/x-opml; charset=utf-8"


@pytest.mark.parametrize("path", ["/feeds/none.xml", "/feeds/%2e%2e/narrate.xml", "/feeds/tag-ai/9.xml"])
def test_what_is_no_feed_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("", 8),
        ("karma=75", 4),
        ("tag=ai", 4),
        ("tag=biology&max_minutes=10", 2),
        ("tag=nobody-uses-it", 0),
        ("lane=classics", 6),
    ],
)
def test_a_custom_feed_holds_what_was_asked_for(client: httpx.Client, query: str, n: int) -> None:
    answer = client.get(f"/feeds/custom.xml?{query}")
    if query == "lane=classics":
        n = len(feedparser.parse(client.get("/feeds/lane-classics.xml").content).entries)
    assert len(feedparser.parse(answer.content).entries) == n
    assert answer.headers["X-Robots-Tag"] == "noindex"
    channel = channel_of(answer)
    assert text_at(channel, "itunes:block") == "Yes"
    assert text_at(channel, "podcast:locked") == "yes"
    etag = answer.headers["ETag"]
    assert client.get(f"/feeds/custom.xml?{query}", headers={"If-None-Match": etag}).status_code == 304


def test_equal_wishes_are_the_same_feed_byte_for_byte(client: httpx.Client) -> None:
    one, other = (client.get(f"/feeds/custom.xml?{q}") for q in ("karma=75&tag=AI", "tag=ai&karma=075"))
    assert (one.content, one.headers["ETag"]) == (other.content, other.headers["ETag"])
    self = channel_of(one).find("atom:link", NAMESPACES)
    assert self is not None
    assert self.get("href") == f"{URL}/feeds/custom.xml?karma=75&tag=ai"


@pytest.mark.parametrize(
    "query", ["karma=lots", "colour=red", "tag=" + "x" * 3000, "footnotes=some", "karma=1&karma=2"]
)
def test_nonsense_is_answered_with_what_is_allowed(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/feeds/custom.xml?{query}")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20


@pytest.mark.parametrize(("footnotes", "suffix"), [("never", ":nofn"), ("after", ":fnafter"), ("inline", "")])
def test_footnotes_as_asked_for_where_an_episode_has_any(
    home: Home, client: httpx.Client, footnotes: str, suffix: str
) -> None:
    entries = feedparser.parse(client.get(f"/feeds/custom.xml?tag=notes&footnotes={footnotes}").content).entries
    assert [e.id.removeprefix("lesswrong:libraryPost") for e in entries] == [f"000008{suffix}", "000007"]
    audio = entries[0].enclosures[0].href.removeprefix(URL)
    assert client.get(audio).status_code == 200
    main = feedparser.parse(client.get("/feed.xml").content).entries
    assert "lesswrong:libraryPost000008" in [e.id for e in main]


def test_who_asks_for_feeds_by_taste_too_often_is_told_when_to_come_back(home: Home) -> None:
    settings = home.settings.model_copy(update={"limit_feeds": "2/hour"})
    with serving(make_app(settings, home.store)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        answers = [client.get(f"/feeds/custom.xml?karma={karma}") for karma in (1, 2, 3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 3500 < int(answers[2].headers["Retry-After"]) <= 3601
        assert answers[2].json()["type"] == "/problems/too-many-requests"
        assert client.head("/feeds/custom.xml?karma=1").status_code == 429
        assert client.get("/feed.xml").status_code == 200  # what lies ready costs nothing


def test_a_members_feed_is_theirs_alone_revocable_and_in_no_log(
    home: Home, client: httpx.Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with home.store.begin() as session:
        member = members.arrive(session, "ana@example.org", "ana@example.org", START, "")
        session.flush()
        token = member.feed_token
        assert token is not None
    path = f"/feeds/private/{token}.xml"
    answer = client.get(path)
    assert text_at(channel_of(answer), "itunes:block") == "Yes"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"].startswith("private")
    guid = text_at(channel_of(answer), "podcast:guid")
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    with home.store.begin() as session:
        fresh = members.renew_feed_token(session, member.id)
    assert client.get(path).status_code == 404
    assert text_at(channel_of(client.get(f"/feeds/private/{fresh}.xml")), "podcast:guid") != guid
    said = "".join(capfd.readouterr()) + "\n".join(r.getMessage() for r in caplog.records if r.name != "httpx")
    assert token not in said
    assert fresh not in said


def test_a_site_that_moved_sends_apps_on_and_its_feeds_say_where_they_are(client: httpx.Client) -> None:
    moved = client.get("/feeds/tag-ai.xml?x=1", headers={"Host": "old.test"})
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{URL}/feeds/tag-ai.xml?x=1")
    assert client.post("/sign-in", headers={"Host": "old.test"}).status_code == 308
    channel = channel_of(client.get("/feeds/tag-ai.xml"))
    assert text_at(channel, "itunes:new-feed-url") == f"{URL}/feeds/tag-ai.xml"


def test_only_media_are_kept_for_ever_wherever_the_site_lies(tmp_path: Path) -> None:
    folder = tmp_path / "media" / "site"
    for path in ("media/a/b.mp3", "index.html"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x")
    with serving(SiteFiles(directory=folder)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert "immutable" in client.get("/media/a/b.mp3").headers["Cache-Control"]
        assert client.get("/index.html").headers["Cache-Control"] == "public, max-age=300"


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    server = S3Server()
    server.make_bucket("site")
    yield server
    server.close()


@pytest.mark.slow
def test_a_site_in_a_bucket_is_published_and_served_as_one_on_disk(
    bucket: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (bucket.env | {"AWS_ALLOW_HTTP": "true"}).items():
        monkeypatch.setenv(name, value)
    settings = read_settings(home=tmp_path / "home", public_url=URL, site_url="s3://site/pod")
    with open_home(settings) as home:
        library = Library(home, random.Random(5))
        keys = library.add(3, tags=("AI",))
        home.publish(MAIN, keys)
        puts = [line for line in bucket.requests() if "PUT" in line]
        assert puts.index(next(p for p in puts if "feed.xml" in p)) > puts.index(next(p for p in puts if ".mp3" in p))
        stored = obstore.get(home.publishing.place(MAIN), "feed.xml").attributes
        assert stored == {"Content-Type": "application/rss+xml", "Cache-Control": "public, max-age=300"}
        with served(home) as client:
            assert len(feedparser.parse(client.get("/feed.xml").content).entries) == 3
            assert client.get("/").status_code == 200
            assert client.get(f"/episodes/{keys[0]}", follow_redirects=True).status_code == 200
            (entry, *_) = feedparser.parse(client.get("/feeds/tag-ai.xml").content).entries
            audio = entry.enclosures[0].href.removeprefix(URL)
            _check_ranges(client, audio)
            kept = obstore.get(home.publishing.place(MAIN), audio.lstrip("/")).attributes
            assert kept == {"Content-Type": "audio/mpeg", "Cache-Control": "public, max-age=31536000, immutable"}
            assert client.get("/media/none/none.mp3").status_code == 404
            assert client.get("/nothing").status_code == 404
        n_before = len([line for line in bucket.requests() if "PUT" in line])
        home.publish(MAIN)
        assert len([line for line in bucket.requests() if "PUT" in line]) == n_before


def _check_ranges(client: httpx.Client, path: str) -> None:
    whole = client.get(path)
    body = whole.content
    assert (whole.status_code, whole.headers["Content-Type"], len(body) > 10) == (200, "audio/mpeg", True)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert "immutable" in whole.headers["Cache-Control"]
    ranges: dict[str, Any] = {"bytes=2-5": body[2:6], "bytes=3-": body[3:], "bytes=-4": body[-4:], "bytes=0-9999": body}
    for asked, part in ranges.items():
        got = client.get(path, headers={"Range": asked})
        assert (got.status_code, got.content) == (206, part), asked
        assert got.headers["Content-Range"].endswith(f"/{len(body)}")
    for asked in ("bytes=9999-", "bytes=5-2", "bytes=-0"):
        refused = client.get(path, headers={"Range": asked})
        assert (refused.status_code, refused.headers["Content-Range"]) == (416, f"bytes */{len(body)}"), asked
    for asked in ("bytes=a-b", "lines=1-2", "bytes=0-1,3-4"):
        assert client.get(path, headers={"Range": asked}).status_code == 200, asked
    etag = whole.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(path, headers={"If-Modified-Since": whole.headers["Last-Modified"]}).status_code == 304
    changed = client.get(path, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (changed.status_code, changed.content, "Content-Range" in changed.headers) == (200, body, False)
    head = client.head(path)
    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(body)))
