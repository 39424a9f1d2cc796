"""Whose profile an address is, and what a biography says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from narrate.errors import ForumChallenged, ForumUnavailable, PersonMissing, UnknownAddress
from narrate.samples.forum import RunningForum
from narrate.sources import FORUMS, Sources
from narrate.sources.people import parse_person, parse_profile

LESSWRONG = FORUMS["lesswrong"]


@pytest.mark.parametrize(
    "typed",
    [
        "https://www.lesswrong.com/users/ana-m",
        "http://lesswrong.com/users/ana-m/",
        "www.lesswrong.com/users/ana-m?from=search#posts",
        "https://www.greaterwrong.com/users/ana-m",
        "https://www.alignmentforum.org/users/ana-m",
        " ana-m ",
        "@ana-m",
    ],
)
def test_a_profile_is_named_by_its_address_or_its_slug(typed: str) -> None:
    assert parse_profile(typed, LESSWRONG) == "ana-m"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://evil.example/users/ana-m",
        "https://www.lesswrong.com:8080/users/ana-m",
        "https://user@www.lesswrong.com/users/ana-m",
        "https://www.lesswrong.com/users/ana-m/replies",
        "https://www.lesswrong.com/users/..",
        "https://www.lеsswrong.com/users/ana-m",
        "http://[::1",
        "ana m",
        'ana"){x}',
        "a" * 200,
    ],
)
def test_what_is_no_profile_is_refused(typed: str) -> None:
    with pytest.raises(UnknownAddress):
        parse_profile(typed, LESSWRONG)


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("<p>NARRATE-ABCDEF</p>", True),
        ("<p>I am NARRATE-<em>ABC</em>DEF, hello</p>", True),
        ("<p>narrate-abc\n def</p>", True),
        ("<p>NARRATE-ABCDE</p>", False),
        ("<p title='NARRATE-ABCDEF'>x</p>", False),
        ("", False),
        (None, False),
    ],
)
def test_a_code_is_found_however_the_editor_wrapped_it(html: str | None, says: bool) -> None:
    person = parse_person({"_id": "x", "slug": "ana", "displayName": " Ana \n M ", "karma": None, "htmlBio": html})
    assert (person.name, person.karma) == ("Ana M", 0)
    assert person.says("NARRATE-ABCDEF") is says


@pytest.fixture
def sources(forum: RunningForum) -> Iterator[Sources]:
    with Sources(lesswrong_url=forum.url, clock=lambda: 0.0, sleep=lambda _: None) as opened:
        yield opened


def test_a_person_is_read_from_the_forum_by_slug(sources: Sources, forum: RunningForum) -> None:
    user = next(user for user in forum.data.users.values() if not user["deleted"])
    user["htmlBio"] = "<p>Hello</p>"
    found = sources.person(user["slug"])
    assert (found.id, found.name, found.bio) == (user["_id"], user["displayName"], "Hello")
    user["deleted"] = True
    with pytest.raises(PersonMissing):
        sources.person(user["slug"])


def test_in_haste_a_forum_in_trouble_is_asked_once(sources: Sources, forum: RunningForum) -> None:
    hasty = sources.in_haste()
    forum.faults.next("error_502", times=10)
    n_before = len(forum.seen)
    with pytest.raises(ForumUnavailable):
        hasty.person("ana")
    assert sum(seen.path == "/graphql" for seen in forum.seen[n_before:]) == 1
    forum.faults.clear()
    forum.faults.next("challenge")
    with pytest.raises(ForumChallenged):
        hasty.person("ana")
    n_before = len(forum.seen)
    with pytest.raises(ForumChallenged):  # the patient client keeps away too: they share what they know
        sources.person("ana")
    assert len(forum.seen) == n_before
