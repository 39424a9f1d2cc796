"""From post files to a published podcast and back: what another reader of the feed finds."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import feedparser
import podcastparser
import pytest

from narrate.cli import run_command
from narrate.home import open_home
from narrate.items import Channel, item_of
from narrate.pipeline import Narrated
from narrate.samples import sample_files
from narrate.settings import read_settings

pytestmark = pytest.mark.slow

CHANNEL = Channel(title="T", description="D", author="A", base_url="https://pod.example", podcast_guid="-")
POSTS = [str(path) for path in sample_files()]


@pytest.fixture
def posts(tmp_path: Path) -> list[str]:
    """Two small posts."""
    return [
        small_post(tmp_path / f"{n}.json", f"Post {n} says this.", _id=f"smallPost2222222{n}", title=f"Post {n}")
        for n in (2, 3)
    ]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NARRATE_SLOTS", "2")
    return tmp_path / "home"


def narrate(*arguments: str) -> int:
    return run_command(["episode", "--voice", "tone", "--base-url", "http://127.0.0.1:8", *arguments])


def read_feed(site: Path) -> Any:
    feed = feedparser.parse((site / "feed.xml").read_bytes())
    assert not feed.bozo, feed.bozo_exception
    return feed


def small_post(path: Path, *paragraphs: str, **fields: Any) -> str:
    html = "".join(p if p.startswith("<") else f"<p>{p}</p>" for p in paragraphs)
    post = {
        "_id": "smallPost22222222",
        "title": "A small post",
        "user": {"displayName": "Ana"},
        "postedAt": "2026-01-02T03:04:05.000Z",
        "contents": {"html": html, "version": "1.0.0"},
    } | fields
    path.write_text(json.dumps(post), encoding="utf-8")
    return str(path)


def test_posts_become_a_feed_that_other_readers_understand(tmp_path: Path) -> None:
    assert narrate(*POSTS[:3]) == 0
    site = tmp_path / "site"
    feed = read_feed(site)
    with (site / "feed.xml").open("rb") as file:
        podcast = podcastparser.parse("http://127.0.0.1:8/feed.xml", file)
    assert len(feed.entries) == len(podcast["episodes"]) == 3
    for path, entry in zip(reversed(POSTS[:3]), feed.entries, strict=True):
        post = json.loads(Path(path).read_text(encoding="utf-8"))
        assert entry.id == f"lesswrong:{post['_id']}"
        assert entry.title.startswith(post["title"])
        audio = site / entry.enclosures[0].href.removeprefix("http://127.0.0.1:8/")
        assert audio.stat().st_size == int(entry.enclosures[0].length)
        assert "machine" in entry.summary


def test_every_heading_is_a_chapter_with_the_same_title_in_every_form(tmp_path: Path) -> None:
    post = small_post(
        tmp_path / "a.json", "Before.", "<h1>One &amp; <i>only</i></h1>", "First.", "<p><b>Two</b></p>", "Second.",
        "<h2>Three</h2>", "Third.",
    )  # fmt: skip
    assert narrate(post) == 0
    (chapters,) = (tmp_path / "site" / "media").glob("*/*.chapters.json")
    titles = [c["title"] for c in json.loads(chapters.read_text(encoding="utf-8"))["chapters"]]
    assert titles == ["A small post", "One & only", "Two", "Three"]
    notes = read_feed(tmp_path / "site").entries[0].summary
    stamps = [re.sub(r"&amp;", "&", t) for t in re.findall(r"\(\d\d:\d\d\) ([^<\n]+)", notes)]
    assert stamps == titles


def test_doing_it_again_speaks_nothing_and_leaves_every_byte(
    tmp_path: Path, posts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    narrate(*posts)
    site = tmp_path / "site"
    before = {path: path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}
    capsys.readouterr()
    assert narrate(*posts) == 0
    assert "0 takes spoken" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()} == before


def test_a_changed_paragraph_alone_is_spoken_again_and_keeps_guid_and_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    narrate(small_post(tmp_path / "a.json", "The first stays.", "The second changes.", "The third stays."))
    old = read_feed(tmp_path / "site").entries[0]
    capsys.readouterr()
    narrate(small_post(tmp_path / "a.json", "The first stays.", "The second has changed.", "The third stays."))
    assert "1 takes spoken" in capsys.readouterr().out
    new = read_feed(tmp_path / "site").entries[0]
    assert (new.id, new.published) == (old.id, old.published)
    assert new.enclosures[0].href != old.enclosures[0].href
    assert (tmp_path / "site" / old.enclosures[0].href.removeprefix("http://127.0.0.1:8/")).exists()


def test_a_correction_is_told_in_the_notes_and_every_file_that_changed_has_a_new_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No app may show a duplicate: same GUID, same date; none may keep stale chapters: new addresses."""
    monkeypatch.setenv("NARRATE_EDITIONS", "nofn,fnafter")
    note = '<ol class="footnotes"><li class="footnote-item" id="fn1"><p>As we {0}.</p></li></ol>'
    text = ("Before.", "<h2>Data</h2>", 'We asked.<sup><a href="#fn1">1</a></sup>')
    narrate(small_post(tmp_path / "a.json", *text, note.format("said"), "After."))
    narrate(small_post(tmp_path / "b.json", "Another post.", _id="smallPost22222225", title="Another"))
    old = read_feed(tmp_path / "site").entries[1]
    before = text_of_item(tmp_path / "site", old.id)
    capsys.readouterr()
    narrate(small_post(tmp_path / "a.json", *text, note.format("wrote"), "After."))
    assert "1 takes spoken" in capsys.readouterr().out
    entries = read_feed(tmp_path / "site").entries
    (new,) = (entry for entry in entries if entry.id == old.id)
    assert (len(entries), new.published) == (2, old.published)
    assert "after the author's edit: changed: “Data” (1 paragraph)." in new.summary
    assert "Re-narrated" not in old.summary
    after = text_of_item(tmp_path / "site", old.id)
    for kind in ("mp3", "opus", "vtt", "srt", "words.json", "chapters.json"):
        (was,), (now,) = (set(re.findall(rf'"([^"]*/[0-9a-f]{{12}}\.{kind})"', text)) for text in (before, after))
        assert was != now, kind
        for address in (was, now):
            assert (tmp_path / "site" / address.removeprefix("http://127.0.0.1:8/")).exists()


