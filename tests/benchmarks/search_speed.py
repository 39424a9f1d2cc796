"""`python tests/benchmarks/search_speed.py [DATABASE_URL]`: searching 5,000 episodes, as milliseconds a page.

The texts are made of words with the frequencies of English (Zipf), 2,600 words each, the forum's mean.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

from narrate.records import Author, PostKey
from narrate.store import open_store
from narrate.store.episodes import save_episode
from narrate.store.posts import save_post, set_date
from narrate.store.search import Wanted, facets, find, keep_text
from narrate.store.words import parse_words
from tests.narrate.store.test_search import a_script
from tests.narrate.store.test_store import make_episode, make_post

EPISODES, WORDS, VOCABULARY = 5000, 2600, 40_000
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SEARCHES = ("w3", "w40 w90", '"w5 w9"', "w2000", "w12000 w30", "w1 -w2", "title7")


def main() -> None:
    chance = random.Random(7)
    vocabulary = [f"w{n}" for n in range(1, VOCABULARY + 1)]
    weights = [1 / n for n in range(1, VOCABULARY + 1)]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/search.db")
        began = time.perf_counter()
        for start in range(0, EPISODES, 250):
            with store.begin() as session:
                for n in range(start, start + 250):
                    key = PostKey("lesswrong", f"{n:017}")
                    words = chance.choices(vocabulary, weights, k=WORDS)
                    script, recording = a_script([" ".join(words[i : i + 65]) for i in range(0, WORDS, 65)])
                    title = f"title{n % 50} number {n}"
                    save_post(session, replace(make_post(key), title=title))
                    session.flush()
                    authors = (Author(name=f"Author {n % 300}"),)
                    tags = (f"Tag {n % 90}", "AI")
                    episode = replace(make_episode(key), title=title, tags=tags, authors=authors)
                    save_episode(session, episode, script=script, recording=recording)
                    set_date(session, key, ready_at=NOON + timedelta(minutes=n))
                    keep_text(session, episode, script, recording)
        print(f"indexing: {(time.perf_counter() - began) * 1000 / EPISODES:.1f} ms an episode, rows included")
        for typed in ("", *SEARCHES):
            wanted = Wanted(words=parse_words(typed))
            print(f"{typed or 'browsing':>12}: {timed(store, lambda s, w=wanted: find(s, w, 1, 20)):6.1f} ms")
        print(f"      facets: {timed(store, facets):6.1f} ms")
        print(f"  of one tag: {timed(store, lambda s: find(s, Wanted(tag='Tag 7'), 1, 20)):6.1f} ms")
        store.close()


def timed(store, work) -> float:  # type: ignore[no-untyped-def]
    """Median of nine, in milliseconds."""
    took = []
    for _ in range(9):
        with store.begin() as session:
            began = time.perf_counter()
            work(session)
            took.append((time.perf_counter() - began) * 1000)
    return median(took)


if __name__ == "__main__":
    main()
