"""Steering the work from /admin and by program: pause, go on, first, cancel, limits; who may, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from narrate.store import jobs, lineup, switches, turns
from narrate.store.audit import list_notes
from narrate.store.candidates import note_found
from narrate.store.sessions import make_token
from narrate.store.switches import PAUSED, Switch
from tests.candidates import a_candidate, a_key
from tests.visiting import START, Place, Visitor, visiting

pytestmark = pytest.mark.slow

#: Every way to steer: the path of its form, and what it sends.
ACTS: dict[str, tuple[str, dict[str, str]]] = {
    "pause": ("/admin/work", {"action": "pause", "reason": "a new disk"}),
    "resume": ("/admin/work", {"action": "resume"}),
    "first": (f"/admin/entries/{a_key(1)}", {"action": "first", "reason": "promised"}),
    "cancel": (f"/admin/entries/{a_key(1)}", {"action": "cancel", "reason": "still edited"}),
}


@contextmanager
def at_work(home: Path) -> Iterator[Place]:
    """A service with three posts, the first of them at work."""
    with visiting(home, max_audio_hours_a_day=2.5) as running:
        with running.store.begin() as session:
            for n in range(1, 4):
                note_found(session, a_candidate(n, karma=90 - n), START, running.settings)
            job = turns.take_next(session, START)
        assert job is not None
        assert job.key == a_key(1)
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with at_work(tmp_path / "home") as running:
        yield running


@dataclass
class Unchanged:
    """A service to which nothing may happen: one for all tests of what is refused."""

    place: Place
    operator: Visitor
    member: Visitor


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unchanged]:
    with at_work(tmp_path_factory.mktemp("shared") / "home") as running:
        yield Unchanged(running, running.operator(), running.member())


@pytest.fixture
def unchanged(shared: Unchanged) -> Iterator[Unchanged]:
    before = state(shared.place)
    yield shared
    assert state(shared.place) == before


def post(visitor: Visitor, act: str, **changes: str) -> httpx.Response:
    """Send an act as a form of this visitor's own pages would."""
    path, fields = ACTS[act]
    token = visitor.page("/account").select_one("[name=csrf]")
    assert token is not None
    return visitor.post(path, data={"csrf": str(token["value"])} | fields | changes)


def paused(place: Place) -> Switch | None:
    with place.store.begin() as session:
        return switches.find(session, PAUSED)


def job(place: Place, n: int = 1) -> jobs.Job:
    with place.store.begin() as session:
        found = jobs.find(session, a_key(n))
    assert found is not None
    return found


def state(place: Place) -> tuple[Any, ...]:
    """All that steering could change."""
    with place.store.begin() as session:
        entries = [lineup.find(session, a_key(n)) for n in range(1, 4)]
        return paused(place), job(place), entries, len(list_notes(session))


def logged(place: Place, subject: str) -> list[tuple[str, str | None]]:
    with place.store.begin() as session:
        return [(note.action, note.detail.get("reason")) for note in list_notes(session, subject=subject)]


def test_work_is_paused_with_a_reason_that_everyone_who_looks_sees_and_goes_on(place: Place) -> None:
    operator = place.operator()
    form = operator.fields("/admin", "/admin/work")
    answer = operator.post("/admin/work", data=form | {"action": "pause", "reason": "  a new \n disk "})
    assert answer.url.path == "/admin"
    assert "Paused since 25 November 2026: a new disk." in " ".join(operator.page("/admin").get_text().split())
    switch = paused(place)
    assert switch is not None
    assert (switch.reason, switch.actor) == ("a new disk", place.member_id(operator))
    assert "Posts are taken" in operator.post("/admin/work", data=form | {"action": "resume"}).text
    assert paused(place) is None
    assert logged(place, PAUSED) == [("paused off", None), ("paused on", "a new disk")]


def test_what_is_so_already_stays_as_it_is_and_isnt_logged(place: Place) -> None:
    operator = place.operator()
    assert post(operator, "resume").status_code == 200
    post(operator, "pause")
    assert post(operator, "pause", reason="another one").status_code == 200
    assert (paused(place) or pytest.fail("it isn't paused")).reason == "a new disk"
    assert logged(place, PAUSED) == [("paused on", "a new disk")]


def test_a_post_at_work_is_spoken_first(place: Place) -> None:
    operator = place.operator()
    assert "Speak first" in operator.page(f"/admin/entries/{a_key(1)}").get_text()
    assert post(operator, "first").status_code == 200
    assert job(place).priority == jobs.NORMAL + 1
    assert logged(place, str(a_key(1)))[0] == ("put first", "promised")


