"""What every request goes through: its size, its text, whether our own page sent it; and how refusals look."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.web.limits import Limiter, parse_rate
from narrate.web.security import device_name, local_path
from tests.visiting import Place, Visitor, visiting

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with visiting(tmp_path_factory.mktemp("home"), limit_sign_in="100000/hour") as running:
        yield running


@pytest.fixture(scope="module")
def member(place: Place) -> Visitor:
    return place.member()


@pytest.fixture
def client(place: Place) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=place.url, trust_env=False, timeout=30) as opened:
        yield opened


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (FORM, b"email=" + b"x" * 70_000, 413),
        (FORM, b"x" * 10_000_000, 413),
        (FORM, b"email=\xff\xfe@example.org", 400),
        (FORM, b"email=%ff%fe@example.org", 400),
        (FORM, b"email=%00@example.org", 400),
        (FORM, b"&".join(b"a=1" for _ in range(200)), 400),
        (FORM, "email=ana@example.org".encode("utf-16"), 400),
        ("application/json", b"{", 400),
        ("application/json", b"\xff", 400),
        ("application/json", b'{"a": "\\u0000"}', 400),
        ("application/json", b'{"a": "\\ud800"}', 400),
        ("application/json", b'{"a": NaN}', 400),
        ("application/json", b'{"a": ' + b"9" * 5000 + b"}", 400),
        ("application/json", b"[" * 30_000, 400),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("text/plain", b"email=ana@example.org", 415),
        ("", b"email=ana@example.org", 415),
    ],
)
def test_a_body_that_no_text_can_be_made_of_is_refused_with_its_reason(
    client: httpx.Client, kind: str, body: bytes, status: int
) -> None:
    answer = client.post("/sign-in", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == status
    assert said["type"].startswith("/problems/")
    assert said["title"]
    assert said["detail"]


def test_a_body_without_a_declared_length_is_measured_all_the_same(client: httpx.Client) -> None:
    answer = client.post("/sign-in", content=(b"x" * 10_000 for _ in range(10)), headers={"Content-Type": FORM})
    assert answer.status_code == 413


def test_a_body_at_the_limit_passes(client: httpx.Client) -> None:
    body = b"email=ana@example.org&filler=" + b"x" * (65_536 - 29)
    assert client.post("/sign-in", content=body, headers={"Content-Type": FORM}).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in?next=%00", "/account%00", "/%00"])
def test_an_address_with_a_nul_character_leads_nowhere(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "file://"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1.evil.example"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "HERE"},
    ],
)
def test_what_another_sites_page_sends_is_refused_even_with_the_right_token(
    place: Place, member: Visitor, headers: dict[str, str]
) -> None:
    fields = member.fields("/account", "/account/profile") | {"name": "changed by a stranger"}
    sent = {name: value.replace("HERE", place.url) for name, value in headers.items()}
    answer = member.post("/account/profile", data=fields, headers=sent)
    assert answer.status_code == 403
    assert "changed by a stranger" not in member.get("/account").text
    assert place.visitor().post("/sign-in", data={"email": "x@example.org"}, headers=sent).status_code == 403


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
def test_a_form_without_its_sessions_token_is_refused(member: Visitor, token: str | None) -> None:
    fields = {"name": "changed without a token"} | ({} if token is None else {"csrf": token})
    answer = member.post("/account/profile", data=fields)
    assert answer.status_code == 403
    assert "out of date" in answer.text
    assert "changed without a token" not in member.get("/account").text


def test_another_members_token_is_no_good(place: Place, member: Visitor) -> None:
    theirs = place.member("bo@example.org").fields("/account", "/account/profile")
    assert member.post("/account/profile", data=theirs).status_code == 403


def test_our_own_pages_may_send_with_the_token_in_form_or_header(place: Place, member: Visitor) -> None:
    fields = member.fields("/account", "/account/profile") | {"name": "Ana"}
    own = {"Origin": place.url, "Sec-Fetch-Site": "same-origin"}
    assert member.post("/account/profile", data=fields, headers=own).status_code == 200
    token = fields.pop("csrf")
    assert member.post("/account/profile", data=fields, headers={**own, "X-CSRF-Token": token}).status_code == 200


def test_a_refusal_is_a_page_for_people_and_problem_json_for_programs(place: Place, client: httpx.Client) -> None:
    page = place.visitor().get("/account")
    assert (page.status_code, page.headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert 'href="/sign-in?next=/account"' in page.text
    answer = client.get("/account")
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["type"] == "/problems/not-signed-in"
    assert client.get("/nothing/here").json()["type"] == "/problems/not-found"
    assert client.put("/sign-in").status_code == 405


@pytest.mark.parametrize("token", ["x", "narrate_" + "x" * 43, "' OR 1=1", "\xe9"])
def test_an_unknown_token_is_refused_and_never_falls_back_to_the_cookie(member: Visitor, token: str) -> None:
    answer = member.get("/account", headers=[(b"Authorization", b"Bearer " + token.encode("latin-1"))])
    assert answer.status_code == 401


def test_header_lines_cant_be_smuggled_in(place: Place) -> None:
    at = urlsplit(place.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
    connection.request("GET", "/sign-in?next=/x%0d%0aSet-Cookie:%20a=b")
    answer = connection.getresponse()
    assert answer.getheader("Set-Cookie") is None
    assert b"Set-Cookie" not in answer.read()
    connection.close()


def test_every_page_keeps_scripts_out_of_itself(place: Place, member: Visitor) -> None:
    for path in ("/sign-in", "/account", "/nothing"):
        answer = member.get(path)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text


def test_text_from_strangers_stays_text(member: Visitor) -> None:
    evil = "<img src=x onerror=alert(1)>\"'{{7*7}}'; DROP TABLE members; --"
    answer = member.fill("/account", "/account/profile", name=evil)
    assert "<img src=x" not in answer.text
    assert "&lt;img src=x onerror" in answer.text
    assert member.fields("/account", "/account/profile")["name"] == evil


# Limits


def test_a_limit_is_a_sliding_window() -> None:
    seconds = [0.0]
    limiter = Limiter(clock=lambda: seconds[0])
    waits = []
    for at in (0, 1, 2, 3, 59.5, 60, 60.5, 61):
        seconds[0] = at
        waits.append(limiter.hit([("ana", 3, 60.0)]))
    assert waits == [0, 0, 0, 57, 0.5, 0, 0.5, 0]


def test_an_act_counts_under_all_its_limits_or_under_none() -> None:
    limiter = Limiter(clock=lambda: 0.0)
    assert limiter.hit([("a", 1, 10.0), ("network", 2, 10.0)]) == 0
    assert limiter.hit([("a", 1, 10.0), ("network", 2, 10.0)]) == 10
    assert limiter.hit([("b", 1, 10.0), ("network", 2, 10.0)]) == 0
    assert limiter.hit([("c", 1, 10.0), ("network", 2, 10.0)]) == 10


@given(st.lists(st.floats(0, 100), min_size=1), st.integers(1, 5), st.floats(0.5, 20))
def test_no_window_ever_holds_more_than_the_limit(gaps: list[float], count: int, period_s: float) -> None:
    at, allowed = 0.0, []
    limiter = Limiter(clock=lambda: at)
    for gap in gaps:
        at += gap
        if limiter.hit([("ana", count, period_s)]) == 0:
            allowed.append(at)
    for n, start in enumerate(allowed[: max(0, len(allowed) - count)]):
        assert allowed[n + count] - start >= period_s * (1 - 1e-9)


def test_a_rate_reads_as_it_is_written() -> None:
    assert parse_rate("20/hour") == (20, 3600.0)
    assert parse_rate("1/second") == (1, 1.0)


# Small pure things


@given(st.text(max_size=30))
def test_a_local_path_is_local_whatever_was_given(text: str) -> None:
    path = local_path(text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert urlsplit(path).netloc == ""
    assert path.isprintable()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8", "A browser"),
        ("", "A browser"),
    ],
)  # fmt: skip
def test_a_device_is_named_so_that_its_owner_knows_it(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