def text_of_item(site: Path, guid: str) -> str:
    feed = (site / "feed.xml").read_text(encoding="utf-8")
    (found,) = (item for item in feed.split("<item>")[1:] if f">{guid}</guid>" in item)
    return found


def test_a_post_with_footnotes_has_editions_of_the_same_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("NARRATE_EDITIONS", "nofn,fnafter")
    note = '<ol class="footnotes"><li class="footnote-item" id="fn1"><p>A note.</p></li></ol>'
    post = small_post(tmp_path / "a.json", 'One.<sup><a href="#fn1">1</a></sup>', "Two.", note)
    plain = small_post(tmp_path / "b.json", "Without notes.", _id="smallPost22222226")
    with open_home(read_settings(voice="tone")) as opened:
        with_notes, without = (outcome for outcome in opened.narrate([post, plain]) if isinstance(outcome, Narrated))
    episode = with_notes.produced.episode
    assert without.produced.episode.editions == ()
    words = {
        name: [row["body"] for row in json.loads((home / file.path).read_text(encoding="utf-8"))["segments"]]
        for name, file in {
            "own": episode.transcript_json,
            **{e.name: e.transcript_json for e in episode.editions},
        }.items()
    }
    tail = {name: said[said.index("machine.") + 1 :] for name, said in words.items()}
    assert tail == {
        "own": ["One.¹", "A", "note.", "Two."],
        "nofn": ["One.¹", "Two."],
        "fnafter": ["One.¹", "Two.", "A", "note."],
    }
    n_takes = len(list((home / "takes").rglob("*.wav")))
    assert n_takes == len({*with_notes.performance.take_keys.values(), *without.performance.take_keys.values()})
    item = item_of(episode.as_edition("nofn"), CHANNEL)
    assert item.guid == "lesswrong:smallPost22222222:nofn"
    assert item.audio_url != item_of(episode, CHANNEL).audio_url


def test_an_edit_that_changes_no_word_makes_no_new_version(tmp_path: Path) -> None:
    narrate(small_post(tmp_path / "a.json", "Words."))
    feed = (tmp_path / "site" / "feed.xml").read_bytes()
    narrate(small_post(tmp_path / "a.json", "<p class='x'>Words.</p>", contents_note="touched"))
    assert (tmp_path / "site" / "feed.xml").read_bytes() == feed


