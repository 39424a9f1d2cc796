"""How fast /status is over a large library: 50,000 posts in the queue, 5,000 episodes. Prints JSON; never a timed test.

python -m tests.benchmarks.status_speed [DATABASE_URL]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from narrate import pages
from narrate.settings import read_settings
from narrate.store import jobs, lineup, machine, open_store, turns
from narrate.store.status import failed_keys, read_status
from narrate.web.status import Lookout, _shown
from tests.benchmarks.queue_speed import best_ms
from tests.queue_rows import library

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def measure(url: str, home: Path) -> dict[str, Any]:
    store = open_store(url)
    library(store, NOW, n_waiting=5_000, n_archived=45_000, n_done=5_000, every=timedelta(minutes=8),
            document_chars=60_000)  # fmt: skip
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # autovacuum does it within a minute
    slowest: dict[str, float] = {}
    began: list[float] = []
    event.listen(store.engine, "before_cursor_execute", lambda *_: began.append(time.perf_counter()))

    def ended(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        took_ms = 1000 * (time.perf_counter() - began.pop())
        name = " ".join(statement.split())[:100]
        slowest[name] = min(took_ms, slowest.get(name, took_ms))  # the best of the runs: the rest is the machine's

    event.listen(store.engine, "after_cursor_execute", ended)
    settings = read_settings(home=home, max_audio_hours_a_day=1000)
    lookout = Lookout(settings, store, lambda: NOW)

    def rows() -> None:
        with store.begin() as session:
            read_status(session, NOW)
            failed_keys(session, 5)
            machine.audio_ms(session, NOW.replace(hour=0))

    def page() -> None:
        outlook = lookout._outlook()
        pages.render("status.html", root="/", show_title="x", public_url="x", **_shown(outlook, settings))

    def choice() -> None:
        with store.begin() as session:
            turns.line_up(session, NOW, 8, None)

    page()
    figures = {"status_rows_ms": best_ms(rows), "status_page_uncached_ms": best_ms(page), "choice_ms": best_ms(choice)}
    with store.begin() as session:
        assert lineup.count(session) == 50_000
        assert jobs.list_jobs(session) == []
    worst = max(slowest, key=lambda name: slowest[name])
    store.close()
    return {**figures, "slowest_query_ms": round(slowest[worst], 2), "slowest_query": worst}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(folder) / 'speed.db'}"
        print(json.dumps(measure(given, Path(folder)), indent=1))
