from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.errors import ForumProtocol, PostElsewhere, PostEmpty, PostMissing, SourceError
from narrate.records import Post, PostKey
from narrate.sources import Forum, forums, parse_candidate, parse_post
from narrate.sources.mapping import clean_line, parse_quick_take, why_empty
from tests.forum_posts import ALICE, BOB, POST_ID, a_comment, a_post

LESSWRONG, EA = forums()["lesswrong"], forums()["eaforum"]
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def parsed(forum: Forum = LESSWRONG, comments: Any = (), **fields: Any) -> Post:
    return parse_post(a_post(**fields), forum, NOW, comments)


def names(post: Post) -> list[str]:
    return [author.name for author in post.authors]


def test_a_post_keeps_everything_it_came_with() -> None:
    post = parsed(
        curatedDate="2024-06-01T00:00:00.000Z",
        url="example.org/essay",
        tags=[{"name": "AI"}, {"name": "Rationality"}],
        coauthors=[BOB],
        html="<p>As <b>published</b>.</p>",
    )
    assert post.key == PostKey("lesswrong", POST_ID)
    assert post.url == f"https://www.lesswrong.com/posts/{POST_ID}/a-title"
    assert (post.site, post.title, post.karma, post.revision, post.kind) == (
        "LessWrong",
        "A Title",
        42,
        "1.2.0",
        "post",
    )
    assert post.html == "<p>As <b>published</b>.</p>"
    assert names(post) == ["Alice", "Bob"]
    assert post.authors[0].url == "https://www.lesswrong.com/users/alice"
    assert post.posted_at == datetime(2024, 5, 6, 7, 8, 9, 123000, UTC)
    assert post.curated_at == datetime(2024, 6, 1, tzinfo=UTC)
    assert post.fetched_at == NOW
    assert post.link_url == "https://example.org/essay"
    assert post.tags == ("AI", "Rationality")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["Alice"]),
        ({"coauthors": [BOB, ALICE]}, ["Alice", "Bob"]),
        ({"hideAuthor": True, "coauthors": [BOB]}, ["anonymous"]),
        ({"user": None}, ["a deleted user"]),
        ({"user": None, "author": "Old Name"}, ["a deleted user"]),
        ({"user": None, "coauthors": [BOB]}, ["Bob"]),
        ({"user": {"displayName": " \x00 "}}, ["a deleted user"]),
        ({"user": {"displayName": "No\x07 Slug"}}, ["No Slug"]),
        ({"coauthors": None}, ["Alice"]),
    ],
)
def test_names_are_shown_as_the_forum_shows_them(fields: dict[str, Any], expected: list[str]) -> None:
    assert names(parsed(**fields)) == expected


def test_a_file_without_a_user_may_name_its_author() -> None:
    post = a_post(author="Somebody")
    del post["user"]
    assert names(parse_post(post, LESSWRONG, NOW)) == ["Somebody"]
    del post["author"]
    assert names(parse_post(post, LESSWRONG, NOW)) == ["anonymous"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "post"),
        ({"question": True}, "question"),
        ({"postCategory": "question"}, "question"),
        ({"postCategory": "linkpost"}, "post"),
        ({"debate": True}, "debate"),
        ({"collabEditorDialogue": True}, "dialogue"),
    ],
)
def test_a_post_is_of_its_kind(fields: dict[str, Any], kind: str) -> None:
    assert parsed(**fields).kind == kind


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"contents": None}, PostEmpty, "it has no text"),
        ({"contents": {"html": None}}, PostEmpty, "it has no text"),
        ({"html": ""}, PostEmpty, "it has no text"),
        ({"html": "<p>&nbsp;</p>\n<p>\u200b</p><br><!-- nothing -->"}, PostEmpty, "it has no text"),
        ({"html": "<p> </p>", "url": "https://example.org/x"}, PostEmpty, "only links to https://example.org/x"),
        ({"isEvent": True}, PostEmpty, "announces an event"),
        ({"shortform": True}, PostEmpty, "quick takes"),
        ({"deletedDraft": True}, PostMissing, "was deleted"),
        ({"_id": None}, ForumProtocol, "without a usable _id"),
        ({"_id": "../../etc"}, ForumProtocol, "without a usable _id"),
    ],
)
def test_what_cannot_be_read_aloud_is_refused_with_its_reason(
    fields: dict[str, Any], error: type[SourceError], words: str
) -> None:
    with pytest.raises(error, match=words) as refused:
        parsed(**fields)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("html", ["word", "<p>word</p>", '<p><img src="x.png"></p>', "<p>&amp;</p>", "<math></math>"])
