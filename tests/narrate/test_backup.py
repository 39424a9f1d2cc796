"""A data folder saved while it is in use comes back whole, into the other kind of database too."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from narrate.backup import back_up, missing_files, restore
from narrate.errors import NarrateError, StorageError, StoreBusy, UnreadableFile
from narrate.home import Home, open_home
from narrate.pipeline import Narrated
from narrate.records import PostKey
from narrate.seals import open_seals
from narrate.settings import Settings, read_settings
from narrate.store import jobs, members, open_store, passkeys, switches
from narrate.store.audit import list_notes, note
from narrate.store.passkeys import Passkey
from narrate.store.sites import MAIN
from narrate.store.transfer import lines_of, one_moment, table_names
from narrate.work.caretaker import Caretaker
from narrate.work.ownership import ownership

pytestmark = pytest.mark.slow

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A data folder with an episode on its site, a member, votes, a job, and what else has odd types."""
    folder = tmp_path_factory.mktemp("full")
    post = folder / "post.json"
    post.write_text(json.dumps({"_id": "post1", "title": "A “post”", "contents": {"html": "<p>Words.</p>"}}))
    settings = read_settings(home=folder / "home", voice="tone", slots=1, find_min_words=0)
    with open_home(settings) as home:
        (made,) = home.narrate([str(post)])
        assert isinstance(made, Narrated)
        home.publish(MAIN, [made.post.key])
        open_seals(settings.home)
        with home.store.begin() as session:
            member = members.arrive(session, "ana@example.org", "ana@example.org", NOON, "x")
            passkeys.add(session, Passkey(id="p", member_id=member.id, public_key=b"\0\xff", sign_count=7, name="k",
                                          made_at=NOON, used_at=None))  # fmt: skip
            jobs.ask(session, PostKey("lesswrong", "other"), priority=-3, now=NOON)
            switches.turn_on(session, switches.PAUSED, "why not", "operator", NOON)
        yield home


def rows(settings: Settings) -> dict[str, list[str]]:
    with closing(open_store(settings.sql_url)) as store, one_moment(store) as connection:
        return {name: sorted(lines_of(connection, name)) for name in table_names()}


def fresh(folder: Path, **others: object) -> Settings:
    return read_settings(home=folder, voice="tone", slots=1, **others)


def test_rows_secrets_and_files_come_back_from_either_database_into_the_other(
    full: Home, tmp_path: Path, postgres_url: str
) -> None:
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    made = back_up(full.settings, first, with_files=True)
    assert made.rows["episodes"] == made.rows["members"] == 1
    over = fresh(tmp_path / "over", database_url=postgres_url)
    restore(over, first, force=False)
    assert rows(over) == rows(full.settings)
    back_up(over, second, with_files=True)
    back = fresh(tmp_path / "back")
    told = restore(back, second, force=False)
    assert rows(back) == rows(full.settings)
    assert missing_files(back, told) == []
    for place in (over.home, back.home):
        assert (place / "secret.key").read_bytes() == (full.settings.home / "secret.key").read_bytes()
        assert (place / "secret.key").stat().st_mode & 0o077 == 0


def test_what_came_back_goes_on(full: Home, tmp_path: Path, postgres_url: str) -> None:
    archive = tmp_path / "a.tar"
    back_up(full.settings, archive, with_files=True)
    settings = fresh(tmp_path / "on", database_url=postgres_url)
    restore(settings, archive, force=False)
    with open_home(settings) as home:
        home.publish(MAIN)
        assert Caretaker(home).index_texts() == 1
        with home.store.begin() as session:  # the numbers go on after those that came
            note(session, NOON, "operator", "look", "x", {})
            assert len({line.id for line in list_notes(session)}) == len(list_notes(session))
        old = feedparser.parse((full.settings.home / "site" / "feed.xml").read_bytes())
        new = feedparser.parse((settings.home / "site" / "feed.xml").read_bytes())
        assert [(e.id, e.published) for e in new.entries] == [(e.id, e.published) for e in old.entries]


def test_rows_that_are_there_are_replaced_only_by_force(full: Home, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    back_up(full.settings, archive, with_files=False)
    settings = fresh(tmp_path / "taken")
    with closing(open_store(settings.sql_url)) as store, store.begin() as session:
        jobs.ask(session, PostKey("lesswrong", "mine"), now=NOON)
    with pytest.raises(StorageError, match="--force"):
        restore(settings, archive, force=False)
    told = restore(settings, archive, force=True)
    assert rows(settings) == rows(full.settings)
    assert sorted(missing_files(settings, told)) == sorted(told.files) != []


def test_nothing_is_restored_under_a_worker(full: Home, tmp_path: Path, postgres_url: str) -> None:
    archive = tmp_path / "a.tar"
    back_up(full.settings, archive, with_files=False)
    for url in (None, postgres_url):
        with open_home(fresh(tmp_path / f"busy-{bool(url)}", database_url=url)) as home:
            with ownership(home, threading.Event(), wait=False), pytest.raises(StoreBusy, match="Stop it first"):
                restore(home.settings, archive, force=True)
            restore(home.settings, archive, force=True)
            assert rows(home.settings) == rows(full.settings)


def test_a_backup_is_of_one_moment(full: Home, tmp_path: Path, postgres_url: str) -> None:
    for url in (None, postgres_url):
        with closing(open_store(fresh(tmp_path / f"at-{bool(url)}", database_url=url).sql_url)) as store:
            with one_moment(store) as connection:
                before = list(lines_of(connection, "jobs"))
                with store.begin() as session:
                    jobs.ask(session, PostKey("lesswrong", "late"), now=NOON)
                assert list(lines_of(connection, "jobs")) == before
            with one_moment(store) as connection:
                assert len(list(lines_of(connection, "jobs"))) == len(before) + 1


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\0" * 10240])
def test_what_is_no_backup_is_refused_before_anything_is_touched(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "bad.tar"
    archive.write_bytes(content)
    with pytest.raises(UnreadableFile, match="whole backup"):
        restore(fresh(tmp_path / "home"), archive, force=True)
    with pytest.raises(UnreadableFile, match="There is no file"):
        restore(fresh(tmp_path / "home"), tmp_path / "none.tar", force=True)


def test_a_backup_of_a_later_version_is_refused(full: Home, tmp_path: Path) -> None:
    archive, later = tmp_path / "a.tar", tmp_path / "later.tar"
    back_up(full.settings, archive, with_files=False)
    with tarfile.open(archive) as old, tarfile.open(later, "w") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                data = data.replace(b'"revision": "', b'"revision": "9')
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    with pytest.raises(NarrateError, match="later narrate"):
        restore(fresh(tmp_path / "home"), later, force=False)
