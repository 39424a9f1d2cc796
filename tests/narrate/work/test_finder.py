"""The look at the forums that comes by itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from narrate.finding import last_found_at
from narrate.home import Home, open_home
from narrate.samples.forum import RunningForum
from narrate.settings import Settings
from narrate.work import finder
from narrate.work.finder import Finder


def look_for(home: Home, seconds: float) -> bool:
    """Run a finder for so long, or until it has looked."""
    found = Finder(home)
    found.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until and last_found_at(home.store) is None:
        time.sleep(0.01)
    found.stop()
    return last_found_at(home.store) is not None


@pytest.fixture(autouse=True)
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "_LOOK_AT_CLOCK_S", 0.01)


def settings(forum: RunningForum, home: Path, every_hours: float) -> Settings:
    return Settings(home=home, lesswrong_url=forum.url, find_every_hours=every_hours, find_first_year=2026)


def test_the_forums_are_looked_through_when_that_is_due_and_not_before(forum: RunningForum, tmp_path: Path) -> None:
    with open_home(settings(forum, tmp_path, every_hours=1)) as home:
        assert look_for(home, 20)
        first, n_asked = last_found_at(home.store), len(forum.seen)
        again = Finder(home)
        again.start()
        time.sleep(0.2)
        again.stop()
        assert (last_found_at(home.store), len(forum.seen)) == (first, n_asked)


def test_nobody_looks_when_the_setting_says_so(forum: RunningForum, tmp_path: Path) -> None:
    with open_home(settings(forum, tmp_path, every_hours=0)) as home:
        assert not look_for(home, 0.2)
    assert forum.seen == []
