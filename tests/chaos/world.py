"""A whole service in a folder: forum, mail server, worker, web, a listener; and what can go wrong with each.

The database, the place of files and further settings are given, and further things to kill: so the same world runs on
SQLite and local children, or on PostgreSQL, S3 and a cluster.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from narrate.finding import submit
from narrate.home import Home, open_home
from narrate.samples.forum import ForumData, RunningForum, running_forum
from narrate.settings import read_settings
from narrate.store import members, votes
from narrate.store.tables import EpisodeRow, JobRow, NoticeRow, QueueRow, TakeRow
from tests.chaos.processes import Supervised, kill, reading_or_encoding, speaking
from tests.chaos.reader import Reader
from tests.forum_posts import a_post
from tests.mail_server import Taken, mail_server

HOOKS = Path(__file__).parent / "hooks"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"  # those of the forum's ids
_WORDS = ("clear", "slow", "early", "plain", "honest", "quiet", "careful", "narrow", "distant", "gentle")
#: A forum's answers while it is broken, and what a mail server says then.
FORUM_FAULTS = ("error_502", "hang_up", "truncated", "too_many", "web_page")
_MAIL_REFUSAL = b"451 not now"

Victims = Mapping[str, Callable[[], Sequence[int]]]


def post_id(n: int) -> str:
    return f"chaos{_LETTERS[n // len(_LETTERS)]}{_LETTERS[n % len(_LETTERS)]}ab23456789"


def make_post(n: int, n_paragraphs: int) -> dict[str, Any]:
    """A post of its own words, but for one sentence that all posts share."""
    own = [f"<p>This is the {_WORDS[i % 10]} thought number {i} of post number {n}, and nobody else has it.</p>"
           for i in range(n_paragraphs)]  # fmt: skip
    html = "<h2>Before</h2><p>All posts say this one sentence.</p>" + "<h2>After</h2>".join(
        ["".join(own[: n_paragraphs // 2]), "".join(own[n_paragraphs // 2 :])]
    )
    contents = {"html": html, "version": "1.0.0", "wordCount": 800}
    return a_post(post_id(n), title=f"Post number {n}", contents=contents)


@dataclass
class World:
    home: Home
    forum: RunningForum
    mail: Taken
    worker: Supervised
    web: Supervised
    reader: Reader
    journal: Path
    n_posts: int
    random: random.Random
    further: Victims = field(default_factory=dict)
    done_to: Counter[str] = field(default_factory=Counter)
    began_s: float = field(default_factory=time.monotonic)

    @property
    def victims(self) -> Victims:
        """Kind -> process ids that are there now."""

        def of(supervised: Supervised) -> list[int]:
            return [pid for pid in [supervised.pid] if pid is not None]

        return {
            "dispatcher": lambda: of(self.worker),
            "voice": lambda: speaking(self.worker.pid),
            "encoder": lambda: reading_or_encoding(self.worker.pid),
            "web": lambda: of(self.web),
            **self.further,
        }

    def ask_for(self, n: int) -> None:
        """A member asks for a post, and another votes for it now and then."""
        with self.home.store.begin() as session:
            asker = members.find_by_email(session, f"member{n % 3}@example.org")
        assert asker is not None
        submit(self.home.sources, self.home.store, self.home.settings, post_id(n), asker.id, datetime.now(UTC))
        if self.random.random() < 0.3:
            with self.home.store.begin() as session:
                votes.cast(session, f"voter{n}", self.key(n), self.random.randint(1, 3), datetime.now(UTC))

    def kill_somebody(self, within_s: float = 20.0) -> None:
        """Kill one process of a random kind, as soon as there is one; of any other kind when there is none in time."""
        kinds = sorted(self.victims)
        self.random.shuffle(kinds)
        deadline = time.monotonic() + within_s
        while True:
            for kind in kinds[:1] if time.monotonic() < deadline else kinds:
                pids = list(self.victims[kind]())
                if pids and kill(self.random.choice(pids)):
                    self.done_to[kind] += 1
                    return
            time.sleep(0.01)

    def let_it_begin(self, within_s: float = 30.0) -> None:
        """Wait until the worker is at work again: killing it only ever as it starts would prove little."""
        deadline = time.monotonic() + within_s
        while not reading_or_encoding(self.worker.pid) and time.monotonic() < deadline:
            time.sleep(0.02)

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """The forum answers wrongly and the mail server refuses while the block runs."""
        fault = self.random.choice(FORUM_FAULTS)
        self.forum.faults.always(fault)
        self.mail.answer_to_data = _MAIL_REFUSAL
        self.done_to[f"forum: {fault}"] += 1
        try:
            yield
        finally:
            self.forum.faults.clear()
            self.mail.answer_to_data = b"250 taken"

    def restart_on_a_full_disk(self, for_s: float) -> None:
        """The worker's next life has no room for any larger file; the one after that has."""
        self.worker.max_file_bytes = 20_000
        if self.worker.pid is not None:
            kill(self.worker.pid)
        time.sleep(for_s)
        self.worker.max_file_bytes = None
        if self.worker.pid is not None:
            kill(self.worker.pid)
        self.done_to["full disk"] += 1

    def key(self, n: int) -> str:
        return f"lesswrong:{post_id(n)}"

    def n_done(self) -> int:
        with self.home.store.begin() as session:
            done = select(func.count()).select_from(QueueRow).where(QueueRow.state == "done")
            return session.scalar(done) or 0

    def n_takes(self) -> int:
        with self.home.store.begin() as session:
            return session.scalar(select(func.count()).select_from(TakeRow)) or 0

    def said(self) -> Counter[str]:
        """How often each line was spoken."""
        return Counter(line.split()[1] for line in self._journal() if line.startswith("said"))

    def said_again(self) -> list[str]:
        """Lines that were spoken although their takes were finished."""
        return [line.split()[1] for line in self._journal() if line.startswith("again")]

    def _journal(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []

    def logged(self, word: str) -> list[str]:
        """Lines of the worker's log that hold a word."""
        return [line for line in (self.journal.parent / "work.log").read_text().splitlines() if word in line]

    def figures(self) -> dict[str, object]:
        """What was done, what it cost, and what was wrong."""
        return {
            "seconds": round(time.monotonic() - self.began_s, 1),
            "done_to": dict(sorted(self.done_to.items())),
            "posts": self.n_posts,
            "takes": self.n_takes(),
            "lines_spoken": sum(self.said().values()),
            "finished_takes_spoken_again": len(self.said_again()),
            "feeds_read": self.reader.n_read,
            "files_asked_for": self.reader.n_heads,
            "wrong": self.wrong(),
        }

    def wrong(self) -> list[str]:
        """Everything that must hold when all is done, and doesn't."""
        wrong = [*dict.fromkeys(self.reader.wrong)]
        keys = sorted(self.key(n) for n in range(self.n_posts))
        with self.home.store.begin() as session:
            versions = Counter(session.scalars(select(EpisodeRow.key)).all())
            live = sorted(session.scalars(select(EpisodeRow.key).where(EpisodeRow.current)))
            stuck = session.execute(
                select(QueueRow.key, QueueRow.state, QueueRow.reason).where(QueueRow.state != "done")
            ).all()
            jobs = session.execute(select(JobRow.key, JobRow.state, JobRow.error).where(JobRow.state != "done")).all()
            told = session.scalar(select(func.count()).select_from(NoticeRow).where(NoticeRow.state == "told")) or 0
        wrong += [f"lost: {tuple(row)}" for row in (*stuck, *jobs)]
        wrong += [f"{key} has no episode" for key in keys if key not in live]
        wrong += [f"{key} has {n} episodes" for key, n in versions.items() if n > 1]
        wrong += [f"spoken again: {key}" for key in self.said_again()]
        if sorted(self.reader.dates) != keys:
            wrong.append(f"the feed holds {len(self.reader.dates)} of {len(keys)} posts")
        if faults := self.logged("traceback"):
            wrong.append(f"faults of ours: {faults[:3]}")
        sent = {str(mail["Message-ID"]) for mail in self.mail.mails if "Now to hear" in str(mail["Subject"])}
        if len(sent) != told or told < self.n_posts:
            wrong.append(f"{told} were told of {self.n_posts} posts by {len(sent)} mails")
        return wrong


@contextmanager
def world(
    folder: Path,
    *,
    n_posts: int,
    n_paragraphs: int = 6,
    voice: str = "tone",
    line_s: float = 0.0,
    seed: int | None = None,
    settings: Mapping[str, str] | None = None,
    further: Victims | None = None,
) -> Iterator[World]:
    """A running world with nothing asked for yet. `settings`: further NARRATE_ names, without the prefix."""
    seed = secrets.randbits(32) if seed is None else seed
    print(f"chaos: seed {seed}", file=sys.stderr)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, journal = f"http://127.0.0.1:{port}", folder / "journal"
    data = ForumData.from_posts(make_post(n, n_paragraphs) for n in range(n_posts))
    with ExitStack() as stack:
        forum, mail = stack.enter_context(running_forum(data)), stack.enter_context(mail_server())
        own = {
            "HOME": str(folder / "home"), "VOICE": voice, "SLOTS": "2", "LESSWRONG_URL": forum.url, "PUBLIC_URL": url,
            "FIND_MIN_WORDS": "0", "FIND_EVERY_HOURS": "0", "RETRY_AFTER_S": "0.3", "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail.port), "SMTP_SECURITY": "none", "RELEASE_KARMA_FLOOR": "0", **(settings or {}),
        }  # fmt: skip
        names = {f"NARRATE_{name}": value for name, value in own.items()}
        env = {**os.environ, **names, "CHAOS_JOURNAL": str(journal), "CHAOS_LINE_S": str(line_s),
               "PYTHONPATH": os.pathsep.join([str(HOOKS), str(HOOKS.parents[2])])}  # fmt: skip
        home = stack.enter_context(open_home(read_settings(**{name.lower(): value for name, value in own.items()})))
        with home.store.begin() as session:
            for n in range(3):
                address = f"member{n}@example.org"
                members.arrive(session, address, address, datetime.now(UTC), address)
        worker = Supervised(["work"], env, folder / "work.log")
        web = Supervised(["serve", "--port", str(port)], env, folder / "web.log")
        stack.callback(web.stop)
        stack.callback(worker.stop)
        reader = stack.enter_context(Reader(folder / "home" / "site", url))
        yield World(
            home=home, forum=forum, mail=mail, worker=worker, web=web, reader=reader, journal=journal,
            n_posts=n_posts, random=random.Random(seed), further=further or {},
        )  # fmt: skip


def rampage(run: World, n_kills: int, *, pause_s: float, n_troubles: int, n_full_disks: int) -> None:
    """Ask for every post, one after another, and meanwhile do all this, at random moments about `pause_s` apart."""
    acts = ["kill"] * n_kills + ["trouble"] * n_troubles + ["full disk"] * n_full_disks
    run.random.shuffle(acts)
    asked, n_acts = 0, len(acts)
    while acts or asked < run.n_posts:
        # posts come as the acts go, so that there is always something at work
        while asked < run.n_posts and asked <= run.n_posts * (n_acts - len(acts)) / max(1, n_acts):
            run.ask_for(asked)
            asked += 1
        if not acts:
            continue
        if run.random.random() < 0.8:
            run.let_it_begin()
        time.sleep(run.random.uniform(0.0, 2 * pause_s))
        match acts[-1]:
            case "kill":
                run.kill_somebody()
            case "trouble":
                with run.trouble():
                    time.sleep(pause_s)
            case "full disk":
                run.restart_on_a_full_disk(4 * pause_s)
        acts.pop()


def finish(run: World, within_s: float) -> None:
    """Wait until everything is narrated and told of. What isn't by then, `wrong` tells."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        sent = {str(mail["Message-ID"]) for mail in run.mail.mails}
        if run.n_done() == run.n_posts and len(sent) >= run.n_posts and len(run.reader.dates) == run.n_posts:
            return
        time.sleep(0.1)
