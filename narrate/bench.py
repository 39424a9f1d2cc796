"""Post JSON -> published episode, against the bare engine in the same run: speed as a ratio, memory as a peak.

The text is the bundled sample posts', repeated to the length asked for; every paragraph gets a number of its own, so
that no take is spoken once and heard twice. Peak memory is the sum over the command and all its children of what each
alone holds plus its share of what they share (PSS), sampled twenty times a second.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

from narrate.errors import NarrateError
from narrate.samples import sample_files
from narrate.script import write
from narrate.script.numerals import cardinal
from narrate.sources import Sources

_WORDS_A_MINUTE = 165
_SAMPLE_S = 0.05


def measure(*, minutes: float, voice_id: str, slots: int | None = None) -> dict[str, Any]:
    """Figures for one long post and for the same text as several, each with the bare engine's beside it."""
    n = slots or os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="narrate-bench-") as folder:
        one = [_post(Path(folder) / "one.json", 0, minutes)]
        several = [_post(Path(folder) / f"several-{i}.json", i, minutes / 6) for i in range(1, 7)]
        bare = _bare(one, voice_id, n)
        long = _episode(one, Path(folder) / "long", voice_id, n)
        short = _episode(several, Path(folder) / "short", voice_id, n)
        again = _bare(one, voice_id, n)
    speed = (bare["speed_x"] + again["speed_x"]) / 2
    return {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "voice": voice_id,
        "processes": n,
        "bare_engine": [bare, again],
        "one_post": long | {"of_bare_engine": round(long["speed_x"] / speed, 3)},
        "six_posts": short | {"of_bare_engine": round(short["speed_x"] / speed, 3)},
    }


def _post(path: Path, number: int, minutes: float) -> Path:
    """A post JSON file with about so many minutes of prose in sections."""
    paragraphs = cycle(_paragraphs())
    html: list[str] = []
    n_words = 0
    while n_words < minutes * _WORDS_A_MINUTE:
        place = len(html) + 1
        if place % 12 == 1:
            html.append(f"<h2>Section {cardinal(place // 12 + 1)}</h2>")
        text = f"{next(paragraphs)} This was paragraph {cardinal(place)} of post {cardinal(number)}."
        html.append(f"<p>{text}</p>")
        n_words += len(text.split())
    post = {
        "_id": f"bench{number:012}",
        "title": f"A long post for measuring, number {cardinal(number)}",
        "postedAt": "2026-01-02T03:04:05.000Z",
        "user": {"displayName": "Bench"},
        "contents": {"html": "\n".join(html), "version": "1.0.0"},
    }
    path.write_text(json.dumps(post), encoding="utf-8")
    return path


def _paragraphs() -> list[str]:
    """The sample posts' longer prose, as plain text."""
    with Sources() as sources:
        scripts = [write(sources.fetch(str(file))) for file in sample_files()]
    spoken = (u.spoken for script in scripts for u in script.utterances if u.role == "prose" and u.block is not None)
    return [text for text in spoken if len(text.split()) > 12]


def _bare(posts: Sequence[Path], voice_id: str, n: int) -> dict[str, float]:
    """The engine alone: n processes, each with every nth line, nothing kept."""
    with Sources() as sources:
        lines = [u.spoken for post in posts for u in write(sources.fetch(str(post))).utterances]
    started_s = time.perf_counter()
    children = []
    for i in range(n):
        child = subprocess.Popen(
            [sys.executable, "-m", "voices.bare", voice_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert child.stdin is not None
        child.stdin.write(json.dumps(lines[i::n]))
        child.stdin.close()
        children.append(child)
    audio_s = 0.0
    for child in children:
        assert child.stdout is not None
        audio_s += float(child.stdout.read())
        child.wait()
    wall_s = time.perf_counter() - started_s
    return {"audio_s": round(audio_s, 1), "wall_s": round(wall_s, 2), "speed_x": round(audio_s / wall_s, 2)}


def _episode(posts: Sequence[Path], folder: Path, voice_id: str, n: int) -> dict[str, float]:
    """The whole command, from a cold start with an empty data folder to a published feed."""
    env = os.environ | {"NARRATE_HOME": str(folder / "home"), "NARRATE_SLOTS": str(n)}
    command = [sys.executable, "-m", "narrate", "episode", *map(str, posts), "--voice", voice_id]
    started_s = time.perf_counter()
    child = subprocess.Popen([*command, "--out", str(folder / "site")], env=env, stdout=subprocess.DEVNULL)
    peak_bytes = 0
    while child.poll() is None:
        peak_bytes = max(peak_bytes, sum(_pss_bytes(pid) for pid in _family(child.pid)))
        time.sleep(_SAMPLE_S)
    wall_s = time.perf_counter() - started_s
    if child.returncode:
        raise NarrateError(
            f"narrate episode ended with {child.returncode} while it was measured; see its message above"
        )
    audio_s = sum(_seconds(file) for file in (folder / "site" / "media").glob("*/*.chapters.json"))
    return {
        "audio_s": round(audio_s, 1),
        "wall_s": round(wall_s, 2),
        "speed_x": round(audio_s / wall_s, 2),
        "peak_mb": round(peak_bytes / 1e6, 1),
    }


def _seconds(chapters: Path) -> float:
    end: float = json.loads(chapters.read_text(encoding="utf-8"))["chapters"][-1]["endTime"]
    return end


def _family(pid: int) -> Iterator[int]:
    """A process and all that descend from it (Linux)."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield from _family(int(child))


def _pss_bytes(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
