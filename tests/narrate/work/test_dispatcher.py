"""What was asked for is narrated and published, once; what fails says why; one worker owns a data folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import pytest

from narrate.cli import run_command
from narrate.errors import StoreBusy
from narrate.home import Home, dead_scratch, open_home
from narrate.samples.forum import RunningForum
from narrate.settings import read_settings
from narrate.store import jobs, turns
from narrate.work.dispatcher import Dispatcher
from tests.forum_posts import IDS, a_post

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forum: RunningForum) -> Iterator[Home]:
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NARRATE_LESSWRONG_URL", forum.url)
    monkeypatch.setenv("NARRATE_VOICE", "tone")
    monkeypatch.setenv("NARRATE_FIND_MIN_WORDS", "0")
    monkeypatch.setenv("NARRATE_SLOTS", "1")
    for n, post_id in enumerate(IDS[:3]):
        forum.data.add_post(a_post(post_id, title=f"Post {n}", html=f"<p>This is post {n}.</p>"))
    with open_home(read_settings()) as opened:
        yield opened


def published(home: Home) -> list[str]:
    feed = home.settings.home / "site" / "feed.xml"
    return [entry.id for entry in feedparser.parse(feed.read_bytes()).entries] if feed.exists() else []


def states(home: Home) -> dict[str, str]:
    with home.store.begin() as session:
        return {str(job.key): job.state for job in jobs.list_jobs(session)}


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_what_is_asked_for_is_published_once(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["submit", IDS[0], f"https://www.lesswrong.com/posts/{IDS[1]}/x", IDS[0]]) == 0
    assert "asked for already" in capsys.readouterr().out
    Dispatcher(home).run(once=True)
    assert sorted(published(home)) == [f"lesswrong:{IDS[0]}", f"lesswrong:{IDS[1]}"]
    assert set(states(home).values()) == {"done"}
    Dispatcher(home).run(once=True)
    assert len(published(home)) == 2


def test_a_post_that_cant_be_had_fails_with_its_reason_and_the_next_goes_on(home: Home, forum: RunningForum) -> None:
    run_command(["submit", IDS[0], IDS[1]])
    forum.data.change(IDS[0], contents=None)
    Dispatcher(home).run(once=True)
    assert published(home) == [f"lesswrong:{IDS[1]}"]
    with home.store.begin() as session:
        (failed,) = jobs.list_jobs(session, "failed")
    assert failed.error
    assert str(failed.key) == f"lesswrong:{IDS[0]}"


def test_a_forum_that_is_away_is_asked_again_later(home: Home, forum: RunningForum) -> None:
    run_command(["submit", IDS[0]])
    forum.faults.always("challenge")
    Dispatcher(home).run(once=True)
    with home.store.begin() as session:
        (job,) = jobs.list_jobs(session, "waiting")
    assert job.error
    assert job.run_after > job.submitted_at


def test_a_machine_without_a_voice_fails_no_post(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    run_command(["submit", IDS[0], IDS[1]])
    monkeypatch.setattr("voices.engines.tone.Engine.missing", lambda voice: "the library is gone; install it")
    Dispatcher(home).run(once=True)
    with home.store.begin() as session:
        waiting = jobs.list_jobs(session, "waiting")
        assert turns.waiting_jobs(session) == 2
    assert {job.error for job in waiting} == {"the library is gone; install it"}
    assert all(job.run_after > job.submitted_at for job in waiting)


@pytest.mark.parametrize("arguments", [("--port", "70000"), ("--host", "no-such-host.invalid")])
def test_an_address_that_is_none_is_told_in_one_line(
    home: Home, arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["serve", *arguments]) == 2
    assert "Choose another" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_in_one_line(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run_command(["serve", "--port", str(taken.getsockname()[1])]) == 2
    error = capsys.readouterr().err
    assert "--port" in error
    assert error.count("\n") == 1


def test_a_second_worker_is_told_to_stay_away(home: Home) -> None:
    run_command(["submit", IDS[0]])
    first = subprocess.Popen([sys.executable, "-m", "narrate", "work"], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: bool(published(home)))  # by then it owns the folder
        with pytest.raises(StoreBusy, match="NARRATE_HOME"):
            Dispatcher(home).run(once=True)
    finally:
        first.send_signal(signal.SIGINT)
        assert first.wait(timeout=40) == 0


def test_a_worker_killed_in_the_middle_loses_and_repeats_nothing(home: Home) -> None:
    run_command(["submit", *IDS[:3]])
    worker = subprocess.Popen(
        [sys.executable, "-m", "narrate", "work", "--once"], stdout=subprocess.DEVNULL, start_new_session=True
    )
    wait_until(lambda: bool(published(home)))
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    scratch = home.settings.home / "scratch"
    wait_until(lambda: len([*dead_scratch(scratch)]) == len([*scratch.glob("*.lock")]))  # its children are gone, too
    Dispatcher(home).run(once=True)
    assert sorted(published(home)) == sorted(f"lesswrong:{post_id}" for post_id in IDS[:3])
    assert not list(scratch.iterdir())