def test_episodes_are_added_to_a_site_and_fresh_replaces_them(tmp_path: Path, posts: list[str]) -> None:
    site = tmp_path / "site"
    narrate(posts[0])
    narrate(posts[1])
    assert len(read_feed(site).entries) == 2
    first = {e.id: e.published for e in read_feed(site).entries}
    assert narrate(posts[1], "--fresh") == 0
    (entry,) = read_feed(site).entries
    assert entry.published == first[entry.id]
    assert len(list(site.glob("episodes/*.html"))) == 1
    assert len(list(site.glob("media/*/*.mp3"))) == 1


def test_odd_names_and_addresses_never_stop_the_feed(tmp_path: Path, posts: list[str]) -> None:
    odd = small_post(
        tmp_path / "odd.json", '<img src="javascript:alert(1)">', '<h2 id="ünï &quot;1">Über</h2>', "Words.",
        _id="smallPost22222224", pageUrl="https://www.lesswrong.com/posts/smallPost22222224/ünï",
        user={"displayName": "Jörg", "slug": "jörg"},
        coauthors=[{"displayName": f"Somebody Number {n}", "slug": f"s{n}"} for n in range(40)],
    )  # fmt: skip
    assert narrate(odd, posts[0]) == 0
    assert narrate(posts[1]) == 0
    entries = read_feed(tmp_path / "site").entries
    assert len(entries) == 3
    assert entries[2].link == "https://www.lesswrong.com/posts/smallPost22222224/%C3%BCn%C3%AF"
    pages = "".join(page.read_text(encoding="utf-8") for page in (tmp_path / "site").rglob("*.html"))
    assert "javascript:" not in pages


def test_one_bad_post_costs_the_others_nothing(
    tmp_path: Path, posts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    assert narrate("bad.json", posts[0], "https://example.org/no-forum") == 2
    assert len(read_feed(tmp_path / "site").entries) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if "not narrated" not in line]
    assert len(errors) == 2
    assert all(line.startswith("narrate: ") for line in errors)


def test_a_folder_of_somebody_elses_is_left_alone(
    tmp_path: Path, posts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("my own page", encoding="utf-8")
    assert narrate(posts[0]) == 2
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "my own page"
    assert narrate(posts[0], "--fresh") == 2
    assert "--out" in capsys.readouterr().err


def test_a_folder_that_is_somebody_elses_by_now_is_left_alone(tmp_path: Path, posts: list[str]) -> None:
    narrate(posts[0])
    shutil.rmtree(tmp_path / "site")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("my own page", encoding="utf-8")
    assert narrate(posts[0]) == 2
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "my own page"


def test_a_site_of_another_data_folder_isnt_emptied_by_mistake(tmp_path: Path, posts: list[str], home: Path) -> None:
    narrate(posts[0])
    shutil.rmtree(home)
    feed = (tmp_path / "site" / "feed.xml").read_bytes()
    assert narrate(posts[1]) == 2
    assert (tmp_path / "site" / "feed.xml").read_bytes() == feed
    assert narrate(posts[1], "--fresh") == 0
    assert len(read_feed(tmp_path / "site").entries) == 1


def test_publishing_again_moves_the_address_and_keeps_guid_and_dates(tmp_path: Path, posts: list[str]) -> None:
    narrate(posts[0])
    site = tmp_path / "site"
    old = site.joinpath("feed.xml").read_text(encoding="utf-8")
    assert run_command(["publish", "--base-url", "https://pod.example.org"]) == 0
    new = site.joinpath("feed.xml").read_text(encoding="utf-8")
    assert new == old.replace("http://127.0.0.1:8/", "https://pod.example.org/")


def test_a_broken_voice_name_is_one_line_that_helps(
    tmp_path: Path, posts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["episode", posts[0], "--voice", "flite-rsm"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "flite-rms" in error
    assert not (tmp_path / "site").exists()


def test_pages_work_from_disk(tmp_path: Path, posts: list[str]) -> None:
    narrate(posts[0])
    site = tmp_path / "site"
    pages = [site / "index.html", *site.glob("episodes/*.html")]
    assert len(pages) == 2
    for page in pages:
        for link in re.findall(r'(?:href|src)="([^"#?][^"]*)"', page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link.partition("#")[0].partition("?")[0]).resolve().exists(), link
