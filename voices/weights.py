"""Which weights a voice needs, where they lie and whether they are whole. Reads; `hub.py` is what installs.

All weights lie in one folder: `NARRATE_WEIGHTS`, else `weights` in the data folder (`NARRATE_HOME`). A set of weights
is a folder there, `OWNER--NAME@REVISION/`, which appears in one rename when all of its files are there and checked.
Beside it stands its lock, `OWNER--NAME@REVISION.json`: the SHA-256 of every file and how it was proved, the commit it
came from, and what was agreed to. The lock outlives the folder: what is installed again has to be the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from voices.engine import VoiceError, VoiceUnavailable

if TYPE_CHECKING:
    from voices.catalogue import Voice

_ID = re.compile(r"[\w.-]+/[\w.-]+@[\w.-]+", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """A file of a set. `name` is relative, with slashes. 0 bytes and "" mean: not known until it is installed."""

    name: str
    n_bytes: int = 0
    sha256: str = ""

    def __post_init__(self) -> None:
        path = PurePosixPath(self.name)
        if not self.name or path.is_absolute() or ".." in path.parts or "\\" in self.name:
            raise VoiceError(f"a weight file can't be called {self.name!r}; correct catalogue.toml")
        if self.sha256 and not _SHA256.fullmatch(self.sha256):
            raise VoiceError(f"{self.name}: {self.sha256!r} is no SHA-256 in small hex digits; correct catalogue.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A set of files that voices share. `agreement` is what a person has to agree to first; "" for nothing."""

    id: str  # repository@revision
    licence: str
    licence_url: str
    agreement: str
    files: tuple[WeightFile, ...]
    archive: str = ""  # address of a ZIP file that holds them all, for sets that no hub has

    @property
    def repository(self) -> str:
        return self.id.partition("@")[0]

    @property
    def revision(self) -> str:
        return self.id.partition("@")[2]

    @property
    def n_bytes(self) -> int:
        """Of all files together; 0 when one isn't known."""
        sizes = [file.n_bytes for file in self.files]
        return sum(sizes) if all(sizes) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """A file as it was installed. `proof`: "catalogue", "hub" (the hub's own checksum) or "first use"."""

    n_bytes: int
    sha256: str
    proof: str
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What was installed. `commit` is the hub's, "" for a folder; `agreed_to` is the agreement's text."""

    files: Mapping[str, LockedFile]
    commit: str
    source: str
    installed_at: str  # ISO 8601, UTC
    agreed_to: str = ""


def root() -> Path:
    """The folder of all weights; it need not be there."""
    if set_by_hand := os.environ.get("NARRATE_WEIGHTS"):
        return Path(set_by_hand)
    return Path(os.environ.get("NARRATE_HOME") or "narrate-data") / "weights"


def keep_in(folder: Path) -> None:
    """Let this process and the voices it starts look for weights there."""
    os.environ["NARRATE_WEIGHTS"] = str(folder.resolve())


def weights_of(voice: Voice) -> Weights | None:
    """The set a voice needs, None for one that comes with its engine. VoiceError when the catalogue lacks it."""
    if not voice.weights:
        return None
    for weights in all_weights():
        if weights.id == voice.weights:
            return weights
    raise VoiceError(f"voice {voice.id!r} wants the weights {voice.weights!r}, which catalogue.toml doesn't list")


def folder(voice: Voice) -> Path | None:
    """Where a voice's weights lie; None when it needs none, or when they aren't installed whole (`why_missing`)."""
    weights = weights_of(voice)
    if weights is None or _why_incomplete(weights) is not None:
        return None
    return place(weights)


def why_missing(voice: Voice) -> str | None:
    """What a voice's weights lack and how to get it, in one line; None when all is there. Looks at sizes, not bytes."""
    weights = weights_of(voice)
    why = _why_incomplete(weights) if weights else None
    return why and f"{why}; run: narrate voices install {voice.id}"


def digest(voice: Voice) -> str:
    """64 hex over names and contents of a voice's weights, "" where it needs none. VoiceUnavailable when missing.

    A file that is as it was installed isn't read again.
    """
    weights = weights_of(voice)
    if weights is None:
        return ""
    if (why := why_missing(voice)) is not None:
        raise VoiceUnavailable(why)
    lock = read_lock(weights)
    assert lock is not None
    whole = hashlib.sha256()
    for file in weights.files:
        whole.update(f"{file.name} {_sha256_now(place(weights) / file.name, lock.files[file.name])}\n".encode())
    return whole.hexdigest()


