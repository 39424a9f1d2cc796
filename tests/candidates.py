"""Candidates and stores with defaults, so that a test shows only what matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from narrate.records import Author, Candidate, PostKey

#: A Monday noon; the Review of 2025 opens a week later.
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def a_key(n: int) -> PostKey:
    return PostKey("lesswrong", f"post{n:013d}")


def a_candidate(n: int = 1, **fields: Any) -> Candidate:
    """A post of three days ago with 40 karma, 1,600 words (ten minutes), by Ana."""
    given = {
        "key": a_key(n),
        "url": f"https://www.lesswrong.com/posts/{a_key(n).post_id}/a-title",
        "title": f"A post about things, number {n}",
        "authors": (Author(name="Ana", url="https://www.lesswrong.com/users/ana"),),
        "karma": 40,
        "posted_at": NOON - 3 * DAY,
        "word_count": 1600,
        "site": "LessWrong",
    }
    return Candidate(**{**given, **fields})
