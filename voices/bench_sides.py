"""The sides of `voices.bench`, each in a process of its own: the package, ours, and what the device can multiply."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voices.engine import Line
from voices.neural.placing import Placing, keep_buffers, place

if TYPE_CHECKING:
    from voices.neural.batched_voice import BatchedVoice

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


def deal(lines: list[Line], number: int, n: int) -> list[Line]:
    """The share of one of n processes: all have about as much to say, dealt out there and back from the longest on."""
    if n == 1:
        return lines
    ordered = sorted(lines, key=lambda line: -len(line.text))
    return [line for at, line in enumerate(ordered) if min(at % (2 * n), 2 * n - 1 - at % (2 * n)) == number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A kind of network, and how each side has it."""

    title: str
    gflop_per_audio_s: float  # of the published size, 2 per multiply-add
    frames_per_phoneme: int
    batch_frames: tuple[int, ...]  # that are tried on a GPU; 1 means line by line
    make: Callable[[Path], None]  # a folder with random weights of the published size
    stock: Callable[[Path], tuple[Callable[[Line], float], str]] | None  # says a line -> its seconds; a speaker's name
    ours: Callable[[Path, Placing, bool], BatchedVoice]


def _make_vits(folder: Path) -> None:
    from voices.neural.random_models import make_vits_folder

    make_vits_folder(folder)


def _stock_vits(folder: Path) -> tuple[Callable[[Line], float], str]:
    from voices.neural.folders import CONFIG
    from voices.neural.random_models import fix_durations
    from voices.neural.tts_package import find_weights, let_in, quietly

    let_in()
    with quietly():
        from TTS.api import TTS

        tts = TTS(model_path=str(find_weights(folder)), config_path=str(folder / CONFIG), progress_bar=False)
        tts.to(place().device)
    model = tts.synthesizer.tts_model
    durations = fix_durations(model, VITS.frames_per_phoneme)
    speaker = tts.speakers[0] if tts.speakers else None

    def say(line: Line) -> float:
        durations.n_frames = 0  # what comes out is trimmed where it seems silent, and padded: frames are what was made
        with quietly():
            tts.tts(line.text, speaker=speaker)
        return float(durations.n_frames * model.config.audio.hop_length / tts.synthesizer.output_sample_rate)

    return say, speaker or ""


def _our_vits(folder: Path, placing: Placing, compiled: bool) -> BatchedVoice:
    from voices.neural.random_models import fix_durations
    from voices.neural.vits_voice import VitsVoice

    voice = VitsVoice(folder, placing, compiled=compiled)
    fix_durations(voice.network.model, VITS.frames_per_phoneme)
    return voice


def _make_kokoro(folder: Path) -> None:
    from voices.neural.random_models import make_kokoro_folder

    make_kokoro_folder(folder, _KOKORO_PACKS, frames_per_token=KOKORO.frames_per_phoneme)


def _stock_kokoro(folder: Path) -> tuple[Callable[[Line], float], str]:
    """Its network, one sentence after the other. The phonemes are ours: its own phonemizer isn't measured."""
    import torch

    from voices.neural.kokoro import stock
    from voices.neural.kokoro.config import RATE_HZ
    from voices.neural.kokoro.voice import KokoroVoice

    device = place().device
    reader = KokoroVoice(folder, KOKORO_CHECKPOINT, _KOKORO_PACKS, Placing(None, "float32"))
    model = stock.load(folder).to(device)

    def say(line: Line) -> float:
        row = reader.row_of(line)
        tokens = torch.tensor([row.tokens], device=device)
        sound, _ = model.forward_with_tokens(tokens, row.style[None].to(device), row.speed)
        return len(sound.cpu()) / RATE_HZ

    return say, _KOKORO_PACKS[0]


def _our_kokoro(folder: Path, placing: Placing, compiled: bool) -> BatchedVoice:
    from voices.neural.kokoro.voice import KokoroVoice

    return KokoroVoice(folder, KOKORO_CHECKPOINT, _KOKORO_PACKS, placing, compiled=compiled)


_KOKORO_PACKS, KOKORO_CHECKPOINT = ("af_heart",), "kokoro-v1_0.pth"
VITS = Subject(
    title="VITS",
    gflop_per_audio_s=54.66,  # 52.96 in the decoder, 1.22 in the flow, 0.44 in the encoder
    frames_per_phoneme=12,
    batch_frames=(1, 4_096, 8_192, 16_384, 24_576, 32_768, 65_536),
    make=_make_vits,
    stock=_stock_vits,
    ours=_our_vits,
)
KOKORO = Subject(
    title="Kokoro",
    gflop_per_audio_s=55.4,  # 52.7 in convolutions; LSTMs aren't counted
    frames_per_phoneme=3,
    batch_frames=(1, 1_024, 2_048, 4_096, 8_192, 12_288, 24_576),
    make=_make_kokoro,
    stock=_stock_kokoro if find_spec("kokoro") and find_spec("transformers") else None,
    ours=_our_kokoro,
)
SUBJECTS = {"coqui": VITS, "kokoro": KOKORO}


def make(asked: dict[str, Any]) -> dict[str, Any]:
    SUBJECTS[asked["engine"]].make(Path(asked["folder"]))
    return {}


def speak_stock(asked: dict[str, Any]) -> dict[str, Any]:
    """The package as its users call it: one sentence after the other, on all cores or the GPU."""
    stock = SUBJECTS[asked["engine"]].stock
    assert stock is not None
    say, speaker = stock(Path(asked["folder"]))
    lines = make_lines(asked["n_lines"], speaker)
    for line in lines[:2]:
        say(line)
    started_s = time.perf_counter()
    audio_s = sum(say(line) for line in lines)
    wall_s = time.perf_counter() - started_s
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

    placing = Placing(place().gpu, asked["precision"])
    on_gpu = placing.gpu is not None
    if not on_gpu:
        keep_buffers()
        torch.set_num_threads(1)
    voice = SUBJECTS[asked["engine"]].ours(Path(asked["folder"]), placing, asked["compiled"])
    voice.by_frames = Scheduler(asked["batch_frames"])
    lines = deal(make_lines(asked["n_lines"], next(iter(voice.speakers))), *asked["share"])
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
