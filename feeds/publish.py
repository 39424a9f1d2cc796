"""Files, pages and feeds -> a store (a folder, S3 or memory), in an order that never lets a feed name a missing file.

First the hash-named files, then the pages, the feeds last; each file appears whole or not at all, and is read back.
An error anywhere leaves the feeds as they were. What hasn't changed isn't written, so it keeps its ETag and date.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore

from feeds.records import FeedError

if TYPE_CHECKING:
    from obstore import Attributes

#: A hash-named file never changes; a page or feed is asked for again after five minutes.
IMMUTABLE = "public, max-age=31536000, immutable"
CHANGING = "public, max-age=300"
#: What the system says when a disk, a quota or a limit on file size is used up: EFBIG, ENOSPC, EDQUOT.
_FULL = re.compile(r"os error (27|28|122)\b")
_REFUSED = re.compile(r"os error (1|13|30)\b")  # EPERM, EACCES, EROFS


class StorageFull(FeedError):
    """There is no room where the files go. Nothing half-written is kept."""

    retryable: ClassVar[bool] = True


class StorageUnavailable(FeedError):
    """The store doesn't answer properly just now."""

    retryable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file to be published: where in the store, its bytes or a local file that holds them, its media type."""

    path: str
    source: bytes | Path
    mime: str


@dataclass(frozen=True, slots=True)
class Published:
    """The paths that were written, in order, and those that were there already."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


class Publisher:
    """Writes into one obstore store. Every failure is a FeedError that says what to do."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @property
    def store(self) -> ObjectStore:
        return self._store

    def publish(
        self, files: Iterable[PublicFile], pages: Iterable[PublicFile], feeds: Iterable[PublicFile]
    ) -> Published:
        """Everything in a safe order; `files` are hash-named, in the order given (media before what describes it)."""
        done: dict[bool, list[str]] = {True: [], False: []}
        for file in files:
            done[self.put_new(file.path, file.source, file.mime)].append(file.path)
        for file in [*pages, *feeds]:
            with _explained(file.path):
                content = file.source if isinstance(file.source, bytes) else file.source.read_bytes()
            done[self.put(file.path, content, file.mime)].append(file.path)
        return Published(tuple(done[True]), tuple(done[False]))

    def has(self, path: str) -> bool:
        """Whether a file of that name is there."""
        with _explained(path):
            return self._size(path) is not None

    def has_folder(self, name: str) -> bool:
        """Whether anything lies under that name."""
        with _explained(name):
            return any(len(batch) for batch in obstore.list(self._store, prefix=name, chunk_size=1))

    def put_new(self, path: str, source: bytes | Path, mime: str) -> bool:
        """Write a hash-named file unless one of that name and size is there. True when it was written."""
        with _explained(path):
            size = len(source) if isinstance(source, bytes) else source.stat().st_size
            if self._size(path) == size:
                return False
            self._write(path, source, size, {"Content-Type": mime, "Cache-Control": IMMUTABLE})
        return True

    def put(self, path: str, content: bytes, mime: str, cache_control: str = CHANGING) -> bool:
        """Write a file, or replace it in one step if its bytes differ. True when it was written."""
        with _explained(path):
            if self._holds(path, content):
                return False
            self._write(path, content, len(content), {"Content-Type": mime, "Cache-Control": cache_control})
        return True

    def drop(self, paths: Iterable[str]) -> None:
        """Remove files that no feed names any more. What is gone already is no error."""
        for path in paths:
            with _explained(path):
                try:
                    obstore.delete(self._store, path)
                except FileNotFoundError:
                    continue

    def _write(self, path: str, source: bytes | Path, size: int, headers: Attributes) -> None:
        """Obstore writes to a hidden name and renames, or completes an upload: no reader sees half a file."""
        # a folder has nowhere to keep headers: there the web server decides
        obstore.put(self._store, path, source, attributes=None if isinstance(self._store, LocalStore) else headers)
        found = self._size(path)
        if found != size or (isinstance(source, bytes) and not self._holds(path, source)):
            raise StorageUnavailable(
                f"{path} was written with {size} bytes and reads back with {found} or with others. Check the store, "
                "then publish again; the feeds are as they were."
            )

    def _size(self, path: str) -> int | None:
        try:
            return int(obstore.head(self._store, path)["size"])
        except FileNotFoundError:
            return None

    def _holds(self, path: str, content: bytes) -> bool:
        """Whether exactly these bytes are there. S3's ETag of a small file is its MD5, which saves reading it."""
        try:
            there = obstore.head(self._store, path)
            if there["size"] != len(content):
                return False
            if (there["e_tag"] or "").strip('"') == hashlib.md5(content, usedforsecurity=False).hexdigest():
                return True
            return bytes(obstore.get(self._store, path).bytes()) == content
        except FileNotFoundError:
            return False


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Any storage error inside as a FeedError about `path`."""
    try:
        yield
    except (BaseError, OSError, ValueError, NotImplementedError) as error:
        why = str(error).split("\n", 1)[0]
        if _FULL.search(why):
            raise StorageFull(
                f"{path} can't be published: there is no room left ({why}). Free some space, or publish elsewhere."
            ) from error
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or _REFUSED.search(why):
            raise FeedError(
                f"{path} can't be published: writing isn't allowed ({why}). Check the folder's or the bucket's rights."
            ) from error
        if isinstance(error, (OSError, ValueError)):
            raise FeedError(f"{path} can't be published: {why}. Check the file and the place it goes to.") from error
        raise StorageUnavailable(
            f"{path} can't be published: the store said {why}. Check that it can be reached, then publish again."
        ) from error
