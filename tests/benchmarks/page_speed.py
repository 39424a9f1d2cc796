"""An episode of three hours and 30,000 words: how large its page is, and what reading along costs a browser.

    .venv/bin/python tests/benchmarks/page_speed.py

The sample posts are said over and over until there are 30,000 words; their times are made up. Prints JSON.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from narrate import pages
from narrate.audio.sounds import Mark, Piece, Recording
from narrate.records import Author, Chapter, Episode, EpisodeChapter, PostKey, Script, StoredFile
from narrate.samples import sample_files
from narrate.script import ScriptOptions, write
from narrate.sources import Sources
from tests.chromium import chromium

WORDS = 30_000
RATE_HZ = 1000
CHARACTER_S = 0.055

#: What the page does at every word, five thousand times; then a search; all in milliseconds.
_MEASURE = """() => {
  const timed = (what) => { const start = performance.now(); what(); return performance.now() - start; };
  const entry = performance.getEntriesByType("navigation")[0];
  const step = length / 5000;
  let t = 0;
  const follow_5000 = timed(() => { for (let i = 0; i < 5000; i++) { player.currentTime = t += step; follow(); } });
  const placed = timed(() => { for (let i = 0; i < 200; i++) {
    player.currentTime = Math.random() * length; follow(); current.getBoundingClientRect();
  } });
  query.value = "the";
  return {
    loaded_ms: entry.loadEventEnd,
    elements: document.querySelectorAll("*").length,
    follow_a_word_ms: follow_5000 / 5000,
    follow_and_lay_out_ms: placed / 200,
    search_the_ms: timed(search),
    hits: hits.length,
  };
}"""


def long_script() -> Script:
    """The sample posts in a row, their ids made different, until there are enough words."""
    with Sources() as sources:
        scripts = [write(sources.fetch(str(path)), ScriptOptions()) for path in sample_files()]
    chapters: list[Chapter] = []
    n_words = 0
    for n, script in enumerate(cycle(scripts)):
        for chapter in script.chapters:
            said = tuple(
                replace(u, id=f"{n}-{u.id}", block=None if u.block is None else n * 1000 + u.block)
                for u in chapter.utterances
            )
            chapters.append(replace(chapter, utterances=said))
            n_words += sum(len(u.written.split()) for u in said)
        if n_words >= WORDS:
            return replace(scripts[0], key=PostKey("lesswrong", "long"), chapters=tuple(chapters), note_ranges=())
    raise AssertionError


def timed(script: Script) -> tuple[Recording, bytes, tuple[int, ...]]:
    """A recording of it whose words last as long as they are, its transcript, and where its chapters begin, in ms."""
    pieces, segments, starts, at_s = [], [], [], 0.0
    for chapter in script.chapters:
        starts.append(round(at_s * 1000))
        for u in chapter.utterances:
            begins_s = at_s
            for word in u.written.split():
                ends_s = at_s + 0.1 + CHARACTER_S * len(word)
                segments.append({"startTime": round(at_s, 3), "endTime": round(ends_s, 3), "body": word})
                at_s = ends_s
            n_samples = round((at_s - begins_s) * RATE_HZ)
            pieces.append(
                Piece(utterance_id=u.id, take_key="0" * 64, start_sample=round(begins_s * RATE_HZ), n_samples=n_samples)
            )
    mark = Mark(title="-", level=1, anchor=None, start_sample=0)
    recording = Recording(rate_hz=RATE_HZ, n_samples=round(at_s * RATE_HZ), pieces=tuple(pieces), marks=(mark,))
    return recording, json.dumps({"segments": segments}).encode(), tuple(starts)


def render(script: Script) -> tuple[str, float]:
    """The page, and how long it took to make, in ms."""
    recording, words, starts = timed(script)
    ends = (*starts[1:], round(recording.n_samples / RATE_HZ * 1000))
    file = StoredFile(path="recordings/lesswrong-long/0.mp3", n_bytes=1, mime="audio/mpeg")
    at = script.posted_at
    assert at
    episode = Episode(
        key=script.key, version="", title="Long", authors=(Author(name="-"),), site="", source_url=script.source_url,
        posted_at=at, ready_at=at, released_at=at, made_at=at, revision="", voice_id="-", duration_ms=ends[-1],
        audio=file, cover=file, chapters_json=file, transcript_vtt=file, transcript_srt=file, transcript_json=file,
        chapters=tuple(
            EpisodeChapter(start_ms=a, end_ms=b, title=c.title, level=c.level, url=f"{script.source_url}#{c.anchor}")
            for a, b, c in zip(starts, ends, script.chapters, strict=True)
        ),
        notes_html="", opening="", n_words=WORDS,
    )  # fmt: skip
    start_s = time.perf_counter()
    made = pages.render_episode(
        show_title="-", base_url="https://a.example", feed_url="-", episode=episode, script=script,
        recording=recording, words_json=words,
    )  # fmt: skip
    html = next(content for path, content, _ in made if path.startswith("episodes/"))
    return html.decode(), (time.perf_counter() - start_s) * 1000


def measure() -> dict[str, Any]:
    script = long_script()
    html, render_ms = render(script)
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        (site / "static").mkdir()
        (site / "episodes").mkdir()
        for name, _ in pages.STATIC_FILES:
            (site / "static" / name).write_bytes((pages.STATIC / name).read_bytes())
        place = site / "episodes" / "long.html"
        place.write_text(html, encoding="utf-8")
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(place.as_uri(), wait_until="load")
            found: dict[str, Any] = page.evaluate(_MEASURE)
    return {
        "words": sum(len(u.written.split()) for u in script.utterances),
        "hours": round(timed(script)[0].n_samples / RATE_HZ / 3600, 2),
        "page_kb": round(len(html.encode()) / 1000),
        "page_gzipped_kb": round(len(gzip.compress(html.encode(), 6)) / 1000),
        "render_ms": round(render_ms),
        **{name: round(value, 3) for name, value in found.items()},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
