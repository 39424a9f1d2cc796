"""The standing limits say why and until when; a post beyond its own limits is refused with the number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from narrate.errors import PostTooLarge
from narrate.limits import GB, Facts, check_post, check_script, may_work, midnight
from narrate.records import Author, Comment
from narrate.script import write
from narrate.settings import read_settings
from tests.narrate.script.conftest import make_post

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FREE = Facts(audio_s_today=0, free_bytes=50 * GB, home_bytes=None)


@pytest.mark.parametrize(
    ("facts", "settings", "says"),
    [
        ({"audio_s_today": 1e9}, {}, None),
        ({"audio_s_today": 3599.0}, {"max_audio_hours_a_day": 1}, None),
        ({"audio_s_today": 3600.0}, {"max_audio_hours_a_day": 1}, "1.0 hours of audio were made today"),
        ({"free_bytes": GB}, {}, None),
        ({"free_bytes": GB - 1}, {}, "1.0 GB are free"),
        ({"free_bytes": 0}, {"min_free_gb": 0}, None),
        ({"free_bytes": None}, {}, None),
        ({"home_bytes": 2 * GB}, {}, None),
        ({"home_bytes": 2 * GB - 1}, {"max_home_gb": 2}, None),
        ({"home_bytes": 2 * GB}, {"max_home_gb": 2}, "the data folder holds 2.0 GB and the limit is 2"),
    ],
)
def test_work_stops_at_a_limit_and_not_before(
    facts: dict[str, float], settings: dict[str, float], says: str | None
) -> None:
    why = may_work(NOON, replace(FREE, **facts), read_settings(**settings))
    assert (why is None) if says is None else (why is not None and why.startswith(says))


def test_a_day_is_utcs() -> None:
    here = datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert midnight(here) == datetime(2026, 11, 23, tzinfo=UTC)


def test_a_post_with_too_much_html_is_refused_whole() -> None:
    post = make_post("<p>" + "ä" * 600_000 + "</p>")
    assert check_post(post, read_settings(max_post_mb=2)) is post
    with pytest.raises(PostTooLarge, match=r"1\.2 MB of HTML and the limit is 1: raise NARRATE_MAX_POST_MB"):
        check_post(post, read_settings(max_post_mb=1))
    assert check_post(post, read_settings(max_post_mb=0)) is post


def test_a_posts_answers_count_as_the_post() -> None:
    answer = Comment(comment_id="a", author=Author(name="Bo"), karma=1, posted_at=None, html="x" * 700_000)
    post = replace(make_post("y" * 700_000), comments=(answer,))
    with pytest.raises(PostTooLarge):
        check_post(post, read_settings(max_post_mb=1))


def test_a_post_of_too_many_lines_is_refused_whole() -> None:
    script = write(make_post("<p>One sentence here.</p>" * 50))
    assert check_script(script, read_settings()) is script
    with pytest.raises(PostTooLarge, match="spoken lines and the limit is 20"):
        check_script(script, read_settings(max_post_lines=20))
