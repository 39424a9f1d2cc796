"""Publishing a library: only what changed is written, nothing is ever named that isn't there, whoever interferes."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import obstore
import podcastparser
import pytest
from lxml import etree

import feeds
from feeds.rss import NAMESPACES
from narrate import channels, release
from narrate.home import Home, open_home
from narrate.items import feed_of, own_channel, show_channel
from narrate.records import Book, PostKey, StoredFile
from narrate.settings import read_settings
from narrate.store.books import save_book
from narrate.store.candidates import insert_or_lock
from narrate.store.channels import list_feeds
from narrate.store.posts import load_post
from narrate.store.shelf import BACKFILL
from narrate.store.sites import MAIN
from narrate.store.tables import QueueRow
from narrate.store.upkeep import named_files
from narrate.store.withdrawals import withdraw
from narrate.taste import read_taste
from tests.candidates import NOON, a_candidate
from tests.library import Library

URL = "https://pod.example.org"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(read_settings(home=tmp_path / "home", public_url=URL)) as opened:
        yield opened


@pytest.fixture
def library(home: Home) -> Library:
    return Library(home, random.Random(3), n_tags=5)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed's own file holds five episodes, a page as many."""
    monkeypatch.setattr(channels, "NEWEST", 5)
    monkeypatch.setattr(release, "SHOW_COVER_PX", 1400)


def site(home: Home) -> Path:
    return home.settings.home / "site"


def written(home: Home) -> dict[str, int]:
    return {str(p.relative_to(site(home))): p.stat().st_mtime_ns for p in site(home).rglob("*") if p.is_file()}


def changed(home: Home, work: Callable[[], object]) -> set[str]:
    """The files that some work writes or drops."""
    before = written(home)
    work()
    after = written(home)
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def named_by_feeds(home: Home) -> set[str]:
    """Every file of the site that any feed names, pages of archives included."""
    found: set[str] = set()
    for feed in [site(home) / "feed.xml", *site(home).glob("feeds/**/*.xml")]:
        found.update(re.findall(rf'{URL}/([^"<>&\s#]+)', feed.read_text("utf-8")))
    return {path for path in found if path and path != "about"}


def in_namespace(prefix: str, name: str) -> str:
    return f"{{{NAMESPACES[prefix]}}}{name}"


def entries(home: Home, path: str) -> list[str]:
    return [entry.id for entry in feedparser.parse((site(home) / path).read_bytes()).entries]


def test_one_more_episode_writes_its_own_files_and_the_feeds_it_is_in(home: Home, library: Library) -> None:
    home.publish(MAIN, library.add(12, karma=50, tags=("Tag 1",)))
    assert changed(home, lambda: home.publish(MAIN)) == set()
    (key,) = library.add(1, karma=10, tags=("Tag 2",))
    new = changed(home, lambda: home.publish(MAIN, [key]))
    assert {path for path in new if path.endswith(".xml")} <= {
        "feed.xml", "feeds/lane-recent.xml", "feeds/lane-classics.xml", "feeds/forum-lesswrong.xml",
        *(f"feeds/{name.name}" for name in site(home).glob("feeds/author-*.xml")),
        *(path for path in new if re.fullmatch(r"feeds/[a-z-]+/[0-9]+\.xml", path)),
    }  # fmt: skip
    assert "feeds/karma-45.xml" not in new
    assert "feeds/tag-tag-1.xml" not in new
    assert {path for path in new if not path.endswith(".xml")} >= {f"episodes/{key.slug}.html", "index.html"}


def test_every_file_that_a_feed_names_is_there_and_pages_lead_through_the_whole_archive(
    home: Home, library: Library
) -> None:
    keys = library.add(23)
    home.publish(MAIN, keys)
    assert named_by_feeds(home) <= written(home).keys()
    path, seen, steps = "feed.xml", [], 0
    while path:
        seen += entries(home, path)
        tree = etree.parse(str(site(home) / path))
        links = {a.get("rel"): a.get("href") for a in tree.iterfind(f".//channel/{in_namespace('atom', 'link')}")}
        assert links["self"] == f"{URL}/{path}"
        assert (links["first"], links["last"]) == (f"{URL}/feed.xml", f"{URL}/feeds/main/1.xml")
        path = links.get("next", "").removeprefix(f"{URL}/")
        steps += 1
    assert steps == 5
    assert set(seen) == {str(key) for key in keys}
    before = written(home)
    home.publish(MAIN, library.add(1))
    pages = [f"feeds/main/{n}.xml" for n in range(1, 4)]
    assert [before[page] for page in pages] == [written(home)[page] for page in pages]


