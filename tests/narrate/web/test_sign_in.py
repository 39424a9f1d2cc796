"""Signing in by a mailed link: once, for a while, for the mailbox's owner alone, and back to where one was."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from narrate.store import members
from tests.mail_server import mail_server
from tests.visiting import Place, link_in, visiting


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with visiting(tmp_path, limit_sign_in="1000/hour") as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One service for tests that leave nothing behind."""
    with visiting(tmp_path_factory.mktemp("shared"), limit_sign_in="100000/hour") as running:
        yield running


def test_a_mailed_link_signs_in_and_leads_back_to_where_one_was(place: Place) -> None:
    visitor = place.visitor()
    sent = visitor.fill("/sign-in?next=/account%3Fdone%3Dsaved", "/sign-in", email="Ana@Example.org")
    assert "Ana@example.org" in sent.text
    (mail,) = place.mails()
    assert mail["To"] == "Ana@example.org"
    answer = visitor.fill(place.link(), "/sign-in/link")
    assert answer.url.path == "/account"
    assert answer.url.query == b"done=saved"
    assert "Ana@example.org" in answer.text


def test_looking_at_a_link_spends_nothing_and_signs_nobody_in(place: Place) -> None:
    place.visitor().fill("/sign-in", "/sign-in", email="ana@example.org")
    scanner = place.visitor()
    for _ in range(3):
        assert scanner.get(place.link()).status_code == 200
        assert scanner.head(place.link()).status_code == 200
    assert scanner.get("/account").status_code == 401
    assert place.visitor().fill(place.link(), "/sign-in/link").status_code == 200


def test_a_link_works_once(place: Place) -> None:
    place.member()
    code = place.link().partition("code=")[2]
    again = place.visitor()
    answer = again.post("/sign-in/link", data={"code": code})
    assert answer.status_code == 410
    assert "no longer works" in answer.text
    assert again.get("/account").status_code == 401
    assert again.get(place.link()).status_code == 410


def test_of_many_who_spend_one_link_at_once_one_gets_in(place: Place) -> None:
    place.visitor().fill("/sign-in", "/sign-in", email="ana@example.org")
    code, statuses = place.link().partition("code=")[2], []

    def spend() -> None:
        with httpx.Client(base_url=place.url, trust_env=False, timeout=30) as client:
            statuses.append(client.post("/sign-in/link", data={"code": code}).status_code)

    threads = [threading.Thread(target=spend) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, *[410] * 11]
    with place.store.begin() as session:
        assert members.count_members(session) == 1


@pytest.mark.parametrize("by", [{"minutes": 15}, {"days": 400}, {"hours": -1}, {"days": -400}])
def test_a_link_is_no_good_outside_its_quarter_of_an_hour_whatever_the_clock_does(
    place: Place, by: dict[str, float]
) -> None:
    place.visitor().fill("/sign-in", "/sign-in", email="ana@example.org")
    place.clock.move(**by)
    late = place.visitor()
    assert late.get(place.link()).status_code == 410
    assert late.post("/sign-in/link", data={"code": place.link().partition("code=")[2]}).status_code == 410


def test_a_link_still_works_just_before_its_end_and_when_the_clock_was_set_back_a_little(place: Place) -> None:
    for by in ({"minutes": 14, "seconds": 59}, {"minutes": -1}):
        place.visitor().fill("/sign-in", "/sign-in", email="ana@example.org")
        place.clock.move(**by)
        assert place.visitor().fill(place.link(), "/sign-in/link").status_code == 200


