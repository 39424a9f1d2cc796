"""Post files -> how fast they are read: words a second from written to spoken, milliseconds from post to script.

Both on one core, as processor time of this process, so that waiting for others doesn't count. Each post is written
once, after one that loads what is loaded only once: nothing of a post is remembered from a run before.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from narrate.records import Script
from narrate.samples import sample_files
from narrate.script import write
from narrate.script.spoken import read
from narrate.sources import Sources


def measure_scripts(paths: Sequence[Path]) -> dict[str, Any]:
    """Figures over the posts in `paths` (files, or folders of .json files); without any, over the sample posts."""
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    with Sources() as sources:
        posts = [sources.fetch(str(file)) for file in files or sample_files()]
        write(sources.fetch(str(sample_files()[0])))
    scripts: list[Script] = []
    times_ms: list[float] = []
    for post in posts:
        started_s = time.process_time()
        scripts.append(write(post))
        times_ms.append((time.process_time() - started_s) * 1000)
    texts = [text for script in scripts for text in _paragraphs(script)]
    n_words = sum(len(text.split()) for text in texts)
    started_s = time.process_time()
    for text in texts:
        read(text)
    read_s = time.process_time() - started_s
    return {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "posts": len(posts),
        "words": n_words,
        "written_to_spoken_words_per_s": round(n_words / read_s),
        "post_to_script_ms": {
            "median": round(statistics.median(times_ms), 1),
            "p95": round(_percentile(times_ms, 0.95), 1),
            "most": round(max(times_ms), 1),
        },
    }


def _paragraphs(script: Script) -> list[str]:
    """What is written in each block, as the reading rules get it."""
    by_block: dict[int, list[str]] = {}
    for utterance in script.utterances:
        if utterance.block is not None:
            by_block.setdefault(utterance.block, []).append(utterance.written)
    return [" ".join(parts) for parts in by_block.values()]


def _percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all is not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]
