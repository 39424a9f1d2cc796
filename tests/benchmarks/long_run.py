"""Whether the dispatcher's memory stays flat: thousands of short posts through it, with the tone voice. Prints JSON.

The real dispatcher, crew, stage, store and publisher; encoding is left out (every episode gets the same small files),
since it happens in children that are made anew now and then.

python -m tests.benchmarks.long_run [N_POSTS]
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from narrate.home import open_home
from narrate.produce import Produced
from narrate.records import PostKey
from narrate.samples.forum import ForumData, running_forum
from narrate.settings import Settings, read_settings
from narrate.store import Store, lineup
from narrate.work import pieces, steps
from narrate.work.dispatcher import Dispatcher
from narrate.work.pieces import Order
from tests.candidates import a_candidate
from tests.forum_posts import a_post

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"


def post_id(n: int) -> str:
    digits = [n // len(LETTERS) ** place % len(LETTERS) for place in (2, 1, 0)]
    return "longRun" + "".join(LETTERS[digit] for digit in digits) + "2345678"


class Here:
    """A workshop without children."""

    def __init__(self, n_seats: int, memory_bytes: int) -> None:
        self._made: Produced | None = None
        self._lock = threading.Lock()

    def run(self, deadline_s: float, work: Callable[..., Any], *args: Any) -> Any:
        if work is not pieces.make_files:
            return work(*args)
        order: Order = args[0]
        with self._lock:
            if self._made is None:
                self._made = work(*args)
        episode = replace(
            self._made.episode, key=order.post.key, title=order.post.title, source_url=order.post.url,
            ready_at=datetime.now(UTC), made_at=datetime.now(UTC), posted_at=order.post.posted_at,
        )  # fmt: skip
        return replace(self._made, episode=episode)

    def close(self) -> None:
        return


def rss_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1000, 1)
    return 0.0


def measure(n_posts: int) -> dict[str, Any]:
    posts = [a_post(post_id(n), title=f"Post {n}", html=f"<p>This is post {n} of a great many.</p><p>All say this.</p>")
             for n in range(n_posts)]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, running_forum(ForumData.from_posts(posts)) as forum:
        settings: Settings = read_settings(
            home=Path(folder) / "home", voice="tone", slots=1, lesswrong_url=forum.url, find_min_words=0, opus=False
        )
        with open_home(settings) as home, mock.patch("narrate.work.crew.Workshop", Here):
            fill(home.store, settings, n_posts)
            dispatcher = Dispatcher(home)
            thread = threading.Thread(target=dispatcher.run, kwargs={"once": True})
            began_s, looks = time.monotonic(), []
            thread.start()
            while thread.is_alive():
                thread.join(1.0)
                with home.store.begin() as session:
                    n_done = lineup.count(session, "done")
                if n_done >= len(looks) * max(n_posts // 20, 1):
                    looks.append({"posts": n_done, "rss_mb": rss_mb(), "seconds": round(time.monotonic() - began_s, 1)})
                    forum.seen.clear()
                    print(json.dumps(looks[-1]), file=sys.stderr, flush=True)
    return {"posts": n_posts, "looks": looks}


def fill(store: Store, settings: Settings, n_posts: int) -> None:
    """Everything into the queue, as the operator's wish."""
    with store.begin() as session:
        for n in range(n_posts):
            wish = a_candidate(key=PostKey("lesswrong", post_id(n)), title=f"Post {n}")
            lineup.submit(session, wish, None, datetime.now(UTC), settings)


if __name__ == "__main__":
    assert steps.make_files is pieces.make_files
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000), indent=1))
