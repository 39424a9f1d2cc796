"""The search's pages through the running service, and the way on from one episode to the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrate.records import PostKey
from narrate.store.episodes import save_episode
from narrate.store.posts import save_post, set_date
from narrate.store.search import keep_text
from narrate.store.tables import PartRow, SeriesPartRow, SeriesRow
from tests.narrate.store.test_search import a_script, fill
from tests.narrate.store.test_store import NOON, make_episode, make_post
from tests.visiting import Place, visiting


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with visiting(tmp_path / "home") as running:
        fill(running.store)
        yield running


def titles(place: Place, path: str) -> list[str]:
    return [link.text for link in place.visitor().page(path).select("#found ~ ol h3 a")]


def test_the_page_shows_what_was_found_with_the_second_it_is_said(place: Place) -> None:
    page = place.visitor().page("/search?q=updated+kitchen")
    assert [mark.text for mark in page.select("mark")] == ["updated", "kitchen"]
    link = page.select_one(".passage a")
    assert link is not None
    assert link["href"] == f"/episodes/lesswrong-{'b' * 17}.html?t=2"
    assert link.text == "0:02"


def test_choices_narrow_the_list_and_can_be_taken_back(place: Place) -> None:
    assert titles(place, "/search") == ["Silence", "On tea", "Maps and territories"]
    assert titles(place, "/search?tag=ai&year=2021") == ["On tea"]
    assert titles(place, "/search?length=short") == ["Maps and territories"]
    page = place.visitor().page("/search?tag=AI&year=2021&q=map")
    chosen = page.select_one("a.chosen")
    assert chosen is not None
    assert chosen["href"] == "/search?q=map&year=2021"
    assert [option["value"] for option in page.select("select[name=year] option[selected]")] == ["2021"]


@pytest.mark.parametrize(
    "path",
    ["/search?year=then", "/search?page=0", "/search?page=9999", "/search?length=endless", "/search?q=" + "x" * 201],
)
def test_nonsense_is_refused_with_a_reason(place: Place, path: str) -> None:
    answer = place.visitor().get(path)
    assert answer.status_code == 422
    assert "<main" in answer.text


def test_a_search_for_nothing_says_what_to_write(place: Place) -> None:
    answer = place.visitor().get("/search?q=-map")
    assert answer.status_code == 422
    assert "Write at least one word" in answer.text


def test_markup_in_a_search_stays_text(place: Place) -> None:
    answer = place.visitor().get("/search", params={"q": "<script>alert(1)</script>", "tag": '"><b>'})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert '"><b>' not in answer.text


def test_the_api_finds_the_same(place: Place) -> None:
    visitor = place.visitor(headers={"Accept": "application/json"})
    found = visitor.get("/api/search?q=evidence").json()
    assert [hit["episode"]["key"] for hit in found["found"]] == [f"lesswrong:{'a' * 17}"]
    assert found["found"][0]["at_s"] == 2.0
    assert found["found"][0]["passage"] == "Updating on evidence is hard."
    assert found["next_page"] is None
    problem = visitor.get("/api/search?q=-x")
    assert problem.status_code == 422
    assert problem.headers["content-type"] == "application/problem+json"


def test_chance_and_what_comes_next_lead_to_episodes(place: Place) -> None:
    visitor = place.visitor()
    visitor.follow_redirects = False
    assert visitor.get("/random").headers["location"].startswith("/episodes/lesswrong:")
    keys = [f"lesswrong:{letter * 17}" for letter in "abc"]

    def after(key: str) -> str:
        return visitor.get("/next", params={"after": key}).headers["location"].removeprefix("/episodes/")

    assert after(keys[2]) == keys[1]  # the one heard before
    assert after(keys[0]) == "/search"  # the oldest
    with place.store.begin() as session:
        for n, key in enumerate([keys[0], keys[2]]):
            session.add(PartRow(entry="lesswrong:sequence-s", place=n, key=key, taken_at=None))
    assert after(keys[0]) == keys[2]  # a sequence goes on
    with place.store.begin() as session:
        key = PostKey("lesswrong", "d" * 17)
        save_post(session, make_post(key))
        session.flush()
        episode = make_episode(key)
        script, recording = a_script(["Old."])
        save_episode(session, episode, script=script, recording=recording)
        set_date(session, key, ready_at=NOON.replace(year=2025))
        keep_text(session, episode, script, recording)
    assert after(keys[0]) == keys[2]
    with place.store.begin() as session:
        session.add(SeriesRow(key="lesswrong:sequence-t", title="T", url="", seen_at=NOON))
        session.flush()
        for number, key in enumerate([keys[2], keys[0], keys[1]], 1):
            session.add(
                SeriesPartRow(series="lesswrong:sequence-t", number=number, key=key, chapter=1, chapter_title="")
            )
    assert after(keys[0]) == keys[1]  # as the forum shows it
    assert visitor.get("/next?after=nonsense").status_code == 404
