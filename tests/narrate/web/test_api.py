"""The API as its description promises: fuzzed by schemathesis, and by hand where it says more than shapes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy.orm import Session

from narrate.home import open_home
from narrate.samples import posts_folder, sample_files
from narrate.samples.forum import ForumData, RunningForum
from narrate.settings import read_settings
from narrate.store import lineup, members, sessions
from narrate.store.candidates import note_found
from narrate.store.sites import MAIN
from narrate.store.withdrawals import withdraw
from tests.candidates import a_candidate, a_key
from tests.forum_posts import IDS, a_post
from tests.visiting import START, Place, visiting

pytestmark = pytest.mark.slow

SAMPLE = next(str(path) for path in sample_files() if "two-clocks" in path.name)
EPISODE = "lesswrong:demoPostTwocLocks"
POST = f"https://www.lesswrong.com/posts/{IDS[0]}/a-post"
KEY = f"lesswrong:{IDS[0]}"


@pytest.fixture(scope="module")
def narrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one episode."""
    home = tmp_path_factory.mktemp("narrated") / "home"
    with open_home(read_settings(home=home, slots=1)) as opened:
        (outcome,) = opened.narrate([SAMPLE], "tone")
        opened.publish(MAIN, [outcome.post.key])  # type: ignore[union-attr]
    return home


@pytest.fixture
def place(tmp_path: Path, narrated: Path, forum: RunningForum) -> Iterator[Place]:
    home = tmp_path / "home"
    shutil.copytree(narrated, home)
    contents = {"html": "<p>One thing is certain.</p>" * 60, "wordCount": 800, "version": "1.0.0"}
    posts = [
        a_post(post_id, title=f"A post, number {n}", contents=contents, postedAt="2026-11-01T00:00:00Z")
        for n, post_id in enumerate(IDS[:4])
    ]
    posts[1]["isEvent"] = True
    posts[2]["podcastEpisodeId"], posts[2]["podcastEpisode"] = "x", {"episodeLink": "https://www.buzzsprout.com/1/2.js"}
    forum.reset(ForumData.from_posts(posts))
    with visiting(home, lesswrong_url=forum.url) as running:
        with running.store.begin() as session:
            for n in range(1, 6):
                note_found(session, a_candidate(n, karma=90 - n), START, running.settings)
        yield running


def arrive(session: Session, name: str) -> str:
    """An API token of a member of some days' standing."""
    at = START.replace(day=1)
    member = members.arrive(session, f"{name}@example.org", f"{name}@example.org", at, f"hash of {name}")
    return sessions.make_token(session, member.id, "test", at)


@pytest.fixture
def api(place: Place) -> Iterator[httpx.Client]:
    """A program with a token."""
    with place.store.begin() as session:
        token = arrive(session, "ada")
    with httpx.Client(base_url=place.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        yield client


@pytest.fixture
def anyone(place: Place) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=place.url, trust_env=False) as client:
        yield client


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == answer.status_code
    assert said["type"].startswith("/problems/")
    assert said["title"]
    assert said["detail"]
    return said


# The description


def test_every_operation_keeps_its_word(place: Place) -> None:
    """Whatever is sent that the description allows, or nearly, the answer is one it allows, too."""
    schema = schemathesis.openapi.from_url(f"{place.url}/api/openapi.json").include(path_regex="^/api/")
    with place.store.begin() as session:
        token = arrive(session, "fuzz")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 12
    for operation in operations:
        keeps_its_word(operation, {"Authorization": f"Bearer {token}"})


def keeps_its_word(operation: Any, headers: dict[str, str]) -> None:
    strategy = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=strategy)
    def send(case: Any) -> None:
        # that a shape is right doesn't make a cursor ours or an address a post's
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    send()


def test_the_page_about_the_api_names_every_operation_and_needs_no_other_host(anyone: httpx.Client) -> None:
    schema = anyone.get("/api/openapi.json").json()
    page = anyone.get("/api/docs", headers={"Accept": "text/html"}).text
    for path, methods in schema["paths"].items():
        for method in methods:
            assert not path.startswith("/api/") or f"{method.upper()} {path}" in page
    assert "<script" not in page
    assert "cdn" not in page


# Reading


def test_the_queue_can_be_read_by_anyone_page_by_page(anyone: httpx.Client) -> None:
    seen, cursor = [], None
    while True:
        answer = anyone.get(
            "/api/queue", params={"lane": "recent", "limit": 2, **({"cursor": cursor} if cursor else {})}
        )
        assert answer.status_code == 200
        seen += [(entry["key"], entry["place"]) for entry in answer.json()["entries"]]
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert seen == [(str(a_key(n)), n) for n in range(1, 6)]