def place(weights: Weights) -> Path:
    """Where a set lies, or will."""
    return root() / weights.id.replace("/", "--")


def lock_path(weights: Weights) -> Path:
    return place(weights).with_name(place(weights).name + ".json")


def read_lock(weights: Weights) -> Lock | None:
    """What was installed, None when nothing ever was. VoiceError for a lock that can't be read."""
    try:
        raw = json.loads(lock_path(weights).read_text(encoding="utf-8"))
        locked = {name: LockedFile(**file) for name, file in raw.pop("files").items()}
        return Lock(files=locked, **raw)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as cause:
        raise VoiceError(
            f"{lock_path(weights)} can't be read ({cause}); delete it and install the voice again"
        ) from cause


def sha256_of(path: Path) -> str:
    """64 hex of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def all_weights() -> tuple[Weights, ...]:
    """Every set of weights of the catalogue, and of the operator's own file."""
    return _read_all(os.environ.get("NARRATE_VOICES_FILE", ""))


def catalogue_text(own: str) -> str:
    """Our catalogue with the operator's own file (a path, or "") after it. Raises VoiceError."""
    text = files("voices").joinpath("catalogue.toml").read_text(encoding="utf-8")
    if not own:
        return text
    try:
        return f"{text}\n{Path(own).read_text(encoding='utf-8')}"
    except (OSError, ValueError) as cause:
        raise VoiceError(f"the voices of {own} can't be read ({cause}); correct NARRATE_VOICES_FILE") from cause


def parse_tables(text: str, kind: str) -> list[Mapping[str, Any]]:
    """The catalogue's tables of one kind, `[[kind]]`. Raises VoiceError."""
    try:
        tables: list[Mapping[str, Any]] = tomllib.loads(text).get(kind, [])
    except tomllib.TOMLDecodeError as cause:
        raise VoiceError(f"the voice catalogue isn't TOML ({cause}); correct it") from cause
    return tables


@cache
def _read_all(own: str) -> tuple[Weights, ...]:
    return parse_weights(catalogue_text(own))


def parse_weights(text: str) -> tuple[Weights, ...]:
    """The catalogue's `[[weights]]` tables. A wrong entry raises VoiceError naming it."""
    return tuple(_parse(entry) for entry in parse_tables(text, "weights"))


def _parse(entry: Mapping[str, Any]) -> Weights:
    name = entry.get("id", "without an id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise VoiceError(f"weights {name!r}: an id is OWNER/NAME@REVISION; correct it in catalogue.toml")
    try:
        listed = tuple(WeightFile(**file) for file in entry["files"])
        fields = {field: entry[field] for field in ("id", "licence", "licence_url", "agreement")}
    except (KeyError, TypeError) as cause:
        raise VoiceError(
            f"weights {name!r} aren't described as they should be ({cause}); correct catalogue.toml"
        ) from cause
    archive = entry.get("archive", "")
    if surplus := entry.keys() - {*fields, "files", "archive"}:
        raise VoiceError(f"weights {name!r} have an unknown field {min(surplus)!r}; correct catalogue.toml")
    if not listed or len({file.name for file in listed}) != len(listed):
        raise VoiceError(f"weights {name!r} have no files, or one twice; correct catalogue.toml")
    return Weights(**fields, files=listed, archive=archive)


def _why_incomplete(weights: Weights) -> str | None:
    here = place(weights)
    lock = read_lock(weights) if here.is_dir() else None
    if lock is None:
        return f"the weights {weights.repository} aren't installed"
    for file in weights.files:
        locked = lock.files.get(file.name)
        if locked is None or (file.sha256 and file.sha256 != locked.sha256):
            return f"{file.name} of {weights.repository} isn't the file that this version of the catalogue names"
        try:
            n_bytes = (here / file.name).stat().st_size
        except OSError:
            return f"{file.name} of {weights.repository} is gone"
        if n_bytes != locked.n_bytes:
            return f"{file.name} of {weights.repository} is damaged ({n_bytes} bytes instead of {locked.n_bytes})"
    return None


def _sha256_now(path: Path, locked: LockedFile) -> str:
    state = path.stat()
    if (state.st_size, state.st_mtime_ns) == (locked.n_bytes, locked.mtime_ns):
        return locked.sha256
    return _sha256_cached(path, state.st_mtime_ns, state.st_size)


@cache
def _sha256_cached(path: Path, mtime_ns: int, n_bytes: int) -> str:
    return sha256_of(path)
