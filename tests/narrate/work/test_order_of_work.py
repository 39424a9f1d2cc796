"""Votes decide what is spoken next, at any moment; operators pause, cancel and prefer; one works and another waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from narrate.audio.packs import Outcome, Pack
from narrate.cli import run_command
from narrate.errors import StoreBusy
from narrate.home import Home, open_home
from narrate.records import PostKey
from narrate.samples.forum import ForumData, RunningForum
from narrate.script.numerals import cardinal
from narrate.settings import read_settings
from narrate.store import candidates, jobs, lineup, open_store, votes
from narrate.work.dispatcher import Dispatcher
from narrate.work.ownership import ownership
from tests.candidates import a_candidate
from tests.forum_posts import a_post
from tests.narrate.audio.conftest import HereRunner
from tests.narrate.work.test_dispatcher import published, wait_until

pytestmark = pytest.mark.slow

N_POSTS = 3
N_LINES = 12


def post_id(n: int) -> str:
    return f"tryPost{'ABCDEFGHJKMNPQRST'[n]}23456789x"


def key(n: int) -> PostKey:
    return PostKey("lesswrong", post_id(n))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forum: RunningForum) -> Iterator[Home]:
    """A data folder whose queue holds N_POSTS posts that nobody voted for."""
    for name, value in {
        "HOME": str(tmp_path / "home"), "LESSWRONG_URL": forum.url, "VOICE": "tone", "SLOTS": "1",
        "FIND_MIN_WORDS": "0", "FIND_EVERY_HOURS": "0",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"NARRATE_{name}", value)
    posts = [
        a_post(post_id(n), title=f"Post {n}", contents={
            "html": "".join(f"<p>Line {line} of post {n}, and of no other.</p>" for line in range(N_LINES)),
            "wordCount": 1600, "version": "1"})
        for n in range(N_POSTS + 1)
    ]  # fmt: skip
    forum.reset(ForumData.from_posts(posts))
    with open_home(read_settings()) as opened:
        assert run_command(["submit", *[post_id(n) for n in range(N_POSTS)]]) == 0
        yield opened


class HeldRunner(HereRunner):
    """Speaks a pack only when `may_speak` lets it; `texts` tells the order."""

    def __init__(self) -> None:
        self.may_speak = threading.Semaphore(0)

        def fault(pack: Pack, n_times: int) -> Outcome | None:
            assert self.may_speak.acquire(timeout=60)
            return None

        super().__init__(1, fault)


@contextmanager
def dispatching(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldRunner]:
    """A dispatcher at work over a runner that waits to be let on."""
    runner = HeldRunner()
    monkeypatch.setattr("narrate.home._open_runner", lambda settings: runner)
    dispatcher = Dispatcher(home)
    thread = threading.Thread(target=dispatcher.run)
    thread.start()
    try:
        yield runner
    finally:
        for _ in range(1000):
            runner.may_speak.release()
        dispatcher.stop()
        thread.join(60)
        assert not thread.is_alive()


def stage_of(home: Home, post: PostKey) -> str | None:
    with home.store.begin() as session:
        job = jobs.find(session, post)
    return job.stage if job and job.state == "working" else job.state if job else None


def test_a_post_that_is_voted_to_the_top_is_spoken_next_within_one_pack(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    vote_one_to_the_top(home, monkeypatch)


def test_it_overtakes_five_hundred_posts_of_the_archive(
    home: Home, monkeypatch: pytest.MonkeyPatch, forum: RunningForum
) -> None:
    archive = [f"archive{n:03}2345678" for n in range(500)]
    for old in archive:
        forum.data.add_post(a_post(old, title=old, html=f"<p>This is {old} alone.</p>" * 3))
    now = datetime.now(UTC)
    with home.store.begin() as session:
        for old in archive:
            candidates.note_archived(session, a_candidate(key=PostKey("lesswrong", old), title=old), now, home.settings)
    vote_one_to_the_top(home, monkeypatch)
    with home.store.begin() as session:
        assert lineup.count(session) > 400


def vote_one_to_the_top(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    voted = key(N_POSTS)
    with dispatching(home, monkeypatch) as runner:
        wait_until(lambda: len(runner.packs) == 1)
        assert run_command(["submit", post_id(N_POSTS)]) == 0
        with home.store.begin() as session:
            for voter in range(5):
                votes.cast(session, f"voter{voter}", voted, 10, datetime.now(UTC))
        wait_until(lambda: stage_of(home, voted) == "speaking")
        threading.Event().wait(1.5)  # the dispatcher looks at the queue at least once a second
        n_out = len(runner.packs)
        runner.may_speak.release()
        wait_until(lambda: len(runner.packs) > n_out)
        line = f"of post {cardinal(N_POSTS)}, and"
        assert any(line in each.text for each in runner.packs[n_out].lines)
        while any(line in each.text for each in runner.packs[-1].lines):  # and no pack of others is spoken, too
            n_out = len(runner.packs)
            runner.may_speak.release()
            wait_until(lambda before=n_out: len(runner.packs) > before)
        wait_until(lambda: str(voted) in published(home))
        assert published(home) == [str(voted)]


def test_a_pause_lets_nothing_be_taken_and_ends_with_resume(home: Home) -> None:
    assert run_command(["queue", "pause", "--reason", "a new disk"]) == 0
    Dispatcher(home).run(once=True)
    assert published(home) == []
    with home.store.begin() as session:
        assert lineup.count(session) == N_POSTS
    assert run_command(["queue", "resume"]) == 0
    Dispatcher(home).run(once=True)
    assert len(published(home)) == N_POSTS


def test_a_job_that_is_cancelled_at_work_comes_to_nothing_and_the_others_go_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dispatching(home, monkeypatch) as runner:
        wait_until(lambda: stage_of(home, key(0)) == "speaking")
        assert run_command(["queue", "cancel", str(key(0)), "--reason", "still edited"]) == 0
        wait_until(lambda: stage_of(home, key(0)) == "failed")
        for _ in range(1000):
            runner.may_speak.release()
        wait_until(lambda: len(published(home)) == N_POSTS - 1)
    assert str(key(0)) not in published(home)
    with home.store.begin() as session:
        entry = lineup.find(session, key(0))
        assert entry is not None
        assert (entry.state, entry.reason) == ("held", "still edited")
        lineup.retry(session, key(0), "operator", "it is done", datetime.now(UTC))


def test_a_graceful_stop_puts_back_what_isnt_spoken_and_the_next_start_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dispatching(home, monkeypatch):
        wait_until(lambda: stage_of(home, key(0)) == "speaking")
    with home.store.begin() as session:
        assert jobs.list_jobs(session, "working") == []
        assert {job.attempts for job in jobs.list_jobs(session, "waiting")} <= {0}


def test_a_second_worker_waits_and_takes_over_when_the_first_is_killed(home: Home, tmp_path: Path) -> None:
    said_in = tmp_path / "said.txt"

    def work() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "narrate", "work"], stdout=subprocess.DEVNULL, stderr=said)

    with said_in.open("wb") as said:
        first = work()
        wait_until(lambda: stage_of(home, key(0)) in get_args(jobs.Stage))
        second = work()
    try:
        wait_until(lambda: "waiting: another narrate" in said_in.read_text())
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        wait_until(lambda: len(published(home)) == N_POSTS)
    finally:
        second.terminate()
        assert second.wait(60) == 0


def test_one_owner_at_a_time_on_either_kind_of_database(tmp_path: Path, any_url: str) -> None:
    never = threading.Event()
    settings = read_settings(home=tmp_path / "home", database_url=any_url, voice="tone")
    with open_home(settings) as one, open_home(settings) as other:
        with ownership(one, never, wait=False) as check:
            check()
            with pytest.raises(StoreBusy, match="Another narrate"), ownership(other, never, wait=False):
                pass
        with ownership(other, never, wait=False):
            pass


def test_a_database_lets_go_of_an_owner_that_is_killed(tmp_path: Path, postgres_url: str) -> None:
    code = (
        "import sys, time\nfrom narrate.store import open_store\n"
        "held = open_store(sys.argv[1]).try_to_own()\nprint(held is not None, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, postgres_url], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline().strip() == "True"
        with closing(open_store(postgres_url)) as store:
            assert store.try_to_own() is None
            owner.kill()
            wait_until(lambda: (held := store.try_to_own()) is not None and store.let_go(held) is None)
