"""What players and browsers need of the server: types, ranges, validators, compression, CORS, nobody else's files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from narrate.settings import read_settings
from narrate.store import open_store
from narrate.web.app import make_app
from tests.serving import serving

MEDIA = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a published site, and something beside it that is nobody's business."""
    home = tmp_path_factory.mktemp("home")
    for path, content in {
        "site/feed.xml": b"<rss>" + b"x" * 2000 + b"</rss>",
        "site/index.html": b"<!doctype html><title>front</title>",
        "site/episodes/lesswrong-abc.html": b"<!doctype html><title>episode</title>",
        "site/media/lesswrong-abc/0123456789ab.mp3": MEDIA,
        "site/media/lesswrong-abc/0123456789ab.vtt": b"WEBVTT\n\n",
        "site/media/lesswrong-abc/0123456789ab.srt": b"1\n",
        "site/media/lesswrong-abc/0123456789ab.chapters.json": b"{}",
        "site/media/show/0123456789ab.jpg": b"\xff\xd8\xff",
        "secret.txt": b"not for you",
    }.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(content)
    return home


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with opened(home) as client:
        yield client


@contextmanager
def opened(home: Path) -> Iterator[httpx.Client]:
    """A client of the app over a data folder, served for real."""
    settings = read_settings(home=home)
    store = open_store(settings.sql_url)
    with serving(make_app(settings, store)) as url, httpx.Client(base_url=url, trust_env=False) as client:
        client.headers["Accept-Encoding"] = "identity"
        yield client
    store.close()


def test_a_fresh_service_answers_and_says_how_to_begin(tmp_path: Path) -> None:
    with opened(tmp_path) as client:
        front = client.get("/")
        assert front.status_code == 200
        assert "narrate episode" in front.text
        assert client.get("/healthz").json() == {"status": "ok", "version": "0.1.0", "waiting": 0}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/media/lesswrong-abc/0123456789ab.mp3", "audio/mpeg"),
        ("/media/lesswrong-abc/0123456789ab.vtt", "text/vtt; charset=utf-8"),
        ("/media/lesswrong-abc/0123456789ab.srt", "application/x-subrip; charset=utf-8"),
        ("/media/lesswrong-abc/0123456789ab.chapters.json", "application/json; charset=utf-8"),
        ("/media/show/0123456789ab.jpg", "image/jpeg"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/static/player.js", "text/javascript; charset=utf-8"),
        ("/episodes/lesswrong-abc.html", "text/html; charset=utf-8"),
    ],
)
def test_everything_has_its_type_and_answers_head(client: httpx.Client, path: str, kind: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (got.status_code, head.status_code) == (200, 200)
    assert got.headers["Content-Type"] == kind
    assert head.headers["Content-Length"] == str(len(got.content))
    assert head.content == b""


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-1", 0, 1), ("bytes=5000-5999", 5000, 5999), ("bytes=10000-", 10000, 10239), ("bytes=-500", 9740, 10239)],
)
def test_a_range_is_served_byte_for_byte(client: httpx.Client, asked: str, first: int, last: int) -> None:
    got = client.get("/media/lesswrong-abc/0123456789ab.mp3", headers={"Range": asked})
    assert got.status_code == 206
    assert got.headers["Content-Range"] == f"bytes {first}-{last}/{len(MEDIA)}"
    assert got.content == MEDIA[first : last + 1]


def test_a_range_past_the_end_is_refused(client: httpx.Client) -> None:
    got = client.get("/media/lesswrong-abc/0123456789ab.mp3", headers={"Range": "bytes=20000-"})
    assert got.status_code == 416


@pytest.mark.parametrize("path", ["/feed.xml", "/media/lesswrong-abc/0123456789ab.mp3", "/static/style.css"])
def test_an_unchanged_file_isnt_sent_again(client: httpx.Client, path: str) -> None:
    got = client.get(path)
    for name, asked in (("If-None-Match", got.headers["ETag"]), ("If-Modified-Since", got.headers["Last-Modified"])):
        again = client.get(path, headers={name: asked})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_feed_is_compressed_for_those_who_ask_and_audio_never(client: httpx.Client, home: Path) -> None:
    with client.stream("GET", "/feed.xml", headers={"Accept-Encoding": "gzip"}) as got:
        raw = b"".join(got.iter_raw())
    assert got.headers["Content-Encoding"] == "gzip"
    assert "accept-encoding" in got.headers["Vary"].lower()
    assert gzip.decompress(raw) == (home / "site" / "feed.xml").read_bytes()
    audio = client.get("/media/lesswrong-abc/0123456789ab.mp3", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in audio.headers


def test_media_may_be_kept_for_ever_and_the_feed_a_while(client: httpx.Client) -> None:
    assert "immutable" in client.get("/media/lesswrong-abc/0123456789ab.mp3").headers["Cache-Control"]
    assert "max-age=300" in client.get("/feed.xml").headers["Cache-Control"]


def test_players_on_other_origins_may_read_chapters_and_transcripts(client: httpx.Client) -> None:
    got = client.get("/media/lesswrong-abc/0123456789ab.vtt", headers={"Origin": "https://player.example"})
    assert got.headers["Access-Control-Allow-Origin"] == "*"


def test_an_episode_is_found_by_its_key(client: httpx.Client) -> None:
    for got in (client.get("/episodes/lesswrong:abc"), client.head("/episodes/lesswrong:abc")):
        assert (got.status_code, got.headers["Location"]) == (307, "/episodes/lesswrong-abc.html")


@pytest.mark.parametrize(
    "path",
    [
        "/no-such-thing.mp3",
        "/episodes/lesswrong:other",
        "/episodes/lesswrong:..%2Fsecret",
        "/episodes/..%2F..%2Fsecret.txt",
        "/media/../../secret.txt",
        "/media/%2e%2e/%2e%2e/secret.txt",
        "/..%2Fsecret.txt",
        "/%00",
        "/" + "x" * 3000,
        "/episodes/" + "x" * 3000,
        "/episodes/lesswrong:" + "x" * 3000,
    ],
)
def test_what_isnt_published_isnt_there(client: httpx.Client, path: str) -> None:
    got = client.get(path)
    assert got.status_code == 404
    assert b"not for you" not in got.content


def test_every_answer_carries_the_safety_headers(client: httpx.Client) -> None:
    for path in ("/", "/feed.xml", "/healthz", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
