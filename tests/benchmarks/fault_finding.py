"""How many faults pass unseen, how many good takes are blamed, and what the checks cost beside the engine's own time.

    python -m tests.benchmarks.fault_finding POSTS [--takes N] [--spoilt N]

POSTS is a folder of post JSON files; without it the sample posts are spoken. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from pathlib import Path

import numpy as np

import voices
from narrate.errors import NarrateError
from narrate.samples import sample_files
from narrate.script import write
from narrate.sources import Sources
from tests.damages import DAMAGES
from voices import Line
from voices.faults import find_fault

VOICES = ("flite-rms", "flite-slt", "flite-awb", "flite-kal16", "espeak-en-us", "espeak-en-gb", "tone")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("posts", nargs="?", type=Path)
    parser.add_argument("--takes", type=int, default=2100, help="good takes in all")
    parser.add_argument("--spoilt", type=int, default=20, help="takes of each voice that are spoilt in every way")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    files = sorted(asked.posts.rglob("*.json")) if asked.posts else [*sample_files()]
    lines = spoken_lines(files, random.Random(asked.seed))
    each = asked.takes // len(VOICES)
    figures = {voice: of_voice(voice, lines[i * each : (i + 1) * each], asked.spoilt) for i, voice in enumerate(VOICES)}
    figures["all"] = {
        "good_takes": sum(f["good_takes"] for f in figures.values()),
        "false_alarms": sum(f["false_alarms"] for f in figures.values()),
        "spoilt_takes": sum(f["spoilt_takes"] for f in figures.values()),
        "passed_unseen": sum(f["passed_unseen"] for f in figures.values()),
        "kinds_of_damage": len(DAMAGES),
    }
    print(json.dumps(figures, indent=1))


def spoken_lines(files: list[Path], chance: random.Random) -> list[Line]:
    """Every utterance of the posts, in an order of chance."""
    lines = []
    with Sources() as sources:
        for file in files:
            try:
                script = write(sources.fetch(str(file)))
            except NarrateError:
                continue  # an event, a stub: nothing to say
            for u in script.utterances:
                ipa = tuple((p.start, p.end, p.ipa) for p in u.pronunciations)
                speed = 0.95 if u.role == "heading" else 1.0
                lines.append(Line(id="x", text=u.spoken, speaker="", pronunciations=ipa, speed=speed))
    chance.shuffle(lines)
    return lines


def of_voice(voice_id: str, lines: list[Line], n_spoilt: int) -> dict[str, float]:
    voice = voices.find(voice_id)
    engine = voices.load(voice)
    chance = np.random.default_rng(1)
    alarms, unseen = Counter[str](), Counter[str]()
    audio_s = speaking_s = checking_s = 0.0
    spoilt = 0
    for line in (Line(**{k: getattr(line, k) for k in line.__slots__} | {"speaker": voice.speaker}) for line in lines):
        started_s = time.perf_counter()
        take = next(iter(engine.speak([line])))
        spoken_s = time.perf_counter()
        fault = find_fault(line, take, engine.rate_hz)
        checking_s += time.perf_counter() - spoken_s
        speaking_s += spoken_s - started_s
        audio_s += take.sound.duration_s
        if fault:
            alarms[fault.kind] += 1
        if voice_id != "tone" and spoilt < n_spoilt * len(DAMAGES) and len(line.text.split()) > 13:
            for name, damage in DAMAGES.items():
                spoilt += 1
                if find_fault(line, damage(take, chance), engine.rate_hz) is None:
                    unseen[name] += 1
    return {
        "good_takes": len(lines),
        "false_alarms": alarms.total(),
        **{f"false_{kind}": n for kind, n in alarms.items()},
        "spoilt_takes": spoilt,
        "passed_unseen": unseen.total(),
        **{f"unseen_{kind}": n for kind, n in unseen.items()},
        "audio_s": round(audio_s, 1),
        "of_speaking_time": round(checking_s / speaking_s, 4),
        "us_per_audio_s": round(checking_s / audio_s * 1e6, 1),
    }


if __name__ == "__main__":
    main()
