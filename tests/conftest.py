"""What every test shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import pytest

import feeds
from narrate.samples import posts_folder
from narrate.samples.forum import ForumData, RunningForum, running_forum


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own environment says about narrate is nobody's business in a test."""
    for name in [name for name in os.environ if name.startswith("NARRATE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def covers_are_drawn_once() -> Iterator[None]:
    """The same cover isn't drawn again for every test: drawing is pure, and takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("draw_cover", "draw_show_cover"):
            patch.setattr(feeds, name, cache(getattr(feeds, name)))
        yield


@pytest.fixture(scope="session")
def forum_server() -> Iterator[RunningForum]:
    """One fake forum for all tests of this process; use `forum`."""
    with running_forum(control=True) as running:
        yield running


@pytest.fixture
def forum(forum_server: RunningForum) -> RunningForum:
    """A fake ForumMagnum on loopback with the sample posts, no faults, nothing seen; `reset` gives it other posts."""
    forum_server.reset(ForumData.from_folder(posts_folder()))
    return forum_server