def test_the_answer_is_the_same_for_known_unknown_and_overasked_addresses(place: Place) -> None:
    place.member("known@example.org")
    answers = {}
    for _ in range(8):
        for email in ("known@example.org", "other@example.org"):
            answer = place.visitor().post("/sign-in", data={"email": email})
            answers.setdefault(answer.text.replace(email, "X"), answer.status_code)
    assert list(answers.values()) == [200]
    assert len(place.mails()) == 5 + 5  # no more in an hour, the first sign-in included
    place.clock.move(hours=1, seconds=1)
    place.visitor().post("/sign-in", data={"email": "known@example.org"})
    assert len(place.mails()) == 11


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("ana@example.org", "Ana+narrate@EXAMPLE.org"),
        ("a.n.a@gmail.com", "ana+x@googlemail.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
    ],
)
def test_spellings_of_one_mailbox_are_one_account_and_its_first_spelling_gets_the_mail(
    place: Place, first: str, then: str
) -> None:
    place.member(first)
    to = place.mails()[0]["To"]
    place.member(then)
    assert [mail["To"] for mail in place.mails()] == [to, to]
    with place.store.begin() as session:
        assert members.count_members(session) == 1


def test_a_link_for_another_spelling_asked_before_the_account_was_made_is_void(place: Place) -> None:
    """Where plus addresses are mailboxes of their own, ana+x must not get into ana's account."""
    stranger = place.visitor()
    stranger.fill("/sign-in", "/sign-in", email="ana+x@example.org")
    strangers_code = place.link().partition("code=")[2]
    place.member("ana@example.org")
    assert stranger.post("/sign-in/link", data={"code": strangers_code}).status_code == 410


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "ana@127.0.0.1",
        "ana@[127.0.0.1]",
        "a b@example.org",
        "ana@exa mple.org",
        "ana@example.org\r\nBcc: all@example.org",
        "ana@example.org\nX: y",
        "ana@example.org,bo@example.org",
        "Ana <ana@example.org>",
        '"ana\r\n"@example.org',
        "ana@-example.org",
        "ana@example..org",
        "анна@example.org",
        "<script>@example.org",
        "' OR 1=1 --@example.org",
        "x" * 65 + "@example.org",
        "ana@" + "x" * 250 + ".org",
        "ana@mailinator.com",
        "ana@box.yopmail.com",
        "ANA@MAILINATOR.COM.",
    ],
)
def test_what_is_no_address_or_a_disposable_one_is_refused_with_a_reason(shared: Place, email: str) -> None:
    n_mails = len(shared.mails())
    answer = shared.visitor().post("/sign-in", data={"email": email})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<script>@" not in answer.text
    assert len(shared.mails()) == n_mails


def test_further_disposable_domains_are_a_setting(tmp_path: Path) -> None:
    with visiting(tmp_path, disposable_domains="corp.example, other.example") as place:
        assert place.visitor().post("/sign-in", data={"email": "a@x.corp.example"}).status_code == 422
        assert place.visitor().post("/sign-in", data={"email": "a@xcorp.example"}).status_code == 200


@pytest.mark.parametrize(
    "code", ["", "x", "x" * 200, "../../etc/passwd", "' OR 1=1 --", "%ff", "\u202e", "code=", "é", "x" * 5000]
)
def test_a_made_up_code_opens_nothing(shared: Place, code: str) -> None:
    visitor = shared.visitor()
    assert visitor.get("/sign-in/link", params={"code": code}).status_code in (410, 422)
    assert visitor.post("/sign-in/link", data={"code": code}).status_code in (410, 422)
    assert visitor.get("/account").status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: x=y",
        "/\tevil",
        "evil.example",
        "/" + "x" * 600,
        "/ä",
    ],
)
def test_signing_in_never_leads_to_another_site(shared: Place, target: str) -> None:
    visitor = shared.visitor()
    shared.clock.move(hours=1)  # an address gets only a few links an hour
    visitor.post("/sign-in", data={"email": "ana@example.org", "next": target})
    visitor.follow_redirects = False
    answer = visitor.fill(shared.link(), "/sign-in/link")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert visitor.get("/sign-in", params={"next": target}).headers["Location"] == "/account"


def test_only_hashes_of_secrets_reach_the_database(place: Place) -> None:
    visitor = place.member()
    visitor.fill("/account", "/account/tokens", name="t")
    secrets = [place.link().partition("code=")[2], visitor.cookies["narrate"]]
    place.store.engine.dispose()
    kept = b"".join(path.read_bytes() for path in place.settings.home.glob("narrate.db*"))
    assert b"ana@example.org" in kept
    assert [secret for secret in secrets if secret.encode() in kept] == []


