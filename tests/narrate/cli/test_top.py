"""`narrate top` looks and changes nothing: once for pipes, live on a terminal, over both databases."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from narrate.cli import run_command
from narrate.errors import StorageError
from narrate.store import Store, jobs, lineup, machine, open_store, open_to_read, switches
from narrate.store.audit import OPERATOR
from narrate.store.db import migrate
from tests.candidates import a_candidate
from tests.narrate.test_finding import SETTINGS
from tests.queue_rows import library

NOW = datetime.now(UTC)


@pytest.fixture
def store(any_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A service in the middle of its work."""
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NARRATE_DATABASE_URL", any_url)
    opened = open_store(any_url)
    library(opened, NOW, n_waiting=4, n_archived=6, n_done=5, minutes=30, every=timedelta(minutes=1))
    with opened.begin() as session:
        post = a_candidate(1, title="On [brackets] and more")
        lineup.submit(session, post, OPERATOR, NOW, SETTINGS)
        lineup.take(session, post.key, NOW)
        jobs.submit(session, post.key, str(post.key), NOW)
        session.flush()
        jobs.claim(session, post.key)
        jobs.enter(session, post.key, "speaking", NOW)
        machine.note_progress(session, post.key, 3, 8, NOW)
    yield opened
    opened.close()


def test_once_it_tells_everything_and_ends(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with store.begin() as session:
        switches.turn_on(session, switches.PAUSED, "the disk is changed", OPERATOR, NOW)
    assert run_command(["top", "--once"]) == 0
    told = capsys.readouterr().out
    for part in ("On [brackets] and more", "speaking", "3/8", "recent", "classic", "2.5 h", "an operator paused it",
                 "GB free"):  # fmt: skip
        assert part in told, part


def test_for_programs_it_is_one_object(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["top", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["episodes"], told["audio_hours"], told["in_work"][0]["lines"]) == (5, 2.5, 8)


def test_it_can_change_nothing(store: Store, any_url: str) -> None:
    looking = open_to_read(any_url)
    with pytest.raises((SQLAlchemyError, StorageError)), looking.begin() as session:
        session.execute(text("DELETE FROM jobs"))
    looking.close()


def test_where_there_is_nothing_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "none"))
    assert run_command(["top"]) == 1
    assert "no database yet" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_database_of_another_version_is_told(any_url: str) -> None:
    engine = create_engine(any_url.replace("postgresql://", "postgresql+pg8000://"))
    migrate(engine, "0003")
    engine.dispose()
    with pytest.raises(StorageError, match="at revision 0003"):
        open_to_read(any_url)


@pytest.mark.slow
def test_on_a_terminal_it_is_live_and_ends_with_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path))
    store = open_store(f"sqlite:///{tmp_path / 'narrate.db'}")
    library(store, NOW, n_waiting=4)
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    running = subprocess.Popen(
        [sys.executable, "-m", "narrate", "top", "--every", "0.2"], stdin=theirs, stdout=theirs, stderr=theirs, env=env,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # whoever runs the tests may ignore it
    )  # fmt: skip
    os.close(theirs)
    try:
        assert "4" in read_until(ours, b"recent")
        library(store, NOW, n_archived=4)
        read_until(ours, b"and 2 of the archive")
        running.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 40
        while running.poll() is None:  # a terminal that nobody reads holds its writer up
            assert time.monotonic() < deadline
            if select.select([ours], [], [], 0.2)[0]:
                with suppress(OSError):  # the other end is closed
                    os.read(ours, 65_536)
        assert running.returncode == 130
    finally:
        running.kill()
        running.wait()
        os.close(ours)
        store.close()


def read_until(terminal: int, wanted: bytes) -> str:
    """What the terminal shows, until it has shown this."""
    seen, deadline = b"", time.monotonic() + 40
    while wanted not in seen:
        assert time.monotonic() < deadline, seen[-2000:]
        if select.select([terminal], [], [], 0.5)[0]:
            seen += os.read(terminal, 65_536)
    return seen.decode(errors="replace")
