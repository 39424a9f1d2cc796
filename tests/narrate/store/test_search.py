"""Episodes are found by what is said in them, on both databases, and what is typed is never taken for their syntax."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.errors import UsageError
from narrate.records import Author, Post, PostKey
from narrate.store import Store, open_store
from narrate.store.episodes import save_episode
from narrate.store.posts import save_post, set_date
from narrate.store.search import (
    Wanted,
    any_episode,
    facets,
    find,
    index_missing,
    keep_text,
    paragraphs_with_times,
    timed_paragraphs,
)
from narrate.store.withdrawals import withdraw
from narrate.store.words import parse_words
from tests.narrate.store.test_store import make_episode, make_post

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TEXTS = {
    "a" * 17: ("Maps and territories", ["The map is not the territory.", "Updating on evidence is hard."]),
    "b" * 17: ("On tea", ["Tea is hot.", "We updated our map of the kitchen, and naïve cooks can’t tell."]),
    "c" * 17: ("Silence", ["Nothing of that kind."]),
}


def a_script(paragraphs: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Script and recording JSON, two seconds a paragraph."""
    said = [
        {"id": f"b{n}-0", "block": n, "role": "prose", "speaker": None, "written": text}
        for n, text in enumerate(paragraphs)
    ]
    pieces = [{"utterance_id": u["id"], "take_key": "0" * 64, "start_sample": 2000 * n} for n, u in enumerate(said)]
    return {"chapters": [{"utterances": said}]}, {"rate_hz": 1000, "pieces": pieces}


def fill(store: Store, *, index: bool = True) -> None:
    with store.begin() as session:
        for n, (post_id, (title, paragraphs)) in enumerate(TEXTS.items()):
            key = PostKey("lesswrong", post_id)
            posted_at = NOON.replace(year=2020 + n)
            post: Post = replace(make_post(key), title=title, posted_at=posted_at, authors=(Author(name=f"Ana {n}"),))
            save_post(session, post)
            session.flush()
            episode = replace(
                make_episode(key), title=title, authors=post.authors, tags=("AI", f"Tag {n}"), posted_at=posted_at,
                duration_ms=600_000 * (n + 1),
            )  # fmt: skip
            script, recording = a_script(paragraphs)
            save_episode(session, episode, script=script, recording=recording)
            set_date(session, key, ready_at=NOON + timedelta(hours=n))
            if index:
                keep_text(session, episode, script, recording)


@pytest.fixture
def store(any_url: str) -> Iterator[Store]:
    opened = open_store(any_url)
    yield opened
    opened.close()


def found(store: Store, text: str = "", **wanted: Any) -> list[str]:
    """The first letters of the ids of what is found."""
    with store.begin() as session:
        hits, _ = find(session, Wanted(words=parse_words(text), **wanted), 1, 20)
    return [hit.episode.key.post_id[0] for hit in hits]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("map", ["a", "b"]),  # the title counts for more
        ("MAPS", ["a", "b"]),
        ("update", ["a", "b"]),
        ("map kitchen", ["b"]),
        ('"the territory"', ["a"]),
        ('"territory the"', []),
        ("map -tea", ["a"]),
        ("can't", ["b"]),
        ("can’t", ["b"]),
        ("Ana", ["a", "b", "c"]),
        ("naive", ["b"]),
        ("naïve", ["b"]),
        ("not", ["a"]),
        ("zebra", []),
        ('map OR "', []),  # OR is a word like any other
        ("map*", ["a", "b"]),
        ("title:map", []),
        ("map) NEAR(x", []),
        ("map\0", ["a", "b"]),
    ],
)
def test_all_words_have_to_be_there_in_any_form(store: Store, typed: str, expected: list[str]) -> None:
    fill(store)
    assert sorted(found(store, typed)) == expected
    assert typed not in ("map", "MAPS") or found(store, typed)[0] == "a"


@pytest.mark.parametrize("typed", ["-map", '""', "…", "- -"])
def test_a_search_for_nothing_says_so(typed: str) -> None:
    with pytest.raises(UsageError, match="at least one word"):
        parse_words(typed)


