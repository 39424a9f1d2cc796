"""`python tests/benchmarks/pipeline_speed.py [--posts N] [--minutes M] [--cores 1,2,...]`: the pipeline around a voice.

Posts wait in a queue; `narrate work --once` narrates and publishes them all with the tone voice, which costs next to
nothing: what is measured is everything else. For each number of cores the worker and all its children are pinned to so
many. Prints JSON. `speed_a_core` is audio seconds a second and a core by the clock. `undisturbed_a_core` leaves out the
time that other programs had these cores: audio seconds for each second a core worked for us or had nothing to do.
`dispatcher_cpu_s` is the one process that can't be spread over cores.
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
    parser.add_argument("--opus", action="store_true", help="make the Opus file too, as is the default elsewhere")
    given = parser.parse_args()
    runs: list[dict[str, Any]] = []
    for cores in [int(n) for n in given.cores.split(",")]:
        runs.append(measure(cores, given.posts, given.minutes, opus=given.opus))
        runs[-1]["of_linear"] = round(runs[-1]["undisturbed_a_core"] / runs[0]["undisturbed_a_core"], 3)
    machine = {"cores": n_cores, "python": platform.python_version(), "system": platform.platform()}
    print(json.dumps({"machine": machine, "voice": "tone", "runs": runs}, indent=2))


def measure(n_cores: int, n_posts: int, minutes: float, *, opus: bool) -> dict[str, Any]:
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
            "NARRATE_OPUS": "1" if opus else "0",
            "NARRATE_ENCODERS": str(min(64, n_cores)),
        }
        narrate = [sys.executable, "-m", "narrate"]
        subprocess.run([*narrate, "submit", *ids], env=env, check=True, stdout=subprocess.DEVNULL)
        idle_s = -_idle_s(cores)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started_s = time.perf_counter()
        worker = subprocess.Popen(
            [*narrate, "work", "--once"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )  # fmt: skip
        own_cpu_s = 0.0
        while worker.poll() is None:
            own_cpu_s = _cpu_s(worker.pid) or own_cpu_s
            time.sleep(0.05)
        assert worker.returncode == 0
        wall_s = time.perf_counter() - started_s
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        idle_s += _idle_s(cores)
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
        "undisturbed_a_core": round(audio_s / (cpu_s + idle_s), 1),
        "cpu_s": round(cpu_s, 1),
        "idle_s": round(idle_s, 1),
        "dispatcher_cpu_s": round(own_cpu_s, 1),
    }


def _cpu_s(pid: int) -> float:
    """What a process has used so far, without its children."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _idle_s(cores: set[int]) -> float:
    """How long these cores have had nothing to do since the machine started (Linux)."""
    rows = [line.split() for line in Path("/proc/stat").read_text(encoding="ascii").splitlines()]
    idle = {row[0]: int(row[4]) + int(row[5]) for row in rows if row[0].startswith("cpu")}
    return sum(idle[f"cpu{core}"] for core in cores) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
