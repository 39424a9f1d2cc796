"""`python -m voices.engines.espeak_child LIBRARY DATA`: the only process that loads the GPL library libespeak-ng.

Frames on stdin {"text", "speaker", "words_a_minute"} -> frames on stdout {"rate_hz", "words": [[character, sample]]}
with int16 sound. Each line is spoken by a fork: the library starts every line in the very same state.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_short, c_uint, c_void_p
from typing import Any

from voices.wire import Header, pack_frame, read_frame

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: no audio device, the callback runs inside espeak_Synth
_BY_CHARACTER = 1  # espeak_POSITION_TYPE
_UTF8 = 1  # flags of espeak_Synth: no SSML (0x10), no [[phonemes]] (0x100)
_RATE = 1  # espeak_PARAMETER
_WORD = 1  # espeak_EVENT_TYPE
_LONGEST_LINE_S = 60


class _Id(ctypes.Union):
    _fields_ = (("number", c_int), ("name", c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", c_int),
        ("unique_identifier", c_uint),
        ("text_position", c_int),  # counts from 1
        ("length", c_int),
        ("audio_position_ms", c_int),
        ("sample", c_int),
        ("user_data", c_void_p),
        ("id", _Id),
    )


_Callback = CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))


def main(library: str, data: str) -> int:
    """Answer requests until stdin ends; 1 when the library can't be used or broke."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(1)
    os.dup2(2, 1)
    espeak = ctypes.CDLL(library)
    rate_hz = espeak.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), 0)
    if rate_hz <= 0:
        return 1
    while True:
        try:
            request, _ = read_frame(_read_stdin)
        except EOFError:
            return 0
        speaker = os.fork()
        if speaker == 0:
            signal.alarm(_LONGEST_LINE_S)
            _write(answers, _speak(espeak, rate_hz, request))
            os._exit(0)
        if os.waitpid(speaker, 0)[1] != 0:
            return 1


def _read_stdin(n_bytes: int) -> bytes:
    data = sys.stdin.buffer.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError
    return data


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _speak(espeak: Any, rate_hz: int, request: Header) -> bytes:
    sound: list[bytes] = []
    words: list[tuple[int, int]] = []

    def collect(samples: Any, n_samples: int, events: Any) -> int:
        if samples and n_samples > 0:
            sound.append(ctypes.string_at(samples, n_samples * 2))
        at = 0
        while events[at].type:
            if events[at].type == _WORD and events[at].length > 0:
                words.append((events[at].text_position - 1, events[at].sample))
            at += 1
        return 0

    text = request["text"].encode()
    espeak.espeak_SetVoiceByName(request["speaker"].encode())
    espeak.espeak_SetParameter(_RATE, request["words_a_minute"], 0)
    callback = _Callback(collect)  # kept in a name: the library only has its address
    espeak.espeak_SetSynthCallback(callback)
    espeak.espeak_Synth(text, len(text) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None)
    return pack_frame({"rate_hz": rate_hz, "words": words}, b"".join(sound))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
