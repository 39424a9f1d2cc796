"""An audiobook's chapters and tags, and which posts belong to it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from narrate.books import MAX_CHAPTERS, Stretch, chapters_of, deepest_level, file_name, tags_of
from narrate.cli import run_command
from narrate.records import Author, Book, Episode, EpisodeChapter, PostKey, Series, StoredFile
from narrate.settings import read_settings
from narrate.store import Store, lineup, open_store
from narrate.store.books import find_book, find_shelf, list_books, save_book
from narrate.store.candidates import note_found
from narrate.store.episodes import save_episode
from narrate.store.posts import save_post
from narrate.store.series import save_series
from narrate.store.tables import PostRow
from narrate.store.withdrawals import withdraw, withdrawn_files
from tests.candidates import a_candidate
from tests.laid_out import NOON, post_of


def episode_of(
    post_id: str = "abc",
    levels: Sequence[int] = (1, 1, 2),
    name: str = "Ana",
    title: str = "A post",
    tags: tuple[str, ...] = (),
) -> Episode:
    file = StoredFile(path=f"recordings/{post_id}.mp3", n_bytes=9, mime="audio/mpeg")
    chapters = tuple(
        EpisodeChapter(start_ms=n * 1000, end_ms=n * 1000 + 1000, title=f"{post_id} {n}", level=level, url=None)
        for n, level in enumerate(levels)
    )
    return Episode(
        key=PostKey("lesswrong", post_id), version="v", title=title, authors=(Author(name=name),), site="LessWrong",
        source_url="https://x.example/", posted_at=NOON, ready_at=NOON, released_at=None, made_at=NOON, revision="1",
        voice_id="tone", duration_ms=1000 * len(levels), audio=file, cover=file, chapters_json=file,
        transcript_vtt=file, transcript_srt=file, transcript_json=file, chapters=chapters, notes_html="<p>n</p>",
        opening="", n_words=1, voice_title="A hum", tags=tags,
    )  # fmt: skip


def test_a_post_is_a_chapter_with_its_sections_under_it() -> None:
    episodes = [episode_of("a"), episode_of("b", title="Another")]
    found = chapters_of(episodes, [Stretch(0, 23), Stretch(60_000, 60_023)])
    assert found == [
        (0, "A post"), (1023, "a 1"), (2023, "a 2"), (60_000, "Another"), (61_023, "b 1"), (62_023, "b 2"),
    ]  # fmt: skip


def test_authors_are_named_where_there_are_several() -> None:
    episodes = [episode_of("a", (1,)), episode_of("b", (1,), name="Bo")]
    found = chapters_of(episodes, [Stretch(0, 0), Stretch(9, 9)])
    assert [title for _, title in found] == ["A post, by Ana", "A post, by Bo"]


@pytest.mark.parametrize(
    ("levels", "n_posts", "deepest"),
    [((1, 1, 2), 10, 2), ((1, 1, 2), 86, 1), ((1, 1, 2), 128, 0), ((1,), 255, 0), ((1, 3, 3, 5), 80, 3)],
)
def test_sections_are_listed_as_deep_as_the_list_holds_them(
    levels: tuple[int, ...], n_posts: int, deepest: int
) -> None:
    episodes = [episode_of("a", levels)] * n_posts
    assert deepest_level(episodes) == deepest
    assert n_posts <= len(chapters_of(episodes, [Stretch(0, 0)] * n_posts)) <= MAX_CHAPTERS


def test_the_tags_say_whose_text_it_is_and_that_a_machine_reads() -> None:
    later = replace(episode_of("b", name="Bo"), posted_at=NOON + timedelta(days=40))
    tags = tags_of("On <b>maps</b>", [episode_of("a"), later], "The show")
    assert (tags["title"], tags["artist"], tags["composer"]) == ("On ‹b›maps‹/b›", "Ana and Bo", "A hum (a machine)")
    assert tags["description"] == (
        "2 posts, 4 May 2026 to 13 June 2026, read word for word by a machine. Text © Ana and Bo."
    )
    assert tags["date"] == "2026-06-13"


@pytest.mark.parametrize(
    ("title", "name"), [("The Sequence, part 2", "the-sequence-part-2.m4b"), ("ü", "book.m4b"), ("../../x", "x.m4b")]
)
def test_a_title_makes_a_files_name(title: str, name: str) -> None:
    assert file_name(title) == name


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'n.db'}")
    yield opened
    opened.close()


def keep(store: Store, *episodes: Episode) -> None:
    with store.begin() as session:
        for n, episode in enumerate(episodes):
            save_post(session, post_of(key=episode.key, title=episode.title, posted_at=NOON + timedelta(days=n)))
            session.flush()
            save_episode(session, episode, script={}, recording={})


def keys_of(store: Store, wish: str) -> list[str]:
    with store.begin() as session:
        return [e.key.post_id for e in find_shelf(session, wish).episodes]


def test_a_tag_an_author_and_words_of_titles_find_their_episodes_oldest_first(store: Store) -> None:
    ana = Author(name="Ana", url="https://www.lesswrong.com/users/ana-2")
    keep(
        store,
        episode_of("one", title="Maps of the World", tags=("AI",)),
        replace(episode_of("two", title="The map"), authors=(ana, Author(name="Bo"))),
        episode_of("three", name="Cy", title="The world, again", tags=("Rationality", "ai")),
    )
    assert keys_of(store, "tag:ai") == ["one", "three"]
    assert keys_of(store, "author:ana") == ["one", "two"]
    assert keys_of(store, "author:ana-2") == ["two"]
    assert keys_of(store, "world maps") == ["one"]
    with store.begin() as session:
        titles = [find_shelf(session, wish).title for wish in ("author:ana", "tag:ai", "world maps", "the")]
    assert titles == ["Posts by Ana", "Posts on ai", "Maps of the World", "Posts on the"]
    assert keys_of(store, "nothing of the kind") == keys_of(store, "tag:") == keys_of(store, " ") == []


def test_a_sequence_is_in_its_own_order_and_names_what_it_lacks(store: Store) -> None:
    parts = [a_candidate(key=PostKey("lesswrong", name), title=f"Part {name}") for name in ("two", "gone", "one")]
    entry = a_candidate(key=PostKey("lesswrong", "sequence-" + "s" * 17), title="A sequence")
    with store.begin() as session:
        lineup.submit_sequence(session, entry, parts, None, NOON, read_settings())
    keep(store, episode_of("one"), episode_of("two"))
    for wish in ("s" * 17, str(entry.key), f"https://www.lesswrong.com/s/{'s' * 17}"):
        with store.begin() as session:
            shelf = find_shelf(session, wish)
        assert [e.key.post_id for e in shelf.episodes] == ["two", "one"]
        assert shelf.missing == (("lesswrong:gone", "Part gone"),)
        assert shelf.name == f"sequence:{entry.key}"


def test_a_sequence_is_as_its_forum_shows_it_where_that_is_known(store: Store) -> None:
    keep(store, episode_of("one"), episode_of("two"))
    key = PostKey("lesswrong", "sequence-" + "s" * 17)
    posts = tuple(PostKey("lesswrong", name) for name in ("two", "one", "three"))
    with store.begin() as session:
        save_series(
            session, Series(key=key, title="Fake Beliefs", url="https://x.example/s/1", chapters=(("", posts),)), NOON
        )
    with store.begin() as session:
        shelf = find_shelf(session, "s" * 17)
    assert (shelf.title, [e.key.post_id for e in shelf.episodes]) == ("Fake Beliefs", ["two", "one"])
    assert shelf.missing == (("lesswrong:three", ""),)


def test_a_review_year_is_its_winners_oldest_first(store: Store) -> None:
    with store.begin() as session:
        for n, (name, year) in enumerate([("new", 2021), ("old", 2021), ("other", 2022)]):
            key, posted_at = PostKey("lesswrong", name), NOON - timedelta(days=400 + n)
            won = a_candidate(key=key, title=f"Post {name}", posted_at=posted_at, won_review=year, karma=300)
            assert note_found(session, won, NOON, read_settings())
    keep(store, episode_of("new"), episode_of("other"), episode_of("unasked"))
    with store.begin() as session:
        session.get_one(PostRow, "lesswrong:unasked").won_review = 2021  # narrated without ever being in the queue
        shelf = find_shelf(session, "2021")
    assert sorted(e.key.post_id for e in shelf.episodes) == ["new", "unasked"]
    assert shelf.missing == (("lesswrong:old", "Post old"),)


def test_a_withdrawn_post_takes_the_books_it_is_in_with_it(store: Store) -> None:
    keep(store, episode_of("one"), episode_of("two"))
    for name, keys in (("tag:a", ("lesswrong:one", "lesswrong:two")), ("tag:b", ("lesswrong:two",))):
        file = StoredFile(path=f"recordings/books/{name[-1]}.m4b", n_bytes=1, mime="audio/mp4")
        with store.begin() as session:
            save_book(session, Book(name=name, title="B", file=file, duration_ms=1, keys=keys, made_at=NOON))
    with store.begin() as session:
        withdraw(session, PostKey("lesswrong", "one"), "its author asked", datetime.now(UTC))
        assert "recordings/books/a.m4b" in withdrawn_files(session)
        assert find_book(session, "tag:a") is None
        assert [book.name for book in list_books(session)] == ["tag:b"]


@pytest.mark.slow
def test_a_book_is_made_named_counted_and_put_on_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))
    for n, title in ((1, "Maps, part one"), (2, "Maps, part two")):
        html = "<p>Before.</p><h2>A section</h2><p>Some words.</p>"
        post = {
            "_id": f"bookPost22222222{n}",
            "title": title,
            "contents": {"html": html},
            "user": {"displayName": "Ana"},
        }
        (tmp_path / f"{n}.json").write_text(json.dumps(post), encoding="utf-8")
    assert run_command(["episode", "1.json", "2.json", "--voice", "tone"]) == 0
    capsys.readouterr()
    assert run_command(["book", "maps", "--dry-run", "--json"]) == 0
    guess = json.loads(capsys.readouterr().out)
    assert (guess["made"], len(guess["posts"]), guess["chapters"], guess["missing"]) == (False, 2, 4, [])
    assert not (tmp_path / "posts-on-maps.m4b").exists()
    assert run_command(["book", "maps", "--publish", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["duration_s"] == pytest.approx(guess["duration_s"], abs=0.2)
    book = tmp_path / "posts-on-maps.m4b"
    (on_site,) = (tmp_path / "home" / "site" / "media" / "books").glob("*.m4b")
    assert on_site.read_bytes() == book.read_bytes()
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(book)]
    chapters = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["chapters"]
    titles = [c["tags"]["title"] for c in chapters]
    assert titles == ["Maps, part one", "A section", "Maps, part two", "A section"]
    assert run_command(["book", "maps", "--out", "no/such/folder.m4b"]) == 2
    assert run_command(["book", "nothing like that"]) == 2
    assert "narrate submit" in capsys.readouterr().err
