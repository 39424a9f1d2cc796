"""What networks that run in two halves do alike: tokens drawn out over frames, and memory that ended told as such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad

from voices.batching import OutOfMemory


def spread(values: Sequence[Any], frames: Sequence[Any], length: int) -> Any:
    """(n_tokens, channels) of each row -> (rows, channels, length): each token for as many frames as it lasts.

    `frames`: int64 (n_tokens,) of each row, on the CPU. What a row doesn't fill is zero.
    """
    rows = []
    for value, own in zip(values, frames, strict=True):
        n_frames = int(own.sum())
        drawn = torch.repeat_interleave(value, own.to(value.device), dim=0, output_size=n_frames)
        rows.append(pad(drawn.T, (0, length - n_frames)))
    return torch.stack(rows)


def to_pcm16(sound: Any) -> tuple[Any, Any]:
    """Sound (rows, n_samples) -> int16 of the same shape, and each row's peak before it was rounded.

    A peak that is no number tells of broken arithmetic.
    """
    pcm = (sound * 32768.0).round_().clamp_(-32768, 32767).to(torch.int16)
    return pcm, sound.abs().amax(dim=1)


class memory_told:  # noqa: N801 - a context manager reads like a function
    """Turns torch's out-of-memory into the scheduler's."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        is_cpu_full = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
        if isinstance(error, torch.OutOfMemoryError) or is_cpu_full:
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            raise OutOfMemory from error
