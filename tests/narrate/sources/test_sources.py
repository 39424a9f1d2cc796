"""The door: one call for whatever names a post."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from narrate.errors import (
    ForumUnavailable,
    PostElsewhere,
    PostEmpty,
    PostMissing,
    UnknownAddress,
    UnreadableFile,
)
from narrate.records import Post, PostKey
from narrate.samples.forum import ForumData, Rules, RunningForum, running_forum
from narrate.sources import Sources, forums
from tests.forum_posts import IDS, POST_ID, a_comment, a_post

TAKE = "takeABCDEFGHJK234"
LW = "https://www.lesswrong.com"


@pytest.fixture
def lesswrong(forum: RunningForum) -> RunningForum:
    forum.reset(ForumData.from_posts([a_post(slug="a-title", legacyId="725")]))
    return forum


@pytest.fixture
def sources(lesswrong: RunningForum) -> Iterator[Sources]:
    with Sources(lesswrong_url=lesswrong.url, sleep=lambda seconds: None) as made:
        yield made


@pytest.mark.parametrize(
    "text",
    [
        POST_ID,
        f"lesswrong:{POST_ID}",
        f"{LW}/posts/{POST_ID}/a-title",
        f"https://www.alignmentforum.org/posts/{POST_ID}/a-title",
        f"{LW}/posts/slug/a-title",
        f"{LW}/lw/k5/a_title/",
        f"{LW}/rationality/a-title",
        f"{LW}/posts/{POST_ID}/a-title?commentId={TAKE}",
        f" <{LW}/posts/{POST_ID}#Part> ",
    ],
)
def test_whatever_names_a_post_gives_it(sources: Sources, text: str) -> None:
    assert sources.fetch(text).title == "A Title"
    assert sources.resolve(text) == PostKey("lesswrong", POST_ID)
    assert sources.candidate(text).key == PostKey("lesswrong", POST_ID)


def test_a_forum_elsewhere_is_asked_at_its_own_address(sources: Sources, lesswrong: RunningForum) -> None:
    assert sources.fetch(f"{lesswrong.url}/posts/{POST_ID}/a-title").key == PostKey("lesswrong", POST_ID)


def test_a_key_is_as_good_as_its_text(sources: Sources) -> None:
    assert sources.fetch(PostKey("lesswrong", POST_ID)).title == "A Title"
    for key in (PostKey("file", "0123456789abcdef"), PostKey("elsewhere", POST_ID)):
        with pytest.raises(UnknownAddress, match="given as files again"):
            sources.fetch(key)


def test_an_id_is_resolved_without_asking(sources: Sources, lesswrong: RunningForum) -> None:
    sources.resolve(f"{LW}/posts/{POST_ID}/a-title")
    assert lesswrong.seen == []


def test_files_are_posts_too(sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("post.json").write_text(json.dumps(a_post(IDS[1], title="From a File")))
    Path("page").write_text("<html><head><title>A Page</title></head><body><p>x</p></body></html>")
    assert sources.fetch("post.json").title == "From a File"
    assert sources.fetch(str(tmp_path / "post.json")).title == "From a File"
    assert sources.fetch("page").title == "A Page"
    for missing in ("none.json", "./none", "/none", "~/none.html"):
        with pytest.raises(UnreadableFile):
            sources.fetch(missing)
    for nothing in ("none", "", " "):
        with pytest.raises(UnknownAddress, match="give a post's address"):
            sources.fetch(nothing)


@pytest.mark.parametrize("text", ["/etc/passwd", "post.json", "file:///etc/passwd", "../x.html"])
def test_only_fetch_ever_opens_a_file(
    sources: Sources, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("post.json").write_text(json.dumps(a_post()))
    for ask in (sources.resolve, sources.candidate, sources.keys_in):
        with pytest.raises(UnknownAddress):
            ask(text)


def test_a_quick_take_has_the_key_of_its_comment(sources: Sources, lesswrong: RunningForum) -> None:
    takes = [a_comment(TAKE, "<p>Brief.</p>", shortform=True)]
    lesswrong.data.add_post(a_post(IDS[1], shortform=True, contents=None, _comments=takes))
    address = f"{LW}/posts/{IDS[1]}/bob-s-shortform?commentId={TAKE}"
    assert str(sources.resolve(address)) == f"lesswrong:comment-{TAKE}"
    assert sources.fetch(address).html == "<p>Brief.</p>"
    assert sources.fetch(f"lesswrong:comment-{TAKE}").kind == "quick_take"
    assert sources.candidate(address).title == "Quick take of 7 May 2024"
    assert sources.candidate(f"{LW}/posts/{IDS[1]}").refusal is not None
    with pytest.raises(PostEmpty, match="address of one of them"):
        sources.fetch(f"{LW}/posts/{IDS[1]}")


def test_sequences_are_lists_of_posts_not_posts(sources: Sources, lesswrong: RunningForum) -> None:
    lesswrong.data.add_post(a_post(IDS[1]))
    sequence = lesswrong.data.add_sequence("Ears", [[IDS[1]], [IDS[0]]])
    collection = {"_id": "oneQyj4pw77ynzwAF", "books": [{"sequenceIds": [sequence["_id"]]}]}
    lesswrong.data.add_collection("rationality", **collection)
    in_order = (PostKey("lesswrong", IDS[1]), PostKey("lesswrong", IDS[0]))
    assert sources.keys_in(f"{LW}/s/{sequence['_id']}") == in_order
    assert sources.keys_in(f"{LW}/rationality") == in_order
    for text in (f"{LW}/s/{sequence['_id']}", f"{LW}/rationality"):
        with pytest.raises(UnknownAddress, match="give one of its posts"):
            sources.fetch(text)
    with pytest.raises(UnknownAddress, match="is one post"):
        sources.keys_in(POST_ID)


def test_many_are_fetched_with_few_questions(sources: Sources, lesswrong: RunningForum) -> None:
    lesswrong.data.add_post(a_post(IDS[1]))
    take = a_comment(TAKE, shortform=True)
    lesswrong.data.add_post(a_post(IDS[2], shortform=True, contents=None, _comments=[take]))
    keys = [PostKey("lesswrong", i) for i in (IDS[0], f"comment-{TAKE}", IDS[5], IDS[1], IDS[0])]
    found = list(sources.fetch_many(keys))
    assert [key for key, _ in found] == keys[:4]
    assert [type(outcome) for _, outcome in found] == [Post, Post, PostMissing, Post]
    assert sum(seen.path == "/graphql" for seen in lesswrong.seen) == 2


def test_candidates_are_listed_by_the_name_of_the_forum(sources: Sources) -> None:
    assert [candidate.title for candidate in sources.candidates("lesswrong", view="new")] == ["A Title"]
    assert list(sources.candidates("alignmentforum", view="new")) == []


def test_a_forum_that_is_down_is_said_to_be(sources: Sources, lesswrong: RunningForum) -> None:
    lesswrong.faults.always("error_502")
    with pytest.raises(ForumUnavailable, match="LessWrong has trouble of its own"):
        sources.fetch(POST_ID)
    with pytest.raises(ForumUnavailable):
        list(sources.fetch_many([PostKey("lesswrong", POST_ID)]))


@pytest.fixture
def two_forums(lesswrong: RunningForum) -> Iterator[tuple[Sources, RunningForum, RunningForum]]:
    """LessWrong and an EA Forum of the older version, with a client that knows both."""
    with running_forum(ForumData(rules=Rules(name="EA Forum", legacy_only=True))) as ea:
        known = forums(lesswrong.url)
        known["eaforum"] = replace(known["eaforum"], base_url=ea.url)
        with Sources(known=known, sleep=lambda seconds: None) as made:
            yield made, lesswrong, ea


def test_a_crosspost_has_the_key_of_the_forum_that_hosts_it(
    two_forums: tuple[Sources, RunningForum, RunningForum],
) -> None:
    sources, lesswrong, ea = two_forums
    there = {"isCrosspost": True, "hostedHere": False, "foreignPostId": IDS[2]}
    here = {"isCrosspost": True, "hostedHere": True, "foreignPostId": IDS[1]}
    page = f"https://forum.effectivealtruism.org/posts/{IDS[2]}/a-title"
    lesswrong.data.add_post(a_post(IDS[1], contents=None, fmCrosspost=there))
    ea.data.add_post(a_post(IDS[2], pageUrl=page, fmCrosspost=here))
    post = sources.fetch(f"{LW}/posts/{IDS[1]}")
    assert (str(post.key), post.site, post.url) == (f"eaforum:{IDS[2]}", "EA Forum", page)
    assert str(sources.candidate(IDS[1]).key) == f"eaforum:{IDS[2]}"
    [(_, batched)] = sources.fetch_many([PostKey("lesswrong", IDS[1])])
    assert batched == replace(post, fetched_at=batched.fetched_at) if isinstance(batched, Post) else False


def test_forums_that_point_at_each_other_do_not_go_on_for_ever(
    two_forums: tuple[Sources, RunningForum, RunningForum],
) -> None:
    sources, lesswrong, ea = two_forums
    lesswrong.data.add_post(
        a_post(IDS[1], fmCrosspost={"isCrosspost": True, "hostedHere": False, "foreignPostId": IDS[2]})
    )
    ea.data.add_post(a_post(IDS[2], fmCrosspost={"isCrosspost": True, "hostedHere": False, "foreignPostId": IDS[1]}))
    with pytest.raises(PostElsewhere):
        sources.fetch(IDS[1])