@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_the_databases_own_language(typed: str) -> None:
    try:
        words = parse_words(typed)
    except UsageError:
        return
    if words is not None:
        for made in (words.as_fts5(), words.as_websearch()):
            outside = made.split('"')[::2]
            assert not set("".join(outside)) - set(" -()ANDOT")


def test_choosing_narrows_the_list_and_the_newest_comes_first(store: Store) -> None:
    fill(store)
    assert found(store) == ["c", "b", "a"]
    assert found(store, tag="ai") == ["c", "b", "a"]
    assert found(store, tag="Tag 1") == ["b"]
    assert found(store, tag="Tag") == []
    assert found(store, tag="%") == []
    assert found(store, year=2021) == ["b"]
    assert found(store, max_minutes=20) == ["b", "a"]
    assert found(store, min_minutes=15, max_minutes=25) == ["b"]
    assert found(store, author="name:ana-2") == ["c"]
    assert found(store, "map", year=2021) == ["b"]
    assert found(store, site="Elsewhere") == []
    with store.begin() as session:
        hits, more = find(session, Wanted(), 2, 2)
        assert ([h.episode.key.post_id[0] for h in hits], more) == (["a"], False)
        assert find(session, Wanted(), 1, 2)[1]
        chosen = facets(session)
        assert chosen.tags == (("AI", 3), ("Tag 0", 1), ("Tag 1", 1), ("Tag 2", 1))
        assert [year for year, _ in chosen.years] == [2022, 2021, 2020]


def test_a_hit_shows_the_passage_and_when_it_is_heard(store: Store) -> None:
    fill(store)
    with store.begin() as session:
        hits, _ = find(session, Wanted(words=parse_words("updates evidence")), 1, 20)
    (hit,) = hits
    assert hit.passage is not None
    assert hit.passage.start_ms == 2000
    assert [text for text, is_found in hit.passage.parts if is_found] == ["Updating", "evidence"]
    assert "".join(text for text, _ in hit.passage.parts) == TEXTS["a" * 17][1][1]


def test_what_was_withdrawn_is_found_no_more(store: Store) -> None:
    fill(store)
    with store.begin() as session:
        withdraw(session, PostKey("lesswrong", "a" * 17), "asked", NOON)
    assert found(store, "map") == ["b"]


def test_episodes_from_before_the_search_are_indexed_later_and_a_correction_replaces_its_text(store: Store) -> None:
    fill(store, index=False)
    assert found(store, "map") == []
    with store.begin() as session:
        assert index_missing(session, 2) == 2
        assert index_missing(session, 2) == 1
        assert index_missing(session, 2) == 0
    assert sorted(found(store, "map")) == ["a", "b"]
    with store.begin() as session:
        key = PostKey("lesswrong", "a" * 17)
        keep_text(session, make_episode(key), *a_script(["Only plans."]))
        assert paragraphs_with_times(session, key) == [(0, "Only plans.")]
    assert found(store, "plan") == ["a"]
    assert found(store, "map") == ["b"]


def test_chance_leads_to_every_episode(store: Store) -> None:
    with store.begin() as session:
        assert any_episode(session, 0.5) is None
    fill(store)
    with store.begin() as session:
        assert {str(any_episode(session, n / 3)) for n in range(3)} == {f"lesswrong:{post_id}" for post_id in TEXTS}
        assert any_episode(session, 0.999999) is not None


def test_lines_of_one_paragraph_stand_together() -> None:
    said = [
        {"id": "a", "block": 1, "role": "prose", "speaker": None, "written": "One."},
        {"id": "b", "block": 1, "role": "prose", "speaker": None, "written": "Two\nlines."},
        {"id": "d", "block": None, "role": "prose", "speaker": None, "written": "Read by a machine."},
        {"id": "c", "block": 2, "role": "quote", "speaker": None, "written": "Three."},
    ]
    pieces = [{"utterance_id": i, "start_sample": n * 500} for n, i in enumerate("abcd")]
    script = {"chapters": [{"utterances": said}]}
    assert list(timed_paragraphs(script, {"rate_hz": 1000, "pieces": pieces})) == [
        (0, "One. Two lines."),
        (1000, "Three."),
    ]
