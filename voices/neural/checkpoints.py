"""A file of weights -> named tensors: safetensors, or torch's own format without anything that runs code."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from voices.engine import VoiceUnavailable


def read_tensors(path: Path, *, inside: str = "model") -> Mapping[str, Any]:
    """The tensors of a file on the processor; those under the key `inside`, where there is one.

    VoiceUnavailable as from `read_file`, and for a file that holds none.
    """
    loaded = read_file(path)
    tensors = loaded.get(inside, loaded) if isinstance(loaded, Mapping) else None
    if not isinstance(tensors, Mapping) or not any(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise VoiceUnavailable(f"{path.name} holds no tensors; it isn't a file of weights: install the voice again")
    return tensors


def read_file(path: Path) -> Any:
    """What a file of weights holds, its tensors on the processor.

    VoiceUnavailable, in one line, for a file that is missing, cut short, damaged, or wants more than tensors and plain
    values to be loaded: such a file could run anything.
    """
    try:
        return _load(path)
    except FileNotFoundError as cause:
        raise VoiceUnavailable(f"{path} is missing; install the voice again") from cause
    except pickle.UnpicklingError as cause:
        if "weights_only" in str(cause).lower() or "unsupported" in str(cause).lower():
            raise VoiceUnavailable(
                f"{path.name} holds more than tensors and is refused, since loading it could run anything; "
                "convert it to safetensors where it can be trusted"
            ) from cause
        raise VoiceUnavailable(_damaged(path)) from cause
    except Exception as cause:  # a torn file raises what its format's reader thinks of
        raise VoiceUnavailable(_damaged(path)) from cause


def _load(path: Path) -> Any:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _damaged(path: Path) -> str:
    return f"{path.name} is damaged or cut short ({path.stat().st_size} bytes); install the voice again"


def fill(model: Any, tensors: Mapping[str, Any], path: Path) -> None:
    """Fill a model with its tensors. VoiceUnavailable when they are another model's; surplus ones are left alone."""
    wanted = model.state_dict()
    try:
        result = model.load_state_dict(tensors, strict=False)
    except RuntimeError as cause:
        raise VoiceUnavailable(f"{path.name} doesn't fit its configuration ({_first_line(cause)})") from cause
    if missing := [name for name in result.missing_keys if name in wanted]:
        raise VoiceUnavailable(
            f"{path.name} lacks {len(missing)} tensors of its configuration, {missing[0]} for one; "
            "model and configuration must be of one voice: install it again"
        )


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[min(1, len(lines) - 1)] if lines else type(error).__name__
