"""Take <-> one WAV file in an object store, named by what is heard: `takes/ab/abcdef….wav`.

Any player opens such a file: `fmt ` and `data` come first, and a chunk of ours, `wrds`, holds the word times and a
checksum as compact JSON (players skip chunks they don't know; RIFF, Microsoft/IBM 1991). A file that was cut short
or damaged is removed as soon as it is noticed, which makes it an absent take: it is spoken again. That is also why a
take isn't synced to the platter: the worst a power cut can do is to have some words said twice.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import obstore
from numpy.typing import NDArray
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore

from narrate.audio.sounds import Take
from narrate.errors import DiskFull, StorageError, TakeMissing
from voices.engine import WordTime

#: RIFF size, `fmt ` (PCM, mono, rate, bytes a second, bytes a frame, bits) and the size of `data`, little-endian.
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_CHUNK = struct.Struct("<4sI")
_RIFF_PREFIX_BYTES = 8  # "RIFF" and the size itself aren't counted in the size
_LOOKUPS_AT_ONCE = 16  # hides a bucket's round trips


@dataclass(frozen=True, slots=True)
class TakeSize:
    """A take's length without its sound."""

    n_samples: int
    rate_hz: int


class _DamagedError(Exception):
    """These bytes aren't a whole take."""


class Takes:
    """The takes of one store. Safe for threads and for several processes.

    A take appears whole and stays as it is, unless one that is heard better is put in its place (`replace`).
    """

    def __init__(self, store: ObjectStore, prefix: str = "takes") -> None:
        self._store = store
        self._prefix = prefix

    def path(self, key: str) -> str:
        """Where the take of this key lies in the store."""
        return f"{self._prefix}/{key[:2]}/{key}.wav"

    def has(self, key: str) -> bool:
        """Is there a whole take of this key? Reads the header only."""
        return self.size(key) is not None

    def size(self, key: str) -> TakeSize | None:
        """The take's length from its header, None when there is no whole take."""
        try:
            found = obstore.get(self._store, self.path(key), options={"range": (0, _HEADER.size)})
            return _parse_header(bytes(found.bytes()), n_bytes=found.meta["size"])
        except FileNotFoundError:
            return None
        except _DamagedError:
            self._remove(key)
            return None
        except BaseError as error:
            # An empty file has no range 0..44 in it; stores say so each in their own words.
            if self._n_bytes(key) < _HEADER.size:
                self._remove(key)
                return None
            raise _storage_error(error, self.path(key)) from error

    def sizes(self, keys: Iterable[str]) -> dict[str, TakeSize]:
        """The lengths of those of `keys` that there are whole takes of."""
        asked = list(keys)
        with ThreadPoolExecutor(_LOOKUPS_AT_ONCE) as pool:
            return {key: size for key, size in zip(asked, pool.map(self.size, asked), strict=True) if size is not None}

    def n_samples(self, key: str) -> int:
        """The take's length in samples. Raises TakeMissing."""
        size = self.size(key)
        if size is None:
            raise _missing(key)
        return size.n_samples

    def read(self, key: str) -> Take:
        """The whole take, checked. Raises TakeMissing (a damaged take is removed first)."""
        try:
            content = bytes(obstore.get(self._store, self.path(key)).bytes())
            return _parse(key, content)
        except FileNotFoundError:
            raise _missing(key) from None
        except _DamagedError:
            self._remove(key)
            raise _missing(key) from None
        except BaseError as error:
            raise _storage_error(error, self.path(key)) from error

    def read_pcm(self, key: str) -> NDArray[np.int16]:
        """The take's sound: int16, shape (n_samples,). Raises TakeMissing."""
        return self.read(key).pcm

    def write(self, take: Take) -> None:
        """Keep a take. Whole or not at all; writing it twice is harmless: the first one stays.

        Raises DiskFull, or StorageError for what else a store may say.
        """
        self._put(take, "create")

    def replace(self, take: Take) -> None:
        """Keep a take instead of the one of its key: for one that is better than that. Raises as `write` does."""
        self._put(take, "overwrite")

    def _put(self, take: Take, mode: Literal["create", "overwrite"]) -> None:
        try:
            obstore.put(self._store, self.path(take.key), _render(take), mode=mode, use_multipart=False)
        except AlreadyExistsError:
            return
        except (BaseError, OSError) as error:
            raise _storage_error(error, self.path(take.key)) from error

    def _n_bytes(self, key: str) -> int:
        try:
            return int(obstore.head(self._store, self.path(key))["size"])
        except FileNotFoundError:
            return 0

    def _remove(self, key: str) -> None:
        try:
            obstore.delete(self._store, self.path(key))
        except FileNotFoundError:
            return  # another process noticed the same