def test_whatever_shows_something_is_left_to_the_script(html: str) -> None:
    assert parsed(html=html).html == html


def test_a_body_on_another_forum_is_pointed_at() -> None:
    crosspost = {"isCrosspost": True, "hostedHere": False, "foreignPostId": "foreignABCDEFGHJK"}
    with pytest.raises(PostElsewhere) as elsewhere:
        parsed(fmCrosspost=crosspost)
    assert elsewhere.value.url == "https://forum.effectivealtruism.org/posts/foreignABCDEFGHJK"
    assert str(parse_candidate(a_post(fmCrosspost=crosspost), LESSWRONG).key) == "eaforum:foreignABCDEFGHJK"
    assert str(parse_candidate(a_post(fmCrosspost=crosspost), EA).key) == "lesswrong:foreignABCDEFGHJK"


@pytest.mark.parametrize(
    "crosspost",
    [
        {"isCrosspost": True, "hostedHere": True, "foreignPostId": "foreignABCDEFGHJK"},
        {"isCrosspost": True, "hostedHere": False, "foreignPostId": None},
        {"isCrosspost": False},
        None,
    ],
)
def test_a_crosspost_that_is_hosted_here_is_ours(crosspost: Any) -> None:
    assert parsed(fmCrosspost=crosspost).key == PostKey("lesswrong", POST_ID)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("A\x00B\x1b[31m", "AB[31m"),
        (" two\n\tlines\u2028here ", "two lines here"),
        ("\u202eevil\u202c", "evil"),
        ("שלום עולם", "שלום עולם"),
        ("👩\u200d👧 and 𝑥", "👩\u200d👧 and 𝑥"),
        ("half \ud83d emoji", "half emoji"),
        ("x" * 500, "x" * 500),
        ("\x00", "Untitled"),
        (None, "Untitled"),
        (17, "Untitled"),
    ],
)
def test_titles_are_one_printable_line(title: Any, shown: str) -> None:
    assert parsed(title=title).title == shown


def test_a_body_is_as_published_but_can_be_stored() -> None:
    assert parsed(html="<p>a\x00b\ud800c\x0b</p>").html == "<p>abc\x0b</p>"


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2009-02-27T08:00:00.000Z", datetime(2009, 2, 27, 8, tzinfo=UTC)),
        ("2024-05-06T07:08:09+02:00", datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)),
        ("2024-05-06", datetime(2024, 5, 6, tzinfo=UTC)),
        ("soon", None),
        (1715000000, None),
        (None, None),
    ],
)
def test_dates_are_utc_or_absent(written: Any, at: datetime | None) -> None:
    assert parsed(postedAt=written).posted_at == at


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, None),
        ({"podcastEpisodeId": None, "podcastEpisode": None}, None),
        (
            {
                "podcastEpisode": {
                    "episodeLink": "https://www.buzzsprout.com//2037297/11306133-on-maps.js?container_id=x"
                }
            },
            "https://www.buzzsprout.com/2037297/11306133-on-maps",
        ),
        ({"podcastEpisode": {"episodeLink": "javascript:x"}}, f"https://www.lesswrong.com/posts/{POST_ID}/a-title"),
        ({"podcastEpisodeId": "abc"}, f"https://www.lesswrong.com/posts/{POST_ID}/a-title"),
    ],
)
def test_a_human_recording_is_pointed_at(fields: dict[str, Any], url: str | None) -> None:
    assert parsed(**fields).recording_url == url
    assert parse_candidate(a_post(**fields), LESSWRONG).recording_url == url


def test_only_approved_terms_of_the_glossary_count() -> None:
    entry = {"term": "FOOM", "contents": {"html": "<p>fast</p>"}}
    entries = [{**entry, "approved": True}, {**entry, "approved": False}, {**entry, "approved": True, "deleted": True}]
    assert [term.term for term in parsed(glossary=entries).glossary] == ["FOOM"]
    assert parsed(glossary=None).glossary == ()


