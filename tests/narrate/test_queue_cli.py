"""fetch, queue, submit, vote and work from a shell, against a forum on loopback."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from narrate.cli import run_command
from narrate.samples.forum import ForumData, RunningForum
from narrate.store import open_store
from narrate.store.withdrawals import withdraw, withdrawn_files
from tests.forum_posts import IDS, POST_ID, a_post

KEY = f"lesswrong:{POST_ID}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forum: RunningForum) -> Path:
    forum.reset(ForumData.from_posts([post(i, n) for n, i in enumerate(IDS[:3])]))
    for name, value in {
        "NARRATE_HOME": str(tmp_path / "home"),
        "NARRATE_LESSWRONG_URL": forum.url,
        "NARRATE_VOICE": "tone",
        "NARRATE_SLOTS": "1",
        "NARRATE_FIND_FIRST_YEAR": "2024",
        "NARRATE_RELEASE_RECENT_PER_DAY": "0",
        "NARRATE_RELEASE_CLASSICS_PER_DAY": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def post(post_id: str, n: int, **fields: Any) -> dict[str, Any]:
    contents = {"html": f"<p>This is what post {n} says.</p>", "wordCount": 900 + n}
    return a_post(post_id, title=f"A post, number {n}", slug=f"post-{n}", baseScore=50 - n, contents=contents, **fields)


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run_command(list(arguments)) == code
    out, err = capsys.readouterr()
    return out + err


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told(capsys, "queue", "--json", *arguments).splitlines()]


def test_fetch_fills_the_queue_and_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(told(capsys, "fetch", "--json")) == {
        "forum": "lesswrong", "seen": 3, "found": 3, "gone": 0, "error": None,
    }  # fmt: skip
    first = listed(capsys)
    assert [(e["key"], e["position"], e["lane"]) for e in first] == [
        (f"lesswrong:{i}", n, "classic") for n, i in enumerate(IDS[:3], 1)
    ]
    assert first[0]["why"] == ["number 1 of 2024 by karma"]
    assert "3 posts seen, 3 of them found" in told(capsys, "fetch")
    assert listed(capsys) == first
    assert "number 1 of 2024" in told(capsys, "queue")
    assert told(capsys, "queue", "--lane", "recent").strip() == "recent (waiting): nothing"


def test_fetch_says_when_a_forum_breaks_off(capsys: pytest.CaptureFixture[str], forum: RunningForum) -> None:
    forum.faults.always("challenge")
    assert "bot check" in told(capsys, "fetch", code=1)


def test_submitting_says_what_became_of_it(capsys: pytest.CaptureFixture[str], forum: RunningForum) -> None:
    forum.data.add_post(post(IDS[5], 5, podcastEpisodeId="x"))
    assert told(capsys, "submit", POST_ID) == f"{KEY}: queued, number 1 of classic posts\n"
    assert "asked for already" in told(capsys, "submit", f"https://www.greaterwrong.com/posts/{POST_ID}")
    refused = told(capsys, "submit", IDS[5], IDS[1], code=1)
    assert "a person has read it aloud already. Hear it at https://" in refused
    assert f"lesswrong:{IDS[1]}: queued" in refused
    assert [e["key"] for e in listed(capsys, "--state", "refused")] == [f"lesswrong:{IDS[5]}"]


def test_votes_from_a_shell(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "submit", *IDS[:3])
    assert "3 votes; 91 points left" in told(capsys, "vote", f"lesswrong:{IDS[2]}", "3")
    assert listed(capsys)[0]["key"] == f"lesswrong:{IDS[2]}"
    assert "0 votes; 100 points left" in told(capsys, "vote", f"lesswrong:{IDS[2]}", "0")
    assert "isn't in the queue" in told(capsys, "vote", "lesswrong:nothing", code=1)
    assert "not a post key" in told(capsys, "vote", "nonsense", code=2)
    assert "No member has the address" in told(capsys, "vote", KEY, "1", "--as", "ada@example.org", code=2)
    assert told(capsys, "vote", KEY, "11", code=2)
    assert told(capsys, "queue", "--lane", "sideways", code=2)


@pytest.mark.slow
@pytest.mark.usefixtures("one_day")
def test_work_takes_the_top_of_the_queue_and_releases_what_has_a_place(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    told(capsys, "fetch")
    told(capsys, "submit", IDS[2])
    told(capsys, "work", "--once")
    feed = feedparser.parse((home / "site" / "feed.xml").read_bytes())
    # the operator's post is never held back; of the finds one has today's place, and the other is on its page alone
    # (they are narrated side by side: whichever is finished first)
    finds = {f"lesswrong:{IDS[0]}", f"lesswrong:{IDS[1]}"}
    shown = {entry.id for entry in feed.entries}
    assert f"lesswrong:{IDS[2]}" in shown
    assert len(shown & finds) == 1
    assert len(shown) == 2
    assert len(list((home / "site" / "episodes").glob("*.html"))) == 3
    assert listed(capsys) == []
    assert len(listed(capsys, "--state", "done")) == 3
    assert "narrated already" in told(capsys, "submit", POST_ID)
    (released,) = shown & finds
    (unplaced,) = finds - shown
    assert "taken for narrating" in told(capsys, "vote", released, "2", code=1)
    assert "2 votes" in told(capsys, "vote", unplaced, "2")  # votes bring its release forward


@pytest.mark.slow
def test_what_is_withdrawn_leaves_feed_pages_media_and_storage_and_doesnt_come_back(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    told(capsys, "submit", *IDS[:2])
    told(capsys, "work", "--once")
    assert files_of(home, IDS[0])
    kept = files_of(home, IDS[1])
    store = open_store(f"sqlite:///{home / 'narrate.db'}")
    with store.begin() as session:
        withdraw(session, KEY, "its author asked", datetime.now(UTC))
    told(capsys, "work", "--once")
    assert files_of(home, IDS[0]) == set()
    assert files_of(home, IDS[1]) == kept
    feed = (home / "site" / "feed.xml").read_text()
    assert (IDS[0] in feed, IDS[1] in feed) == (False, True)
    with store.begin() as session:
        assert withdrawn_files(session) == {}
    store.close()
    assert "withdrawn for good: its author asked" in told(capsys, "submit", POST_ID, code=1)
    assert "withdrawn for good: its author asked" in told(capsys, "episode", POST_ID, "--voice", "tone", code=1)


def files_of(home: Path, post_id: str) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob(f"*{post_id}*/*") if path.is_file()} | {
        str(path.relative_to(home)) for path in home.rglob(f"*{post_id}*") if path.is_file()
    }
