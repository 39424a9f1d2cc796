"""PostgreSQL, S3 and three machines on Ray, and somebody who kills nodes, drivers, heads and dispatchers.

Nothing is lost, nothing is published twice, no finished take is spoken again, and the feed is valid at every instant.
A few kills in `make test`; `make chaos` makes twenty (CHAOS_KILLS).
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import feedparser
import pytest
from sqlalchemy import func, select

from narrate.samples.forum import ForumData, RunningForum, running_forum
from narrate.store import Store, jobs, open_store
from narrate.store.tables import EpisodeRow
from tests.forum_posts import a_post
from tests.postgres_server import running_postgres
from tests.ray_cluster import FIRST, SECOND, RayCluster
from tests.s3_server import S3Server

N_KILLS = int(os.environ.get("CHAOS_KILLS", "3"))
N_POSTS = 3 + N_KILLS
BUCKET = "chaos"
WORDS = ("river", "stone", "window", "garden", "letter", "mountain", "paper", "silver", "morning", "question", "answer")
N_SENTENCES = 20
LONGEST_LULL_S = 15.0


class Service:
    """`narrate work` as systemd keeps it: whoever kills it finds it running again."""

    def __init__(self, home: Path, env: dict[str, str]) -> None:
        self.home, self._env = home, os.environ | env
        self._process = self._start()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _keep(self) -> None:
        while not self._over.wait(0.2):
            if self._process.poll() is not None:
                self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with (self.home.parent / "work.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "narrate", "work"], env=self._env, stdout=log, stderr=log)


class Reader:
    """A listener who looks at the feed all the time, and remembers what was ever wrong with it."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self.wrongs: list[str] = []
        self.n_looks = 0
        self._seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(0.1):
            if (self._site / "feed.xml").exists():
                self.n_looks += 1
                self.wrongs += self._look()

    def _look(self) -> Iterator[str]:
        feed = feedparser.parse((self._site / "feed.xml").read_bytes())
        if feed.bozo:
            yield str(feed.bozo_exception)
        ids = [entry.id for entry in feed.entries]
        yield from (f"twice: {key}" for key, n in Counter(ids).items() if n > 1)
        yield from (f"gone again: {key}" for key in self._seen - set(ids))
        self._seen |= set(ids)
        for entry in feed.entries:
            sound = self._site / "media" / entry.enclosures[0].href.rpartition("/media/")[2]
            if not sound.exists() or sound.stat().st_size != int(entry.enclosures[0].length):
                yield f"without its sound: {entry.id}"


@contextmanager
def everything(folder: Path, cluster: RayCluster) -> Iterator[tuple[Store, S3Server, dict[str, str]]]:
    """A forum, a database and a store, in the cluster's own network: whoever uses them must be there too."""
    with ExitStack() as stack:
        forum = stack.enter_context(running_forum(control=True))
        add_posts(forum)
        database = stack.enter_context(running_postgres()).make_database()
        s3 = stack.enter_context(closing(S3Server()))
        s3.make_bucket(BUCKET)
        store = stack.enter_context(closing(open_store(database)))
        env = cluster.env | s3.env | {
            "NARRATE_HOME": str(folder / "home"),
            "NARRATE_DATABASE_URL": database,
            "NARRATE_FILES_URL": f"s3://{BUCKET}/narrate",
            "NARRATE_RUNNER": "ray",
            "NARRATE_RAY_ADDRESS": cluster.address,
            "NARRATE_VOICE": "flite-rms",
            "NARRATE_FIND_EVERY_HOURS": "0",
            "NARRATE_FIND_MIN_WORDS": "0",
            "NARRATE_LESSWRONG_URL": forum.url,
        }  # fmt: skip
        yield store, s3, env


def add_posts(forum: RunningForum) -> None:
    """Posts of some minutes each. No two sentences are alike, so that every take belongs to one post."""
    forum.reset(ForumData())
    words = random.Random(7)
    for number in range(N_POSTS):
        sentences = [f"The {' '.join(words.choices(WORDS, k=16))} of part {n + 1}." for n in range(N_SENTENCES)]
        html = "".join(f"<p>{sentence}</p>" for sentence in sentences)
        forum.data.add_post(a_post(f"chaosPost{number:08}", title=f"Post {number}", html=html))


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_nothing_is_lost_and_nothing_is_said_twice(tmp_path: Path, ray_cluster: RayCluster) -> None:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with ray_cluster.network(), everything(tmp_path, ray_cluster) as (store, s3, env):
        keys = [f"chaosPost{number:08}" for number in range(N_POSTS)]
        submit = [sys.executable, "-m", "narrate", "submit", *keys]
        subprocess.run(submit, env=os.environ | env, check=True, stdout=subprocess.DEVNULL)
        home = tmp_path / "home"
        with closing(Service(home, env)) as service, closing(Reader(home / "site")) as reader:
            kills = deaths(ray_cluster, service)
            order = [chance.choice(list(kills)) for _ in range(max(0, N_KILLS - 3))]
            order = chance.sample([*order, *chance.sample(list(kills), min(3, N_KILLS))], N_KILLS)
            for name in order:
                wait_for_more(lambda: len(takes_put(s3)))  # a kill while all still starts proves little
                time.sleep(chance.uniform(0, 4))
                print(f"{name}, {n_done(store)} of {N_POSTS} done, {len(takes_put(s3))} takes kept", flush=True)
                kills[name]()
            until(lambda: n_done(store) == N_POSTS, tmp_path / "work.log")
        assert reader.wrongs == []
        assert reader.n_looks > 10
        with store.begin() as session:
            rows = session.execute(select(EpisodeRow.key, func.count()).group_by(EpisodeRow.key)).all()
        assert [n for _, n in rows] == [1] * N_POSTS
        feed = feedparser.parse((home / "site" / "feed.xml").read_bytes())
        assert sorted(entry.id for entry in feed.entries) == [f"lesswrong:{key}" for key in keys]
        spoken = takes_put(s3)
        assert len(spoken) > N_SENTENCES * N_POSTS
        again = [line for line in spoken if '" 200' not in line]
        assert again == []


def deaths(cluster: RayCluster, service: Service) -> dict[str, Callable[[], None]]:
    """What can be killed, and what brings it back."""

    def node() -> None:
        address = FIRST if cluster.raylets(FIRST) else SECOND
        cluster.kill_node(address)
        cluster.add(address)

    def driver() -> None:
        for pid in cluster.drivers():
            os.kill(pid, signal.SIGKILL)

    def head() -> None:
        cluster.kill_head()
        cluster.restart(FIRST, SECOND)

    return {"node": node, "driver": driver, "head": head, "dispatcher": service.kill}


def takes_put(s3: S3Server) -> list[str]:
    """The requests by which takes were kept."""
    return [line for line in s3.requests() if f"PUT /{BUCKET}/narrate/takes/" in line]


def wait_for_more(count: Callable[[], int]) -> None:
    """Until there is more than now, or it takes too long: what is all spoken grows no more."""
    before, end = count(), time.monotonic() + LONGEST_LULL_S
    while count() == before and time.monotonic() < end:
        time.sleep(0.2)


def n_done(store: Store) -> int:
    with store.begin() as session:
        listed = jobs.list_jobs(session)
    failed = [f"{job.key}: {job.error}" for job in listed if job.state == "failed"]
    assert failed == []
    return sum(job.state == "done" for job in listed)


def until(is_so: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + 240 + 10 * N_POSTS
    while not is_so():
        assert time.monotonic() < end, log.read_text()[-5000:]
        time.sleep(0.5)
