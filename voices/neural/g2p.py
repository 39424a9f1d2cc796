"""Readings -> phonemes, by children that hold the GPL library eSpeak NG, ahead of whoever needs them.

A line costs a child about a millisecond, so that one or two keep a GPU busy. All chunks are handed over at once and
come back in order: while one is awaited, the next ones are being worked on.
"""

from __future__ import annotations

import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue

from voices.engine import EngineFailed, VoiceUnavailable
from voices.engines.espeak import find_espeak
from voices.neural import NO_ESPEAK
from voices.neural.g2p_child import pack_reading
from voices.neural.reading import Reading, Unit
from voices.wire import Header, pack_frame, read_frame

_CHUNK = 32


class G2p:
    """Grapheme to phoneme in `n_children` processes. One that dies is replaced; its chunk fails.

    `language` is eSpeak's ("en-us"); `punctuation` are the marks that the model was trained to read; `tie` is put
    between the letters of one phoneme.
    """

    def __init__(self, language: str, punctuation: str, n_children: int = 1, *, tie: str = "") -> None:
        found = find_espeak()
        if found is None:
            raise VoiceUnavailable(NO_ESPEAK)
        library, data = found
        self._command = [sys.executable, "-m", "voices.neural.g2p_child", str(library), str(data)]
        self._command += [language, punctuation, tie]
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._pool = ThreadPoolExecutor(n_children, thread_name_prefix="g2p")
        weakref.finalize(self, _close, self._pool, self._idle)
        for _ in range(n_children):
            self._idle.put(subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        try:
            list(self._pool.map(self._ask, [()] * n_children))
        except EngineFailed as cause:
            raise VoiceUnavailable(f"eSpeak NG can't read {language!r}: {cause}; reinstall espeak-ng") from cause

    def phonemes(self, readings: Sequence[Reading]) -> Iterator[Reading]:
        """Each reading's phonemes, in order. All are begun before the first is awaited."""
        chunks = [readings[at : at + _CHUNK] for at in range(0, len(readings), _CHUNK)]
        for chunk in self._pool.map(self._ask, chunks):
            yield from chunk

    def _ask(self, readings: Sequence[Reading]) -> list[Reading]:
        child = self._idle.get()
        try:
            if child.poll() is not None:
                _stop(child)
                child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            answer = _exchange(child, {"readings": [pack_reading(reading) for reading in readings]})
        except (EOFError, OSError) as cause:
            _stop(child)
            raise EngineFailed("eSpeak NG died while reading; try again") from cause
        finally:
            self._idle.put(child)
        if "failed" in answer:
            raise EngineFailed(answer["failed"])
        return [Reading(text, tuple(Unit(*unit) for unit in units)) for text, units in answer["phonemes"]]


def _exchange(child: subprocess.Popen[bytes], request: Header) -> Header:
    to_child, from_child = child.stdin, child.stdout
    assert to_child is not None
    assert from_child is not None

    def read(n_bytes: int) -> bytes:
        data = from_child.read(n_bytes)
        if len(data) < n_bytes:
            raise EOFError
        return data

    to_child.write(pack_frame(request))
    to_child.flush()
    return read_frame(read)[0]


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        assert pipe is not None
        with suppress(OSError):  # what was written and never read
            pipe.close()


def _close(pool: ThreadPoolExecutor, idle: SimpleQueue[subprocess.Popen[bytes]]) -> None:
    pool.shutdown(wait=False, cancel_futures=True)
    while not idle.empty():
        _stop(idle.get())