def test_signing_in_again_gives_a_new_cookie_and_ends_the_old_one(place: Place) -> None:
    visitor = place.member()
    old = visitor.cookies["narrate"]
    place.visitor().fill("/sign-in", "/sign-in", email="ana@example.org")
    assert visitor.fill(place.link(), "/sign-in/link").status_code == 200
    assert visitor.cookies["narrate"] != old
    assert place.visitor(cookies={"narrate": old}).get("/account").status_code == 401


def test_one_may_sign_out_here_or_everywhere(place: Place) -> None:
    first, second, third = place.member(), place.member(), place.member()
    first.fill("/account", "/sign-out")
    assert (first.get("/account").status_code, second.get("/account").status_code) == (401, 200)
    third.fill("/account", "/sign-out/everywhere")
    assert (second.get("/account").status_code, third.get("/account").status_code) == (401, 401)


def test_a_browser_is_signed_out_when_unused_and_in_the_end_anyway(place: Place) -> None:
    idle, busy = place.member("idle@example.org"), place.member("busy@example.org")
    for _ in range(12):
        place.clock.move(days=30)
        assert busy.get("/account").status_code == 200
    assert idle.get("/account").status_code == 401
    place.clock.move(days=6)
    assert busy.get("/account").status_code == 401


def test_a_clock_that_jumps_ahead_and_back_signs_nobody_out_for_good(place: Place) -> None:
    visitor = place.member()
    place.clock.move(days=61)
    assert visitor.get("/account").status_code == 401
    place.clock.move(days=-61)
    assert visitor.get("/account").status_code == 200
    place.clock.move(days=-3)
    assert visitor.get("/account").status_code == 401
    place.clock.move(days=3)
    assert visitor.get("/account").status_code == 200


def test_too_many_attempts_from_one_network_have_to_wait(tmp_path: Path) -> None:
    with visiting(tmp_path, limit_sign_in="3/hour") as place:
        answers = [place.visitor().post("/sign-in", data={"email": f"a{n}@example.org"}) for n in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert 3500 < int(answers[-1].headers["Retry-After"]) <= 3601
        elsewhere = place.visitor(headers={"X-Forwarded-For": "203.0.113.7"})
        assert elsewhere.post("/sign-in", data={"email": "b@example.org"}).status_code == 200


def test_behind_tls_the_cookie_is_bound_to_the_host_and_the_site_insists_on_tls(tmp_path: Path) -> None:
    with visiting(tmp_path, public_url="https://podcast.example.org") as place:
        visitor = place.visitor()
        visitor.post("/sign-in", data={"email": "ana@example.org"})
        assert "https://podcast.example.org/sign-in/link?code=" in place.mails()[0].get_content()
        visitor.follow_redirects = False
        answer = visitor.post("/sign-in/link", data={"code": place.link().partition("code=")[2]})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-narrate=")
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_private_pages_are_kept_by_no_cache_and_leak_no_address(place: Place) -> None:
    answer = place.member().get("/account")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_while_the_mail_server_is_down_nobody_notices_and_nothing_is_lost(tmp_path: Path) -> None:
    with mail_server() as taken:
        port = taken.port
    with visiting(tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none") as place:
        assert place.visitor().post("/sign-in", data={"email": "ana@example.org"}).status_code == 200
        place.clock.move(minutes=2)
        with mail_server(port) as taken:
            visitor = place.visitor()
            assert visitor.post("/sign-in", data={"email": "bo@example.org"}).status_code == 200
            deadline = time.monotonic() + 60
            while len(taken.mails) < 2:
                assert time.monotonic() < deadline, "the mails didn't come"
                time.sleep(0.02)
        assert sorted(str(mail["To"]) for mail in taken.mails) == ["ana@example.org", "bo@example.org"]
        assert visitor.fill(link_in(taken.mails[0]), "/sign-in/link").status_code == 200
        assert not place.outbox.exists()
