"""The short form of `make chaos`: a few posts, ten kills, a broken forum and mail server, a full disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.world import finish, rampage, world

pytestmark = pytest.mark.slow


def test_whatever_is_killed_nothing_is_lost_doubled_or_spoken_again(tmp_path: Path) -> None:
    with world(tmp_path, n_posts=4, n_paragraphs=6, line_s=0.02) as run:
        rampage(run, 10, pause_s=0.4, n_troubles=1, n_full_disks=1)
        finish(run, 300)
        assert run.worker.stop() == 0
        assert run.wrong() == [], run.done_to
        assert run.reader.n_read
        assert run.reader.n_heads
        assert run.said()
        assert not list((run.home.settings.home / "scratch").iterdir())
