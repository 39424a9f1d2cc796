"""The quick takes of a week as one post with a chapter for each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from narrate.errors import PostEmpty, UnknownAddress
from narrate.records import PostKey
from narrate.samples.forum import ForumData, RunningForum
from narrate.script import write
from narrate.sources import Sources
from narrate.sources.takes_of_week import starts_at, week_before
from tests.forum_posts import ALICE, BOB, IDS, a_comment, a_post

NOW = datetime(2026, 11, 25, tzinfo=UTC)
KEY = "lesswrong:quick-takes-2026-W47"  # 16 to 22 November


@pytest.fixture
def sources(forum: RunningForum) -> Iterator[Sources]:
    forum.reset(ForumData.from_posts([a_post(IDS[0], shortform=True, contents=None)]))
    with Sources(
        lesswrong_url=forum.url,
        sleep=lambda seconds: None,
        now=lambda: NOW,
        may_read=lambda author: author.name != "Cy",
    ) as made:
        yield made


def add(forum: RunningForum, n: int, html: str, posted_at: str = "2026-11-18T10:00:00.000Z", **fields: Any) -> None:
    take = a_comment(f"take{n:013d}", html, postId=IDS[0], shortform=True, postedAt=posted_at, **fields)
    forum.data.add_comment({"baseScore": 40, **take})


def test_the_best_quick_takes_of_a_week_are_one_post_with_a_chapter_each(forum: RunningForum, sources: Sources) -> None:
    add(forum, 1, "<p>Rice is underrated. More on that below.</p><h1>More</h1><p>It is.</p>", user=ALICE, baseScore=60)
    add(
        forum, 2, "<p>Some thoughts on &lt;tags&gt; and on what follows from them for every one of us</p>", baseScore=90
    )
    add(forum, 3, "<p>Too few liked this.</p>", baseScore=24)
    add(forum, 4, "<p>The week before.</p>", "2026-11-15T23:59:59.999Z", baseScore=99)
    add(forum, 5, "<p>The week after.</p>", "2026-11-23T00:00:00.000Z", baseScore=99)
    add(forum, 6, "<p>A reply.</p>", topLevelCommentId="x", baseScore=99)
    add(forum, 7, "<p>Deleted.</p>", deleted=True, baseScore=99)
    add(forum, 8, "<p>Don't read me.</p>", user={"_id": "cy", "displayName": "Cy"}, baseScore=99)
    post = sources.fetch(KEY)
    assert (str(post.key), post.title) == (KEY, "Quick takes of 16 November to 22 November 2026")
    assert [author.name for author in post.authors] == [BOB["displayName"], ALICE["displayName"]]
    script = write(post)
    assert [chapter.title for chapter in script.chapters[1:]] == [
        "Some thoughts on <tags> and on what follows from…, by Bob",
        "Rice is underrated., by Alice",
        "More",
    ]
    assert [chapter.level for chapter in script.chapters[1:]] == [1, 1, 2]
    candidate = sources.candidate(KEY)
    assert (candidate.key, candidate.kind, candidate.karma) == (PostKey.parse(KEY), "quick_take", 90)


def test_a_week_without_good_takes_or_not_over_yet_is_empty(sources: Sources) -> None:
    with pytest.raises(PostEmpty, match="no quick take of 25 karma"):
        sources.fetch(KEY)
    with pytest.raises(PostEmpty, match="isn't over"):
        sources.fetch("lesswrong:quick-takes-2026-W48")


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "0000-W10"])
def test_weeks_that_never_are(sources: Sources, week: str) -> None:
    with pytest.raises(UnknownAddress):
        sources.fetch(f"lesswrong:quick-takes-{week}")


def test_weeks_are_named_as_in_iso_8601() -> None:
    assert starts_at("2026-W47") == datetime(2026, 11, 16, tzinfo=UTC)
    assert week_before(NOW) == "2026-W47"
    assert week_before(datetime(2027, 1, 5, tzinfo=UTC)) == "2026-W53"
