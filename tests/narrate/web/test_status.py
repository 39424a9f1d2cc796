"""/status tells everyone how it is going, costs nothing however many look, and shows a visitor no secrets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from narrate.store import jobs, lineup, machine, status, switches, turns
from narrate.store.audit import OPERATOR
from narrate.store.turns import Turn
from narrate.web import status as page
from tests.candidates import a_candidate
from tests.looking import look_at
from tests.queue_rows import library
from tests.visiting import START, Place, visiting


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with visiting(tmp_path / "home", price_per_machine_hour=3.0) as running:
        yield running


def fill(place: Place) -> None:
    """A service in the middle of its work."""
    library(
        place.store, START, n_waiting=31, n_archived=260, n_done=400, minutes=18, every=timedelta(hours=2),
        delay=timedelta(hours=5),
    )  # fmt: skip
    with place.store.begin() as session:
        for n in range(2):
            posted_at = START - timedelta(days=3 if n else 800)
            post = a_candidate(n, title=f"A post about <things> & more, {n}", posted_at=posted_at)
            lineup.submit(session, post, OPERATOR, START, place.settings)
            session.flush()
            turn = Turn(key=post.key, group="recent", rank=0.0, minutes=1.0, is_working=False)
            job = turns.take(session, turn, START)
            assert job is not None
            jobs.enter(session, job.key, "speaking" if n else "encoding", START)
            machine.note_progress(session, job.key, 120 + n * 40, 160 + n * 100, START)
        failed = turns.take_next(session, START)
        assert failed is not None
        turns.fail(session, failed.key, "/srv/secret/place: no such voice", retry_at=None, for_good=False)


def test_an_empty_service_says_so(place: Place) -> None:
    text = place.visitor().page("/status").get_text(" ", strip=True)
    assert "Nothing is being read" in text
    assert "no wish was fulfilled" in text
    assert "Nothing failed" in text


def test_the_page_tells_what_the_rows_say(place: Place) -> None:
    fill(place)
    shown = place.visitor().page("/status")
    text = shown.get_text(" ", strip=True)
    assert "half within 5 hours, 95 of 100 within 5 hours" in text
    assert "120.0 hours in all, 400 episodes" in text
    assert "A post about <things> & more, 1 is being spoken: 160 of 260 lines" in text
    assert "An hour of audio costs 0.85 USD" in text  # 30 hours at work for 106.5 of audio
    assert "1 couldn’t be spoken" in text
    assert "secret" not in str(shown)
    assert shown.find("a", href="/status", attrs={"aria-current": "page"})
    for picture in shown.find_all("svg"):
        title, told = picture["aria-labelledby"].split()
        assert picture.find(id=title).get_text()
        assert picture.find(id=told).get_text()
        assert picture.find_parent("section").find("table"), "a table stands beside each picture"


def test_programs_are_told_the_same(place: Place) -> None:
    fill(place)
    found = place.visitor().get("/api/status").json()
    assert (found["episodes"], found["audio_hours"], found["delay_p50_s"]) == (400, 120.0, 18_000.0)
    assert [(lane["lane"], lane["archived"]) for lane in found["waiting"]] == [("recent", 130), ("classic", 130)]
    assert {(work["stage"], work["lines_done"], work["lines"]) for work in found["in_work"]} == {
        ("encoding", 120, 160), ("speaking", 160, 260),
    }  # fmt: skip
    assert found["failures"] == {"refused": 0, "held": 1, "again": 0}
    assert (found["price_per_audio_hour"], found["currency"], found["paused"]) == (0.8451, "USD", False)


def test_a_thousand_visitors_cost_one_look(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    drawn: list[object] = []

    def look(session: Any, at: Any) -> status.Status:
        looks.append(at)
        return status.read_status(session, at)

    def draw(*given: Any) -> dict[str, Any]:
        drawn.append(given)
        return shown(*given)

    shown = page._shown
    monkeypatch.setattr(page, "read_status", look)
    monkeypatch.setattr(page, "_shown", draw)
    monkeypatch.setattr(page, "KEPT_S", 3600.0)  # however long they take
    visitor = place.visitor()
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: visitor.get("/status").status_code, range(200)))
    assert set(answers) == {200}
    assert (len(looks), len(drawn)) == (1, 1)
    etag = visitor.get("/status").headers["etag"]
    assert visitor.get("/status", headers={"If-None-Match": etag}).status_code == 304


def test_a_member_sees_their_own_navigation_and_an_operator_the_reason_of_a_pause(place: Place) -> None:
    with place.store.begin() as session:
        switches.turn_on(session, switches.PAUSED, "the disk is changed", OPERATOR, START)
    visitor, member = place.visitor(), place.member()
    seen = visitor.page("/status").get_text(" ", strip=True)
    assert "Nothing new is begun just now. An operator has paused the work." in seen
    assert "the disk is changed" not in seen
    assert member.get("/status").headers["cache-control"] == "private, no-store"
    assert "Account" in member.page("/status").get_text()


def test_a_standing_limit_is_told_in_general_words(tmp_path: Path) -> None:
    with visiting(tmp_path / "home", min_free_gb=1e9) as place:
        text = place.visitor().page("/status").get_text(" ", strip=True)
        assert place.visitor().get("/api/status").json()["paused"]
    assert "A standing limit is reached" in text
    assert "NARRATE_" not in text


@pytest.mark.browser
@pytest.mark.slow
def test_it_can_be_seen_and_read_by_everyone(browser: Browser, place: Place, tmp_path: Path) -> None:
    fill(place)
    for width in (390, 1200):
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            opened = context.new_page()
            problems: list[str] = []
            opened.on("console", lambda said, to=problems: to.append(said.text) if said.type == "error" else None)
            opened.goto(f"{place.url}/status")
            opened.locator("summary").first.click()
            look_at(opened, tmp_path, f"status-{width}-{scheme}")
            assert problems == []
            context.close()


def test_what_a_picture_says_is_escaped() -> None:
    bar = page.Bar(label="<b>", parts=(1.0,), tip="<script>")
    for drawn in (page.charts.columns("a", "<i>", "<u>", [bar]), page.charts.rows("a", "<i>", "<u>", [bar])):
        assert BeautifulSoup(drawn, "lxml").find(["b", "script", "i", "u"]) is None


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (1.01, 2), (3, 5), (5.0, 5), (7, 10), (0.03, 0.05), (1234, 2000)]
)
def test_an_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert page.charts.nice(value) == pytest.approx(top)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second"), (89, "89 seconds"), (3599, "60 minutes"), (7200, "2 hours"), (3 * 86400, "3 days")],
)
def test_a_span_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert page.span(seconds) == said
