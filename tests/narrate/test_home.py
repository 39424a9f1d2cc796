"""What is kept and published: nothing that would stop a feed, and by one process at a time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest

import feeds
from narrate import release
from narrate.home import Home, open_home
from narrate.pipeline import Narrated
from narrate.records import Episode
from narrate.settings import read_settings
from narrate.store.sites import MAIN

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(read_settings(home=tmp_path / "home", voice="tone", slots=1)) as opened:
        yield opened


def a_file(folder: Path, post_id: str, **fields: Any) -> str:
    path = folder / f"{post_id}.json"
    post = {"_id": post_id, "title": "A post", "user": {"displayName": "Ana"}, "contents": {"html": "<p>Words.</p>"}}
    path.write_text(json.dumps(post | fields), encoding="utf-8")
    return str(path)


def n_published(site: Path) -> int:
    return len(feedparser.parse((site / "feed.xml").read_bytes()).entries)


def test_what_no_feed_takes_is_refused_before_it_has_a_row(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_the_bad(episode: Episode) -> None:
        if episode.key.post_id == "bad":  # everything that is known to be refused is mended by now
            raise feeds.FeedError("no feed takes it")

    monkeypatch.setattr("narrate.home.check_item", refuse_the_bad)
    refused, narrated = home.narrate([a_file(tmp_path, "bad"), a_file(tmp_path, "good")])
    assert not isinstance(refused, Narrated)
    assert isinstance(refused.error, feeds.FeedError)
    assert isinstance(narrated, Narrated)
    with home.store.begin() as session:
        assert home.known(narrated.post.key)
        assert session.connection().exec_driver_sql("SELECT count(*) FROM episodes").scalar() == 1


def test_the_services_own_site_moves_with_its_setting_and_a_folder_doesnt(home: Home, tmp_path: Path) -> None:
    folder = str(tmp_path / "site")
    for name in (MAIN, folder):
        home.publish(name)
    with open_home(home.settings.model_copy(update={"public_url": "https://pod.example.org"})) as moved:
        assert moved.publish(MAIN).base_url == "https://pod.example.org"
        assert moved.publish(folder).base_url == "http://127.0.0.1:8000"
    assert home.publish(MAIN).base_url == "https://pod.example.org"


def test_two_that_publish_at_once_lose_nothing(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = home.narrate([a_file(tmp_path, "one"), a_file(tmp_path, "two")])
    assert isinstance(first, Narrated)
    assert isinstance(second, Narrated)
    site = tmp_path / "site"
    put_feed = release.put_feed
    is_slow = threading.Event()

    def put_late(*arguments: Any, **options: Any) -> Any:
        if not is_slow.is_set():
            is_slow.set()
            time.sleep(0.5)
        return put_feed(*arguments, **options)

    monkeypatch.setattr(release, "put_feed", put_late)
    slow = threading.Thread(target=home.publish, args=(str(site), [first.post.key]))
    slow.start()
    assert is_slow.wait(20)
    home.publish(str(site), [second.post.key])
    slow.join()
    assert n_published(site) == 2
