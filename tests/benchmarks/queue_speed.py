"""How fast the queue is: votes a second through the store, a page, a choice. Prints JSON; never a timed test.

python tests/benchmarks/queue_speed.py [DATABASE_URL]
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from narrate import choose
from narrate.records import PostKey
from narrate.settings import Settings
from narrate.store import Store, jobs, lineup, notices, open_store, switches, turns, votes
from narrate.store.releases import release_due
from narrate.store.sites import stale_sites
from narrate.store.tables import JobRow, QueueRow
from narrate.store.withdrawals import withdrawn_files

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
N_MEMBERS, N_THREADS, N_VOTES = 400, 8, 400


def fill(store: Store, n_posts: int) -> None:
    """Posts of all lengths and ages, straight into the table."""
    with store.begin() as session:
        session.execute(insert(QueueRow), [_row(n) for n in range(n_posts)])


def key(n: int) -> PostKey:
    return PostKey("lesswrong", f"post{n:013d}")


def _row(n: int) -> dict[str, object]:
    queued_at = NOON - timedelta(minutes=n)
    order = {"base": float(n % 7), "votes": 0.0, "minutes": 3.0 + n % 90, "queued_at": queued_at}
    facts = {
        "url": f"https://www.lesswrong.com/posts/{key(n).post_id}/a-title", "title": f"Post number {n} of many",
        "authors": [["Ana", "https://www.lesswrong.com/users/ana"]], "site": "LessWrong", "kind": "post",
        "posted_at": NOON, "karma": n % 300, "n_words": 1000, "curated_at": None, "review_votes": 0,
        "won_review": None, "year_place": None, "recording_url": None, "twin": f"post{n}|ana",
    }  # fmt: skip
    rest = {
        "found": True, "asked_by": None, "why": [f"{n % 300} karma"], "audio_elsewhere": "likely", "seen_at": NOON,
        "head_start_days": 0.0, "nudge": 0.0, "reason": None, "decided_by": None, "merged_into": None,
        "taken_at": None, "released_as": None,
    }  # fmt: skip
    lane = "recent" if n % 2 else "classic"
    return {
        "key": str(key(n)),
        "state": "waiting",
        "lane": lane,
        "rank": choose.rank(**order),
        **order,
        **facts,
        **rest,
    }  # type: ignore[arg-type]


def votes_a_second(store: Store, n_posts: int) -> float:
    """8 threads, each voting for other members' posts; every vote is new, checked against a budget and logged."""

    def vote(thread: int) -> None:
        for n in range(N_VOTES):
            member, post = (n * N_THREADS + thread) % N_MEMBERS, (n * 31 + thread * 17) % n_posts
            with store.begin() as session:
                votes.cast(session, f"member{member}", key(post), 1 + n // N_MEMBERS, NOON)

    threads = [threading.Thread(target=vote, args=(n,)) for n in range(N_THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return N_THREADS * N_VOTES / (time.perf_counter() - started)


def best_ms(work: object, times: int = 9) -> float:
    """The median of some runs."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()  # type: ignore[operator]
        took.append(1000 * (time.perf_counter() - started))
    return round(sorted(took)[times // 2], 2)


def measure(url: str) -> dict[str, float]:
    store = open_store(url)
    fill(store, 2_000)

    def page(limit: int) -> None:
        with store.begin() as session:
            lineup.page(session, None, None, limit)

    def choice() -> None:
        with store.begin() as session:
            lineup.next_up(session, NOON)

    figures = {"votes_per_s": round(votes_a_second(store, 2_000))}
    figures |= {"page_of_2000_ms": best_ms(lambda: page(2_000)), "page_of_50_ms": best_ms(lambda: page(50))}
    with store.begin() as session:
        session.execute(insert(QueueRow), [_row(n) for n in range(2_000, 50_000)])
    figures["choice_among_50000_ms"] = best_ms(choice)
    with store.begin() as session:
        figures["position_among_50000_ms"] = best_ms(lambda: lineup.position(session, key(49_999)))
    figures |= dispatchers(store)
    store.close()
    return figures


def dispatchers(store: Store) -> dict[str, float]:
    """Every question that the dispatcher asks again and again, among 50,000 posts, and as many jobs of low priority."""
    with store.begin() as session:
        session.execute(insert(JobRow), [_job(n) for n in range(50_000)])
        working = [key(n) for n in range(64)]
        for post in working:
            session.execute(update(JobRow).where(JobRow.key == f"old{post}").values(state="working"))

    def asked(question: Callable[[Session], object]) -> float:
        def ask() -> None:
            with store.begin() as session:
                question(session)

        return best_ms(ask)

    return {
        "line_up_ms": asked(lambda s: turns.line_up(s, NOON, 8, "recent")),
        "are_working_ms": asked(lambda s: jobs.are_working(s, working)),
        "release_due_ms": asked(lambda s: release_due(s, NOON, Settings())),
        "stale_sites_ms": asked(stale_sites),
        "paused_ms": asked(lambda s: switches.find(s, switches.PAUSED)),
        "waiting_jobs_ms": asked(turns.waiting_jobs),
        "withdrawn_files_ms": asked(withdrawn_files),
        "notices_due_ms": asked(lambda s: notices.take_due(s, NOON)),
    }


def _job(n: int) -> dict[str, object]:
    return {
        "key": f"old{key(n)}", "source": "", "kind": "revoice", "voice_id": "tone", "priority": -1, "state": "waiting",
        "stage": None, "stage_at": None, "attempts": 0, "losses": 0, "lost_in": None, "submitted_at": NOON,
        "run_after": NOON, "error": None,
    }  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(folder) / 'speed.db'}"
        print(json.dumps(measure(given), indent=1))
