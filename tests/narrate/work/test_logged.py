"""Every line of a stage tells post, attempt and stage, whoever logs it: us, a library, a child process."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from narrate import limits, logs
from narrate.cli import run_command
from narrate.errors import PostEmpty
from narrate.records import Post
from narrate.samples.forum import RunningForum
from narrate.settings import Settings
from narrate.work.workshop import Workshop
from tests.forum_posts import IDS, a_post

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("logs_of_a_test")]


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged since the last look, by us and by our children."""
    return [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]


def speak_up(secret: str) -> None:
    structlog.get_logger().info("ours", token=secret)
    logging.getLogger("a.library").warning("open /feeds/private/%s", secret)


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    made = Workshop(1)
    yield made
    made.close()


def test_a_child_logs_as_its_parent_does_about_the_same(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    logs.start("info", "json")
    for post in ("lesswrong:a", "lesswrong:b"):
        with structlog.contextvars.bound_contextvars(key=post, stage="encoding"):
            workshop.run(60, speak_up, "s3cr3t")
    workshop.run(60, speak_up, "s3cr3t")
    said = lines(capfd)
    assert [line["event"] for line in said] == ["ours", "open /feeds/private/…"] * 3
    assert [line.get("key") for line in said] == [*["lesswrong:a"] * 2, *["lesswrong:b"] * 2, None, None]
    assert {line.get("stage") for line in said} == {"encoding", None}
    assert "s3cr3t" not in str(said)


def test_every_line_of_a_post_names_it(
    tmp_path: Path, forum: RunningForum, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "HOME": str(tmp_path), "LESSWRONG_URL": forum.url, "VOICE": "tone", "SLOTS": "1", "FIND_EVERY_HOURS": "0",
        "LOG_STYLE": "json", "FIND_MIN_WORDS": "0",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"NARRATE_{name}", value)
    for post_id in IDS[:2]:
        forum.data.add_post(a_post(post_id, html="<p>Something to say.</p>"))
    good, bad = (f"lesswrong:{post_id}" for post_id in IDS[:2])
    check = limits.check_post

    def chatty(post: Post, settings: Settings) -> None:  # as a library is, deep in a stage
        logging.getLogger("a.library").warning("odd markup")
        check(post, settings)
        if str(post.key) == bad:
            raise PostEmpty("there is nothing to narrate")

    monkeypatch.setattr(limits, "check_post", chatty)
    assert run_command(["submit", *IDS[:2]]) == 0
    capfd.readouterr()
    run_command(["work", "--once"])
    told = [line for line in lines(capfd) if line["event"] in ("narrating", "odd markup", "published", "failed")]
    assert {(line["event"], line["key"], line["attempt"], line["stage"]) for line in told} == {
        ("narrating", good, 1, "writing"),
        ("narrating", bad, 1, "writing"),
        ("odd markup", good, 1, "writing"),
        ("odd markup", bad, 1, "writing"),
        ("failed", bad, 1, "writing"),
        ("published", good, 1, "publishing"),
    }
