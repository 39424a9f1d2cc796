"""At a standing limit nothing is begun, one line says why, and work goes on by itself; progress is told in rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from narrate import standing
from narrate.audio.stage import Kept
from narrate.cli import run_command
from narrate.errors import StoreBusy
from narrate.home import open_home
from narrate.limits import Facts
from narrate.records import PostKey
from narrate.samples.forum import RunningForum
from narrate.settings import read_settings
from narrate.standing import Standing, folder_bytes
from narrate.store import Store, jobs, lineup, machine, open_store
from narrate.work.dispatcher import Dispatcher
from narrate.work.meter import Meter
from tests.forum_posts import IDS, a_post

KEY = PostKey("lesswrong", "abc")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Hands:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def store(any_url: str) -> Iterator[Store]:
    opened = open_store(any_url)
    yield opened
    opened.close()


def in_work(store: Store) -> list[tuple[str, str, int, int]]:
    with store.begin() as session:
        return [(str(w.key), w.stage or "", w.n_done, w.n_wanted) for w in machine.in_work(session)]


def busy(store: Store) -> int:
    with store.begin() as session:
        return machine.busy_ms(session)


def kept(n: int, of: int) -> Kept:
    return Kept(key=KEY, n_samples=1, rate_hz=1, was_cached=False, n_takes=n, n_takes_wanted=of)


def test_a_post_at_work_is_told_with_its_progress_and_the_time_it_took(store: Store) -> None:
    clock = Hands()
    meter = Meter(store, now=lambda: NOON, clock=clock)
    with store.begin() as session:
        jobs.submit(session, KEY, str(KEY), NOON)
        session.flush()
        jobs.claim(session, KEY)
        jobs.enter(session, KEY, "writing", NOON)
    meter.begin(KEY)
    assert in_work(store) == [("lesswrong:abc", "writing", 0, 0)]
    clock.at += 3
    meter.on_take(kept(1, 9))
    clock.at += 1
    meter.on_take(kept(2, 9))  # too soon to be written
    assert in_work(store) == [("lesswrong:abc", "writing", 1, 9)]
    meter.on_take(kept(9, 9))
    assert in_work(store) == [("lesswrong:abc", "writing", 9, 9)]
    clock.at += 2
    meter.end(KEY)
    with store.begin() as session:
        jobs.finish(session, KEY)
    assert in_work(store) == []
    assert busy(store) == 6000
    clock.at += 500  # nothing is in work: no time that costs
    meter.begin(KEY)
    assert busy(store) == 6000


def test_posts_at_work_together_share_their_time(store: Store) -> None:
    clock = Hands()
    meter = Meter(store, now=lambda: NOON, clock=clock)
    other = PostKey("lesswrong", "other")
    meter.begin(KEY)
    clock.at += 1
    meter.begin(other)
    clock.at += 1
    meter.end(KEY)
    clock.at += 1
    meter.end(other)
    assert busy(store) == 3000


def test_what_a_dead_worker_left_is_not_at_work(store: Store) -> None:
    Meter(store).begin(KEY)
    assert in_work(store) == []  # there is no job of its
    with store.begin() as session:
        machine.forget_work(session)


def test_progress_that_cant_be_written_stops_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any) -> None:
        raise StoreBusy("The database is locked. Try again.")

    monkeypatch.setattr(machine, "note_progress", locked)
    with capture_logs() as logs:
        Meter(store).begin(KEY)
    assert [line["event"] for line in logs] == ["progress isn't noted"]


def test_a_pause_is_told_once_and_ends_by_itself(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, free = Hands(), [10**9 - 1]
    facts = lambda *_: Facts(audio_s_today=0, free_bytes=free[0], home_bytes=None)  # noqa: E731
    monkeypatch.setattr(standing, "gather", facts)
    asked = Standing(read_settings(home=tmp_path), store, clock)
    with capture_logs() as logs:
        for _ in range(3):
            assert "NARRATE_MIN_FREE_GB" in (asked.why_paused(NOON) or "")
            clock.at += 6
        free[0] = 10**10
        assert asked.why_paused(NOON) is None
    told = [(line["log_level"], line["event"][:24]) for line in logs]
    assert told == [("warning", "paused: 1.0 GB are free "), ("info", "work goes on")]


def test_a_full_data_folder_pauses_work(store: Store, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "inside").mkdir(parents=True)
    (home / "inside" / "takes").write_bytes(b"x" * 3_000_000)
    (home / "again").hardlink_to(home / "inside" / "takes")
    assert 3_000_000 <= folder_bytes(home) < 3_200_000
    clock = Hands()
    asked = Standing(read_settings(home=home, max_home_gb=0.002), store, clock)
    assert "NARRATE_MAX_HOME_GB" in (asked.why_paused(NOON) or "")
    (home / "again").unlink()
    (home / "inside" / "takes").unlink()
    clock.at += 40
    assert asked.why_paused(NOON) is None


@pytest.mark.slow
@pytest.mark.usefixtures("one_day")
def test_beyond_the_days_hours_nothing_is_taken_until_midnight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forum: RunningForum
) -> None:
    for name, value in (("HOME", str(tmp_path)), ("LESSWRONG_URL", forum.url), ("VOICE", "tone")):
        monkeypatch.setenv(f"NARRATE_{name}", value)
    monkeypatch.setenv("NARRATE_FIND_MIN_WORDS", "0")
    monkeypatch.setenv("NARRATE_MAX_AUDIO_HOURS_A_DAY", "0.0001")
    for post_id in IDS[:2]:
        forum.data.add_post(a_post(post_id))
    assert run_command(["submit", IDS[0]]) == 0
    with open_home(read_settings()) as home:
        Dispatcher(home).run(once=True)  # what is at work when the limit is reached is finished
        assert run_command(["submit", IDS[1]]) == 0
        with capture_logs() as logs:
            Dispatcher(home).run(once=True)
        assert [line["event"] for line in logs if line["event"].startswith("paused: ")]
        with home.store.begin() as session:
            assert lineup.count(session, "done") == lineup.count(session, "waiting") == 1
            assert machine.audio_ms(session) == machine.audio_ms(session, live_only=True) > 0
            assert machine.busy_ms(session) > 0
            assert machine.audio_ms(session, datetime.now(UTC) + timedelta(days=1)) == 0
        open_again = read_settings(max_audio_hours_a_day=0)
    with open_home(open_again) as home:
        Dispatcher(home).run(once=True)
        with home.store.begin() as session:
            assert lineup.count(session, "done") == 2


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), [("MAX_POST_MB", "0.00001"), ("MAX_POST_LINES", "1")])
def test_a_post_beyond_its_limit_is_refused_and_the_next_goes_on(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><article><h1>T</h1><p>One. Two. Three.</p></article></body></html>")
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(f"NARRATE_{name}", value)
    assert run_command(["episode", str(page), "--voice", "tone", "--out", str(tmp_path / "site")]) == 1
    assert f"raise NARRATE_{name} to have it read" in capsys.readouterr().err
