"""Old episodes get another voice: counted first, spoken when nothing else waits, the same to every app."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import feedparser
import pytest

from narrate.cli import run_command
from narrate.home import open_home
from narrate.records import Episode
from narrate.samples import sample_files
from narrate.samples.forum import RunningForum
from narrate.settings import read_settings
from narrate.store.episodes import episodes_of, select_episodes
from narrate.store.jobs import list_jobs
from narrate.store.sites import MAIN
from narrate.work.dispatcher import Dispatcher

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("revoice")]  # narrated once, in one process

SHORT = [
    str(path) for path in sample_files() if "libraries" in path.name or "library" in path.name or "tea" in path.name
]


@pytest.fixture(scope="module")
def narrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two episodes that a hum reads."""
    folder = tmp_path_factory.mktemp("narrated") / "home"
    with open_home(read_settings(home=folder, slots=2)) as opened:
        outcomes = list(opened.narrate(SHORT, "tone"))
        opened.publish(MAIN, [outcome.post.key for outcome in outcomes])  # type: ignore[union-attr]
    return folder


@pytest.fixture
def home(narrated: Path, tmp_path: Path, forum: RunningForum, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, for one test alone."""
    folder = shutil.copytree(narrated, tmp_path / "home")
    for name, value in {"HOME": str(folder), "SLOTS": "2", "LESSWRONG_URL": forum.url}.items():
        monkeypatch.setenv(f"NARRATE_{name}", value)
    return folder


def episodes() -> list[Episode]:
    """Every live episode, by key."""
    with open_home(read_settings()) as opened, opened.store.begin() as session:
        return sorted(episodes_of(session.execute(select_episodes())), key=lambda episode: episode.key)


def test_a_dry_run_counts_and_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["revoice", "all", "--voice", "flite-kal16", "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["episodes"], said["already"], said["asked"]) == (2, 0, 0)
    assert said["audio_hours"] > 0
    with open_home(read_settings()) as opened, opened.store.begin() as session:
        assert list_jobs(session, "waiting") == []


def test_old_episodes_are_spoken_anew_and_stay_what_they_are(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = episodes()
    feed_before = feedparser.parse((home / "site" / "feed.xml").read_bytes())
    assert run_command(["revoice", "all", "--voice", "flite-kal16", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["asked"] == 2
    with open_home(read_settings()) as opened:
        Dispatcher(opened).run(once=True)
    after = episodes()
    assert {episode.voice_id for episode in after} == {"flite-kal16"}
    for old, new in zip(before, after, strict=True):
        assert (old.key, old.posted_at, old.ready_at, old.released_at) == (
            new.key, new.posted_at, new.ready_at, new.released_at,
        )  # fmt: skip
        assert old.audio.path != new.audio.path
    feed_after = feedparser.parse((home / "site" / "feed.xml").read_bytes())
    told = [[(entry.id, entry.published) for entry in feed.entries] for feed in (feed_before, feed_after)]
    assert told[0] == told[1]
    capsys.readouterr()
    assert run_command(["revoice", "all", "--voice", "flite-kal16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["already"] == 2  # nothing to ask for


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["author:nobody"], "No episode is meant"),
        (["all", "--voice", "flute"], "did you mean"),
        (["all", "--voice", "flite-kal16"], "Say --yes"),
    ],
)
def test_what_cannot_be_done_says_why(
    home: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["revoice", *arguments]) == 2
    assert said in capsys.readouterr().err
