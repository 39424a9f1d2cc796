"""Weights from a model hub, or from a folder, into their place: checked, all or nothing.

A file is proved by the checksum in the catalogue; where that has none, by the lock of an earlier installation; where
there is none either, by the hub's own checksum. With none at all it is trusted on first use. The lock says which.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from voices.engine import NotAgreed, WeightsRefused
from voices.hub import OnBytes
from voices.weights import Lock, LockedFile, WeightFile, Weights, lock_path, place, read_lock, root, sha256_of

_CHUNK_BYTES = 1 << 20
_SPARE_BYTES = 50_000_000  # room that is left for others


class Source(Protocol):
    """Where the files of a set come from: a hub's offer, or a folder."""

    name: str  # for the lock: the hub's address, the folder's path
    commit: str  # the hub's, "" where there is none
    n_bytes: int  # of all files, 0 where that isn't known

    def bring(self, file: WeightFile, path: Path, on_bytes: OnBytes) -> str:
        """The file into `path`, going on with what stands there; -> the checksum the source gives for it, or ""."""
        ...

    def done(self) -> None:
        """Every file is in its place."""
        ...


class Folder:
    """A folder on this machine that holds a set's files under their names: for machines without a way to the hub."""

    commit = ""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.n_bytes = 0
        self._path = path

    def bring(self, file: WeightFile, path: Path, on_bytes: OnBytes) -> str:
        source = self._path / file.name
        if not source.is_file():
            raise WeightsRefused(
                f"{self.name} has no file {file.name}; give the folder that holds all files of the set"
            )
        shutil.copyfile(source, path)
        return ""

    def done(self) -> None:
        return


def install(
    weights: Weights,
    source: Source,
    *,
    agreed: bool = False,
    on_bytes: OnBytes = lambda name, n, total: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Lock:
    """Bring a set of weights to its place. Is it there already, it is checked, and what is damaged is mended.

    Raises NotAgreed when the licence wants a person's word, WeightsRefused for what can't be right, HubUnavailable for
    what may go better later. A set that is there stays until a whole new one takes its place.
    """
    if weights.agreement and not agreed and not _agreed_before(weights):
        raise NotAgreed(
            f"{weights.repository} is licensed so: {weights.agreement} ({weights.licence_url}). "
            "Read it, and run the command again with --agree"
        )
    with _writing(weights), _one_at_a_time():
        before = read_lock(weights)
        half = place(weights).with_name(place(weights).name + ".partial")
        half.mkdir(exist_ok=True)
        for file in weights.files:
            _keep_what_is_right(weights, file, half, before)
        _check_room(weights, source, half)
        locked = {
            file.name: _bring(source, weights, file, half / file.name, before, on_bytes) for file in weights.files
        }
        lock = Lock(
            files=locked,
            commit=source.commit,
            source=source.name,
            installed_at=now().isoformat(timespec="seconds"),
            agreed_to=weights.agreement,
        )
        _put_in_place(weights, half, lock)
        source.done()
        return lock


def _bring(
    source: Source, weights: Weights, file: WeightFile, path: Path, before: Lock | None, on_bytes: OnBytes
) -> LockedFile:
    """A file fetched and proved. One that was resumed and is wrong is fetched once more, from its start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for again in (path.exists(), False):
        checksum = source.bring(file, path, on_bytes)
        try:
            return _prove(weights, file, path, before, checksum)
        except WeightsRefused:
            path.unlink()
            if not again:
                raise
    raise AssertionError("the second try returns or raises")


def _prove(weights: Weights, file: WeightFile, path: Path, before: Lock | None, checksum: str) -> LockedFile:
    """Raises WeightsRefused unless the file is what the catalogue, the lock or the hub says."""
    state = path.stat()
    sha256 = sha256_of(path)
    pinned = before.files.get(file.name) if before else None
    expected, proof = next(
        (known, whose)
        for known, whose in (
            (file.sha256, "catalogue"),
            (pinned.sha256 if pinned else "", pinned.proof if pinned else ""),
            (checksum, "hub"),
            (sha256, "first use"),
        )
        if known
    )
    found = _git_blob_id(path, state.st_size) if len(expected) == 40 else sha256
    if found != expected:
        raise WeightsRefused(
            f"{file.name} has the checksum {found[:12]}…, not {expected[:12]}… ({proof}); it was thrown away. "
            f"Try again; if the file is meant to be another one now, delete {lock_path(weights)}"
        )
    return LockedFile(n_bytes=state.st_size, sha256=sha256, proof=proof, mtime_ns=state.st_mtime_ns)


def _keep_what_is_right(weights: Weights, file: WeightFile, half: Path, before: Lock | None) -> None:
    """A file that is installed already and whole needs no second download: it is copied over."""
    here, there = place(weights) / file.name, half / file.name
    if before is None or file.name not in before.files or there.exists() or not here.is_file():
        return
    if sha256_of(here) == before.files[file.name].sha256:
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(here, there)


def _put_in_place(weights: Weights, half: Path, lock: Lock) -> None:
    """First the lock, then the folder in one rename: a folder without a lock never counts."""
    target = lock_path(weights)
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(lock), indent=1), encoding="utf-8")
    draft.replace(target)
    old = place(weights).with_name(place(weights).name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place(weights).exists():
        place(weights).rename(old)
    half.rename(place(weights))
    shutil.rmtree(old, ignore_errors=True)


def _check_room(weights: Weights, source: Source, half: Path) -> None:
    there = sum(path.stat().st_size for path in half.rglob("*") if path.is_file())
    needed = (source.n_bytes or weights.n_bytes) - there
    free = shutil.disk_usage(half).free
    if needed > 0 and needed + _SPARE_BYTES > free:
        raise WeightsRefused(
            f"{weights.repository} needs {needed / 1e6:.0f} MB more and {root()} has {free / 1e6:.0f} MB free; "
            "free some room, or set NARRATE_WEIGHTS to another disk"
        )


@contextmanager
def _writing(weights: Weights) -> Iterator[None]:
    """What a disk may say, in our words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsRefused(
                f"no room left in {root()} for {weights.repository}; free some, or set NARRATE_WEIGHTS to another "
                "disk. What is downloaded is kept"
            ) from error
        raise WeightsRefused(
            f"{root()} can't be written ({error.strerror}); set NARRATE_WEIGHTS to a folder that can"
        ) from error


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    root().mkdir(parents=True, exist_ok=True)
    with (root() / "install.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the system lets it go when this process dies, however it dies
        yield


def _agreed_before(weights: Weights) -> bool:
    lock = read_lock(weights)
    return lock is not None and lock.agreed_to == weights.agreement


def _git_blob_id(path: Path, n_bytes: int) -> str:
    """40 hex as git names a file's content. SHA-1 isn't our choice: a hub has no other checksum of small files."""
    whole = hashlib.sha1(f"blob {n_bytes}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            whole.update(chunk)
    return whole.hexdigest()
