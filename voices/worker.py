"""`python -m voices.worker`: packs of lines on stdin -> sounds on stdout. One process, its engines loaded on demand.

A request (`wire.pack_lines`) is answered by one frame a line (`wire.pack_spoken`) and then by {"done": n}, or by
{"failed": why, "retryable": bool, "line_id": str | None} instead of what is missing. The process ends with its stdin:
whoever started it needs no more than to die. It must stay small: it imports engines, never `narrate`.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import BinaryIO

from voices.catalogue import find, load
from voices.consent import consent_of
from voices.engine import Engine, VoiceError
from voices.wire import Header, pack_frame, pack_spoken, read_frame, unpack_lines


def main() -> None:
    """Answer requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    requests_in, answers = take_pipes()
    requests: queue.SimpleQueue[Header] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests_in, requests), daemon=True).start()
    speaker = Speaker()
    while True:
        try:
            for frame in speaker.answer(requests.get()):
                answers.write(frame)
                answers.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody listens any more


class Speaker:
    """Engines, each loaded by the first request for one of its voices. Not safe for threads: one per process."""

    def __init__(self) -> None:
        self._engines: dict[tuple[str, str, str], Engine] = {}

    def answer(self, request: Header) -> Iterator[bytes]:
        """A request's header -> the frames of its answer, each as soon as it is spoken. Raises nothing."""
        try:
            voice_id, lines = unpack_lines(request)
            voice = find(voice_id)
            if voice.reference:
                consent_of(voice)  # before every pack: who takes their word back isn't spoken as from then on
            if voice.model not in self._engines:
                self._engines[voice.model] = load(voice)
            for spoken in self._engines[voice.model].speak(lines):
                yield pack_spoken(spoken)
            yield pack_frame({"done": len(lines)})
        except VoiceError as error:
            yield pack_frame({"failed": str(error), "retryable": error.retryable, "line_id": error.line_id})
        except Exception as error:  # an engine may raise anything; the pack has failed, the process can go on
            traceback.print_exc(file=sys.stderr)
            yield pack_frame({"failed": f"{type(error).__name__}: {error}", "retryable": False, "line_id": None})


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our own stdin and stdout; what a library prints, or reads, goes elsewhere and can't disturb the frames."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    return requests, answers


def exactly(source: BinaryIO) -> Callable[[int], bytes]:
    """A `read` for `wire.read_frame`: as many bytes as are asked for, or EOFError."""

    def read(n_bytes: int) -> bytes:
        data = source.read(n_bytes)
        if len(data) < n_bytes:
            raise EOFError
        return data

    return read


def _read_requests(source: BinaryIO, requests: queue.SimpleQueue[Header]) -> None:
    """In a thread of its own, so that the process ends with its parent even in the middle of a line."""

    try:
        while True:
            requests.put(read_frame(exactly(source))[0])
    except EOFError:
        os._exit(0)


if __name__ == "__main__":
    main()
