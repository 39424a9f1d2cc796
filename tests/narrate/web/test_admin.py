"""Operators: what they may do, what is logged, the way back; and that nobody else may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from narrate.store import consents, jobs, lineup, mails, members, reports, turns, votes, webhooks
from narrate.store.audit import list_notes
from narrate.store.candidates import note_found
from narrate.store.sessions import make_token
from narrate.store.withdrawals import is_withdrawn
from tests.candidates import a_candidate, a_key
from tests.visiting import START, Place, Visitor, visiting

pytestmark = pytest.mark.slow

OPERATOR = "op@example.org"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with visiting(tmp_path / "home") as running:
        with running.store.begin() as session:
            for n in range(1, 5):
                note_found(session, a_candidate(n, karma=90 - n), START, running.settings)
        yield running


@pytest.fixture
def operator(place: Place) -> Visitor:
    return place.operator(OPERATOR)


def member_id(place: Place, email: str) -> str:
    with place.store.begin() as session:
        member = members.find_by_email(session, email)
    assert member is not None
    return member.id


def csrf(visitor: Visitor) -> str:
    return str(visitor.page("/admin/trouble").select_one("[name=csrf]")["value"])


def act(visitor: Visitor, n: int, action: str, reason: str = "because", **more: str) -> httpx.Response:
    form = {"csrf": csrf(visitor), "action": action, "reason": reason, **more}
    return visitor.post(f"/admin/entries/{a_key(n)}", data=form)


def entry(place: Place, n: int) -> lineup.Entry:
    with place.store.begin() as session:
        found = lineup.find(session, a_key(n))
    assert found is not None
    return found


def logged(place: Place, subject: str) -> list[str]:
    with place.store.begin() as session:
        return [note.action for note in list_notes(session, subject=subject)]


PAGES = ["/admin", "/admin/queue", "/admin/queue?state=withdrawn", f"/admin/entries/{a_key(1)}", "/admin/members",
         "/admin/authors", "/admin/trouble", "/admin/reports", "/admin/log"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_only_operators_see_it(place: Place, operator: Visitor, path: str) -> None:
    assert place.visitor().get(path).status_code == 401
    assert place.member().get(path).status_code == 403
    assert operator.get(path).status_code == 200


def test_only_operators_do_it(place: Place) -> None:
    member = place.member()
    token = member.page("/account").select_one("[name=csrf]")["value"]
    answer = member.post(f"/admin/entries/{a_key(1)}", data={"csrf": token, "action": "remove", "reason": "x"})
    assert answer.status_code == 403
    assert entry(place, 1).state == "waiting"


@pytest.mark.parametrize(("action", "state", "back"), [("hold", "held", "approve"), ("remove", "removed", "approve")])
def test_an_act_is_logged_and_has_a_way_back(
    place: Place, operator: Visitor, action: str, state: str, back: str
) -> None:
    assert act(operator, 1, action).status_code == 200
    assert (entry(place, 1).state, entry(place, 1).reason) == (state, "because")
    assert act(operator, 1, back).status_code == 200
    assert entry(place, 1).state == "waiting"
    assert logged(place, str(a_key(1)))[:2] == [back, action]


def test_reordering_needs_a_reason_and_can_be_taken_back(place: Place, operator: Visitor) -> None:
    refused = act(operator, 4, "reorder", reason=" ", place="1")
    assert refused.status_code == 422
    assert "Say why" in refused.text
    act(operator, 4, "reorder", place="1")
    with place.store.begin() as session:
        assert lineup.position(session, a_key(4)) == 1
    act(operator, 4, "reorder", place="")
    with place.store.begin() as session:
        assert lineup.position(session, a_key(4)) == 4


def test_a_duplicate_is_merged_and_unmerged(place: Place, operator: Visitor) -> None:
    with place.store.begin() as session:
        votes.cast(session, "someone", a_key(1), 2, START)
    assert act(operator, 1, "merge").status_code == 422
    assert act(operator, 1, "merge", into="lesswrong:nothing").status_code == 404
    assert act(operator, 1, "merge", into=str(a_key(2))).status_code == 200
    assert (entry(place, 1).state, entry(place, 2).votes) == ("removed", 2)
    act(operator, 1, "unmerge")
    assert (entry(place, 1).state, entry(place, 2).votes) == ("waiting", 0)


def test_withdrawing_leaves_key_and_reason(place: Place, operator: Visitor) -> None:
    answer = act(operator, 1, "withdraw", reason="the author wrote to us")
    assert answer.status_code == 200
    assert "the author wrote to us" in answer.text
    with place.store.begin() as session:
        assert is_withdrawn(session, a_key(1)) == "the author wrote to us"
    assert act(operator, 1, "approve").status_code in (404, 410)
    assert str(a_key(1)) in operator.page("/admin/queue?state=withdrawn").get_text()


def test_what_was_taken_is_out_of_reach(place: Place, operator: Visitor) -> None:
    with place.store.begin() as session:
        lineup.take(session, a_key(1), START)
    answer = act(operator, 1, "hold")
    assert answer.status_code == 409
    assert "was taken" in answer.text


def test_a_failed_job_is_tried_again(place: Place, operator: Visitor) -> None:
    with place.store.begin() as session:
        job = turns.take_next(session, START)
        assert job is not None
        turns.fail(session, job.key, "no voice", retry_at=None, for_good=False)
    page = operator.page("/admin/trouble")
    assert "no voice" in page.get_text()
    assert "1 posts that couldn’t be narrated" in operator.page("/admin").get_text(" ", strip=True)
    form = page.find("form", action=f"/admin/entries/{job.key}")
    operator.post(form["action"], data={box["name"]: box["value"] for box in form.find_all("input")})
    with place.store.begin() as session:
        assert jobs.list_jobs(session, "failed") == []
        again = turns.take_next(session, START)
    assert again is not None
    assert again.key == job.key


def test_a_ban_keeps_out_and_votes_stop_counting_and_count_again(place: Place, operator: Visitor) -> None:
    ada = place.member("ada@example.org")
    ada.post(f"/queue/{a_key(1)}/vote", data={"csrf": ada.page("/queue").select_one("[name=csrf]")["value"], "n": "3"})
    who = member_id(place, "ada@example.org")

    def judge(action: str) -> None:
        answer = operator.post(
            f"/admin/members/{who}", data={"csrf": csrf(operator), "action": action, "reason": "a sock puppet"}
        )
        assert answer.status_code == 200

    judge("ban")
    assert ada.post(
        f"/queue/{a_key(2)}/vote", data={"csrf": ada.page("/queue").select_one("[name=csrf]")["value"], "n": "1"}
    ).status_code == 403  # fmt: skip
    assert entry(place, 1).votes == 3
    judge("invalidate")
    assert entry(place, 1).votes == 0
    judge("validate")
    judge("unban")
    assert entry(place, 1).votes == 3
    assert logged(place, who)[:4] == ["unban", "validate votes", "invalidate votes", "ban"]
    found = operator.page("/admin/members?find=ADA%2Bx@example.org").get_text(" ", strip=True)
    assert who in found


def test_nobody_bans_themselves(place: Place, operator: Visitor) -> None:
    who = member_id(place, OPERATOR)
    answer = operator.post(f"/admin/members/{who}", data={"csrf": csrf(operator), "action": "ban", "reason": "x"})
    assert answer.status_code == 422
    assert operator.get("/admin").status_code == 200


def test_an_objection_is_confirmed_or_lifted(place: Place, operator: Visitor) -> None:
    ana = a_candidate(1).authors[0]
    with place.store.begin() as session:
        said = consents.say(session, ana, may_read=False, proof="my biography", at=START)
        consents.apply(session, [a_key(n) for n in range(1, 5)], "opt_out")
    assert entry(place, 1).state == "refused"
    page = operator.page("/admin/authors").get_text(" ", strip=True)
    assert "Ana doesn’t want to be read" in page
    assert "my biography" in page

    def judge(action: str, reason: str = "") -> httpx.Response:
        form = {"csrf": csrf(operator), "author": said.author, "action": action, "reason": reason}
        return operator.post("/admin/authors", data=form)

    assert judge("confirm").status_code == 200
    with place.store.begin() as session:
        assert [c.is_confirmed for c in consents.list_consents(session)] == [True]
    assert judge("lift").status_code == 422
    assert judge("lift", "it wasn't her").status_code == 200
    assert [entry(place, n).state for n in range(1, 5)] == ["waiting"] * 4


def test_a_webhooks_address_is_looked_at_before_it_is_kept(place: Place, operator: Visitor) -> None:
    for url in ("nonsense", "ftp://x.example/", "https://user:secret@x.example/", ""):
        answer = operator.post("/admin/webhooks", data={"csrf": csrf(operator), "url": url})
        assert answer.status_code == 422, url
    assert (
        operator.post("/admin/webhooks", data={"csrf": csrf(operator), "url": "https://x.example/hook"}).status_code
        == 200
    )
    with place.store.begin() as session:
        (hook,) = webhooks.list_webhooks(session)
    assert hook.secret in operator.page("/admin/trouble").get_text()
    operator.post("/admin/webhooks/remove", data={"csrf": csrf(operator), "webhook": hook.id})
    with place.store.begin() as session:
        assert webhooks.list_webhooks(session) == []


def test_a_report_is_shown_until_it_is_dealt_with(place: Place, operator: Visitor) -> None:
    with place.store.begin() as session:
        report = reports.add(session, a_key(1), "someone", 83_000, "<b>is said wrongly", START)
    text = operator.page("/admin/reports").get_text(" ", strip=True)
    assert "at 1:23" in text
    assert "<b>is said wrongly" in text
    operator.post(f"/admin/reports/{report}", data={"csrf": csrf(operator)})
    assert "Nothing is reported" in operator.page("/admin/reports").get_text()


def test_mails_that_failed_are_sent_once_more(place: Place, operator: Visitor) -> None:
    before = len(place.mails())
    with place.store.begin() as session:
        mail = mails.add(session, "ada@example.org", {"subject": "s", "text": "t", "headers": {}}, START, None)
        mails.failed(session, mail, "nobody there", None)
    assert "nobody there" in operator.page("/admin/trouble").get_text()
    operator.post("/admin/trouble/retry", data={"csrf": csrf(operator), "what": "mails"})
    assert len(place.mails()) == before + 1


def test_the_log_is_read_page_by_page_and_by_subject(place: Place, operator: Visitor) -> None:
    for n in range(1, 4):
        act(operator, n, "hold", reason=f"<i>reason {n}</i>")
    rows = operator.page("/admin/log").select("tbody tr")
    assert len(rows) >= 3
    assert "<i>reason 3</i>" in rows[0].get_text()
    only = operator.page(f"/admin/log?subject={a_key(2)}").select("tbody tr")
    assert len(only) == 1
    assert operator.get("/admin/log?before=0").status_code == 422


def test_programs_of_operators_do_the_same(place: Place, operator: Visitor) -> None:
    with place.store.begin() as session:
        token = make_token(session, member_id(place, OPERATOR), "test", START)
        other = make_token(
            session, members.arrive(session, "x@example.org", "x@example.org", START, "h").id, "t", START
        )
    with httpx.Client(base_url=place.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as api:
        held = api.post(f"/api/admin/entries/{a_key(1)}", json={"action": "hold", "reason": "because"})
        assert (held.status_code, held.content) == (204, b"")
        listed = api.get("/api/admin/entries?state=held").json()
        assert [e["key"] for e in listed["entries"]] == [str(a_key(1))]
        assert api.post(f"/api/admin/entries/{a_key(1)}", json={"action": "hold", "reason": ""}).status_code == 422
        assert api.get("/api/admin/log").json()[0]["action"] == "hold"
        hook = api.post("/api/admin/webhooks", json={"url": "https://x.example/hook"})
        assert hook.status_code == 201
        assert api.delete(f"/api/admin/webhooks/{hook.json()['id']}").status_code == 204
        assert api.get("/api/admin/webhooks").json() == []
        for path in ("consents", "reports"):
            assert api.get(f"/api/admin/{path}").json() == []
        refused = api.get("/api/admin/log", headers={"Authorization": f"Bearer {other}"})
        assert refused.status_code == 403


def test_the_way_out_of_mails_takes_one_post_and_no_cookie(place: Place) -> None:
    from narrate.notify import unsubscribe_code

    place.member("ada@example.org")
    who = member_id(place, "ada@example.org")
    path = f"/unsubscribe/{unsubscribe_code(place.service.seals, who)}"
    assert "No more mails?" in place.visitor().get(path).text
    with place.store.begin() as session:
        assert members.find(session, who).notify == "at_once"  # type: ignore[union-attr]
    answer = httpx.post(f"{place.url}{path}", data={"List-Unsubscribe": "One-Click"}, trust_env=False)
    assert answer.status_code == 200
    with place.store.begin() as session:
        assert members.find(session, who).notify == "never"  # type: ignore[union-attr]
    assert place.visitor().get(path[:-1] + "x").status_code == 404


def test_a_private_feed_holds_what_a_member_asked_for_and_closes(place: Place) -> None:
    place.member("ada@example.org")
    who = member_id(place, "ada@example.org")
    with place.store.begin() as session:
        member = members.find(session, who)
    assert member is not None
    path = f"/feeds/private/{member.feed_token}.xml"
    got = place.visitor().get(path)
    assert got.status_code == 200
    feed = BeautifulSoup(got.content, "xml")
    assert feed.find("itunes:block").get_text() == "Yes"
    assert feed.find_all("item") == []
    assert got.headers["Cache-Control"].startswith("private")
    with place.store.begin() as session:
        members.renew_feed_token(session, who)
    assert place.visitor().get(path).status_code == 404
    assert place.visitor().get("/feeds/private/nothing.xml").status_code == 404