def _render(take: Take) -> bytes:
    """Take -> WAV bytes."""
    pcm = np.ascontiguousarray(take.pcm, dtype="<i2").tobytes()
    words = [[w.start_char, w.end_char, w.start_sample, w.end_sample] for w in take.words]
    noted = {"crc32": _checksum(take.rate_hz, pcm, words), "words": words} | ({"made": take.made} if take.made else {})
    note = json.dumps(noted, separators=(",", ":")).encode()
    note += b" " * (len(note) % 2)  # chunks have even lengths
    tail = _CHUNK.pack(b"wrds", len(note)) + note
    riff_bytes = _HEADER.size - _RIFF_PREFIX_BYTES + len(pcm) + len(tail)
    fmt = (16, 1, 1, take.rate_hz, take.rate_hz * 2, 2, 16)
    return _HEADER.pack(b"RIFF", riff_bytes, b"WAVE", b"fmt ", *fmt, b"data", len(pcm)) + pcm + tail


def _parse_header(head: bytes, n_bytes: int) -> TakeSize:
    """The first bytes of a file of `n_bytes` -> its length. Raises _DamagedError."""
    if len(head) < _HEADER.size:
        raise _DamagedError
    riff, riff_bytes, wave, fmt, _, _, _, rate_hz, _, _, _, data, data_bytes = _HEADER.unpack_from(head)
    if (riff, wave, fmt, data) != (b"RIFF", b"WAVE", b"fmt ", b"data") or rate_hz == 0 or data_bytes % 2:
        raise _DamagedError
    if riff_bytes + _RIFF_PREFIX_BYTES != n_bytes or data_bytes + _HEADER.size > n_bytes:
        raise _DamagedError
    return TakeSize(data_bytes // 2, rate_hz)


def _parse(key: str, content: bytes) -> Take:
    """WAV bytes -> Take. Raises _DamagedError."""
    size = _parse_header(content, len(content))
    end = _HEADER.size + 2 * size.n_samples
    pcm = content[_HEADER.size : end]
    try:
        note = json.loads(content[end + _CHUNK.size :])
        if note["crc32"] != _checksum(size.rate_hz, pcm, note["words"]):
            raise _DamagedError
        words = tuple(WordTime(*times) for times in note["words"])
    except (ValueError, KeyError, TypeError) as error:
        raise _DamagedError from error
    return Take(
        key=key,
        rate_hz=size.rate_hz,
        pcm=np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False),
        words=words,
        made=str(note.get("made", "")),
    )


def _checksum(rate_hz: int, pcm: bytes, words: list[list[int]]) -> int:
    return zlib.crc32(json.dumps(words, separators=(",", ":")).encode(), zlib.crc32(pcm, rate_hz))


def _missing(key: str) -> TakeMissing:
    return TakeMissing(f"the take {key[:12]}… is gone or damaged; narrate the post again and it is spoken again")


def _storage_error(error: Exception, path: str) -> StorageError:
    """What a store said -> our tree. obstore has no class of its own for a full disk, only the system's words."""
    said: Any = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "No space left on device" in str(error) or "StorageFull" in str(error) or "QuotaExceeded" in str(error):
        return DiskFull(f"no room left to keep {path}; free some space or move NARRATE_HOME, then run again")
    return StorageError(f"{path} can't be kept or read: {said}")