def test_what_hasnt_changed_isnt_sent_again(anyone: httpx.Client, api: httpx.Client) -> None:
    for path in ("/api/queue", f"/api/queue/{a_key(1)}", "/api/episodes", f"/api/episodes/{EPISODE}"):
        etag = anyone.get(path).headers["ETag"]
        again = anyone.get(path, headers={"If-None-Match": f'"other", {etag}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    etag = anyone.get("/api/queue").headers["ETag"]
    api.put(f"/api/posts/{a_key(1)}/vote", json={"votes": 1})
    assert anyone.get("/api/queue", headers={"If-None-Match": etag}).status_code == 200


def test_an_episode_has_its_files_and_chapters(anyone: httpx.Client) -> None:
    episode = anyone.get(f"/api/episodes/{EPISODE}").json()
    assert episode["title"] == "The Town with Two Clocks"
    assert len(episode["chapters"]) == 4
    for file in (episode["audio"], episode["cover"], episode["chapters_json"], *episode["transcripts"]):
        got = anyone.get(file["url"].partition("/media/")[1] + file["url"].partition("/media/")[2])
        assert (got.status_code, len(got.content)) == (200, file["n_bytes"])
    listed = anyone.get("/api/episodes").json()
    assert [e["key"] for e in listed["episodes"]] == [EPISODE]
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/episodes/lesswrong:nothing", 404), ("/api/episodes/no key", 404), ("/api/queue/lesswrong:nothing", 404),
     ("/api/queue?cursor=zzz", 422), ("/api/queue?lane=slow", 422), ("/api/queue?limit=0", 422),
     ("/api/queue?limit=101", 422), ("/api/episodes?cursor=bm9uc2Vuc2U", 422), ("/api/authors/nobody", 404),
     ("/api/nothing", 404), ("/api/preview?url=nonsense", 422), ("/api/preview", 422), ("/api/me", 401)],
)  # fmt: skip
def test_what_cant_be_read_is_a_problem(anyone: httpx.Client, path: str, status: int) -> None:
    answer = anyone.get(path)
    assert answer.status_code == status
    problem(answer)


# Submitting


def test_new_known_refused_narrated_withdrawn(place: Place, api: httpx.Client) -> None:
    first = api.post("/api/submissions", json={"url": POST})
    assert first.status_code == 201
    assert (first.json()["new"], first.json()["entry"]["key"], first.json()["entry"]["votes"]) == (True, KEY, 1)
    again = api.post("/api/submissions", json={"url": IDS[0]})
    assert (again.status_code, again.json()["new"], again.json()["entry"]["votes"]) == (200, False, 1)

    event = api.post("/api/submissions", json={"url": IDS[1]})
    assert (event.status_code, problem(event)["reason"]) == (422, "it announces an event")
    recorded = api.post("/api/submissions", json={"url": IDS[2]})
    assert recorded.status_code == 422
    assert problem(recorded)["see"].startswith("https://")

    with place.store.begin() as session:
        withdraw(session, KEY, "its author asked", START)
    gone = api.post("/api/submissions", json={"url": POST})
    assert (gone.status_code, problem(gone)["reason"]) == (410, "its author asked")


