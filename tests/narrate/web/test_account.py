"""The account page, played by visitors without JavaScript: what a member may see, change, prove, take along and end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from narrate.records import Author, Candidate, PostKey
from narrate.samples.forum import RunningForum
from narrate.seals import open_seals
from narrate.settings import read_settings
from narrate.sources import Sources
from narrate.store import lineup, members, votes
from narrate.store.tables import Base
from narrate.web.security import address_hash
from tests.visiting import Place, Visitor, visiting


@pytest.fixture
def place(tmp_path: Path, forum: RunningForum) -> Iterator[Place]:
    sources = Sources(lesswrong_url=forum.url, clock=lambda: 0.0, sleep=lambda _: None)
    with visiting(tmp_path, sources=sources) as running:
        yield running
    sources.close()


@pytest.fixture
def ana(place: Place) -> Visitor:
    return place.member()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, forum_server: RunningForum) -> Iterator[tuple[Place, Visitor]]:
    """One service and its member, for tests that change nothing."""
    sources = Sources(lesswrong_url=forum_server.url, clock=lambda: 0.0, sleep=lambda _: None)
    with visiting(tmp_path_factory.mktemp("shared"), sources=sources, limit_proofs="1000/hour") as running:
        yield running, running.member()
    sources.close()


def member_of(place: Place, email: str = "ana@example.org") -> members.Member:
    with place.store.begin() as session:
        found = members.find_by_email(session, email)
    assert found is not None
    return found


def queue_post(place: Place, post_id: str, title: str) -> PostKey:
    key = PostKey("lesswrong", post_id)
    found = Candidate(
        key=key,
        url=f"https://www.lesswrong.com/posts/{post_id}",
        title=title,
        authors=(Author(name="Bo"),),
        karma=50,
        posted_at=datetime(2026, 11, 1, tzinfo=UTC),
        kind="post",
        word_count=1500,
    )
    with place.store.begin() as session:
        lineup.submit(session, found, None, place.clock(), place.settings)
    return key


# Settings of one's own


def test_name_and_notices_are_saved_and_shown_again(ana: Visitor, place: Place) -> None:
    answer = ana.fill("/account", "/account/profile", name="  Ana\r\n Muster ", notify="digest")
    assert "Saved." in answer.text
    assert ana.fields("/account", "/account/profile") | {"csrf": ""} == {
        "csrf": "",
        "name": "Ana Muster",
        "notify": "digest",
    }
    assert member_of(place).notify == "digest"


@pytest.mark.parametrize("notify", ["", "always", "at_once\r\nX: y", "1; DROP TABLE members"])
def test_an_unknown_choice_is_refused_and_changes_nothing(shared: tuple[Place, Visitor], notify: str) -> None:
    place, ana = shared
    assert ana.fill("/account", "/account/profile", notify=notify).status_code in (200, 422)
    assert member_of(place).notify == "at_once"


def test_the_private_feeds_address_can_be_renewed_and_the_old_one_is_gone(ana: Visitor, place: Place) -> None:
    old = member_of(place).feed_token
    assert old is not None
    assert old in ana.get("/account").text
    answer = ana.fill("/account", "/account/feed")
    assert old not in answer.text
    with place.store.begin() as session:
        assert members.find_by_feed_token(session, old) is None
        assert members.find_by_feed_token(session, str(member_of(place).feed_token)) == member_of(place)


def test_votes_and_the_weeks_points_are_shown(ana: Visitor, place: Place) -> None:
    assert "100</strong> of 100 points" in ana.get("/account").text
    key = queue_post(place, "abcdefghijklmnopq", "On <b>waiting</b>")
    with place.store.begin() as session:
        votes.cast(session, member_of(place).id, key, 3, place.clock())
    text = ana.get("/account").text
    assert "91</strong> of 100 points" in text
    assert "On &lt;b&gt;waiting&lt;/b&gt;" in text
    assert "30 November 2026" in text


# Tokens


def test_a_token_is_shown_once_acts_for_its_member_and_ends_when_removed(ana: Visitor, place: Place) -> None:
    answer = ana.fill("/account", "/account/tokens", name="my <script> notebook")
    found = re.search(r"narrate_[\w-]{43}", answer.text)
    assert found
    assert found[0] not in ana.get("/account").text
    assert "my &lt;script&gt; notebook" in ana.get("/account").text
    headers = {"Authorization": f"Bearer {found[0]}"}
    with httpx.Client(base_url=place.url, headers=headers, trust_env=False) as program:
        assert program.get("/account/export").status_code == 200
        assert program.post("/account/profile", data={"name": "by a program"}).status_code == 303  # no CSRF check
        assert member_of(place).name == "by a program"
        ana.fill("/account", "/account/tokens/remove")
        assert program.get("/account/export").status_code == 401


def test_an_account_has_only_so_many_tokens(ana: Visitor) -> None:
    fields = ana.fields("/account", "/account/tokens")
    statuses = [ana.post("/account/tokens", data=fields | {"name": "t"}).status_code for _ in range(21)]
    assert statuses == [*[200] * 20, 422]


def test_nobody_removes_anothers_token_or_session(ana: Visitor, place: Place) -> None:
    ana.fill("/account", "/account/tokens", name="anas")
    theirs = ana.fields("/account", "/account/tokens/remove")["token"]
    bo = place.member("bo@example.org")
    csrf = bo.fields("/account", "/account/profile")["csrf"]
    bo.post("/account/tokens/remove", data={"csrf": csrf, "token": theirs})
    assert "anas" in ana.get("/account").text
    place.member()  # a second browser of Ana's, so that the page names the first
    named = ana.fields("/account", "/account/sessions/close")["session_id"]
    bo.post("/account/sessions/close", data={"csrf": csrf, "session_id": named})
    assert 'value="' + named in ana.get("/account").text
    ana.fill("/account", "/account/sessions/close")
    assert 'value="' + named not in ana.get("/account").text


# Proof of a LessWrong account


@pytest.fixture
def person(forum: RunningForum) -> dict[str, object]:
    user = next(user for user in forum.data.users.values() if not user["deleted"])
    user["htmlBio"] = "<p>I write about <em>clocks</em>.</p>"
    return user


def code_of(visitor: Visitor) -> str:
    found = visitor.page("/account").find(id="code")
    assert found is not None
    return found.get_text()


def test_a_code_in_the_biography_proves_the_account_for_good(
    ana: Visitor, place: Place, person: dict[str, object]
) -> None:
    code = code_of(ana)
    assert re.fullmatch(r"NARRATE-[A-Z2-7]{26}", code)
    refused = ana.fill("/account", "/account/lesswrong", profile=str(person["slug"]))
    assert refused.status_code == 422
    assert "hold your code yet" in refused.text
    assert code_of(ana) == code  # the same until it is used: it may be in the biography by now
    person["htmlBio"] = f"<p>I write.</p><p>{code[:20].lower()}<wbr>\n{code[20:].lower()}</p>"
    proved = ana.fill("/account", "/account/lesswrong", profile=f"https://www.lesswrong.com/users/{person['slug']}")
    assert "is proved" in proved.text
    person |= {"slug": "renamed", "displayName": "Renamed", "htmlBio": ""}
    assert member_of(place).lesswrong_id == person["_id"]
    assert member_of(place).is_verified
    assert "Proved" in ana.get("/account").text
    ana.fill("/account", "/account/lesswrong/unbind")
    assert not member_of(place).is_verified
    assert code_of(ana) != code


def test_one_lesswrong_account_is_one_members(ana: Visitor, place: Place, person: dict[str, object]) -> None:
    bo = place.member("bo@example.org")
    person["htmlBio"] = f"{code_of(ana)} {code_of(bo)}"
    assert ana.fill("/account", "/account/lesswrong", profile=str(person["slug"])).status_code == 200
    answer = bo.fill("/account", "/account/lesswrong", profile=str(person["slug"]))
    assert answer.status_code == 409
    assert not member_of(place, "bo@example.org").is_verified


def test_anothers_code_proves_nothing(ana: Visitor, place: Place, person: dict[str, object]) -> None:
    person["htmlBio"] = code_of(place.member("bo@example.org"))
    assert ana.fill("/account", "/account/lesswrong", profile=str(person["slug"])).status_code == 422


@pytest.mark.parametrize(
    "profile",
    [
        "nobody-by-that-name",
        "",
        "https://evil.example/users/ana",
        "https://www.lesswrong.com.evil.example/users/ana",
        "http://169.254.169.254/users/ana",
        "https://www.lesswrong.com@evil.example/users/ana",
        "https://www.lеsswrong.com/users/ana",
        "https://www.lesswrong.com/posts/abc",
        'x"){_id} evil: GetUserBySlug(slug:"y',
        "../../etc/passwd",
        "http://[::1",
        "x" * 400,
        "x" * 600,
    ],
)
def test_what_is_nobodys_profile_is_refused_with_a_reason(
    shared: tuple[Place, Visitor], forum: RunningForum, profile: str
) -> None:
    place, ana = shared
    answer = ana.fill("/account", "/account/lesswrong", profile=profile)
    assert answer.status_code == 422
    assert not member_of(place).is_verified


def test_a_deleted_persons_profile_proves_nothing(ana: Visitor, person: dict[str, object]) -> None:
    person |= {"htmlBio": code_of(ana), "deleted": True}
    assert ana.fill("/account", "/account/lesswrong", profile=str(person["slug"])).status_code == 422


@pytest.mark.parametrize("fault", ["challenge", "error_502", "truncated", "hang_up", "web_page"])
def test_a_forum_in_trouble_is_said_at_once_and_nothing_is_proved(
    ana: Visitor, place: Place, forum: RunningForum, person: dict[str, object], fault: str
) -> None:
    person["htmlBio"] = code_of(ana)
    forum.faults.always(fault)
    answer = ana.fill("/account", "/account/lesswrong", profile=str(person["slug"]))
    forum.faults.clear()
    assert answer.status_code == 503
    assert not member_of(place).is_verified


def test_looking_at_biographies_has_a_limit(tmp_path: Path, forum: RunningForum) -> None:
    sources = Sources(lesswrong_url=forum.url, clock=lambda: 0.0, sleep=lambda _: None)
    with visiting(tmp_path, sources=sources, limit_proofs="8/hour") as place:
        ana = place.member()
        statuses = [ana.fill("/account", "/account/lesswrong", profile="nobody").status_code for _ in range(4)]
        assert statuses == [422, 422, 429, 429]  # a quarter of the limit on an account's first day
        place.clock.move(hours=25)
        statuses = [ana.fill("/account", "/account/lesswrong", profile="nobody").status_code for _ in range(8)]
        assert statuses == [*[422] * 6, 429, 429]
    sources.close()


# One's data


def test_a_copy_of_ones_data_holds_everything_and_no_secret(ana: Visitor, place: Place) -> None:
    key = queue_post(place, "abcdefghijklmnopq", "On waiting")
    with place.store.begin() as session:
        votes.cast(session, member_of(place).id, key, 2, place.clock())
    token = re.search(r"narrate_[\w-]{43}", ana.fill("/account", "/account/tokens", name="mine").text)
    assert token
    answer = ana.get("/account/export")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    found = answer.json()
    assert found["members"][0]["email"] == "ana@example.org"
    assert found["votes"][0]["key"] == str(key)
    assert found["api_tokens"][0]["name"] == "mine"
    assert "hash" not in answer.text
    assert token[0] not in answer.text
    assert place.member("bo@example.org").get("/account/export").json()["members"][0]["email"] == "bo@example.org"


def test_deleting_an_account_needs_a_word_of_consent(ana: Visitor, place: Place) -> None:
    assert ana.fill("/account", "/account/delete", sure="").status_code == 422
    assert ana.get("/account/delete?sure=yes").status_code == 404
    assert member_of(place).email == "ana@example.org"


def test_deleting_an_account_removes_every_trace_of_the_person_and_keeps_the_counts(ana: Visitor, place: Place) -> None:
    key = queue_post(place, "abcdefghijklmnopq", "On waiting")
    member = member_of(place)
    with place.store.begin() as session:
        votes.cast(session, member.id, key, 4, place.clock())
        before = lineup.find(session, key)
        members.bind_lesswrong(session, member.id, "lwid12345", "Ana on LW", place.clock(), "hash")
    ana.fill("/account", "/account/profile", name="Ana Muster")
    ana.fill("/account", "/account/tokens", name="mine")
    answer = ana.fill("/account", "/account/delete", sure="yes")
    assert "is deleted" in answer.text
    assert ana.get("/account").status_code == 401
    with place.store.begin() as session:
        assert lineup.find(session, key) == before
        assert members.find(session, member.id) is None
    place.store.engine.dispose()
    with place.store.engine.connect() as connection:
        rows = [str(row) for table in Base.metadata.sorted_tables for row in connection.execute(table.select())]
    for trace in ("ana@example.org", "Ana Muster", "lwid12345", "Ana on LW", "mine", str(member.feed_token)):
        assert [row for row in rows if trace in row] == []


def test_leaving_and_coming_back_within_the_week_is_no_way_to_vote_twice(ana: Visitor, place: Place) -> None:
    key = queue_post(place, "abcdefghijklmnopq", "On waiting")
    before = member_of(place)
    with place.store.begin() as session:
        votes.cast(session, before.id, key, 10, place.clock())
        members.bind_lesswrong(session, before.id, "lwid", "Ana", place.clock(), "lesswrong hash")
        members.remove(
            session, before.id, place.clock(), [address_hash(place.service, "ana@example.org"), "lesswrong hash"]
        )
    place.clock.move(days=1)
    again = place.member("Ana+again@example.org")
    assert "0</strong> of 100 points" in again.get("/account").text
    assert member_of(place).id == before.id
    assert member_of(place).name == ""
    with place.store.begin() as session:
        other = members.arrive(session, "c@example.org", "c@example.org", place.clock(), "other hash")
        members.remove(
            session, before.id, place.clock(), [address_hash(place.service, "ana@example.org"), "lesswrong hash"]
        )
    with pytest.raises(Exception, match="belongs to another account"), place.store.begin() as session:
        members.bind_lesswrong(session, other.id, "lwid", "Ana", place.clock(), "lesswrong hash")


def test_after_eight_days_a_departure_is_forgotten_but_a_ban_is_not(ana: Visitor, place: Place) -> None:
    place.member("bad@example.org")
    ids = {}
    with place.store.begin() as session:
        for email in ("ana@example.org", "bad@example.org"):
            ids[email] = members.find_by_email(session, email).id  # type: ignore[union-attr]
        members.set_banned(session, ids["bad@example.org"], True)
        for email, member_id in ids.items():
            members.remove(session, member_id, place.clock(), [address_hash(place.service, email)])
    place.clock.move(days=8, seconds=1)
    place.member("ana@example.org")
    place.member("bad@example.org")
    assert member_of(place).id != ids["ana@example.org"]
    assert member_of(place, "bad@example.org").id == ids["bad@example.org"]
    assert member_of(place, "bad@example.org").is_banned


def test_a_banned_member_may_only_look_export_and_leave(ana: Visitor, place: Place) -> None:
    with place.store.begin() as session:
        members.set_banned(session, member_of(place).id, True)
    assert "has banned this account" in ana.get("/account").text
    assert ana.fill("/account", "/account/tokens", name="t").status_code == 403
    assert ana.fill("/account", "/account/lesswrong", profile="x").status_code == 403
    assert ana.get("/account/export").status_code == 200
    assert ana.fill("/account", "/account/delete", sure="yes").status_code == 200


def test_the_secret_of_the_data_folder_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path / "home")
    first, second = open_seals(settings.home), open_seals(settings.home)
    assert first.seal("a", "b") == second.seal("a", "b") != first.seal("a\0b", "") != first.seal("b", "b")
    assert first.is_sealed("a", "b", second.seal("a", "b"))
    assert not first.is_sealed("a", "b", "é")
    assert (settings.home / "secret.key").stat().st_mode & 0o777 == 0o600


def test_the_whole_way_works_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with visiting(tmp_path, database_url=postgres_url) as place:
        ana = place.member()
        token = re.search(r"narrate_[\w-]{43}", ana.fill("/account", "/account/tokens", name="mine \U0001f399").text)
        assert token
        with httpx.Client(base_url=place.url, headers={"Authorization": f"Bearer {token[0]}"}) as program:
            assert program.get("/account/export").json()["api_tokens"][0]["name"] == "mine \U0001f399"
        assert ana.fill("/account", "/account/delete", sure="yes").status_code == 200
        assert place.member().get("/account").status_code == 200
