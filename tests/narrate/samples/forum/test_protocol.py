"""The fake forum judged against what is known of the real one's protocol."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest

from narrate.samples import posts_folder, sample_files
from narrate.samples.forum import ForumData, Rules, RunningForum, running_forum
from narrate.samples.forum.faults import NAMES
from narrate.sources import Sources
from tests.forum_posts import ALICE, BOB, IDS, POST_ID, a_comment, a_post


class Visitor:
    """Somebody who asks a forum directly."""

    def __init__(self, forum: RunningForum, http: httpx.Client) -> None:
        self.forum, self.http = forum, http

    def ask(self, query: str, **more: Any) -> httpx.Response:
        return self.http.post(f"{self.forum.url}/graphql", json={"query": query, **more})

    def data(self, query: str, **more: Any) -> Any:
        answer = self.ask(query, **more)
        assert answer.status_code == 200
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def error(self, query: str, **more: Any) -> dict[str, Any]:
        [error] = self.ask(query, **more).json()["errors"]
        return dict(error)

    def ids(self, arguments: str) -> list[str]:
        return [post["_id"] for post in self.data(f"{{posts({arguments}){{results{{_id}}}}}}")["posts"]["results"]]


@pytest.fixture
def visitor(forum: RunningForum) -> Iterator[Visitor]:
    """A visitor of an empty forum of the current version."""
    forum.reset(ForumData())
    with httpx.Client(trust_env=False, timeout=5) as http:
        yield Visitor(forum, http)


@pytest.fixture
def data(visitor: Visitor) -> ForumData:
    return visitor.forum.data


def test_a_post_is_had_by_its_id_in_both_forms(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post())
    for arguments in (f'selector:{{_id:"{POST_ID}"}}', f'input:{{selector:{{_id:"{POST_ID}"}}}}'):
        found = visitor.data(f"{{post({arguments}){{result{{_id title contents{{html wordCount}}}}}}}}")
        assert found["post"]["result"] == {
            "_id": POST_ID,
            "title": "A Title",
            "contents": {"html": "<p>One thing is certain.</p>", "wordCount": 4},
        }


def test_what_is_missing_is_an_error_of_the_resolver(visitor: Visitor) -> None:
    query = 'post(selector:{_id:"none"}){result{_id}}'
    answer = visitor.ask(f"{{{query}}}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["data"] == {"post": None}
    [error] = answer.json()["errors"]
    assert (error["message"], error["path"]) == ("app.missing_document", ["post"])
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert visitor.data('{post(selector:{_id:"none"}, allowNull:true){result{_id}}}') == {"post": {"result": None}}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"draft": True}, "app.operation_not_allowed"),
        ({"isFuture": True}, "app.operation_not_allowed"),
        ({"authorIsUnreviewed": True}, "app.operation_not_allowed"),
        ({"status": 1}, "app.operation_not_allowed"),
        ({"status": 3}, "app.operation_not_allowed"),
        ({"onlyVisibleToLoggedIn": True}, "This post is only visible to logged-in users."),
        ({"unlisted": True}, None),
        ({"rejected": True, "authorIsUnreviewed": True}, None),
        ({"user": None}, None),
    ],
)
def test_guests_see_what_they_may(visitor: Visitor, data: ForumData, fields: dict[str, Any], message: str) -> None:
    data.add_post(a_post(**fields))
    answer = visitor.ask(f'{{post(selector:{{_id:"{POST_ID}"}}){{result{{_id}}}}}}').json()
    assert [error["message"] for error in answer.get("errors", [])] == ([message] if message else [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{post(selector:{_id:1}){result{_id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ('{post(selector:{_id:"x"}){result{nonsense}}}', "GRAPHQL_VALIDATION_FAILED"),
        ('{post(selector:{slug:"x"}){result{_id}}}', "GRAPHQL_VALIDATION_FAILED"),
        ("{posts(selector:{new:{nonsense:1}}){results{_id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{posts(selector:{nonsense:{}}){results{_id}}}", "GRAPHQL_VALIDATION_FAILED"),
        ('{user(selector:{slug:"x"}){result{_id}}}', "GRAPHQL_VALIDATION_FAILED"),
        ("{posts(", "GRAPHQL_PARSE_FAILED"),
        ("query($n:Int!){posts(limit:$n){results{_id}}}", "BAD_USER_INPUT"),
    ],
)
def test_a_question_that_cannot_be_is_an_http_400(visitor: Visitor, query: str, code: str) -> None:
    answer = visitor.ask(query)
    assert answer.status_code == 400
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}
    assert "data" not in answer.json()


def test_a_validation_error_reads_as_on_the_forum(visitor: Visitor) -> None:
    error = visitor.error('{post(selector:{_id:"x"}){result{nonsense}}}')
    assert error["message"].startswith('Cannot query field "nonsense" on type "Post".')


def test_questions_may_come_in_arrays_or_in_the_address(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post())
    query = "query($n:Int){posts(limit:$n){results{_id}}}"
    url = f"{visitor.forum.url}/graphql"
    expected = {"data": {"posts": {"results": [{"_id": POST_ID}]}}}
    one = {"query": query, "variables": {"n": 1}}
    assert visitor.http.post(url, json=[one, one]).json() == [expected, expected]
    assert visitor.http.get(url, params={"query": query, "variables": '{"n": 1}'}).json() == expected
    assert visitor.http.post(url, content=b"no json").status_code == 400


HIDDEN = {
    "draft": True,
    "isFuture": True,
    "unlisted": True,
    "shortform": True,
    "rejected": True,
    "authorIsUnreviewed": True,
    "hiddenRelatedQuestion": True,
    "groupId": "someGroup",
    "status": 1,
}


@pytest.mark.parametrize("field", HIDDEN)
def test_the_default_view_hides_what_the_forum_hides(visitor: Visitor, data: ForumData, field: str) -> None:
    data.add_post(a_post(IDS[0]))
    data.add_post(a_post(IDS[1], **{field: HIDDEN[field]}))
    assert visitor.ids("selector:{new:{}}") == [IDS[0]]


@pytest.mark.parametrize(
    "fields", [{"isEvent": True}, {"question": True}, {"url": "https://x.example"}, {"baseScore": -9}]
)
def test_the_default_view_hides_nothing_else(visitor: Visitor, data: ForumData, fields: dict[str, Any]) -> None:
    data.add_post(a_post(**fields))
    assert visitor.ids("selector:{new:{}}") == [POST_ID]


def test_exact_ids_ignore_the_default_filter_but_not_rights(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post(IDS[0], unlisted=True))
    data.add_post(a_post(IDS[1], draft=True))
    assert visitor.ids(f'selector:{{default:{{exactPostIds:["{IDS[0]}","{IDS[1]}"]}}}}') == [IDS[0]]
    assert visitor.ids(f'selector:{{default:{{postIds:["{IDS[0]}"]}}}}') == []


@pytest.fixture
def listed(data: ForumData) -> ForumData:
    """Four posts, of days 1 to 4 of May 2024."""
    rows: list[dict[str, Any]] = [
        {"baseScore": 10, "curatedDate": "2024-07-01T00:00:00.000Z", "sticky": True, "tagRelevance": {"tagA": 5}},
        {"baseScore": 40, "curatedDate": "2024-08-01T00:00:00.000Z", "af": True, "tagRelevance": {"tagA": 9}},
        {"baseScore": 30, "isEvent": True, "frontpageDate": "2024-06-01T00:00:00.000Z", "hideAuthor": True},
        {"baseScore": 30, "user": BOB, "coauthors": [ALICE], "positiveReviewVoteCount": 2, "reviewCount": 1},
    ]
    for n, row in enumerate(rows):
        data.add_post(
            a_post(IDS[n], postedAt=f"2024-05-0{n + 1}T12:00:00.000Z", legacyId=str(100 + n), slug=f"s{n}", **row)
        )
    return data


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", [3, 2, 1, 0]),
        ("selector:{new:{}}", [3, 2, 1, 0]),
        ("selector:{old:{}}", [0, 1, 2, 3]),
        ("selector:{top:{}}", [1, 3, 2, 0]),  # ties: _id from z to a
        ("selector:{top:{}}, limit:2", [1, 3]),
        ("selector:{top:{}}, limit:2, offset:1", [3, 2]),
        ("selector:{top:{}}, limit:0", [1, 3, 2, 0]),
        ("selector:{top:{karmaThreshold:31}}", [1]),
        ("selector:{top:{excludeEvents:true}}", [1, 3, 0]),
        ('selector:{old:{after:"2024-05-02T12:00:00.000Z"}}', [1, 2, 3]),
        ('selector:{old:{before:"2024-05-02T12:00:00.000Z"}}', [0]),
        ('selector:{old:{after:"2024-05-03"}}', [2, 3]),
        ('selector:{curatedRss:{}}', [1, 0]),
        ('selector:{curated:{}}', [0, 1]),  # sticky first
        ('selector:{curatedRss:{curatedAfter:"2024-07-15"}}', [1]),
        ('selector:{new:{timeField:"curatedDate",before:"2024-07-15"}}', [0]),
        ("selector:{frontpageRss:{}}", [2]),
        ("selector:{new:{af:true}}", [1]),
        ('selector:{tagRelevance:{tagId:"tagA",filterSettings:{tags:[{tagId:"tagA",filterMode:"Required"}]}}}', [1, 0]),
        ('selector:{new:{filterSettings:{tags:[{tagId:"tagA",filterMode:"Hidden"}]}}}', [3, 2]),
        ('selector:{new:{filterSettings:{personalBlog:"Hidden"}}}', [2]),
        ('selector:{timeframe:{sortedBy:"top",after:"2024-05-02",before:"2024-05-04"}}', [1, 2]),
        (f'selector:{{userPosts:{{userId:"{ALICE["_id"]}"}}}}', [3, 1, 0]),  # hidden names stay hidden
        ('selector:{slugPost:{slug:"s2"}}', [2]),
        ('selector:{legacyIdPost:{legacyId:"2s"}}', [0]),  # 2s = 100 in base 36
        ('selector:{legacyIdPost:{legacyId:"!"}}', []),
        ('selector:{reviewVoting:{reviewPhase:"REVIEWS"}}', [3]),
        ("selector:{reviewFinalVoting:{}}", [3]),
        ("selector:{frontpageReviewWidget:{reviewYear:2024}}", [3]),
        ("selector:{frontpageReviewWidget:{reviewYear:2023}}", []),
        ('selector:{new:{filter:"curated"}}', [1, 0]),
        ('input:{terms:{view:"top",limit:2,offset:1}}', [3, 2]),
        ('input:{terms:{view:"top",nonsense:true,karmaThreshold:"31"}}', [1]),
        ('input:{terms:{view:"podcastable"}}', [3, 2, 1, 0]),  # unknown: the default view
    ],
)  # fmt: skip
def test_views_select_and_sort_as_on_the_forum(
    visitor: Visitor, listed: ForumData, arguments: str, expected: list[int]
) -> None:
    query = f"posts({arguments})" if arguments else "posts"
    found = visitor.data(f"{{{query}{{results{{_id}}}}}}")["posts"]["results"]
    assert [post["_id"] for post in found] == [IDS[n] for n in expected]


def test_rights_are_asked_after_the_limit(visitor: Visitor, listed: ForumData) -> None:
    listed.change(IDS[3], onlyVisibleToLoggedIn=True)
    assert visitor.ids("selector:{new:{}}, limit:2") == [IDS[2]]
    listed.rules.max_documents = 2
    assert visitor.ids("selector:{new:{}}, limit:50") == [IDS[2]]


def test_the_total_is_real_only_for_a_full_page(visitor: Visitor, listed: ForumData) -> None:
    def total(arguments: str) -> object:
        return visitor.data(f"{{posts({arguments}){{totalCount}}}}")["posts"]["totalCount"]

    assert total("limit:2") is None
    assert total("limit:2, enableTotal:true") == 4
    listed.change(IDS[3], onlyVisibleToLoggedIn=True)
    assert total("limit:9, enableTotal:true") == 3


def test_deep_offsets_are_refused(visitor: Visitor, listed: ForumData) -> None:
    assert visitor.ids("offset:2000") == []
    answer = visitor.ask("{posts(offset:2001){results{_id}}}").json()
    assert answer["data"] == {"posts": None}
    assert answer["errors"][0]["message"] == "Exceeded maximum value for skip"


def test_user_posts_come_five_at_a_time(visitor: Visitor, data: ForumData) -> None:
    for post_id in IDS[:7]:
        data.add_post(a_post(post_id))
    assert len(visitor.ids(f'selector:{{userPosts:{{userId:"{ALICE["_id"]}"}}}}')) == 5


def test_a_variable_named_like_a_term_must_agree_with_it(visitor: Visitor, listed: ForumData) -> None:
    query = "query($userId:String){posts(selector:{top:{userId:%s}}){results{_id user{_id}}} %s}"
    other = "user(selector:{_id:$userId}){result{_id}}"
    clash = visitor.ask(query % ('"x"', other), variables={"userId": BOB["_id"]}).json()
    assert "app.conflicting_term_and_resolver_arg_keys" in [error["message"] for error in clash["errors"]]
    assert visitor.data(query % ("$userId", ""), variables={"userId": BOB["_id"]})["posts"]["results"]


def test_the_older_version_knows_only_the_older_form(visitor: Visitor, data: ForumData) -> None:
    data.rules.legacy_only = True
    data.add_post(a_post(fmCrosspost={"isCrosspost": True, "hostedHere": True, "foreignPostId": "x"}))
    found = visitor.data(f'{{post(input:{{selector:{{_id:"{POST_ID}"}}}}){{result{{fmCrosspost}}}}}}')
    assert found["post"]["result"]["fmCrosspost"]["foreignPostId"] == "x"
    for query in ('{post(selector:{_id:"x"}){result{_id}}}', "{posts(limit:1){results{_id}}}"):
        assert visitor.ask(query).status_code == 400


def test_what_guests_are_never_shown_is_null(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post(createdAt="2024-01-01T00:00:00.000Z"))
    found = visitor.data(f'{{post(selector:{{_id:"{POST_ID}"}}){{result{{createdAt draft wasEverUndrafted}}}}}}')
    assert set(found["post"]["result"].values()) == {None}


def test_a_deleted_account_is_null(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post(coauthors=[BOB]))
    data.users[ALICE["_id"]]["deleted"] = True
    query = f'{{post(selector:{{_id:"{POST_ID}"}}){{result{{userId user{{_id}} coauthors{{slug}}}}}}}}'
    assert visitor.data(query)["post"]["result"] == {"userId": None, "user": None, "coauthors": [{"slug": "bob"}]}
    assert visitor.data('{GetUserBySlug(slug:"alice"){_id}}') == {"GetUserBySlug": None}
    assert (
        visitor.error(f'{{user(selector:{{_id:"{ALICE["_id"]}"}}){{result{{_id}}}}}}')["message"]
        == "app.operation_not_allowed"
    )


def test_people_are_found_by_slug_old_slug_and_id(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post(user={**ALICE, "htmlBio": "<p>Hi</p>", "oldSlugs": ["al"]}))
    alice = {"_id": ALICE["_id"], "htmlBio": "<p>Hi</p>"}
    assert visitor.data('{GetUserBySlug(slug:"alice"){_id htmlBio}}')["GetUserBySlug"] == alice
    assert visitor.data('{users(selector:{usersProfile:{slug:"al"}}){results{_id htmlBio}}}')["users"]["results"] == [
        alice
    ]
    for arguments in (f'selector:{{_id:"{ALICE["_id"]}"}}', 'input:{selector:{slug:"alice"}}'):
        assert visitor.data(f"{{user({arguments}){{result{{_id htmlBio}}}}}}")["user"]["result"] == alice
    assert visitor.data('{GetUserBySlug(slug:"nobody"){_id}}') == {"GetUserBySlug": None}


def test_comments_are_listed_by_their_kind(visitor: Visitor, data: ForumData) -> None:
    comments = [
        a_comment("c1", answer=True, baseScore=1),
        a_comment("c2", answer=True, baseScore=7),
        a_comment("c3", debateResponse=True, postedAt="2024-05-02T00:00:00.000Z"),
        a_comment("c4", debateResponse=True, postedAt="2024-05-01T00:00:00.000Z"),
        a_comment("c5", reviewingForReview="2023"),
        a_comment("c6", answer=True, deleted=True),
    ]
    data.add_post(a_post(_comments=comments))
    for selector, expected in (
        (f'questionAnswers:{{postId:"{POST_ID}",sortBy:"top"}}', ["c2", "c1"]),
        (f'debateResponses:{{postId:"{POST_ID}"}}', ["c4", "c3"]),
        ('reviews:{reviewYear:"2023"}', ["c5"]),
        ('questionAnswers:{postId:"other"}', []),
    ):
        found = visitor.data(f"{{comments(selector:{{{selector}}}){{results{{_id user{{slug}} contents{{html}}}}}}}}")
        assert [comment["_id"] for comment in found["comments"]["results"]] == expected


def test_chapters_come_twenty_at_a_time(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post())
    sequence = data.add_sequence("Long", [[POST_ID]] * 25)
    asked = f'selector:{{SequenceChapters:{{sequenceId:"{sequence["_id"]}"}}}}'
    assert len(visitor.data(f"{{chapters({asked}){{results{{_id}}}}}}")["chapters"]["results"]) == 20
    assert len(visitor.data(f"{{chapters({asked},limit:500){{results{{_id}}}}}}")["chapters"]["results"]) == 25
    whole = visitor.data(
        f'{{sequence(selector:{{_id:"{sequence["_id"]}"}}){{result{{postsCount chapters{{number}}}}}}}}'
    )
    assert whole["sequence"]["result"]["postsCount"] == 25
    assert [chapter["number"] for chapter in whole["sequence"]["result"]["chapters"]] == list(range(1, 26))


def test_podcasts_and_review_winners_are_listed(visitor: Visitor, data: ForumData) -> None:
    data.podcasts["p"] = {"_id": "p", "title": "Curated"}
    winner = {"reviewYear": 2022, "category": "Rationality", "reviewRanking": 0, "curatedOrder": 1, "isAI": False}
    data.add_post(a_post(reviewWinner=winner))
    assert visitor.data("{podcasts(selector:{default:{}},limit:10){results{title}}}")["podcasts"]["results"]
    [found] = visitor.data("{GetAllReviewWinners{_id reviewWinner{reviewYear}}}")["GetAllReviewWinners"]
    assert found == {"_id": POST_ID, "reviewWinner": {"reviewYear": 2022}}


def test_an_edit_makes_a_revision_and_keeps_the_old_one(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post(modifiedAt="2024-05-06T07:08:09.123Z"))
    data.edit(POST_ID, "<p>New.</p>")
    fields = 'modifiedAt version contents{html} old:contents(version:"1.2.0"){html} revisions{version}'
    found = visitor.data(f'{{post(selector:{{_id:"{POST_ID}"}}){{result{{{fields}}}}}}}')["post"]["result"]
    assert found.pop("modifiedAt") > "2024-05-06T07:08:09.123Z"
    assert found == {
        "version": "1.3.0",
        "contents": {"html": "<p>New.</p>"},
        "old": {"html": "<p>One thing is certain.</p>"},
        "revisions": [{"version": "1.3.0"}, {"version": "1.2.0"}],
    }


def test_karma_that_falls_leaves_the_highest_on_record(visitor: Visitor, data: ForumData) -> None:
    data.add_post(a_post(baseScore=10))
    data.change(POST_ID, baseScore=50)
    assert visitor.ids("selector:{top:{karmaThreshold:45}}") == [POST_ID]
    data.change(POST_ID, baseScore=40)
    assert visitor.ids("selector:{top:{karmaThreshold:45}}") == []
    assert data.posts[POST_ID]["maxBaseScore"] == 50


@pytest.mark.parametrize("fault", ["challenge", "challenge_page", "web_page", "forbidden", "too_many", "too_many_page",
                                   "error_500", "error_502", "error_504"])  # fmt: skip
def test_a_fault_happens_as_often_as_it_was_asked_for(visitor: Visitor, fault: str) -> None:
    visitor.forum.faults.next(fault, times=2)
    answers = [visitor.ask("{__typename}") for _ in range(3)]
    assert [answer.headers["content-type"].startswith("application/json") and answer.status_code == 200
            for answer in answers] == [False, False, True]  # fmt: skip
    visitor.forum.faults.always(fault)
    assert {visitor.ask("{__typename}").content for _ in range(2)} == {answers[0].content}


def test_broken_answers_are_broken(visitor: Visitor) -> None:
    visitor.forum.faults.next("truncated")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        visitor.ask("{__typename}").json()
    visitor.forum.faults.next("hang_up")
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.ask("{__typename}")
    visitor.forum.faults.next("stall")
    with pytest.raises(httpx.ReadTimeout):
        visitor.http.post(f"{visitor.forum.url}/graphql", json={"query": "{__typename}"}, timeout=0.05)
    assert visitor.data("{__typename}")


def test_an_unknown_fault_is_refused(visitor: Visitor) -> None:
    with pytest.raises(ValueError, match="no fault is named 'gremlins'"):
        visitor.forum.faults.next("gremlins")
    assert len(set(NAMES)) == len(NAMES)


def test_faults_and_posts_can_be_controlled_over_http_where_that_is_allowed(visitor: Visitor, data: ForumData) -> None:
    def control(path: str, wanted: object) -> int:
        return visitor.http.post(f"{visitor.forum.url}/_control/{path}", json=wanted).status_code

    assert control("faults", {"next": "error_502"}) == 200
    assert visitor.ask("{__typename}").status_code == 502
    assert control("faults", {"always": "challenge"}) == 200
    assert control("faults", {"clear": True}) == 200
    assert visitor.ask("{__typename}").status_code == 200
    assert control("faults", {"next": "gremlins"}) == 400
    assert control(f"posts/{POST_ID}", {"title": "Made"}) == 200
    assert control(f"posts/{POST_ID}", {"baseScore": 99}) == 200
    assert (data.posts[POST_ID]["title"], data.posts[POST_ID]["baseScore"]) == ("Made", 99)
    with running_forum() as closed:
        assert visitor.http.post(f"{closed.url}/_control/faults", json={"clear": True}).status_code == 404


def test_robots_txt_names_the_pace(visitor: Visitor, data: ForumData) -> None:
    data.rules.crawl_delay_s = 3
    robots = visitor.http.get(f"{visitor.forum.url}/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    assert "Crawl-Delay: 3\n" in robots.text
    assert "Disallow: /allPosts*" in robots.text
    assert "/graphql\n" not in robots.text
    data.rules.crawl_delay_s = None
    assert "Crawl-Delay" not in visitor.http.get(f"{visitor.forum.url}/robots.txt").text


def test_the_feed_has_ten_posts_of_a_view(visitor: Visitor, data: ForumData) -> None:
    for n, post_id in enumerate(IDS):
        data.add_post(
            a_post(post_id, title=f"Ears & <{n}>", baseScore=100 * (n == 0), postedAt=f"2024-05-{10 + n}T00:00:00.000Z")
        )
    data.add_post(a_post("oldestABCDEFGHJK2", postedAt="2024-01-01T00:00:00.000Z", hideAuthor=True, baseScore=80))
    answer = visitor.http.get(f"{visitor.forum.url}/feed.xml")
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert [entry.id for entry in feed.entries] == list(reversed(IDS))
    assert feed.entries[-1].title == "Ears & <0>"
    assert feed.entries[-1].author == "Alice"
    assert feed.entries[-1].published == "Fri, 10 May 2024 00:00:00 GMT"
    assert "One thing is certain." in feed.entries[-1].summary
    popular = feedparser.parse(
        visitor.http.get(f"{visitor.forum.url}/feed.xml?view=community-rss&karmaThreshold=90").content
    )
    assert [entry.id for entry in popular.entries] == [IDS[0], "oldestABCDEFGHJK2"]  # 90 is rounded to 75
    assert popular.entries[1].author == "[anonymous]"


def test_a_post_has_a_page_that_can_be_saved_and_read(visitor: Visitor, data: ForumData, tmp_path: Path) -> None:
    data.add_post(a_post(title="Ears & Eyes"))
    page = visitor.http.get(f"{visitor.forum.url}/posts/{POST_ID}/whatever")
    assert page.status_code == 200
    (tmp_path / "saved.html").write_bytes(page.content)
    with Sources() as sources:
        post = sources.fetch(str(tmp_path / "saved.html"))
    assert (post.title, post.html) == ("Ears & Eyes", "<p>One thing is certain.</p>")
    assert post.url == f"https://www.lesswrong.com/posts/{POST_ID}/a-title"
    assert (post.authors[0].name, str(post.posted_at)) == ("Alice", "2024-05-06 00:00:00+00:00")
    assert visitor.http.get(f"{visitor.forum.url}/posts/none/x").status_code == 404
    data.change(POST_ID, draft=True)
    assert visitor.http.get(f"{visitor.forum.url}/posts/{POST_ID}/x").status_code == 404


def test_every_sample_post_is_served(forum: RunningForum) -> None:
    with Sources(lesswrong_url=forum.url) as sources:
        posts = [sources.fetch(f"{forum.url}/posts/{post_id}") for post_id in forum.data.posts]
        files = [sources.fetch(str(path)) for path in sample_files()]
    assert {post.key: post.html for post in posts} == {post.key: post.html for post in files}
    assert {post.key: len(post.comments) for post in posts} == {post.key: len(post.comments) for post in files}


def test_a_folder_without_posts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no post JSON files"):
        ForumData.from_folder(tmp_path)


def test_two_forums_can_run_at_once() -> None:
    with running_forum(ForumData(rules=Rules(name="A"))) as one, running_forum() as two:
        assert one.url != two.url
        with pytest.raises(OSError, match="in use"), running_forum(port=int(two.url.rpartition(":")[2])):
            pass


@pytest.mark.slow
def test_it_runs_by_itself_and_says_where() -> None:
    command = [sys.executable, "-m", "narrate.samples.forum", "--port", "0", "--posts", str(posts_folder())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with httpx.Client(trust_env=False) as http:
                answer = http.post(f"{url}/graphql", json={"query": "{posts(limit:3){results{_id}}}"})
            assert len(answer.json()["data"]["posts"]["results"]) == 3
        finally:
            process.terminate()
