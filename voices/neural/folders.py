"""The folder of a voice's model: weights that were installed, or a folder of this machine. No library is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voices import weights
from voices.engine import VoiceUnavailable
from voices.libraries import digest_files

if TYPE_CHECKING:
    from voices.catalogue import Voice

CONFIG = "config.json"


def is_local(voice: Voice) -> bool:
    """Whether a voice's weights are a folder of this machine rather than a set of the catalogue."""
    return Path(voice.weights).is_absolute()


def folder_of(voice: Voice) -> Path:
    """Where a voice's model lies. VoiceUnavailable when it doesn't."""
    folder = Path(voice.weights) if is_local(voice) else weights.folder(voice)
    if folder is None or not folder.is_dir():
        raise VoiceUnavailable(f"{voice.weights} is no folder with a model; give the folder that holds {CONFIG}")
    return folder


def why_not_installed(voice: Voice) -> str | None:
    """One line when the weights a voice needs aren't here whole; a local folder is looked at by `folder_of`."""
    return None if is_local(voice) else weights.why_missing(voice)


def digest_of(voice: Voice, files_in: Callable[[Path], Iterable[Path]]) -> str:
    """64 hex over a model's files. `files_in`: those of a local folder that decide how it sounds."""
    return digest_files(sorted(files_in(folder_of(voice)))) if is_local(voice) else weights.digest(voice)


def read_config(folder: Path) -> dict[str, Any]:
    """config.json of a model. VoiceUnavailable, in one line, when it is missing or no JSON object."""
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise VoiceUnavailable(f"{path} is missing; a model's folder holds its configuration beside it") from cause
    except ValueError as cause:
        raise VoiceUnavailable(f"{path} can't be read ({cause}); install the voice again") from cause
    if not isinstance(config, dict):
        raise VoiceUnavailable(f"{path} can't be read (it is no JSON object); install the voice again")
    return config