def test_guids_and_names_are_for_ever_wherever_the_site_moves(home: Home, library: Library) -> None:
    home.publish(MAIN, library.add(6, tags=("Tag 1",)))
    with home.store.begin() as session:
        before = {feed.name: feed.podcast_guid for feed in list_feeds(session, MAIN)}
    assert len(set(before.values())) == len(before) > 8
    home.publish(MAIN, base_url="https://new.example.org")
    with home.store.begin() as session:
        assert {feed.name: feed.podcast_guid for feed in list_feeds(session, MAIN)} == before
    moved = (site(home) / "feeds" / "tag-tag-1.xml").read_text("utf-8")
    assert before["tag-tag-1"] in moved
    assert "pod.example.org" not in moved


def test_sister_feeds_name_one_another_and_the_list_has_them_all(home: Home, library: Library) -> None:
    home.publish(MAIN, library.add(6, tags=("Tag 1",), karma=80))
    tag = etree.parse(str(site(home) / "feeds" / "tag-tag-1.xml"))
    roll = [item.get("feedUrl") for item in tag.iterfind(f".//{in_namespace('podcast', 'remoteItem')}")]
    assert roll[:2] == [f"{URL}/feed.xml", f"{URL}/feeds/karma-30.xml"]
    listed = etree.parse(str(site(home) / "feeds.opml")).findall(".//outline")
    there = {f"{URL}/feeds/{p.name}" for p in site(home).glob("feeds/*.xml")} | {f"{URL}/feed.xml"}
    assert {outline.get("xmlUrl") for outline in listed} == there


def test_other_peoples_parsers_read_every_feed(home: Home, library: Library) -> None:
    home.publish(MAIN, library.add(8, tags=("Tag 1",), karma=200))
    for path in [site(home) / "feed.xml", *site(home).glob("feeds/*.xml")]:
        parsed = feedparser.parse(path.read_bytes())
        assert not parsed.bozo, path
        with path.open("rb") as file:
            assert len(podcastparser.parse(str(path), file)["episodes"]) == len(parsed.entries) > 0


def test_a_sequence_is_read_in_its_order_by_numbers_that_leave_room(home: Home, library: Library) -> None:
    keys = library.add(3)
    home.publish(MAIN, keys)
    tree = etree.parse(str(site(home) / "feeds" / "sequence-s0.xml"))
    itunes = in_namespace("itunes", "")
    assert tree.findtext(f".//{itunes}type") == "serial"
    assert [item.findtext("guid") for item in tree.iterfind(".//item")] == [str(key) for key in keys]
    assert [item.findtext(f"{itunes}episode") for item in tree.iterfind(".//item")] == ["1", "2", "3"]
    season = tree.find(f".//{in_namespace('podcast', 'season')}")
    assert season is not None
    assert (season.text, season.get("name")) == ("1", "Things from 0 on")


def test_a_corrected_episode_keeps_its_identity_and_its_old_files_for_a_while(home: Home, library: Library) -> None:
    (key,) = library.add(1)
    home.publish(MAIN, [key])
    first = feedparser.parse((site(home) / "feed.xml").read_bytes()).entries[0]
    old = {path for path in written(home) if path.startswith(f"media/{key.slug}/")}
    library.correct(key, "second")
    home.publish(MAIN)
    (entry,) = feedparser.parse((site(home) / "feed.xml").read_bytes()).entries
    assert (entry.id, entry.published) == (first.id, first.published)
    assert entry.enclosures[0].href != first.enclosures[0].href
    assert old <= written(home).keys()
    now = datetime.now(UTC)
    assert home.publishing.clear_retired(now - timedelta(days=1)) == []
    dropped = home.publishing.clear_retired(now + timedelta(days=1))
    assert {path.rpartition("site/")[2] for path in dropped} == old
    assert named_by_feeds(home) <= written(home).keys()
    assert home.publishing.clear_retired(now + timedelta(days=1)) == []


def test_a_file_that_is_named_again_is_kept(home: Home, library: Library) -> None:
    (key,) = library.add(1)
    home.publish(MAIN, [key])
    for version in ("second", "first"):
        library.correct(key, version)
        home.publish(MAIN)
    home.publishing.clear_retired(datetime.now(UTC) + timedelta(days=1))
    assert named_by_feeds(home) <= written(home).keys()


