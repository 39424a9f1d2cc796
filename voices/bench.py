"""`python -m voices.bench`: our way of running a neural voice against its package's own, in one run. JSON on stdout.

Both sides speak the same sentences through the same phonemes, every phoneme as long, after a warm-up. The stock side
goes sentence by sentence: coqui's is `TTS.api.TTS.tts()` with its espeak program, Kokoro's its network, given our
phonemes, where the package is installed. Each runs in processes of its own, so that their memory is told apart: stock,
ours, stock again. Weights are random unless a model's folder is given: this measures speed, never how a voice sounds.

Kokoro needs torch and eSpeak NG, coqui its package too; nothing of `narrate`: docs/performance.md says how to carry it
to a GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from voices.bench_sides import SIDES, SUBJECTS
from voices.engine import VoiceError
from voices.neural.placing import PRECISIONS, place

_GPU_LINES, _STOCK_LINES, _CPU_LINES = 1024, 24, 8


def measure(
    engine: str = "coqui",
    *,
    model: Path | None = None,
    n_lines: int | None = None,
    precision: str | None = None,
    compiled: bool = False,
) -> dict[str, Any]:
    """All figures of one run. A batch of 1 frame means: line by line. `of_stock` is null where there is no package."""
    if engine not in SUBJECTS:
        raise VoiceError(f"there is no bench for the engine {engine!r}; there are {', '.join(SUBJECTS)}")
    subject = SUBJECTS[engine]
    placing = place()
    on_gpu = placing.gpu is not None
    n_wanted = n_lines or (_GPU_LINES if on_gpu else _CPU_LINES)
    with tempfile.TemporaryDirectory(prefix="narrate-bench-") as scratch:
        asked: dict[str, Any] = {
            "engine": engine,
            "folder": str(model or scratch),
            "n_lines": n_wanted,
            "precision": precision or placing.precision,
            "compiled": compiled,
        }
        if model is None:
            _run("make", asked)
        stock_asked = asked | {"n_lines": min(n_wanted, _STOCK_LINES)}
        stock = [_run("stock", stock_asked)] if subject.stock else []
        ours = [
            _ours(asked | {"batch_frames": frames}, on_gpu) for frames in (subject.batch_frames if on_gpu else (1,))
        ]
        stock += [_run("stock", stock_asked)] if subject.stock else []
        flops = _run("arithmetic", asked)["flops"]
    stock_x = sum(one["speed_x"] for one in stock) / 2
    limit_x = flops / subject.gflop_per_audio_s / 1e9
    for one in ours:
        one["of_stock"] = round(one["speed_x"] / stock_x, 2) if stock else None
        one["of_arithmetic_limit"] = round(one["speed_x"] / limit_x, 3)
    gpu = placing.gpu
    return {
        "engine": engine,
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "gpu": None if gpu is None else {"name": gpu.name, "memory_gb": round(gpu.memory_bytes / 1e9, 1)},
        },
        "weights": "random: this is about speed, not about how it sounds" if model is None else str(model),
        "precision": asked["precision"],
        "compiled": compiled,
        "frames_per_phoneme": subject.frames_per_phoneme,
        "gflop_per_audio_s": subject.gflop_per_audio_s,
        "matrix_product_tflops": round(flops / 1e12, 3),
        "arithmetic_limit_x": round(limit_x, 1),
        "stock": stock,
        "ours": ours,
        "best_of_stock": max(one["of_stock"] for one in ours) if stock else None,
    }


def _ours(asked: dict[str, Any], on_gpu: bool) -> dict[str, Any]:
    """On a GPU one process; on a processor one for every core, each with its share of the lines, at once."""
    n = 1 if on_gpu else os.cpu_count() or 1
    children = [_start("ours", asked | {"share": [number, n]}) for number in range(n)]
    parts = [_finish(child) for child in children]
    wall_s = max(part["ended_s"] for part in parts) - min(part["started_s"] for part in parts)
    audio_s = sum(part["audio_s"] for part in parts)
    whole = {
        "batch_frames": asked["batch_frames"],
        "processes": n,
        "audio_s": round(audio_s, 1),
        "wall_s": round(wall_s, 3),
        "speed_x": round(audio_s / wall_s, 2),
        "padding": round(sum(part["padding"] for part in parts) / n, 4),
        "peak_mb": round(sum(part["peak_mb"] for part in parts), 1),
        "stages_s": {name: round(sum(part["stages_s"][name] for part in parts), 3) for name in parts[0]["stages_s"]},
    }
    if parts[0]["energy_j"] is not None:
        whole["joules_per_audio_s"] = round(parts[0]["energy_j"] / audio_s, 4)
    return whole


def _run(side: str, asked: dict[str, Any]) -> dict[str, Any]:
    return _finish(_start(side, asked))


def _start(side: str, asked: dict[str, Any]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "voices.bench", "--side", side, json.dumps(asked)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _finish(child: subprocess.Popen[str]) -> dict[str, Any]:
    printed, _ = child.communicate()
    if child.returncode != 0:
        raise VoiceError(f"a process that was measured ended with {child.returncode}; see its message above")
    answer: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])  # libraries print what they like before
    return answer


def plot(figures: dict[str, Any]) -> str:
    """The figures as an SVG: audio seconds a second, a bar for the package and one for each batch size."""
    bars = [("the package", sum(run["speed_x"] for run in figures["stock"]) / 2, "#888")] if figures["stock"] else []
    for one in figures["ours"]:
        name = "line by line" if one["batch_frames"] == 1 else f"{one['batch_frames']:,} frames"
        bars.append((name, one["speed_x"], "#2a6"))
    longest = max(speed for _, speed, _ in bars)
    rows = [
        f'<text x="130" y="{y + 15}" text-anchor="end">{name}</text>'
        f'<rect x="140" y="{y}" width="{400 * speed / longest:.1f}" height="20" fill="{colour}"/>'
        f'<text x="{146 + 400 * speed / longest:.1f}" y="{y + 15}">{speed:,.1f}</text>'
        for y, (name, speed, colour) in zip(range(44, 9999, 28), bars, strict=False)
    ]
    where = figures["machine"]["gpu"]["name"] if figures["machine"]["gpu"] else f"{figures['machine']['cores']} cores"
    height = 60 + 28 * len(bars)
    what = f"{SUBJECTS[figures['engine']].title}, {figures['precision']}, {where}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height}" font-family="sans-serif" font-size="13">'
        f'<text x="10" y="24">{what}: seconds of audio a second (random weights)</text>'
        f"{''.join(rows)}</svg>\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=SUBJECTS, default="coqui", help="whose kind of network: VITS, or Kokoro")
    parser.add_argument("--model", type=Path, help="a model's folder; random weights of full size otherwise")
    parser.add_argument("--lines", type=int, help="sentences to speak")
    parser.add_argument("--precision", choices=PRECISIONS)
    parser.add_argument("--compile", action="store_true", help="torch.compile the decoder")
    parser.add_argument("--plot", type=Path, help="also draw an SVG")
    parser.add_argument("--side", nargs=2, metavar=("SIDE", "JSON"), help="one side alone, as its parent asks")
    given = parser.parse_args()
    if given.side:
        print(json.dumps(SIDES[given.side[0]](json.loads(given.side[1]))))
        return
    figures = measure(
        given.engine, model=given.model, n_lines=given.lines, precision=given.precision, compiled=given.compile
    )
    print(json.dumps(figures, indent=1))
    if given.plot:
        given.plot.write_text(plot(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
