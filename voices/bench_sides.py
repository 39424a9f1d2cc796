"""The sides of `voices.bench`, each in a process of its own: the package, ours, and what the device can multiply."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voices.engine import Line
from voices.neural.placing import Placing, keep_buffers, place

FRAMES_PER_PHONEME = 12

#: Own sentences, 30 to 130 characters; no two lines made of them are alike, so that no cache helps.
_SENTENCES = """\
{a} asked {b} for the map.
Nobody had told {a} what the question was.
The second guess of {a} was better than the first.
{a} counted the jars twice, wrote the numbers down, and went home.
If the model is right, {a} said, then half of what {b} measured is noise.
What {a} had called a law was a habit of the instrument, and {b} could show it within an afternoon.
They argued about the price of certainty until {a} noticed that neither had asked what it would buy.
It took {a} a winter to learn the names of the tools, another to learn which of them mattered, and one to forget them.
{a} explained the proof to {b}, and the hard step was the one that everybody skips: that such a thing exists at all.
A careful reader, {b} wrote, can tell you what would have changed their mind, and {a} put the letter down and thought.\
""".splitlines()
_NAMES = (
    "Ada",
    "Boris",
    "Carla",
    "Daphne",
    "Edgar",
    "Fiona",
    "Gustav",
    "Hanna",
    "Igor",
    "Jonas",
    "Karin",
    "Ludwig",
    "Mira",
)


def make_lines(n: int, speaker: str) -> list[Line]:
    """So many different lines."""
    lines = []
    for number in range(n):
        turn, names = number // len(_SENTENCES), len(_NAMES)
        a, b = f"{_NAMES[turn % names]} {_NAMES[turn // names % names]}", _NAMES[(turn + 5) % names]
        text = _SENTENCES[number % len(_SENTENCES)].format(a=a, b=b)
        lines.append(Line(id=str(number), text=text, speaker=speaker, seed=number))
    return lines


def make(asked: dict[str, Any]) -> dict[str, Any]:
    from voices.neural.random_models import make_vits_folder

    make_vits_folder(Path(asked["folder"]))
    return {}


def speak_stock(asked: dict[str, Any]) -> dict[str, Any]:
    """The package as its users call it: one sentence after the other, on all cores or the GPU."""
    from voices.neural.folders import CONFIG
    from voices.neural.random_models import fix_durations
    from voices.neural.tts_package import find_weights, let_in, quietly

    let_in()
    folder = Path(asked["folder"])
    with quietly():
        from TTS.api import TTS

        tts = TTS(model_path=str(find_weights(folder)), config_path=str(folder / CONFIG), progress_bar=False)
        tts.to(place().device)
        model = tts.synthesizer.tts_model
        durations = fix_durations(model, FRAMES_PER_PHONEME)
        speaker = tts.speakers[0] if tts.speakers else None
        lines = make_lines(asked["n_lines"], speaker or "")
        for line in lines[:2]:
            tts.tts(line.text, speaker=speaker)
        durations.n_frames = 0  # what comes out is trimmed where it seems silent, and padded: frames are what was made
        started_s = time.perf_counter()
        for line in lines:
            tts.tts(line.text, speaker=speaker)
        wall_s = time.perf_counter() - started_s
    audio_s = durations.n_frames * model.config.audio.hop_length / tts.synthesizer.output_sample_rate
    return {
        "audio_s": round(audio_s, 1),
        "wall_s": round(wall_s, 3),
        "speed_x": round(audio_s / wall_s, 2),
        "peak_mb": _peak_mb(),
    }


def speak_ours(asked: dict[str, Any]) -> dict[str, Any]:
    """A share of the lines: timed as a whole, then by stage."""
    import torch

    from voices.batching import Scheduler
    from voices.neural.batched_voice import Meter
    from voices.neural.gpu import energy_j
    from voices.neural.random_models import fix_durations
    from voices.neural.vits_voice import VitsVoice

    placing = Placing(place().gpu, asked["precision"])
    on_gpu = placing.gpu is not None
    if not on_gpu:
        keep_buffers()
        torch.set_num_threads(1)
    voice = VitsVoice(Path(asked["folder"]), placing, compiled=asked["compiled"])
    fix_durations(voice.network.model, FRAMES_PER_PHONEME)
    voice.by_frames = Scheduler(asked["batch_frames"])
    first, step = asked["share"]
    lines = make_lines(asked["n_lines"], next(iter(voice.speakers)))[first::step]
    for _ in voice.speak(lines if on_gpu else lines[:2]):  # on a GPU every shape is met before
        pass
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    voice.meter = Meter()
    energy_before_j, started_s = energy_j() if on_gpu else None, time.time()
    for _ in voice.speak(lines):
        pass
    ended_s, energy_after_j = time.time(), energy_j() if on_gpu else None
    whole = voice.meter
    if on_gpu:
        voice.meter = Meter(is_exact=True)
        for _ in voice.speak(lines):
            pass
    return {
        "started_s": started_s,
        "ended_s": ended_s,
        "audio_s": whole.n_frames_heard * voice.network.hop / voice.rate_hz,
        "padding": whole.padding,
        "peak_mb": torch.cuda.max_memory_allocated() / 1e6 if on_gpu else _peak_mb(),
        "energy_j": energy_after_j - energy_before_j if energy_before_j and energy_after_j else None,
        "stages_s": dict(voice.meter.seconds),
    }


def multiply(asked: dict[str, Any]) -> dict[str, Any]:
    """Floating-point operations a second of a large matrix product: what a decoder could reach, and never does."""
    import torch

    device = place().device
    size = 8192 if device == "cuda" else 2048
    a = torch.randn(size, size, device=device).to(getattr(torch, asked["precision"]))
    best_s = float("inf")
    for _ in range(20):
        started_s = time.perf_counter()
        (a @ a)[0, 0].item()
        best_s = min(best_s, time.perf_counter() - started_s)
    return {"flops": 2 * size**3 / best_s}


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, 1)


SIDES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "make": make,
    "stock": speak_stock,
    "ours": speak_ours,
    "arithmetic": multiply,
}
