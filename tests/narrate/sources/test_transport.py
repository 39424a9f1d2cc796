from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from narrate import __version__
from narrate.errors import ForumChallenged, ForumProtocol, ForumUnavailable
from narrate.samples.forum import RunningForum
from narrate.sources import Forum, forums
from narrate.sources.transport import PoliteClient
from tests.serving import serving

PING = {"query": "{__typename}"}
PONG = {"data": {"__typename": "Query"}}


@dataclass
class Hours:
    """Time that passes only while somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def client(hours: Hours) -> Iterator[PoliteClient]:
    made = PoliteClient(contact="mailto:op@example.org", timeout_s=2.0, clock=hours.clock, sleep=hours.sleep,
                        jitter=lambda: 0.5)  # fmt: skip
    yield made
    made.close()


def at(forum: RunningForum) -> Forum:
    return forums(forum.url)["lesswrong"]


def n_asked(forum: RunningForum) -> int:
    return sum(seen.path == "/graphql" for seen in forum.seen)


@pytest.mark.parametrize(("asked_for_s", "kept_s"), [(3.0, 3.0), (None, 1.0), (0.25, 0.25), (9999.0, 60.0)])
def test_requests_keep_the_pace_that_robots_txt_asks_for(
    forum: RunningForum, client: PoliteClient, hours: Hours, asked_for_s: float | None, kept_s: float
) -> None:
    forum.data.rules.crawl_delay_s = asked_for_s
    for _ in range(3):
        assert client.post_json(at(forum), "/graphql", PING) == PONG
    assert hours.slept == [kept_s] * 3
    assert [seen.path for seen in forum.seen] == ["/robots.txt", "/graphql", "/graphql", "/graphql"]


def test_time_spent_elsewhere_counts_as_waiting(forum: RunningForum, client: PoliteClient, hours: Hours) -> None:
    forum.data.rules.crawl_delay_s = 3.0
    client.post_json(at(forum), "/graphql", PING)
    hours.now += 2.0
    client.post_json(at(forum), "/graphql", PING)
    hours.now += 20.0
    client.post_json(at(forum), "/graphql", PING)
    assert hours.slept == [3.0, 1.0]


def test_a_crawl_delay_of_nothing_means_no_waiting(forum: RunningForum, client: PoliteClient, hours: Hours) -> None:
    for _ in range(3):
        client.post_json(at(forum), "/graphql", PING)
    assert hours.slept == []


def test_it_says_who_it_is(forum: RunningForum, client: PoliteClient) -> None:
    client.post_json(at(forum), "/graphql", PING)
    assert {seen.user_agent for seen in forum.seen} == {f"narrate/{__version__} (+mailto:op@example.org)"}


@pytest.mark.parametrize(
    "fault", ["error_500", "error_502", "error_504", "truncated", "hang_up", "too_many_page", "forbidden", "web_page"]
)
def test_trouble_that_passes_is_waited_out_with_growing_pauses(
    forum: RunningForum, client: PoliteClient, hours: Hours, fault: str
) -> None:
    forum.faults.next(fault, times=3)
    assert client.post_json(at(forum), "/graphql", PING) == PONG
    assert hours.slept == [2.0, 4.0, 8.0]


def test_the_pause_that_a_forum_names_is_kept(forum: RunningForum, client: PoliteClient, hours: Hours) -> None:
    forum.faults.next("too_many")
    assert client.post_json(at(forum), "/graphql", PING) == PONG
    assert hours.slept == [7.0]


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("error_500", ForumUnavailable, "HTTP 500"),
        ("error_504", ForumUnavailable, "HTTP 504"),
        ("truncated", ForumUnavailable, "not whole JSON"),
        ("hang_up", ForumUnavailable, "can't be reached"),
        ("too_many", ForumUnavailable, "too often"),
        ("too_many_page", ForumChallenged, "turned us away"),
        ("forbidden", ForumChallenged, "web page"),
        ("web_page", ForumChallenged, "web page"),
    ],
)
def test_trouble_that_stays_is_reported_in_one_line_after_five_tries(
    forum: RunningForum, client: PoliteClient, fault: str, error: type[ForumUnavailable], words: str
) -> None:
    forum.faults.always(fault)
    with pytest.raises(ForumUnavailable, match=words) as failed:
        client.post_json(at(forum), "/graphql", PING)
    assert type(failed.value) is error
    assert failed.value.retryable
    assert str(failed.value).isprintable()
    assert n_asked(forum) == 5


@pytest.mark.parametrize("fault", ["challenge", "challenge_page"])
def test_a_bot_check_is_never_fought(forum: RunningForum, client: PoliteClient, hours: Hours, fault: str) -> None:
    forum.faults.always(fault)
    for _ in range(3):
        with pytest.raises(ForumChallenged, match="bot check"):
            client.post_json(at(forum), "/graphql", PING)
    assert n_asked(forum) == 1
    hours.now += 301
    with pytest.raises(ForumChallenged, match="10 min"):
        client.post_json(at(forum), "/graphql", PING)
    assert n_asked(forum) == 2
    hours.now += 601
    forum.faults.clear()
    assert client.post_json(at(forum), "/graphql", PING) == PONG
    assert hours.slept == []


def test_a_forum_that_never_answers_is_given_up(forum: RunningForum) -> None:
    forum.faults.always("stall")
    hours = Hours()
    client = PoliteClient(timeout_s=0.05, clock=hours.clock, sleep=hours.sleep, jitter=lambda: 0.5)
    with pytest.raises(ForumUnavailable, match=r"didn't answer within 0\.05 s"):
        client.post_json(at(forum), "/graphql", PING)
    client.close()
    assert n_asked(forum) == 5


def test_a_forum_that_is_not_there_is_reported(client: PoliteClient) -> None:
    nobody = replace(forums()["lesswrong"], base_url="http://127.0.0.1:9")
    with pytest.raises(ForumUnavailable, match="can't be reached"):
        client.post_json(nobody, "/graphql", PING)


def a_site(answer: Callable[[Request], Response]) -> FastAPI:
    """A web site with robots.txt, one answer to /graphql, and an honest answer at /new."""
    app = FastAPI()
    app.add_route("/robots.txt", lambda request: PlainTextResponse("User-agent: *\nCrawl-delay: 0"))
    app.add_route("/graphql", answer, methods=["GET", "POST"])

    async def new(request: Request) -> Response:
        return JSONResponse({"method": request.method, "body": json.loads(await request.body())})

    app.add_route("/new", new, methods=["GET", "POST"])
    return app


def test_redirects_within_the_forum_keep_the_question(client: PoliteClient) -> None:
    with serving(a_site(lambda request: RedirectResponse("/new", 308))) as url:
        answer = client.post_json(forums(url)["lesswrong"], "/graphql", PING)
    assert answer == {"method": "POST", "body": PING}


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("https://evil.example/graphql", "isn't its own"),
        ("http://169.254.169.254/latest", "isn't its own"),
        ("http://www.lesswrong.com/graphql", "isn't its own"),  # in clear text
        ("file:///etc/passwd", "isn't its own"),
        ("//127.0.0.1:9/graphql", "isn't its own"),
        ("http://[", "nowhere"),
        ("/graphql", "in circles"),
    ],
)
def test_redirects_elsewhere_are_not_followed(client: PoliteClient, target: str, words: str) -> None:
    with (
        serving(a_site(lambda request: Response(status_code=307, headers={"location": target}))) as url,
        pytest.raises(ForumProtocol, match=words),
    ):
        client.post_json(forums(url)["lesswrong"], "/graphql", PING)


@pytest.mark.parametrize("status", [401, 404, 410, 422])
def test_a_plain_refusal_is_not_tried_again(client: PoliteClient, status: int) -> None:
    asked: list[Request] = []

    def refuse(request: Request) -> Response:
        asked.append(request)
        return JSONResponse({"error": "no"}, status)

    with serving(a_site(refuse)) as url, pytest.raises(ForumProtocol, match=f"HTTP {status}"):
        client.post_json(forums(url)["lesswrong"], "/graphql", PING)
    assert len(asked) == 1


def test_an_answer_of_unreasonable_size_is_cut_off(client: PoliteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrate.sources.transport._MAX_BODY_BYTES", 1_000_000)
    with (
        serving(a_site(lambda request: JSONResponse("x" * 1_100_000))) as url,
        pytest.raises(ForumProtocol, match="more than 1 MB"),
    ):
        client.post_json(forums(url)["lesswrong"], "/graphql", PING)


def test_proxies_of_the_environment_are_not_used(
    forum: RunningForum, monkeypatch: pytest.MonkeyPatch, hours: Hours
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = PoliteClient(clock=hours.clock, sleep=hours.sleep)
    assert client.post_json(at(forum), "/graphql", PING) == PONG
    client.close()


def test_a_robots_txt_that_cannot_be_had_means_the_default_pace(client: PoliteClient, hours: Hours) -> None:
    app = FastAPI()
    app.add_route("/graphql", lambda request: JSONResponse(PONG), methods=["POST"])
    with serving(app) as url:
        assert client.post_json(forums(url)["lesswrong"], "/graphql", PING) == PONG
    assert hours.slept == [1.0]


def test_a_forum_that_wants_a_long_pause_is_left_alone(client: PoliteClient, hours: Hours) -> None:
    def later(request: Request) -> Response:
        return JSONResponse({}, 503, headers={"retry-after": "3600"})

    with serving(a_site(later)) as url, pytest.raises(ForumUnavailable, match="HTTP 503"):
        client.post_json(forums(url)["lesswrong"], "/graphql", PING)
    assert hours.slept == []


def test_threads_share_one_pace(forum: RunningForum) -> None:
    forum.data.rules.crawl_delay_s = 0.05
    client = PoliteClient()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post_json(at(forum), "/graphql", PING), range(4)))
    client.close()
    arrivals = [seen.at for seen in forum.seen]
    assert answers == [PONG] * 4
    assert [seen.path for seen in forum.seen].count("/robots.txt") == 1
    assert max(arrivals) - min(arrivals) > 3 * 0.05
