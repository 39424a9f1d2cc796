"""The whole way with nothing on the machine's own disk that must survive it: rows in PostgreSQL, files in S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import feedparser
import obstore
import pytest

from narrate.checkup import check_up
from narrate.cli import run_command
from narrate.home import Home, open_home
from narrate.samples.forum import RunningForum
from narrate.settings import Settings, read_settings
from narrate.store import open_files
from narrate.store.sites import MAIN
from narrate.work.dispatcher import Dispatcher
from narrate.work.runners.cluster import RayRunner
from tests.forum_posts import IDS, a_post
from tests.ray_cluster import RayCluster

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch, forum: RunningForum, postgres_url: str, s3_url: str) -> None:
    """What all machines of a service have in common: no folder."""
    monkeypatch.setenv("NARRATE_DATABASE_URL", postgres_url)
    monkeypatch.setenv("NARRATE_FILES_URL", s3_url)
    monkeypatch.setenv("NARRATE_LESSWRONG_URL", forum.url)
    monkeypatch.setenv("NARRATE_VOICE", "tone")
    monkeypatch.setenv("NARRATE_FIND_MIN_WORDS", "0")
    for n, post_id in enumerate(IDS[:3]):
        forum.data.add_post(a_post(post_id, title=f"Post {n}", html=f"<p>Said by all.</p><p>This is post {n}.</p>"))


def a_machine(folder: Path, **settings: Any) -> Settings:
    return read_settings(home=folder, slots=2, **settings)


def work(settings: Settings, *asked: str) -> Any:
    """Ask for posts on this machine and narrate them; what its site's feed says then."""
    with open_home(settings) as home:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NARRATE_HOME", str(settings.home))
            assert run_command(["submit", *asked]) == 0
        Dispatcher(home).run(once=True)
        return feed_of(home)


def feed_of(home: Home) -> Any:
    feed = feedparser.parse((home.settings.home / "site" / "feed.xml").read_bytes())
    assert not feed.bozo, feed.bozo_exception
    return feed


def paths(url: str, under: str) -> list[str]:
    return sorted(file["path"] for file in obstore.list(open_files(url, Path()), under).collect())


def test_a_post_becomes_an_episode_whose_files_are_all_in_the_bucket(tmp_path: Path, s3_url: str) -> None:
    machine = a_machine(tmp_path / "one")
    feed = work(machine, IDS[0])
    assert [entry.id for entry in feed.entries] == [f"lesswrong:{IDS[0]}"]
    (audio,) = [path for path in paths(s3_url, "recordings") if path.endswith(".mp3")]
    assert obstore.head(open_files(s3_url, Path()), audio)["size"] == int(feed.entries[0].enclosures[0].length)
    assert len(paths(s3_url, "takes")) > 2
    assert not (machine.home / "takes").exists()
    assert not (machine.home / "recordings").exists()
    assert not (machine.home / "narrate.db").exists()
    assert list((machine.home / "scratch").iterdir()) == []


def test_another_machine_goes_on_where_the_first_was_lost(tmp_path: Path, s3_url: str) -> None:
    (first,) = work(a_machine(tmp_path / "one"), IDS[0]).entries
    n_takes = len(paths(s3_url, "takes"))
    feed = work(a_machine(tmp_path / "two"), IDS[1])  # its disk has never seen the first post
    assert [entry.id for entry in feed.entries] == [f"lesswrong:{IDS[1]}", f"lesswrong:{IDS[0]}"]
    again = feed.entries[1]
    assert (again.enclosures, again.published) == (first.enclosures, first.published)
    media = tmp_path / "two" / "site" / "media" / first.enclosures[0].href.rpartition("/media/")[2]
    assert media.stat().st_size == int(first.enclosures[0].length)
    with open_home(a_machine(tmp_path / "three")) as home:
        (known,) = home.narrate([f"lesswrong:{IDS[0]}"])
        assert known.performance.n_spoken == 0  # type: ignore[union-attr]
        assert known.produced.reused  # type: ignore[union-attr]
        home.publish(MAIN)
        assert len(feed_of(home).entries) == 2
    assert n_takes < len(paths(s3_url, "takes")) < 2 * n_takes  # "Said by all." was there


@pytest.mark.xdist_group("ray")
def test_what_a_cluster_speaks_is_published_like_everything_else(
    tmp_path: Path, ray_cluster: RayCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ray_cluster.env.items():
        monkeypatch.setenv(name, value)

    def in_its_network(*arguments: Any, **named: Any) -> RayRunner:
        with ray_cluster.network():
            return RayRunner(*arguments, **named)

    monkeypatch.setattr("narrate.work.runners.cluster.RayRunner", in_its_network)
    machine = a_machine(tmp_path / "one", runner="ray", ray_address=ray_cluster.address)
    assert len(work(machine, IDS[0], IDS[1], IDS[2]).entries) == 3


def test_the_doctor_says_when_the_bucket_isnt_there(tmp_path: Path, s3_url: str) -> None:
    def files(url: str) -> Any:
        return next(f for f in check_up(read_settings(home=tmp_path, files_url=url)) if f.what == "files")

    assert files(s3_url).ok
    missing = files("s3://no-such-bucket/narrate")
    assert not missing.ok
    assert "can't be reached" in missing.todo
