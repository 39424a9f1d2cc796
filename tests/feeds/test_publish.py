"""Publishing: order, what is kept, and what an error leaves behind. Real folders and a real store in memory."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore

from feeds import FeedError, PublicFile, Publisher, StorageFull
from feeds.publish import CHANGING, IMMUTABLE

SOUND = PublicFile("media/x7/5f2c.mp3", b"sound" * 500, "audio/mpeg")
CHAPTERS = PublicFile("media/x7/5f2c.chapters.json", b"{}", "application/json+chapters")
PAGE = PublicFile("episodes/x7.html", b"<html>", "text/html; charset=utf-8")
FEED = PublicFile("feed.xml", b"<rss/>", "application/rss+xml")


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return LocalStore(tmp_path / "site", mkdir=True) if request.param == "folder" else MemoryStore()


def content(store, path):
    return bytes(obstore.get(store, path).bytes())


def test_files_come_first_and_feeds_last(store):
    done = Publisher(store).publish([SOUND, CHAPTERS], [PAGE], [FEED])
    assert done.written == (SOUND.path, CHAPTERS.path, PAGE.path, FEED.path)
    assert content(store, SOUND.path) == SOUND.source
    assert content(store, FEED.path) == FEED.source


def test_a_second_time_writes_nothing(tmp_path):
    store = LocalStore(tmp_path)
    Publisher(store).publish([SOUND], [PAGE], [FEED])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    done = Publisher(store).publish([SOUND], [PAGE], [FEED])
    assert (done.written, done.kept) == ((), (SOUND.path, PAGE.path, FEED.path))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before


def test_only_what_differs_is_replaced(store):
    publisher = Publisher(store)
    publisher.publish([SOUND], [PAGE], [FEED])
    assert publisher.put(FEED.path, b"<rss2/", FEED.mime)
    assert not publisher.put(PAGE.path, PAGE.source, PAGE.mime)
    assert content(store, FEED.path) == b"<rss2/"


def test_a_hash_named_file_of_another_size_is_damaged_and_replaced(store):
    obstore.put(store, SOUND.path, b"half")
    assert Publisher(store).put_new(SOUND.path, SOUND.source, SOUND.mime)
    assert content(store, SOUND.path) == SOUND.source


def test_a_large_file_is_taken_from_disk(store, tmp_path):
    source = tmp_path / "long.mp3"
    source.write_bytes(os.urandom(11_000_000))
    assert Publisher(store).put_new("media/long.mp3", source, "audio/mpeg")
    assert obstore.head(store, "media/long.mp3")["size"] == 11_000_000
    assert not Publisher(store).put_new("media/long.mp3", source, "audio/mpeg")


def test_a_store_that_keeps_headers_is_told_types_and_ages():
    store = MemoryStore()
    Publisher(store).publish([SOUND], [PAGE], [FEED])
    headers = {file.path: obstore.get(store, file.path).attributes for file in (SOUND, PAGE, FEED)}
    assert headers == {
        SOUND.path: {"Content-Type": "audio/mpeg", "Cache-Control": IMMUTABLE},
        PAGE.path: {"Content-Type": "text/html; charset=utf-8", "Cache-Control": CHANGING},
        FEED.path: {"Content-Type": "application/rss+xml", "Cache-Control": CHANGING},
    }


@pytest.mark.parametrize(
    "broken",
    [
        PublicFile("media/gone.mp3", Path("/nonexistent/gone.mp3"), "audio/mpeg"),
        PublicFile("../outside.mp3", b"x", "audio/mpeg"),
    ],
)
def test_an_error_in_any_file_leaves_the_old_feed(store, broken):
    publisher = Publisher(store)
    publisher.publish([], [], [FEED])
    new_feed = PublicFile(FEED.path, b"<rss new/>", FEED.mime)
    for files, pages in (([SOUND, broken], []), ([], [broken])):
        with pytest.raises(FeedError, match="can't be published"):
            publisher.publish(files, pages, [new_feed])
    assert content(store, FEED.path) == FEED.source


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path):
    publisher = Publisher(LocalStore(tmp_path))
    publisher.publish([], [], [FEED])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(StorageFull, match="no room left") as refused:
            publisher.publish([PublicFile("media/big.mp3", b"x" * 20_000, "audio/mpeg")], [], [PAGE])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused.value.retryable
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["feed.xml"]


def test_dropping_is_a_call_of_its_own_and_may_be_repeated(store):
    publisher = Publisher(store)
    publisher.publish([SOUND, CHAPTERS], [], [FEED])
    publisher.drop([SOUND.path, "media/never-was.mp3"])
    publisher.drop([SOUND.path])
    assert sorted(entry["path"] for entry in obstore.list(store).collect()) == [FEED.path, CHAPTERS.path]
