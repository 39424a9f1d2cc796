"""The package `kokoro`'s own network, to measure and test against: let in without what surrounds it.

`import kokoro` asks for a phonemizer that downloads (misaki, spaCy) and a logger; the network needs neither. Nothing
that speaks for listeners uses this.
"""

from __future__ import annotations

import sys
import types
import warnings
from functools import cache
from pathlib import Path
from typing import Any


@cache
def let_in() -> Any:
    """The class KModel."""
    for name, member in (("loguru", "logger"), ("kokoro.pipeline", "KPipeline")):
        if name not in sys.modules:
            stand_in: Any = types.ModuleType(name)
            setattr(stand_in, member, _Silent())
            sys.modules[name] = stand_in
    from kokoro.model import KModel

    return KModel


class _Silent:
    """A logger that is told anything and says nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *told, **also: None


def load(folder: Path) -> Any:
    """The model in a folder, ready to speak in float32."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses what torch has newer ways for
        model = let_in()(
            repo_id="hexgrad/Kokoro-82M", config=str(folder / "config.json"), model=str(folder / "kokoro-v1_0.pth")
        )
    return model.eval()
