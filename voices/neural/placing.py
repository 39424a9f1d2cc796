"""Where a model runs and how exactly, decided without torch: the answer goes into every take's key.

The encoder, the durations, the flow and the last layer are always exact (float32 or better). Half precision is for the
decoder alone, 97% of the arithmetic, and only on a GPU, which does it more than ten times as fast. It is float16: its
error is 17 dB below that of bfloat16, whose three digits put noise 30 to 44 dB under the signal, and no dearer. A model
that leaves its range of numbers is told so by name. `NARRATE_PRECISION` overrides the choice (`float32`, `float16`,
`bfloat16`); machines that share takes have to agree.
"""

from __future__ import annotations

import ctypes
import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from voices.engine import VoiceError, VoiceUnavailable
from voices.neural.gpu import Gpu, find_gpu

PRECISIONS = ("float32", "float16", "bfloat16")

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_KEPT_BYTES = 1 << 30
_GPU_PACK_LINES = 512
_GPU_PROCESSES = 2  # while one reads and writes, the other computes


@dataclass(frozen=True, slots=True)
class Placing:
    """`gpu` is None for the processor."""

    gpu: Gpu | None
    precision: str

    @property
    def device(self) -> str:
        return "cuda" if self.gpu else "cpu"


class BatchingEngine:
    """What an engine that batches likes at one go here: see voices.engine.Engine."""

    @classmethod
    def pack_lines(cls) -> int:
        return _GPU_PACK_LINES if place().gpu else 24

    @classmethod
    def most_processes(cls) -> int | None:
        return _GPU_PROCESSES if place().gpu else None


def place() -> Placing:
    """The first GPU if torch can use it, in float16; else the processor, in float32."""
    gpu = find_gpu() if torch_cuda() else None
    precision = os.environ.get("NARRATE_PRECISION", "auto")
    if precision == "auto":
        precision = "float16" if gpu else "float32"
    if precision not in PRECISIONS:
        raise VoiceError(f"NARRATE_PRECISION can't be {precision!r}; it is one of {', '.join(PRECISIONS)}")
    return Placing(gpu, precision)


def keep_precision(precision: str) -> None:
    """Let this process and the voices it starts calculate so; "auto" leaves it to `place`."""
    if precision != "auto":
        os.environ["NARRATE_PRECISION"] = precision


def why_unusable(placing: Placing) -> str | None:
    """One line when the GPU's driver is too old for torch, else None."""
    cuda = torch_cuda()
    if placing.gpu is None or cuda is None or placing.gpu.cuda >= (cuda[0], 0):
        return None
    driver = ".".join(map(str, placing.gpu.cuda))
    return (
        f"the driver of the {placing.gpu.name} speaks CUDA {driver}, torch is built for {cuda[0]}.{cuda[1]}; update "
        "the driver, install a torch for it, or hide the GPU with CUDA_VISIBLE_DEVICES=-1"
    )


def start_torch(placing: Placing) -> None:
    """Import torch where it will run. VoiceUnavailable, in one line, when it can't use the GPU after all."""
    if placing.gpu is None:
        keep_buffers()
    import torch

    if placing.gpu is None:
        torch.set_num_threads(1)  # there is a process for every core
    elif not torch.cuda.is_available():
        raise VoiceUnavailable(
            f"torch can't use the {placing.gpu.name}; look at nvidia-smi, or hide the GPU with CUDA_VISIBLE_DEVICES=-1"
        )


def torch_cuda() -> tuple[int, int] | None:
    """The CUDA that torch was built for, None for a build without and where there is no torch. Doesn't import it."""
    spec = find_spec("torch")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "version.py"
        found = re.search(r"^cuda.*=\s*['\"](\d+)\.(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1]), int(found[2])
    return None


def keep_buffers() -> None:
    """Let this process keep freed memory: a decoder on the processor asks for the same megabytes again and again.

    Otherwise each buffer is mapped anew and every page of it faults: up to half of the time (mallopt(3)).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TOP_PAD, 64 << 20)
