"""The queue's pages through the running service, as a browser without JavaScript sees them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import feedparser
import httpx
import pytest
from bs4 import BeautifulSoup

from narrate.samples.forum import ForumData, RunningForum
from narrate.store import consents, lineup, votes
from narrate.store.audit import list_notes
from narrate.store.withdrawals import withdraw
from tests.candidates import a_candidate, a_key
from tests.forum_posts import IDS, a_post
from tests.visiting import START, Place, Visitor, visiting

pytestmark = pytest.mark.slow

ADA = "ada@example.org"


def post_url(n: int) -> str:
    return f"https://www.lesswrong.com/posts/{IDS[n]}/post-{n}"


def key(n: int) -> str:
    return f"lesswrong:{IDS[n]}"


@pytest.fixture
def place(tmp_path: Path, forum: RunningForum) -> Iterator[Place]:
    contents = {"html": "<p>One thing is certain.</p>" * 60, "wordCount": 800, "version": "1.0.0"}
    posts = [
        a_post(
            post_id, title=f"A post, number {n}", slug=f"post-{n}", contents=contents, postedAt="2026-11-01T00:00:00Z"
        )
        for n, post_id in enumerate(IDS[:5])
    ]
    posts[3]["isEvent"] = True
    posts[4]["podcastEpisodeId"] = "episode"
    posts[4]["podcastEpisode"] = {"episodeLink": "https://www.buzzsprout.com/1/2.js"}
    forum.reset(ForumData.from_posts(posts))
    with visiting(tmp_path / "home", lesswrong_url=forum.url) as running:
        yield running


def found(place: Place, n: int, **fields: object) -> None:
    """A post that the service found by itself."""
    from narrate.store.candidates import note_found

    with place.store.begin() as session:
        assert note_found(session, a_candidate(n, **{"karma": 90, **fields}), place.clock(), place.settings)


def alerts(page: BeautifulSoup) -> str:
    return " ".join(box.get_text(" ", strip=True) for box in page.find_all(role="alert") if box.get_text(strip=True))


def soup(answer: httpx.Response) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "lxml")


def ask(visitor: Visitor, url: str) -> httpx.Response:
    """Look at a post, and press the button."""
    page = soup(visitor.get("/submit", params={"url": url}))
    form = page.select_one("form[method=post]")
    assert form is not None, page.get_text(" ", strip=True)
    return visitor.post("/submit", data={str(box["name"]): str(box["value"]) for box in form.find_all("input")})


# Looking


def test_an_empty_lane_says_how_posts_get_there(place: Place) -> None:
    page = place.visitor().page("/queue?lane=classic")
    assert "Nothing waits in this lane" in page.get_text()
    assert page.select_one(".empty a[href='/submit']")


def test_an_entry_shows_place_length_date_and_why(place: Place) -> None:
    found(place, 1)
    found(place, 2, karma=60)
    page = place.visitor().page("/queue")
    rows = page.select("li.entry")
    assert [row.select_one(".place").get_text() for row in rows] == ["1", "2"]
    text = rows[0].get_text(" ", strip=True)
    assert all(
        part in text for part in ("by Ana", "about 10 min", "90 karma", "In the main feed around 25 November 2026")
    )


def test_a_visitor_is_led_to_sign_in_and_back(place: Place) -> None:
    found(place, 1)
    visitor = place.visitor()
    way = visitor.page("/queue").select_one(".vote a")["href"]
    assert visitor.fill(way, "/sign-in", email=ADA).status_code == 200
    answer = visitor.fill(place.link(), "/sign-in/link")
    assert str(answer.url) == f"{place.url}/queue?lane=recent#{a_key(1).slug}"
    assert soup(answer).select_one(".vote form")


def test_pages_of_the_queue_follow_one_another(place: Place) -> None:
    for n in range(120):
        found(place, n)
    visitor, seen = place.visitor(), []
    address = "/queue"
    while address:
        page = visitor.page(address)
        seen += [int(row.select_one(".place").get_text()) for row in page.select("li.entry")]
        following = page.select_one("a[rel=next]")
        address = following["href"] if following else ""
    assert seen == list(range(1, 121))


@pytest.mark.parametrize("path", ["/queue?cursor=nonsense", "/queue?lane=fast", f"/queue?cursor={'x' * 500}"])
def test_an_address_that_cant_be_is_said_plainly(place: Place, path: str) -> None:
    assert place.visitor().get(path).status_code == 422


def test_markup_in_a_title_is_text(place: Place) -> None:
    found(place, 1, title='<script>alert("x")</script>" onload="y')
    page = place.visitor().page("/queue")
    assert page.select_one("li.entry .title").get_text(strip=True) == '<script>alert("x")</script>" onload="y'
    assert not page.select("li.entry script, [onload]")


# Voting


def vote(visitor: Visitor, n: int, votes_wanted: int, **headers: str) -> httpx.Response:
    csrf = visitor.page("/queue").select_one("input[name=csrf]")["value"]
    return visitor.post(f"/queue/{a_key(n)}/vote", data={"csrf": csrf, "n": votes_wanted}, headers=headers)


def test_one_click_is_one_vote_and_comes_back_to_the_entry(place: Place) -> None:
    found(place, 1)
    member = place.member()
    answer = vote(member, 1, 1)
    assert str(answer.url).endswith(f"/queue?lane=recent#{a_key(1).slug}")
    assert "1 vote, 1 yours" in soup(answer).select_one(".tally").get_text()
    assert "99 of 100" in soup(answer).select_one("#budget").get_text(" ", strip=True)


def test_htmx_gets_the_control_and_the_budget_alone(place: Place) -> None:
    found(place, 1)
    answer = vote(place.member(), 1, 3, **{"HX-Request": "true"})
    assert "<html" not in answer.text
    assert soup(answer).select_one(f"#vote-{a_key(1).slug} .tally").get_text() == "3 votes, 3 yours"
    assert soup(answer).select_one("#budget[hx-swap-oob]").get_text(" ", strip=True).startswith("91 of 100")


@pytest.mark.parametrize(
    ("n", "status"), [("11", 422), ("-1", 422), ("many", 422), ("", 422), ("1e3", 422), ("9" * 30, 422)]
)
def test_votes_that_cant_be_are_refused_and_cost_nothing(place: Place, n: str, status: int) -> None:
    found(place, 1)
    member = place.member()
    csrf = member.page("/queue").select_one("input[name=csrf]")["value"]
    assert member.post(f"/queue/{a_key(1)}/vote", data={"csrf": csrf, "n": n}).status_code == status
    assert "100 of 100" in member.page("/queue").select_one("#budget").get_text(" ", strip=True)


def test_a_budget_is_never_overdrawn(place: Place) -> None:
    found(place, 1)
    found(place, 2)
    member = place.member()
    assert vote(member, 1, 9).status_code == 200
    refused = vote(member, 2, 5)
    assert refused.status_code == 422
    assert "25 more points" in refused.text
    assert vote(member, 1, 1).status_code == 200  # the points come back
    assert vote(member, 2, 5).status_code == 200


def test_votes_on_what_isnt_there_was_taken_or_withdrawn(place: Place) -> None:
    found(place, 1)
    found(place, 2)
    member = place.member()
    with place.store.begin() as session:
        lineup.take(session, a_key(1), START)
        withdraw(session, a_key(2), "its author asked", START)
    found(place, 3)
    assert [vote(member, n, 1).status_code for n in (1, 2, 4)] == [409, 410, 404]
    csrf = member.page("/queue").select_one("input[name=csrf]")["value"]
    assert member.post("/queue/not a key/vote", data={"csrf": csrf, "n": 1}).status_code == 404


def test_a_vote_needs_a_member_and_a_page_of_ours(place: Place) -> None:
    found(place, 1)
    assert place.visitor().post(f"/queue/{a_key(1)}/vote", data={"n": 1}).status_code == 401
    assert place.member().post(f"/queue/{a_key(1)}/vote", data={"n": 1}).status_code == 403


def test_two_hundred_votes_of_one_member_at_once_add_up(tmp_path: Path, forum: RunningForum) -> None:
    with visiting(tmp_path / "busy", lesswrong_url=forum.url, limit_votes="1000/hour", new_member_share=1.0) as place:
        for n in range(1, 6):
            found(place, n)
        member = place.member()
        csrf = member.page("/queue").select_one("input[name=csrf]")["value"]
        cookies = dict(member.cookies)

        def cast(i: int) -> int:
            with httpx.Client(base_url=place.url, cookies=cookies, trust_env=False, timeout=60) as client:
                form = {"csrf": csrf, "n": str(i * 7 % 8)}
                return client.post(f"/queue/{a_key(1 + i % 5)}/vote", data=form).status_code

        with ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(cast, range(200)))
        assert set(statuses) <= {303, 422}
        with place.store.begin() as session:
            (who,) = {note.actor for note in list_notes(session, actions=["vote"])}
            mine = votes.votes_of(session, who)
            spent = 100 - votes.budget(session, who, place.clock()).points_left
            assert spent == sum(n * n for n in mine.values()) <= 100
            assert [lineup.find(session, a_key(n)).votes for n in range(1, 6)] == [
                mine.get(str(a_key(n)), 0) for n in range(1, 6)
            ]


def test_nobody_sees_who_voted(place: Place) -> None:
    found(place, 1)
    vote(place.member(ADA), 1, 2)
    other = place.member("bea@example.org")
    for path in ("/queue", "/queue.atom", f"/api/queue/{a_key(1)}", "/api/queue"):
        assert "ada" not in other.get(path).text.lower()


# Submitting


def test_a_post_is_shown_before_it_is_submitted_and_then_in_the_queue(place: Place) -> None:
    member = place.member()
    page = soup(member.get("/submit", params={"url": post_url(0)}))
    card = page.select_one("#preview").get_text(" ", strip=True)
    assert all(
        part in card for part in ("A post, number 0", "Alice", "LessWrong, 1 November 2026, 42 karma", "about 5 min")
    )
    answer = ask(member, post_url(0))
    assert "Thank you: it is in the queue" in answer.text
    assert soup(answer).select_one(".tally").get_text() == "1 vote, 1 yours"


@pytest.mark.parametrize(
    "shape",
    ["https://www.lesswrong.com/posts/{id}", "lesswrong.com/posts/{id}/other-slug?commentId=x#top", "{id}",
     "https://www.greaterwrong.com/posts/{id}/slug", "https://www.alignmentforum.org/posts/{id}/slug",
     "https://www.lesswrong.com/s/abcdefghijklmnopq/p/{id}", "<https://lesswrong.com/posts/{id}/x>", "lesswrong:{id}"],
)  # fmt: skip
def test_a_second_submission_in_whatever_shape_joins_the_first(place: Place, shape: str) -> None:
    ask(place.member(ADA), post_url(0))
    answer = ask(place.member("bea@example.org"), shape.format(id=IDS[0]))
    assert "It was in the queue: your vote is counted" in answer.text
    with place.store.begin() as session:
        assert lineup.find(session, key(0)).votes == 2
        assert lineup.count(session) == 1


def test_a_refused_post_says_why_and_where_it_can_be_heard(place: Place) -> None:
    visitor = place.visitor()
    event = soup(visitor.get("/submit", params={"url": post_url(3)}))
    assert "It isn’t read here: it announces an event" in alerts(event)
    recorded = soup(visitor.get("/submit", params={"url": post_url(4)}))
    assert "a person has read it aloud already" in alerts(recorded)
    assert recorded.select_one("[role=alert] a")["href"].startswith("https://")
    assert not recorded.select("form[method=post]")


def test_a_refusal_holds_for_the_form_as_for_the_button(place: Place) -> None:
    member = place.member()
    csrf = member.page("/queue").select_one("input[name=csrf]")
    csrf = (
        csrf["value"]
        if csrf
        else soup(member.get("/submit", params={"url": post_url(0)})).select_one("[name=csrf]")["value"]
    )
    assert member.post("/submit", data={"csrf": csrf, "url": post_url(3)}).status_code == 422


@pytest.mark.parametrize(
    "typed",
    ["nonsense", "https://example.org/posts/abc", "http://127.0.0.1:8000/posts/x", "http://169.254.169.254/",
     "https://www.lesswrong.com@evil.example/posts/x", "https://lеsswrong.com/posts/" + IDS[0],
     "https://www.lesswrong.com/posts/" + IDS[9], "javascript:alert(1)", "' OR 1=1 --", "<script>alert(1)</script>",
     "https://www.lesswrong.com/tag/bayes", "file:///etc/passwd", "/etc/passwd", "a" * 1999, "\r\nSet-Cookie: x=y"],
)  # fmt: skip
def test_what_is_no_post_is_said_plainly(place: Place, typed: str) -> None:
    answer = place.visitor().get("/submit", params={"url": typed})
    assert answer.status_code == 422
    assert len(alerts(soup(answer))) > 20
    assert "set-cookie" not in answer.headers
    assert not soup(answer).select("main script")


def test_an_address_that_is_too_long_is_refused(place: Place) -> None:
    assert place.visitor().get("/submit", params={"url": "a" * 3000}).status_code == 422


def test_a_forum_in_trouble_is_said_and_nothing_is_lost(place: Place, forum: RunningForum) -> None:
    member = place.member()
    page = soup(member.get("/submit", params={"url": post_url(0)}))
    csrf = page.select_one("[name=csrf]")["value"]
    forum.faults.always("challenge")
    answer = member.post("/submit", data={"csrf": csrf, "url": post_url(1)})
    assert answer.status_code == 503
    assert alerts(soup(answer))
    assert soup(answer).select_one("#url")["value"] == post_url(1)


def test_without_a_point_left_nothing_is_submitted(place: Place) -> None:
    found(place, 1)
    member = place.member()
    vote(member, 1, 10)
    answer = ask(member, post_url(0))
    assert answer.status_code == 422
    assert "points" in alerts(soup(answer))
    with place.store.begin() as session:
        assert lineup.find(session, key(0)) is None


def test_the_bookmarklet_leads_to_the_box_or_the_episode(place: Place) -> None:
    box = place.visitor().get("/go", params={"url": post_url(0)})
    assert box.url.path == "/submit"
    assert soup(box).select_one("#preview")
    assert place.visitor().get("/go").url.path == "/submit"
    assert place.visitor().get("/go", params={"url": "https://evil.example/"}).status_code == 422


def test_a_withdrawn_post_cant_be_asked_for_again(place: Place) -> None:
    with place.store.begin() as session:
        withdraw(session, key(0), "its author asked", START)
    page = soup(place.member().get("/submit", params={"url": post_url(0)}))
    assert "It was withdrawn: its author asked" in page.get_text(" ", strip=True)
    assert not page.select("main form[method=post]")


# The queue as a feed


def test_the_atom_feed_has_the_newest_entries_and_is_sent_once(place: Place) -> None:
    found(place, 1, title="Ω & <b>bold</b>")
    place.clock.move(hours=1)
    found(place, 2)
    visitor = place.visitor()
    got = visitor.get("/queue.atom")
    assert got.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(got.content)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [
        "A post about things, number 2",
        "Ω & <b>bold</b>",
    ]
    assert feed.entries[0].link.endswith(f"/queue?lane=recent#{a_key(2).slug}")
    assert visitor.get("/queue.atom", headers={"If-None-Match": got.headers["ETag"]}).status_code == 304


# Authors


def objects(visitor: Visitor, slug: str, url: str, **fields: str) -> httpx.Response:
    return visitor.post(f"/authors/{slug}/consent", data={"url": url, "proof": "my biography", **fields})


def test_an_author_objects_without_an_account_and_it_counts_at_once(place: Place) -> None:
    ask(place.member(), post_url(0))
    visitor = place.visitor()
    answer = objects(visitor, "alice", post_url(1))
    assert answer.status_code == 200
    assert "From now on nothing more of yours is read" in answer.text
    with place.store.begin() as session:
        assert lineup.find(session, key(0)).state == "refused"
        assert [c.is_confirmed for c in consents.list_consents(session)] == [False]
    assert "its author asked" in alerts(soup(visitor.get("/submit", params={"url": post_url(2)})))


def test_a_post_by_somebody_else_proves_nothing(place: Place) -> None:
    answer = objects(place.visitor(), "bob", post_url(1))
    assert answer.status_code == 422
    assert "isn’t by this author" in alerts(soup(answer))
    with place.store.begin() as session:
        assert consents.list_consents(session) == []


def test_an_author_finds_their_page_by_any_post(place: Place) -> None:
    answer = place.visitor().get("/authors", params={"url": post_url(0)})
    assert answer.url.path == "/authors/alice"
    assert "Nothing of theirs has been read yet" in answer.text


@pytest.mark.parametrize("slug", ["x/y", "%20", "a" * 400, "a<b"])
def test_what_can_be_no_author_isnt_there(place: Place, slug: str) -> None:
    assert place.visitor().get(f"/authors/{slug}").status_code == 404


def test_by_the_setting_a_post_waits_for_its_authors_word(tmp_path: Path, place: Place) -> None:
    with visiting(tmp_path / "other", lesswrong_url=place.settings.lesswrong_url, consent="opt_in") as strict:
        member = strict.member()
        answer = ask(member, post_url(0))
        assert "it waits for its author’s agreement" in answer.text.replace("'", "’").replace("&#39;", "’")
        with strict.store.begin() as session:
            assert lineup.find(session, key(0)).state == "held"
            assert votes.budget(session, lineup.find(session, key(0)).asked_by, strict.clock()).points_left == 99
        said = objects(strict.visitor(), "alice", post_url(0), may_read="true")
        assert "An operator looks at it" in said.text
        with strict.store.begin() as session:
            assert lineup.find(session, key(0)).state == "held"
            (consent,) = consents.list_consents(session)
            consents.confirm(session, consent.author, "op", strict.clock())
            consents.apply(session, [lineup.find(session, key(0)).key], "opt_in")
            assert lineup.find(session, key(0)).state == "waiting"


# About


def test_about_says_what_it_must_and_every_footer_leads_there(place: Place) -> None:
    visitor = place.visitor()
    text = visitor.page("/about").get_text(" ", strip=True)
    for said in ("Who runs this", "A machine speaks", "isn’t affiliated with LessWrong", "remains its author’s",
                 "What it costs", "What is stored about you", "the Sequences", "Left out"):  # fmt: skip
        assert said in text
    for path in ("/", "/queue", "/submit", "/about", "/authors", "/sign-in", "/api/docs", "/nothing-here"):
        assert soup(visitor.get(path)).select_one("footer a[href='/about']"), path
