"""What nothing names goes once its time of grace is over; nothing that a feed or a live episode names ever does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from sqlalchemy import select

from narrate.audio.takes import Takes
from narrate.binding import put_on_site
from narrate.cleaning import clean
from narrate.errors import FileMissing
from narrate.home import Home, open_home
from narrate.pipeline import Narrated, NotNarrated
from narrate.settings import read_settings
from narrate.store import upkeep
from narrate.store.books import find_shelf
from narrate.store.sites import MAIN
from narrate.store.tables import EpisodeRow, TakeRow
from narrate.store.takes import count_takes
from narrate.work.caretaker import Caretaker
from narrate.work.verdicts import judge
from tests.chaos.reader import Reader

pytestmark = pytest.mark.slow

LATER = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(read_settings(home=tmp_path / "home", voice="tone", slots=1)) as opened:
        narrate(opened, tmp_path, "The first text.", "It is shared.")
        narrate(opened, tmp_path, "Another text.", "It is shared.")  # a correction: the first version is replaced
        yield opened


def write(folder: Path, *paragraphs: str) -> str:
    post = folder / "post.json"
    html = "".join(f"<p>{text}</p>" for text in paragraphs)
    post.write_text(json.dumps({"_id": "post1", "title": "A post", "contents": {"html": html}}))
    return str(post)


def narrate(home: Home, folder: Path, *paragraphs: str) -> Narrated:
    (made,) = home.narrate([write(folder, *paragraphs)])
    assert isinstance(made, Narrated)
    home.publish(MAIN, [made.post.key])
    return made


def counts(home: Home, now: datetime, *, dry_run: bool = False) -> dict[str, int]:
    return {each.what: each.n_files for each in clean(home, now, dry_run=dry_run)}


def files(home: Home) -> set[str]:
    return {entry["path"] for folder in ("takes", "recordings") for batch in obstore.list(home.files, folder)
            for entry in batch}  # fmt: skip


def test_what_a_correction_replaced_goes_after_its_time_and_what_lives_stays(home: Home) -> None:
    before = files(home)
    assert sum(counts(home, datetime.now(UTC)).values()) == 0  # its time isn't over
    told = counts(home, LATER, dry_run=True)
    assert files(home) == before
    assert counts(home, LATER) == told
    assert told["takes"] == 1  # only the first version said it
    assert told["recordings"]
    assert told["media"]
    gone = before - files(home)
    assert len(gone) == told["takes"] + told["recordings"]
    with home.store.begin() as session:
        assert count_takes(session) == len([path for path in files(home) if path.startswith("takes/")])
    reader = Reader(home.settings.home / "site", "http://127.0.0.1:8000")
    reader._look_at_disk()
    assert (reader.wrong, list(reader.dates)) == ([], ["lesswrong:post1"])
    assert sum(counts(home, LATER).values()) == 0
    home.publish(MAIN, everything=True)  # every file that it wants is there


FIRST = ("The first text.", "It is shared.")


def age(home: Home) -> None:
    """Everything there is, is a month older."""
    then = datetime.now(UTC) - timedelta(days=30)
    for path in files(home):
        os.utime(home.settings.home / path, (then.timestamp(), then.timestamp()))
    with home.store.begin() as session:
        for row in (*session.scalars(select(EpisodeRow)), *session.scalars(select(TakeRow))):
            if isinstance(row, EpisodeRow):
                row.made_at -= timedelta(days=30)
            else:
                row.needed_at = then


def missing(home: Home) -> list[str]:
    """Files and takes of the live episode that aren't there."""
    with home.store.begin() as session:
        paths = {*upkeep.named_files(session), *(Takes(home.files).path(key) for key in upkeep.live_takes(session))}
    return sorted(paths - files(home))


def test_an_episode_whose_files_were_cleared_before_its_row_came_is_made_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(home)
    with monkeypatch.context() as patch:  # the first step of keeping
        patch.setattr("narrate.home.check_item", lambda episode: clean(home, datetime.now(UTC)))
        (told,) = home.narrate([write(tmp_path, *FIRST)])
    assert isinstance(told, NotNarrated)
    assert isinstance(told.error, FileMissing)
    assert judge(told.error, attempts=1, losses=0, first_pause=timedelta(1), own_voice=False).retry_after
    narrate(home, tmp_path, *FIRST)
    assert missing(home) == []


@pytest.mark.parametrize("folder", ["recordings", "takes"])
def test_what_is_needed_again_while_it_is_cleared_stays(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    looked, listing = [], obstore.list

    def after_looking(store: Any, prefix: str, **options: Any) -> Any:
        if prefix == folder and not looked:
            looked.append(narrate(home, tmp_path, *FIRST))  # the first version is the live one again
        return listing(store, prefix, **options)

    age(home)
    monkeypatch.setattr(obstore, "list", after_looking)
    clean(home, datetime.now(UTC))
    assert looked
    assert missing(home) == []


def test_a_book_stays_and_the_edition_before_it_goes(home: Home, tmp_path: Path) -> None:
    with home.store.begin() as session:
        shelf = find_shelf(session, "a post")
    for content in (b"the first edition", b"the second"):
        (tmp_path / "book.m4b").write_bytes(content)
        book = put_on_site(home, shelf, "A book", tmp_path / "book.m4b", 1000)
    assert len([path for path in files(home) if path.startswith("recordings/books/")]) == 2
    clean(home, LATER)
    assert [path for path in files(home) if path.startswith("recordings/books/")] == [book.file.path]


def test_takes_of_a_post_at_work_are_younger_than_the_time_of_grace(home: Home) -> None:
    takes = Takes(home.files)
    obstore.put(home.files, takes.path("ab" * 32), b"RIFF")
    assert counts(home, datetime.now(UTC))["takes"] == 0
    assert counts(home, LATER, dry_run=True)["takes"] == 2


def test_what_killed_writers_left_goes_and_what_the_living_write_stays(home: Home) -> None:
    folder = home.settings.home / "takes" / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "half.wav#1").write_bytes(b"half")
    (folder / "new.wav#2").write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(folder / "half.wav#1", (long_ago, long_ago))
    code = (
        "import pathlib, sys, time\nfrom narrate.home import _scratch\n"
        "with _scratch(pathlib.Path(sys.argv[1])) as own:\n"
        "    (own / 'x').write_bytes(b'123')\n    print(own, flush=True)\n    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(home.settings.home / "scratch")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as dead:
        assert dead.stdout is not None
        dead.stdout.readline()
        dead.kill()
    with home.scratch() as own:
        (own / "mine").write_bytes(b"12345")
        assert (
            counts(home, datetime.now(UTC), dry_run=True)["scratch files"] == 0
        )  # opening ours dropped the dead one's
    assert counts(home, datetime.now(UTC))["half-written files"] == 1
    assert [path.name for path in folder.glob("*#*")] == ["new.wav#2"]


def test_the_caretaker_cleans_once_a_day(home: Home) -> None:
    now = LATER
    caretaker = Caretaker(home, now=lambda: now)
    assert caretaker.clean_daily() == 0  # not before the first day is over
    now += timedelta(hours=23)
    assert caretaker.clean_daily() == 0
    now += timedelta(hours=2)
    assert caretaker.clean_daily() > 0
    assert caretaker.clean_daily() == 0
    caretaker.close()
