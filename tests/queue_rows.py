"""A library of any size as rows: what waits, what was narrated and when, without a sound of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from narrate.choose import rank
from narrate.store import Store
from narrate.store.audit import BACKFILL
from narrate.store.tables import EpisodeRow, MachineDayRow, PostRow, QueueRow


def library(
    store: Store, now: datetime, *, n_waiting: int = 0, n_archived: int = 0, n_done: int = 0, minutes: float = 10.0,
    delay: timedelta = timedelta(hours=2), every: timedelta = timedelta(hours=1), document_chars: int = 0,
) -> None:  # fmt: skip
    """Fill an empty store. A post is `minutes` long; one was done `every` so often up to now, `delay` after its wish.

    An hour of work was done on each day that something was done on. `document_chars`: how long scripts and plans are.
    """
    filler = {"text": "x" * document_chars}
    wishes = [_entry(f"wish{n:07}", now, minutes, n, asked_by="member") for n in range(n_waiting)]
    archive = [_entry(f"past{n:07}", now, minutes, n, asked_by=BACKFILL) for n in range(n_archived)]
    done_at = {f"done{n:07}": now - n * every for n in range(n_done)}
    done = [
        {**_entry(key, at - delay, minutes, n, asked_by="member"), "state": "done", "released_as": "votes"}
        for n, (key, at) in enumerate(done_at.items())
    ]
    posts = [
        {
            "key": f"lesswrong:{key}", "title": f"Post {key}", "url": "", "fetched_at": at, "posted_at": at,
            "ready_at": at, "released_at": at, "document": filler,
        }
        for key, at in done_at.items()
    ]  # fmt: skip
    episodes = [
        {
            "key": f"lesswrong:{key}", "version": "1", "made_at": at, "current": True, "document": {}, "script": filler,
            "recording": filler, "duration_ms": round(minutes * 60_000),
        }
        for key, at in done_at.items()
    ]  # fmt: skip
    days = [{"day": day, "busy_ms": 3_600_000} for day in sorted({at.date() for at in done_at.values()})]
    with store.begin() as session:
        tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
            (QueueRow, [*wishes, *archive, *done]), (PostRow, posts), (EpisodeRow, episodes), (MachineDayRow, days),
        )  # fmt: skip
        for table, rows in tables:
            for start in range(0, len(rows), 1000):
                session.execute(insert(table), rows[start : start + 1000])


def _entry(post_id: str, queued_at: datetime, minutes: float, n: int, asked_by: str) -> dict[str, Any]:
    base = float(n % 7)
    order = {"base": base, "votes": 0.0, "minutes": minutes, "queued_at": queued_at}
    return {
        **order, "key": f"lesswrong:{post_id}", "state": "waiting", "lane": "recent" if n % 2 else "classic",
        "url": f"https://www.lesswrong.com/posts/{post_id}/a-title", "title": f"Post {post_id}",
        "authors": [["Ana", "https://www.lesswrong.com/users/ana"]], "site": "LessWrong", "kind": "post",
        "posted_at": queued_at, "karma": n % 300, "n_words": 1600, "curated_at": None, "review_votes": 0,
        "won_review": None, "year_place": None, "recording_url": None, "twin": f"{post_id}|ana", "found": False,
        "asked_by": asked_by, "why": [], "audio_elsewhere": "likely", "seen_at": queued_at, "head_start_days": 0.0,
        "nudge": 0.0, "rank": rank(**order, from_archive=asked_by == BACKFILL), "reason": None, "decided_by": None,
        "merged_into": None, "taken_at": None, "released_as": None,
    }  # fmt: skip
