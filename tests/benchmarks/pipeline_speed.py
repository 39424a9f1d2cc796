"""`python tests/benchmarks/pipeline_speed.py [--posts N] [--minutes M] [--cores 1,2,...]`: the pipeline around a voice.

Posts wait in a queue; `narrate work --once` narrates and publishes them all with the tone voice, which costs next to
nothing: what is measured is everything else. For each number of cores the worker and all its children are pinned to so
many. Prints JSON: audio seconds a second, a core, against one core; CPU seconds by process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from narrate.bench import _post, _seconds
from narrate.samples.forum import ForumData, running_forum


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    n_cores = os.cpu_count() or 1
    parser.add_argument("--posts", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=20.0, help="of audio, each post")
    parser.add_argument("--cores", default=",".join(str(n) for n in (1, 2, 4, 8, 16) if n <= n_cores))
    given = parser.parse_args()
    runs: list[dict[str, Any]] = []
    for cores in [int(n) for n in given.cores.split(",")]:
        runs.append(measure(cores, given.posts, given.minutes))
        runs[-1]["of_linear"] = round(runs[-1]["speed_a_core"] / runs[0]["speed_a_core"], 3)
    machine = {"cores": n_cores, "python": platform.python_version(), "system": platform.platform()}
    print(json.dumps({"machine": machine, "voice": "tone", "runs": runs}, indent=2))


def measure(n_cores: int, n_posts: int, minutes: float) -> dict[str, Any]:
    """One run in an empty data folder, from the start of the process to its end."""
    cores = set(sorted(os.sched_getaffinity(0))[:n_cores])
    with tempfile.TemporaryDirectory(prefix="narrate-bench-") as name, running_forum(control=True) as forum:
        folder = Path(name)
        forum.reset(ForumData())
        ids = []
        for number in range(n_posts):
            post = json.loads(_post(folder / f"{number}.json", number, minutes).read_text(encoding="utf-8"))
            forum.data.add_post(post)
            ids.append(post["_id"])
        env = os.environ | {
            "NARRATE_HOME": str(folder / "home"),
            "NARRATE_LESSWRONG_URL": forum.url,
            "NARRATE_VOICE": "tone",
            "NARRATE_SLOTS": str(n_cores),
            "NARRATE_FIND_EVERY_HOURS": "0",
        }
        narrate = [sys.executable, "-m", "narrate"]
        subprocess.run([*narrate, "submit", *ids], env=env, check=True, stdout=subprocess.DEVNULL)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started_s = time.perf_counter()
        worker = subprocess.Popen(
            [*narrate, "work", "--once"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )  # fmt: skip
        assert worker.wait() == 0
        wall_s = time.perf_counter() - started_s
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        chapters = list((folder / "home" / "site" / "media").glob("*/*.chapters.json"))
        assert len(chapters) == n_posts, f"{len(chapters)} of {n_posts} posts were published"
        audio_s = sum(_seconds(file) for file in chapters)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "cores": n_cores,
        "posts": n_posts,
        "audio_s": round(audio_s),
        "wall_s": round(wall_s, 1),
        "speed": round(audio_s / wall_s, 1),
        "speed_a_core": round(audio_s / wall_s / n_cores, 1),
        "audio_s_a_cpu_s": round(audio_s / cpu_s, 1),
    }


if __name__ == "__main__":
    main()
