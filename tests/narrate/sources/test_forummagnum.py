"""The client against a forum that speaks the real protocol, in both dialects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from narrate.errors import (
    ForumProtocol,
    ForumUnavailable,
    PostDenied,
    PostElsewhere,
    PostEmpty,
    PostMissing,
    SourceError,
)
from narrate.records import Post
from narrate.samples.forum import ForumData, Rules, RunningForum
from narrate.sources import forums
from narrate.sources.forummagnum import ForumMagnum, utc_now
from narrate.sources.transport import PoliteClient
from tests.forum_posts import BOB, IDS, POST_ID, a_comment, a_post

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)


def on_day(n: int, **fields: Any) -> dict[str, Any]:
    """The post of day n, with an id of its own."""
    at = (START + n * DAY).isoformat().replace("+00:00", ".000Z")
    return a_post(f"dayPost{n:03d}abcdefg", title=f"Day {n}", postedAt=at, **fields)


@pytest.fixture(params=[False, True], ids=["current", "older"])
def served(request: pytest.FixtureRequest, forum: RunningForum) -> RunningForum:
    """A forum of either version, without posts."""
    forum.reset(ForumData(rules=Rules(legacy_only=request.param)))
    return forum


@pytest.fixture
def client(forum: RunningForum) -> Iterator[ForumMagnum]:
    http = PoliteClient(timeout_s=5, sleep=lambda seconds: None)
    yield ForumMagnum(forums(forum.url)["lesswrong"], http, utc_now)
    http.close()


def queries(forum: RunningForum) -> list[str]:
    return [json.loads(seen.body)["query"] for seen in forum.seen if seen.path == "/graphql"]


def titles(client: ForumMagnum, view: str, **how: Any) -> list[str]:
    return [candidate.title for candidate in client.candidates(view, **how)]


def test_a_post_is_fetched_whole(served: RunningForum, client: ForumMagnum) -> None:
    served.data.add_post(a_post(coauthors=[BOB], tags=[{"name": "AI"}], html="<p>Text &amp; more.</p>"))
    post = client.post(POST_ID)
    assert (post.title, post.html, post.revision, post.karma) == ("A Title", "<p>Text &amp; more.</p>", "1.2.0", 42)
    assert [author.name for author in post.authors] == ["Alice", "Bob"]
    assert post.tags == ("AI",)


def test_the_dialect_is_learnt_once(served: RunningForum, client: ForumMagnum) -> None:
    served.data.add_post(a_post())
    client.post(POST_ID)
    n_first = len(queries(served))
    client.post(POST_ID)
    assert len(queries(served)) == n_first + 1
    assert ("input:" in queries(served)[-1]) == served.data.rules.legacy_only
    assert n_first <= 4


def test_many_posts_travel_in_one_request(served: RunningForum, client: ForumMagnum) -> None:
    for n in range(45):
        served.data.add_post(on_day(n))
    client.posts([])
    client.posts(["dayPost000abcdefg"])
    n_before = len(queries(served))
    found = client.posts([f"dayPost{n:03d}abcdefg" for n in range(45)])
    assert [post.title for post in found.values() if isinstance(post, Post)] == [f"Day {n}" for n in range(45)]
    assert len(queries(served)) == n_before + 3


DENIED = {
    "draft": True,
    "isFuture": True,
    "authorIsUnreviewed": True,
    "onlyVisibleToLoggedIn": True,
    "status": 4,
}


@pytest.mark.parametrize("field", DENIED)
def test_what_guests_may_not_see_is_denied(served: RunningForum, client: ForumMagnum, field: str) -> None:
    served.data.add_post(a_post(**{field: DENIED[field]}))
    with pytest.raises(PostDenied, match="to guests"):
        client.post(POST_ID)


@pytest.mark.parametrize(
    "fields", [{"unlisted": True}, {"rejected": True}, {"rejected": True, "authorIsUnreviewed": True}]
)
def test_what_is_only_not_listed_can_be_had(served: RunningForum, client: ForumMagnum, fields: dict[str, Any]) -> None:
    served.data.add_post(a_post(**fields))
    assert client.post(POST_ID).title == "A Title"
    assert titles(client, "new") == []


def test_in_a_batch_each_failure_is_the_posts_own(served: RunningForum, client: ForumMagnum) -> None:
    served.data.add_post(a_post(IDS[0]))
    served.data.add_post(a_post(IDS[1], draft=True))
    served.data.add_post(a_post(IDS[2], isEvent=True))
    served.data.add_post(a_post(IDS[3], contents=None))
    found = client.posts(IDS[:5])
    kinds = [type(found[post_id]) for post_id in IDS[:5]]
    assert kinds == [Post, PostDenied, PostEmpty, PostEmpty, PostMissing]


@pytest.mark.parametrize(("fault", "error"), [("null_contents", PostEmpty), ("null_html", PostEmpty)])
def test_missing_parts_are_reported(
    served: RunningForum, client: ForumMagnum, fault: str, error: type[SourceError]
) -> None:
    served.data.add_post(a_post())
    served.faults.always(fault)
    with pytest.raises(error, match="has no text"):
        client.post(POST_ID)


def test_a_vanished_author_is_no_reason_to_fail(served: RunningForum, client: ForumMagnum) -> None:
    served.data.add_post(a_post())
    served.faults.always("null_user")
    assert client.post(POST_ID).authors[0].name == "a deleted user"


def test_formulas_without_labels_pass_as_they_are(served: RunningForum, client: ForumMagnum) -> None:
    served.data.add_post(a_post(html='<p><mjx-container aria-label="x^2"></mjx-container></p>'))
    served.faults.always("no_aria_labels")
    assert client.post(POST_ID).html == "<p><mjx-container></mjx-container></p>"


def test_questions_come_with_their_answers_and_debates_with_their_messages(
    served: RunningForum, client: ForumMagnum
) -> None:
    answers = [a_comment(f"answer{n}", f"<p>{n}</p>", answer=True, baseScore=n) for n in range(3)]
    served.data.add_post(a_post(IDS[0], question=True, _comments=[*answers, a_comment("remark")]))
    messages = [
        a_comment(f"message{n}", f"<p>{n}</p>", debateResponse=True, postedAt=f"2024-05-0{9 - n}T00:00:00.000Z")
        for n in range(3)
    ]
    served.data.add_post(a_post(IDS[1], debate=True, html="", _comments=messages))
    assert [comment.html for comment in client.post(IDS[0]).comments] == ["<p>2</p>", "<p>1</p>", "<p>0</p>"]
    assert [comment.html for comment in client.post(IDS[1]).comments] == ["<p>2</p>", "<p>1</p>", "<p>0</p>"]


def test_posts_are_found_by_slug_and_by_their_old_number(served: RunningForum, client: ForumMagnum) -> None:
    served.data.add_post(a_post(IDS[0], slug="on-ears", legacyId="725"))
    served.data.add_post(a_post(IDS[1], slug="on-eyes"))
    assert client.id_of_slug("on-ears") == IDS[0]
    assert client.id_of_legacy("k5") == IDS[0]
    for missing in (lambda: client.id_of_slug("on-noses"), lambda: client.id_of_legacy("zz")):
        with pytest.raises(PostMissing, match="check the address"):
            missing()


def test_a_quick_take_is_a_comment(served: RunningForum, client: ForumMagnum) -> None:
    take = a_comment("takeABCDEFGHJK234", "<p>Brief.</p>", shortform=True)
    served.data.add_post(a_post(shortform=True, contents=None, _comments=[take]))
    assert client.is_quick_takes(POST_ID)
    assert client.quick_take("takeABCDEFGHJK234").html == "<p>Brief.</p>"
    with pytest.raises(PostEmpty, match="quick takes"):
        client.post(POST_ID)
    with pytest.raises(PostMissing, match="the comment"):
        client.quick_take("goneABCDEFGHJK234")


def test_sequences_and_collections_keep_their_order(served: RunningForum, client: ForumMagnum) -> None:
    for post_id in IDS[:6]:
        served.data.add_post(a_post(post_id))
    served.data.change(IDS[4], draft=True)
    first = served.data.add_sequence("First", [[IDS[2], IDS[0]], [IDS[1], IDS[4]]])
    second = served.data.add_sequence("Second", [[IDS[0], IDS[3]]])
    books = [{"postIds": [IDS[5]], "sequenceIds": [first["_id"]]}, {"sequenceIds": [second["_id"]]}]
    collection = served.data.add_collection("rationality", books)
    found = client.series(first["_id"])
    assert (found.title, found.url) == ("First", f"{client.forum.public_url}/s/{first['_id']}")
    assert [[key.post_id for key in keys] for _, keys in found.chapters] == [[IDS[2], IDS[0]], [IDS[1]]]
    assert client.ids_in_collection(collection["_id"]) == (IDS[5], IDS[2], IDS[0], IDS[1], IDS[3])
    first["draft"] = True
    with pytest.raises(PostDenied):
        client.series(first["_id"])


@pytest.mark.parametrize(
    ("view", "how", "days"),
    [
        ("new", {"limit": 3}, [249, 248, 247]),
        ("old", {"limit": 3}, [0, 1, 2]),
        ("new", {"limit": 250}, list(range(249, -1, -1))),
        ("old", {"limit": 9999}, list(range(250))),
        ("top", {"limit": 230}, list(range(249, 19, -1))),
        ("new", {"after": START + 10 * DAY, "before": START + 13 * DAY}, [12, 11, 10]),
        ("old", {"after": START + 10 * DAY, "before": START + 13 * DAY}, [10, 11, 12]),
        ("top", {"after": START + 10 * DAY, "before": START + 13 * DAY}, [12, 11, 10]),
        ("new", {"before": START, "limit": 5}, []),
        ("old", {"terms": {"karmaThreshold": 245}}, [245, 246, 247, 248, 249]),
    ],
)
def test_listings_are_paged_in_windows_of_dates(
    served: RunningForum, client: ForumMagnum, view: str, how: dict[str, Any], days: list[int]
) -> None:
    for n in range(250):
        served.data.add_post(on_day(n, baseScore=n))
    assert titles(client, view, **how) == [f"Day {n}" for n in days]


def test_posts_that_arrive_meanwhile_shift_nothing(served: RunningForum, client: ForumMagnum) -> None:
    for n in range(250):
        served.data.add_post(on_day(n))
    served.faults.always("posts_arrive")
    assert titles(client, "new", limit=1000) == [f"Day {n}" for n in range(249, -1, -1)]
    assert len(served.data.posts) > 252


def test_posts_of_the_same_instant_are_all_listed(served: RunningForum, client: ForumMagnum) -> None:
    for n in range(250):
        served.data.add_post(on_day(n) | {"postedAt": on_day(n // 40)["postedAt"]})
    assert sorted(titles(client, "new", limit=1000)) == sorted(f"Day {n}" for n in range(250))
    assert sorted(titles(client, "old", limit=1000)) == sorted(f"Day {n}" for n in range(250))


def test_a_page_thinned_out_by_rights_is_not_the_end(served: RunningForum, client: ForumMagnum) -> None:
    for n in range(250):
        served.data.add_post(on_day(n, baseScore=n, onlyVisibleToLoggedIn=n % 3 != 0))
    assert len(titles(client, "new", limit=1000)) == 84
    assert len(titles(client, "top", limit=1000)) == 84


def test_curated_posts_are_paged_by_their_curation(served: RunningForum, client: ForumMagnum) -> None:
    for n in range(130):
        served.data.add_post(on_day(n, curatedDate=on_day(1000 - n)["postedAt"]))
    served.data.add_post(on_day(900))
    assert titles(client, "curatedRss", limit=500) == [f"Day {n}" for n in range(130)]
    assert titles(client, "curatedRss", after=START + 999 * DAY) == ["Day 0", "Day 1"]
    served.data.change("dayPost000abcdefg", curatedDate=None)
    assert titles(client, "curatedRss", after=START + 999 * DAY) == ["Day 1"]


def test_nominated_posts_are_listed(served: RunningForum, client: ForumMagnum) -> None:
    for n in range(4):
        served.data.add_post(on_day(n, positiveReviewVoteCount=n))
    terms = {"reviewPhase": "REVIEWS", "excludeEvents": True}
    found = list(client.candidates("reviewVoting", after=START, before=START + 366 * DAY, terms=terms))
    assert {(c.title, c.positive_review_votes) for c in found} == {("Day 2", 2), ("Day 3", 3)}


def test_the_alignment_forum_lists_its_own(served: RunningForum) -> None:
    served.data.add_post(on_day(0))
    served.data.add_post(on_day(1, af=True))
    http = PoliteClient(sleep=lambda seconds: None)
    assert titles(ForumMagnum(forums(served.url)["alignmentforum"], http, utc_now), "new") == ["Day 1"]
    http.close()


def test_deep_offsets_are_never_asked_for(served: RunningForum, client: ForumMagnum) -> None:
    with pytest.raises(ValueError, match="at most 2000"):
        titles(client, "top", limit=2001)


@pytest.mark.parametrize("fault", ["error_502", "truncated", "hang_up", "too_many", "forbidden"])
def test_a_listing_survives_trouble_on_the_way(served: RunningForum, client: ForumMagnum, fault: str) -> None:
    for n in range(250):
        served.data.add_post(on_day(n))
    pages = client.candidates("new", limit=250)
    found = [next(pages).title for _ in range(100)]
    served.faults.next(fault, times=2)
    assert [*found, *(c.title for c in pages)] == [f"Day {n}" for n in range(249, -1, -1)]


def test_an_edit_shows_in_the_revision(served: RunningForum, client: ForumMagnum) -> None:
    served.data.add_post(a_post())
    before = client.post(POST_ID)
    served.data.edit(POST_ID, "<p>Another thing is certain.</p>")
    after = client.post(POST_ID)
    assert (before.revision, after.revision) == ("1.2.0", "1.3.0")
    assert after.html == "<p>Another thing is certain.</p>"


@pytest.mark.parametrize(
    ("change", "error"),
    [({"draft": True}, PostDenied), ({"status": 5}, PostDenied), ({"shortform": True}, PostEmpty)],
)
def test_a_post_that_is_withdrawn_later_cannot_be_had_again(
    served: RunningForum, client: ForumMagnum, change: dict[str, Any], error: type[SourceError]
) -> None:
    served.data.add_post(a_post())
    assert client.post(POST_ID)
    served.data.change(POST_ID, **change)
    with pytest.raises(error):
        client.post(POST_ID)


def test_a_body_on_the_other_forum_is_pointed_at(served: RunningForum, client: ForumMagnum) -> None:
    crosspost = {"isCrosspost": True, "hostedHere": False, "foreignPostId": IDS[1]}
    served.data.add_post(a_post(contents=None, fmCrosspost=crosspost))
    with pytest.raises(PostElsewhere) as elsewhere:
        client.post(POST_ID)
    assert elsewhere.value.url == f"https://forum.effectivealtruism.org/posts/{IDS[1]}"


def answering(answer: object) -> ForumMagnum:
    """A client whose forum always answers this."""

    class Fixed(PoliteClient):
        def post_json(self, forum: object, path: str, payload: object) -> object:
            return answer

    return ForumMagnum(forums()["lesswrong"], Fixed(), utc_now)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ([], ForumProtocol, "isn't GraphQL"),
        ({}, ForumProtocol, "without data"),
        ({"data": None}, ForumProtocol, "without data"),
        ({"data": {"p0": None}}, PostMissing, "no such thing"),
        ({"data": {"p0": {"result": 5}}}, PostMissing, "no such thing"),
        ({"errors": [{"message": "boom"}]}, ForumUnavailable, "boom"),
        ({"errors": [{"message": "app.odd", "path": ["p0"]}], "data": {"p0": None}}, ForumProtocol, "app.odd"),
        ({"errors": [{"message": "db away", "path": ["p0"]}], "data": {"p0": None}}, ForumUnavailable, "db away"),
        (
            {"errors": [{"message": "No.", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]},
            ForumProtocol,
            "doesn't understand",
        ),
    ],
)
def test_answers_that_make_no_sense_are_reported(answer: object, error: type[SourceError], words: str) -> None:
    with pytest.raises(error, match=words) as refused:
        answering(answer).post(POST_ID)
    assert type(refused.value) is error


def test_a_failing_field_costs_only_that_field() -> None:
    errors = [{"message": "oops", "path": ["p0", "result", "glossary"]}]
    post = answering({"errors": errors, "data": {"p0": {"result": a_post(glossary=None)}}}).post(POST_ID)
    assert post.title == "A Title"