def test_answers_come_best_first_and_messages_as_they_were_written() -> None:
    comments = [
        a_comment("late", baseScore=50, postedAt="2024-05-09T00:00:00.000Z"),
        a_comment("early", baseScore=1, postedAt="2024-05-07T00:00:00.000Z"),
        a_comment("gone", contents=None),
        a_comment("unsigned", baseScore=9, user=None, postedAt="2024-05-08T00:00:00.000Z"),
    ]
    answers = parsed(question=True, comments=comments).comments
    assert [answer.comment_id for answer in answers] == ["late", "unsigned", "early"]
    assert [answer.author.name for answer in answers] == ["Bob", "a deleted user", "Bob"]
    messages = parsed(debate=True, comments=comments, html="").comments
    assert [message.comment_id for message in messages] == ["early", "unsigned", "late"]


def test_a_page_address_that_is_no_web_address_is_replaced() -> None:
    assert parsed(pageUrl="javascript:alert(1)").url == f"https://www.lesswrong.com/posts/{POST_ID}/a-title"
    assert parsed(pageUrl=None, slug=None).url == f"https://www.lesswrong.com/posts/{POST_ID}"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, None),
        ({"isEvent": True}, "it announces an event"),
        ({"shortform": True}, "it only holds its author's quick takes; give the address of one of them"),
        ({"contents": None}, "it has no text"),
    ],
)
def test_the_board_shows_why_a_post_cannot_be_narrated(fields: dict[str, Any], refusal: str | None) -> None:
    candidate = parse_candidate(a_post(positiveReviewVoteCount=3, **fields), LESSWRONG)
    assert candidate.refusal == refusal
    assert (candidate.karma, candidate.positive_review_votes) == (42, 3)


def test_a_listed_post_has_a_date() -> None:
    with pytest.raises(ForumProtocol, match="without a date"):
        parse_candidate(a_post(postedAt=None), LESSWRONG)


def test_a_quick_take_is_named_by_its_day() -> None:
    take = parse_quick_take(a_comment("takeABCDEFGHJK234", postId=POST_ID, shortform=True), LESSWRONG, NOW)
    assert str(take.key) == "lesswrong:comment-takeABCDEFGHJK234"
    assert take.title == "Quick take of 7 May 2024"
    assert take.url == f"https://www.lesswrong.com/posts/{POST_ID}?commentId=takeABCDEFGHJK234"
    assert (take.kind, names(take)) == ("quick_take", ["Bob"])


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"shortform": False}, PostEmpty),
        ({"topLevelCommentId": "x"}, PostEmpty),
        ({"deleted": True}, PostMissing),
        ({"contents": None}, PostEmpty),
    ],
)
def test_other_comments_are_no_quick_takes(fields: dict[str, Any], error: type[SourceError]) -> None:
    with pytest.raises(error):
        parse_quick_take(a_comment("takeABCDEFGHJK234", **{"shortform": True, **fields}), LESSWRONG, NOW)


NAMES = st.sampled_from(["html", "displayName", "slug", "name", "term", "isCrosspost", "episodeLink"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=6,
)
FIELDS = st.sampled_from([*sorted(a_post()), "tags", "glossary", "coauthors", "fmCrosspost", "podcastEpisode", "url"])


@given(st.dictionaries(FIELDS, JSON))
def test_whatever_a_field_holds_is_a_post_or_one_of_our_errors(odd: dict[str, Any]) -> None:
    try:
        post = parse_post({**a_post(), **odd}, LESSWRONG, NOW)
        candidate = parse_candidate({**a_post(), **odd}, LESSWRONG)
    except SourceError:
        return
    assert post.authors
    assert candidate.authors
    assert post.title.isprintable() or post.title == clean_line(post.title)


@pytest.mark.parametrize(
    ("html", "is_empty"),
    [
        ("<" * 300_000, False),
        ("<!--" * 100_000, True),
        ("<p>&nbsp;</p>" * 40_000, True),
        ("<div>" * 50_000, True),
        ("<div>" * 50_000 + "deep", False),
        ("<p>" + "\u200b" * 300_000, True),
    ],
)
def test_a_huge_broken_body_is_judged_in_linear_time(html: str, is_empty: bool) -> None:
    assert (why_empty(html, {}) is not None) is is_empty
