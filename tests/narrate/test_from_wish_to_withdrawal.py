"""The whole way of a wish: submitted, narrated, told of, heard in the feeds, withdrawn, and gone from everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from bs4 import BeautifulSoup

from narrate.home import Home, open_home
from narrate.samples.forum import ForumData, RunningForum
from narrate.store import lineup, members
from narrate.store.takes import count_takes
from narrate.work.dispatcher import Dispatcher
from tests.forum_posts import IDS, a_post
from tests.visiting import Place, Visitor, visiting

pytestmark = pytest.mark.slow

KEYS = [f"lesswrong:{post_id}" for post_id in IDS[:2]]


@pytest.fixture
def place(tmp_path: Path, forum: RunningForum) -> Iterator[Place]:
    posts = [
        a_post(
            post_id,
            title=f"A post, number {n}",
            contents={
                "html": f"<p>Both say this.</p><p>Only number {n} says that.</p>",
                "wordCount": 800,
                "version": "1.0.0",
            },
        )
        for n, post_id in enumerate(IDS[:2])
    ]
    forum.reset(ForumData.from_posts(posts))
    with visiting(tmp_path / "home", lesswrong_url=forum.url, voice="tone", slots=1) as running:
        yield running


@pytest.fixture
def home(place: Place) -> Iterator[Home]:
    with open_home(place.settings) as opened:
        yield opened


def wish(visitor: Visitor, n: int) -> None:
    csrf = visitor.page("/submit?url=" + IDS[n]).select_one("form[method=post] [name=csrf]")["value"]
    assert visitor.post("/submit", data={"csrf": csrf, "url": IDS[n]}).status_code == 200


def feed_of(visitor: Visitor, path: str) -> list[str]:
    found = feedparser.parse(visitor.get(path).content)
    assert not found.bozo
    return [entry.id for entry in found.entries]


def test_a_wish_comes_true_is_told_once_and_can_be_taken_back_for_good(place: Place, home: Home) -> None:
    ana = place.member("ana@example.org")
    for n in (0, 1):
        wish(ana, n)
    Dispatcher(home).run(once=True)
    told = [mail for mail in place.mails() if str(mail["Subject"]).startswith("Now to hear")]
    assert sorted(str(mail["Subject"]) for mail in told) == [f"Now to hear: A post, number {n}" for n in (0, 1)]

    with place.store.begin() as session:
        member = members.find_by_email(session, "ana@example.org")
    assert member is not None
    private = f"/feeds/private/{member.feed_token}.xml"
    assert sorted(feed_of(ana, private)) == KEYS
    assert sorted(feed_of(ana, "/feed.xml")) == KEYS  # 42 karma and a vote: released at once
    assert f"{place.url}/about" in ana.get("/feed.xml").text
    assert ana.get("/go", params={"url": f"https://www.greaterwrong.com/posts/{IDS[0]}/x"}).url.path.endswith(".html")
    titles = [heading.get_text() for heading in ana.page("/authors/alice").select(".title")]
    assert sorted(titles) == ["A post, number 0", "A post, number 1"]
    known = ana.get("/submit", params={"url": IDS[0]})
    assert "It has been read already" in known.text
    with place.store.begin() as session:
        takes = count_takes(session)

    page = ana.page(f"/episodes/{KEYS[0]}")
    audio = page.select_one("audio")["src"].removeprefix("..")
    members_page = place.member("op@example.org")
    with place.store.begin() as session:
        operator = members.find_by_email(session, "op@example.org")
        assert operator is not None
        members.set_operator(session, operator.id, True)
    csrf = members_page.page("/admin/trouble").select_one("[name=csrf]")["value"]
    form = {"csrf": csrf, "action": "withdraw", "reason": "its author asked"}
    assert members_page.post(f"/admin/entries/{KEYS[0]}", data=form).status_code == 200

    Dispatcher(home).run(once=True)
    for path in ("/feed.xml", private):
        assert feed_of(ana, path) == [KEYS[1]]
    listed = BeautifulSoup(ana.get("/").text, "lxml").get_text()
    assert ("number 0" in listed, "number 1" in listed) == (False, True)
    left = {str(path) for path in place.settings.home.rglob("*") if IDS[0] in str(path)}
    assert left == set()
    with place.store.begin() as session:
        assert 0 < count_takes(session) < takes  # what both say is kept for the other
        assert lineup.find(session, KEYS[0]).reason == "its author asked"  # type: ignore[union-attr]
    answers = [ana.get(path).status_code for path in (f"/episodes/{KEYS[0]}", audio, f"/api/episodes/{KEYS[0]}")]
    assert answers == [410, 410, 410]
    assert ana.get(f"/episodes/{KEYS[1]}").status_code == 200
    assert len([mail for mail in place.mails() if str(mail["Subject"]).startswith("Now to hear")]) == 2