def test_a_post_that_waits_becomes_the_first_of_its_lane(place: Place) -> None:
    operator = place.operator()
    path = f"/admin/entries/{a_key(3)}"
    assert operator.post(path, data=operator.fields(path, path) | {"action": "first", "reason": "x"}).status_code == 200
    with place.store.begin() as session:
        assert lineup.position(session, a_key(3)) == 1


def test_narrating_is_stopped_and_may_be_approved_again(place: Place) -> None:
    operator = place.operator()
    answer = post(operator, "cancel")
    assert answer.status_code == 200
    assert "held: still edited" in " ".join(answer.text.replace("<b>", "").replace("</b>", "").split())
    assert (job(place).state, job(place).error) == ("failed", "still edited")
    again = post(operator, "cancel")
    assert again.status_code == 404
    assert "isn’t being narrated" in again.text.replace("&#39;", "’").replace("'", "’")
    post(operator, "cancel", action="approve")
    with place.store.begin() as session:
        found = lineup.find(session, a_key(1))
    assert found is not None
    assert found.state == "waiting"
    assert [action for action, _ in logged(place, str(a_key(1)))][:2] == ["approve", "cancel"]


@pytest.mark.parametrize("act", ACTS)
def test_nobody_but_an_operator_steers(unchanged: Unchanged, act: str) -> None:
    path, fields = ACTS[act]
    assert unchanged.place.visitor().post(path, data=fields).status_code == 401
    assert post(unchanged.member, act).status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_no_other_site_steers_through_an_operators_browser(unchanged: Unchanged, act: str) -> None:
    operator = unchanged.operator
    path, fields = ACTS[act]
    assert operator.post(path, data=fields).status_code == 403
    assert operator.post(path, data=fields | {"csrf": "0" * 64}).status_code == 403
    form = operator.fields("/admin", "/admin/work") | fields
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert operator.post(path, data=form, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("act", "changes", "status"),
    [
        ("pause", {"reason": ""}, 422),
        ("pause", {"reason": " \t"}, 422),
        ("pause", {"reason": "x" * 1001}, 422),
        ("pause", {"reason": "a\0b"}, 400),
        ("pause", {"action": "stop"}, 422),
        ("resume", {"action": ""}, 422),
        ("first", {"reason": ""}, 422),
        ("cancel", {"reason": ""}, 422),
        ("cancel", {"action": "explode"}, 422),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    unchanged: Unchanged, act: str, changes: dict[str, str], status: int
) -> None:
    assert post(unchanged.operator, act, **changes).status_code == status


@pytest.mark.parametrize("action", ["first", "cancel"])
@pytest.mark.parametrize("key", ["lesswrong:nothing", "nonsense"])
def test_a_post_that_nobody_knows_is_not_found(unchanged: Unchanged, action: str, key: str) -> None:
    form = unchanged.operator.fields("/admin", "/admin/work") | {"action": action, "reason": "x"}
    assert unchanged.operator.post(f"/admin/entries/{key}", data=form).status_code == 404


def test_the_limits_are_shown_and_whichever_holds_work_up(place: Place, tmp_path: Path) -> None:
    shown = " ".join(place.operator().page("/admin").get_text(" ").split())
    assert "0.0 hours of 2.5" in shown
    assert "Nothing new is begun" not in shown
    with visiting(tmp_path / "full", min_free_gb=1e9) as full:
        shown = " ".join(full.operator().page("/admin").get_text(" ").split())
    assert "Nothing new is begun" in shown
    assert "no limit" in shown


def test_programs_steer_as_the_pages_do(place: Place) -> None:
    operator, member = place.operator(), place.member()
    with place.store.begin() as session:
        mine, other = (make_token(session, place.member_id(who), "t", START) for who in (operator, member))
    with httpx.Client(base_url=place.url, trust_env=False) as api:
        before = state(place)
        for act in ACTS:
            path, fields = ACTS[act]
            assert api.post(f"/api{path}", json=fields).status_code == 401
            answer = api.post(f"/api{path}", json=fields, headers={"Authorization": f"Bearer {other}"})
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-operator")
        api.headers["Authorization"] = f"Bearer {mine}"
        for wrong in ({"action": "pause"}, {"action": "stop", "reason": "x"}, {"action": "resume", "more": 1}, []):
            assert api.post("/api/admin/work", json=wrong).status_code == 422
        assert state(place) == before
        assert api.post("/api/admin/work", json=ACTS["pause"][1]).status_code == 204
        assert (paused(place) or pytest.fail("it isn't paused")).reason == "a new disk"
        assert api.post("/api/admin/work", json=ACTS["resume"][1]).status_code == 204
        assert paused(place) is None
        for act in ("first", "cancel"):
            assert api.post(f"/api{ACTS[act][0]}", json=ACTS[act][1]).status_code == 204
    assert (job(place).priority, job(place).state) == (jobs.NORMAL + 1, "failed")