def test_a_narrated_post_answers_with_its_episode(place: Place, api: httpx.Client, forum: RunningForum) -> None:
    forum.reset(ForumData.from_folder(posts_folder()))
    answer = api.post("/api/submissions", json={"url": EPISODE})
    assert answer.status_code == 200
    assert answer.json()["episode"] == f"{place.url}/episodes/{EPISODE}"
    assert api.get(answer.json()["episode"], follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"url": 3}', "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"url": ""}', "application/json", 422),
        (b'{"url": "x", "more": 1}', "application/json", 422),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"url": "\\ud800"}', "application/json", 400),
        (b'{"url": "' + b"a" * 10_000_000 + b'"}', "application/json", 413),
        (b"url=x", "application/x-www-form-urlencoded", 422),
        (b"<x/>", "text/xml", 415),
        (b'{"url": "http://169.254.169.254/latest/meta-data"}', "application/json", 422),
        (b'{"url": "http://localhost:8000/posts/x"}', "application/json", 422),
        ('{"url": "https://lеsswrong.com/posts/x"}'.encode(), "application/json", 422),
        (b'{"url": "/etc/passwd"}', "application/json", 422),
    ],
)
def test_what_cant_be_submitted_is_a_problem(api: httpx.Client, body: bytes, kind: str, status: int) -> None:
    answer = api.post("/api/submissions", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    problem(answer)


# Voting


def test_votes_cost_their_square_and_moving_them_gives_it_back(api: httpx.Client) -> None:
    def vote(n: int, votes: Any) -> httpx.Response:
        return api.put(f"/api/posts/{a_key(n)}/vote", json={"votes": votes})

    assert vote(1, 3).json() == {
        "key": str(a_key(1)), "votes": 3, "points_left": 91, "week_ends": "2026-11-30T00:00:00Z",
    }  # fmt: skip
    assert vote(2, 9).json()["points_left"] == 10
    refused = vote(3, 4)
    assert (refused.status_code, problem(refused)["points_left"]) == (422, 10)
    assert vote(2, 0).json()["points_left"] == 91
    assert api.get("/api/me").json()["votes"] == {str(a_key(1)): 3}
    assert api.get(f"/api/posts/{a_key(1)}/vote").json()["votes"] == 3


@pytest.mark.parametrize("votes", [-1, 11, 1.5, "1", None, True, [], 10**30])
def test_votes_that_cant_be_are_refused(api: httpx.Client, votes: Any) -> None:
    answer = api.put(f"/api/posts/{a_key(1)}/vote", json={"votes": votes})
    assert answer.status_code == 422
    problem(answer)
    assert api.get("/api/me").json()["points_left"] == 100


def test_who_may_vote_and_on_what(place: Place, api: httpx.Client, anyone: httpx.Client) -> None:
    with place.store.begin() as session:
        lineup.take(session, a_key(1), START)
        withdraw(session, a_key(2), "its author asked", START)
    statuses = [api.put(f"/api/posts/{a_key(n)}/vote", json={"votes": 1}).status_code for n in (1, 2, 99)]
    assert statuses == [409, 410, 404]
    assert anyone.put(f"/api/posts/{a_key(3)}/vote", json={"votes": 1}).status_code == 401
    wrong = anyone.put(f"/api/posts/{a_key(3)}/vote", json={"votes": 1}, headers={"Authorization": "Bearer nobody's"})
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, "Bearer")
    with place.store.begin() as session:
        members.set_banned(session, api.get("/api/me").json()["id"], True)
    assert api.put(f"/api/posts/{a_key(3)}/vote", json={"votes": 1}).status_code == 403


def test_too_many_is_429_with_when_to_come_back(tmp_path: Path, forum: RunningForum) -> None:
    with visiting(tmp_path / "home", lesswrong_url=forum.url, limit_votes="3/hour") as place:
        with place.store.begin() as session:
            note_found(session, a_candidate(1, karma=90), START, place.settings)
            token = arrive(session, "ada")
        with httpx.Client(base_url=place.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as api:
            answers = [api.put(f"/api/posts/{a_key(1)}/vote", json={"votes": n}) for n in (1, 2, 3, 4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[3].headers["Retry-After"]) > 3000
    problem(answers[3])


# Reports, authors


def test_a_report_says_what_is_wrong_and_where(place: Place, api: httpx.Client, anyone: httpx.Client) -> None:
    path = f"/api/episodes/{EPISODE}/reports"
    said = {"text": "“Clock” is said wrongly.", "at_s": 12.5}
    first, again = api.post(path, json=said), api.post(path, json=said)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert api.post(path, json={"text": "x" * 5000}).status_code == 422
    assert api.post(path, json={"text": "late", "at_s": 90_000}).status_code == 422
    assert api.post("/api/episodes/lesswrong:nothing/reports", json=said).status_code == 404
    assert anyone.post(path, json=said).status_code == 401


def test_a_withdrawn_episode_is_gone_everywhere_at_once(place: Place, anyone: httpx.Client) -> None:
    episode = anyone.get(f"/api/episodes/{EPISODE}").json()
    paths = [f"/api/episodes/{EPISODE}", f"/episodes/{EPISODE}", "/" + episode["page"].split("/", 3)[3]]
    paths += ["/" + file["url"].split("/", 3)[3] for file in (episode["audio"], *episode["transcripts"])]
    assert [anyone.get(path, follow_redirects=True).status_code for path in paths] == [200] * len(paths)
    with place.store.begin() as session:
        withdraw(session, EPISODE, "its author asked", START)
    time.sleep(2.1)  # what is withdrawn is known for so long
    assert [anyone.get(path).status_code for path in paths] == [410] * len(paths)
    assert problem(anyone.get(paths[0]))["reason"] == "its author asked"
    assert anyone.get("/api/episodes").json()["episodes"] == []