@pytest.mark.parametrize("n_until", range(0, 60, 7))
def test_a_store_that_fails_anywhere_leaves_the_last_good_feeds_and_all_they_name(
    home: Home, library: Library, monkeypatch: pytest.MonkeyPatch, n_until: int
) -> None:
    home.publish(MAIN, library.add(7, tags=("Tag 1",)))
    before = (site(home) / "feed.xml").read_bytes()
    keys = library.add(2, tags=("Tag 1",))
    put, left = obstore.put, [n_until]

    def fail(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise OSError("Input/output error")
        return put(*arguments, **options)

    monkeypatch.setattr(obstore, "put", fail)
    monkeypatch.setattr(release, "_link", lambda source, place: None)
    try:
        home.publish(MAIN, keys)
    except feeds.FeedError:
        assert (site(home) / "feed.xml").read_bytes() == before
    assert named_by_feeds(home) <= written(home).keys()
    monkeypatch.undo()
    home.publish(MAIN)
    assert entries(home, "feeds/tag-tag-1.xml")[:2] == [str(key) for key in reversed(keys)]
    assert named_by_feeds(home) <= written(home).keys()


def test_two_publishers_at_once_lose_nothing(home: Home, library: Library) -> None:
    batches = [library.add(3) for _ in range(4)]
    threads = [threading.Thread(target=home.publish, args=(MAIN, batch)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with home.store.begin() as session:
        (main,) = [feed for feed in list_feeds(session, MAIN) if feed.name == "main"]
    assert main.n_episodes == 12
    assert named_by_feeds(home) <= written(home).keys()


@pytest.mark.slow
def test_machines_that_share_a_database_publish_one_after_another(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their locks on files mean nothing to one another; the site is on a disk that they share."""
    at_work, most = [0], [0]
    put_base = release.put_base

    def watched(*arguments: Any) -> None:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.3)
        put_base(*arguments)
        at_work[0] -= 1

    monkeypatch.setattr(release, "put_base", watched)
    shared = {"database_url": postgres_url, "site_url": f"file://{tmp_path / 'site'}", "public_url": URL}
    shared["files_url"] = f"file://{tmp_path / 'files'}"
    with ExitStack() as opened:
        homes = [opened.enter_context(open_home(read_settings(home=tmp_path / name, **shared))) for name in "ab"]
        library = Library(homes[0], random.Random(3))
        batches = [library.add(2), library.add(2)]
        threads = [
            threading.Thread(target=home.publish, args=(MAIN, batch))
            for home, batch in zip(homes, batches, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1]
    assert len(feedparser.parse((tmp_path / "site" / "feed.xml").read_bytes()).entries) == 4


def test_a_clock_that_jumps_back_changes_no_date_that_was_shown(home: Home, library: Library) -> None:
    home.publish(MAIN, library.add(2))
    shown = {e.id: e.published for e in feedparser.parse((site(home) / "feed.xml").read_bytes()).entries}
    past = datetime(2001, 1, 1, tzinfo=UTC)
    wrong = home.publishing
    late = type(wrong)(
        settings=wrong.settings, store=wrong.store, files=wrong.files, documents=wrong.documents, now=lambda: past
    )
    late.publish(MAIN, library.add(1))
    after = {e.id: e.published for e in feedparser.parse((site(home) / "feed.xml").read_bytes()).entries}
    assert after.items() >= shown.items()
    assert len(after) == 3


def test_what_only_the_archive_brought_in_is_dated_by_its_posting_for_ever(home: Home, library: Library) -> None:
    keys = library.add(3, tags=("Tag 1",))
    with home.store.begin() as session:
        for key in keys[:2]:
            post = load_post(session, key)
            assert post is not None
            candidate = a_candidate(1, key=key, posted_at=post.posted_at)
            insert_or_lock(session, candidate, NOON, home.settings, found=False, asked_by=BACKFILL)
    home.publish(MAIN, keys)

    def dates() -> list[str]:
        feed = feedparser.parse((site(home) / "feeds" / "tag-tag-1.xml").read_bytes())
        return sorted(f"{entry.id} {entry.published}" for entry in feed.entries)

    before = dates()
    assert [" 2020 " in line for line in before] == [False, False, True]
    with home.store.begin() as session:
        row = session.get(QueueRow, str(keys[0]))
        assert row is not None
        row.votes, row.asked_by = 9.0, "a member"
    library.correct(keys[0], "second")
    home.publish(MAIN)
    assert dates() == before


def test_what_was_withdrawn_is_in_no_feed_and_an_emptied_feed_stays(home: Home, library: Library) -> None:
    keys = library.add(3, tags=("Tag 1",))
    home.publish(MAIN, keys)
    with home.store.begin() as session:
        for key in keys:
            withdraw(session, key, "its author asked", datetime.now(UTC))
    home.publish(MAIN)
    assert str(keys[0]) not in (site(home) / "feed.xml").read_text("utf-8")
    assert entries(home, "feeds/tag-tag-1.xml") == []
    with home.store.begin() as session:
        assert {f.name: f.n_episodes for f in list_feeds(session, MAIN)}["tag-tag-1"] == 0


def test_a_tag_that_fewer_have_now_keeps_its_feed_and_what_is_in_it(home: Home, library: Library) -> None:
    keys = library.add(3, tags=("Tag 1",))
    home.publish(MAIN, [*keys, *library.add(2, tags=("Rare",))])
    assert not (site(home) / "feeds/tag-rare.xml").exists()  # two are no feed that anybody could have
    with home.store.begin() as session:
        withdraw(session, keys[0], "its author asked", datetime.now(UTC))
    home.publish(MAIN)
    assert entries(home, "feeds/tag-tag-1.xml") == [str(keys[2]), str(keys[1])]
    assert changed(home, lambda: home.publish(MAIN)) == set()


def test_a_page_of_the_archive_that_is_no_more_names_nothing_that_was_withdrawn(home: Home, library: Library) -> None:
    keys = library.add(11)  # five are in the feed, and six on two pages of its archive
    home.publish(MAIN, keys)
    assert str(keys[5]) in (site(home) / "feeds/main/2.xml").read_text("utf-8")
    with home.store.begin() as session:
        withdraw(session, keys[5], "its author asked", datetime.now(UTC))
    home.publish(MAIN)
    assert not (site(home) / "feeds/main/2.xml").exists()
    assert not [p for p in site(home).rglob("*.xml") if str(keys[5]) in p.read_text("utf-8")]


def test_a_show_that_is_renamed_is_so_on_every_page(home: Home, library: Library, tmp_path: Path) -> None:
    (key,) = library.add(1)
    home.publish(MAIN, [key])
    settings = read_settings(home=home.settings.home, public_url=URL, show_title="Another name")
    with open_home(settings) as renamed:
        renamed.publish(MAIN)
    assert "Another name" in (site(home) / f"episodes/{key.slug}.html").read_text("utf-8")


def test_a_long_wish_leaves_room_for_the_shows_own_words() -> None:
    show = show_channel(read_settings(show_description="w " * 1750), URL, "", is_service=True)
    taste = read_taste(
        [("tag", f"{n}{'x' * 98}") for n in range(10)] + [("author", f"{n}{'y' * 98}") for n in range(9)]
    )
    channel = own_channel(show, taste.listing(()), taste.podcast_guid)
    assert b"Your own choice: tag 0xxx" in feed_of(channel, [], {})


def test_publishing_everything_mends_what_somebody_changed(home: Home, library: Library) -> None:
    home.publish(MAIN, library.add(3, karma=50))
    whole = {path: (site(home) / path).read_bytes() for path in written(home)}
    for path in ("feeds/karma-30.xml", "index.html"):
        (site(home) / path).write_bytes(b"spoilt")
    media = next(path for path in whole if path.endswith(".mp3"))
    (site(home) / media).unlink()
    home.publish(MAIN, everything=True)
    assert {path: (site(home) / path).read_bytes() for path in written(home)} == whole


def test_a_site_that_was_deleted_is_made_again(home: Home, library: Library) -> None:
    home.publish(MAIN, library.add(2))
    path = "recordings/books/b00c.m4b"
    obstore.put(home.files, path, b"sound")
    file = StoredFile(path=path, n_bytes=5, mime="audio/mp4")
    book = Book(name="tag:a", title="B", file=file, duration_ms=1, keys=("lesswrong:a",), made_at=datetime.now(UTC))
    with home.store.begin() as session:
        save_book(session, book)
        assert path in set(named_files(session))  # so it is never cleaned away
    home.publish(MAIN, everything=True)
    assert (site(home) / "media/books/b00c.m4b").read_bytes() == b"sound"
    whole = written(home).keys()
    for path in whole:
        (site(home) / path).unlink()
    home.publish(MAIN)
    assert written(home).keys() == whole


@pytest.mark.slow
def test_ten_thousand_tags_are_no_trouble(home: Home, library: Library) -> None:
    keys: list[PostKey] = []
    for n in range(100):
        keys += library.add(1, tags=tuple(f"Tag {n * 100 + m}" for m in range(100)))
    keys += library.add(3, tags=("Tag 5000", "🐈 " * 40, "</title>", "../../etc"))
    home.publish(MAIN, keys)
    tags = sorted(p.name for p in site(home).glob("feeds/tag-*.xml"))
    assert len(tags) == 4
    assert all(feedparser.parse((site(home) / "feeds" / tag).read_bytes()).entries for tag in tags)
