"""The network between workers and their database is cut: packets are dropped, and nobody is told (`make chaos`).

Two workers of one service, each with a way of its own to one PostgreSQL. While posts become episodes, the way of
whoever is at work is cut for a moment, or until the other has taken over, or both ways are; what `tests.chaos` holds
must hold here too. Prints how soon somebody spoke again: after the cut where the other takes over, else after its end.

python -m tests.chaos.cut_off [--cuts N] [--seed N]          as root: it needs a network of its own, and iptables
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.chaos.processes import Supervised, speaking, wait_until
from tests.chaos.world import World, finish, world
from tests.postgres_server import running_postgres

FIRST, SECOND = "127.0.0.1", "127.0.0.2"
_IS_INSIDE = "NARRATE_CUT_OFF_INSIDE"
KINDS = ("moment", "take-over", "both")
_POSTS_AHEAD = 10
_TAKEN_OVER_WITHIN_S = 60


@contextmanager
def cut(port: int, *addresses: str) -> Iterator[None]:
    """No packet goes to the database at these addresses, nor comes from there."""
    rules = [
        ["INPUT", "-p", "tcp", *of, "-j", "DROP"]
        for address in addresses
        for of in (["-d", address, "--dport", str(port)], ["-s", address, "--sport", str(port)])
    ]
    for rule in rules:
        subprocess.run(["iptables", "-A", *rule], check=True)
    try:
        yield
    finally:
        for rule in rules:
            subprocess.run(["iptables", "-D", *rule], check=True)


def n_said(run: World) -> int:
    return sum(run.said().values())


class Cutter:
    """Asks for posts as they are used up, and cuts whoever works on them."""

    def __init__(self, run: World, workers: Mapping[str, Supervised], port: int) -> None:
        self._run, self._workers, self._port = run, workers, port
        self.n_asked = 0

    def cut(self, kind: str) -> dict[str, object]:
        """One cut in the middle of speaking: what it was, how long it lasted, and when somebody spoke again."""
        self._stock_up()
        wait_until(lambda: any(speaking(worker.pid) for worker in self._workers.values()), 120, "somebody is at work")
        self._until_more_is_said(120, "something is spoken")
        owner = next(address for address, worker in self._workers.items() if speaking(worker.pid))
        began_s = time.monotonic()
        with cut(self._port, *(self._workers if kind == "both" else [owner])):
            if kind == "take-over":
                (other,) = (worker for address, worker in self._workers.items() if address != owner)
                wait_until(lambda: speaking(other.pid), _TAKEN_OVER_WITHIN_S, "the other worker has taken over")
                again_s = time.monotonic() - began_s
                time.sleep(self._run.random.uniform(0, 10))
            else:
                time.sleep(self._run.random.uniform(1, 8) if kind == "moment" else self._run.random.uniform(10, 40))
        lasted_s = time.monotonic() - began_s
        if kind != "take-over":
            again_s = self._until_more_is_said(120, "work goes on")
        self._run.done_to[kind] += 1
        found = {"kind": kind, "lasted_s": round(lasted_s, 1), "spoke_again_after_s": round(again_s, 1)}
        print(found, file=sys.stderr)
        return found

    def _stock_up(self) -> None:
        """There is always more to do than the longest cut leaves time for."""
        while self.n_asked - self._run.n_done() < _POSTS_AHEAD:
            self._run.ask_for(self.n_asked)
            self.n_asked += 1

    def _until_more_is_said(self, within_s: float, what: str) -> float:
        before, began_s = n_said(self._run), time.monotonic()
        wait_until(lambda: n_said(self._run) > before, within_s, what)
        return time.monotonic() - began_s


def ravage(n_cuts: int, seed: int | None, folder: Path) -> dict[str, object]:
    with running_postgres(FIRST, SECOND) as server:
        database = server.make_database()
        shared = {
            "DATABASE_URL": database,
            "FILES_URL": (folder / "files").as_uri(),
            "SITE_URL": (folder / "home" / "site").as_uri(),
        }
        n_posts = _POSTS_AHEAD * (1 + n_cuts)
        with world(folder, n_posts=n_posts, n_paragraphs=20, line_s=0.5, seed=seed, settings=shared) as run:
            # the same service on another machine: a home of its own, and another way to the same database
            own = {
                "NARRATE_HOME": str(folder / "elsewhere"),
                "NARRATE_DATABASE_URL": database.replace(FIRST, SECOND),
            }
            second = Supervised(["work"], run.worker.env | own, folder / "elsewhere.log")
            try:
                cutter = Cutter(run, {FIRST: run.worker, SECOND: second}, urlsplit(server.url).port or 0)
                cuts = [cutter.cut(KINDS[n % len(KINDS)]) for n in range(n_cuts)]
                run.n_posts = cutter.n_asked
                finish(run, 600)
                codes = [second.stop(), run.worker.stop()]
            finally:
                second.stop()
            return run.figures() | {"cuts": cuts, "graceful_stops": codes}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.cut_off", description=__doc__)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", type=Path, help="leave everything in this folder")
    args = parser.parse_args()
    if os.geteuid() != 0 or not (shutil.which("iptables") and shutil.which("unshare")):
        sys.exit("tests.chaos.cut_off drops packets: run it as root, with iptables (apt-get install iptables).")
    if _IS_INSIDE not in os.environ:
        again = [sys.executable, "-m", "tests.chaos.cut_off", *sys.argv[1:]]
        inside = 'ip link set lo up && exec "$@"'
        os.environ[_IS_INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--net", "sh", "-c", inside, "sh", *again])
    with tempfile.TemporaryDirectory(prefix="narrate-cut-") as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = ravage(args.cuts, args.seed, folder)
    print(json.dumps(found, indent=1))
    return 1 if found["wrong"] or found["graceful_stops"] != [0, 0] else 0


if __name__ == "__main__":
    sys.exit(main())
