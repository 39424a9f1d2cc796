"""`python -m voices.neural.g2p_child LIBRARY DATA LANGUAGE PUNCTUATION TIE`: text to phonemes, beside the GPL library.

The only process that loads libespeak-ng for a neural voice. A frame on stdin {"readings": [[text, units]]} is answered
by one on stdout {"phonemes": [[text, units]]}. What comes out is what the program `espeak-ng --ipa` prints, without a
process for every sentence: `espeak_TextToPhonemes` gives the same, but for a clause without a stressed word, which the
program stresses while it plans the melody. Such clauses (about 2 in 100) go through the whole synthesis.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_size_t, c_void_p
from functools import lru_cache

from voices.neural.reading import Reading, Unit, phonemize
from voices.wire import pack_frame, read_frame

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT
_UTF8, _END_PAUSE = 0x1, 0x1000  # flags of espeak_Synth; no SSML (0x10), no [[phonemes]] (0x100)
_IPA, _TIED = 0x2, 0x80  # a phoneme mode: IPA, and a character (from bit 8 on) between the letters of one phoneme
_BY_CHARACTER = 1  # espeak_POSITION_TYPE
_FOREIGN = re.compile(r"\(.+?\)")  # "(en)fˈʊtbɔːl(fr)": the library tells when it changes the language
_Callback = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)


class Espeak:
    """The library with one language. Globals inside: one for a process.

    `tie` stands between the letters of one phoneme: with "^", "nutshell" and "church" are told apart. "" for none.
    """

    def __init__(self, library: str, data: str, language: str, tie: str = "") -> None:
        self._mode = _IPA | (_TIED | ord(tie) << 8 if tie else 0)
        self._espeak = ctypes.CDLL(library)
        self._espeak.espeak_TextToPhonemes.restype = c_char_p
        self._espeak.espeak_TextToPhonemes.argtypes = (POINTER(c_char_p), c_int, c_int)
        self._espeak.espeak_SetPhonemeTrace.argtypes = (c_int, c_void_p)
        self._libc = ctypes.CDLL(None)
        self._libc.open_memstream.restype = c_void_p
        self._libc.fclose.argtypes = self._libc.free.argtypes = (c_void_p,)
        if self._espeak.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), 0) <= 0:
            raise OSError(f"{library} can't use the data in {data}")
        if self._espeak.espeak_SetVoiceByName(language.encode()) != 0:
            raise OSError(f"{library} has no language {language!r}")
        self._ignore = _Callback(lambda samples, n_samples, events: 0)  # kept: the library only has its address
        self._espeak.espeak_SetSynthCallback(self._ignore)

    @lru_cache(maxsize=20_000)  # noqa: B019 - there is one for a process
    def say(self, text: str) -> str:
        """Text without punctuation -> its phonemes, joined as the stock phonemizer joins clauses: with nothing."""
        clauses = self._translate(text)
        if any("ˈ" not in clause for clause in clauses):
            clauses = self._speak(text)
        return "".join(_FOREIGN.sub("", clause).strip() for clause in clauses)

    def _translate(self, text: str) -> list[str]:
        rest = c_char_p(text.encode())
        clauses = []
        while rest.value is not None:
            clauses.append(self._espeak.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, self._mode).decode())
        return clauses

    def _speak(self, text: str) -> list[str]:
        encoded, trace, size = text.encode(), c_void_p(), c_size_t()
        file = self._libc.open_memstream(ctypes.byref(trace), ctypes.byref(size))
        self._espeak.espeak_SetPhonemeTrace(self._mode, file)
        flags = _UTF8 | _END_PAUSE
        self._espeak.espeak_Synth(encoded, len(encoded) + 1, 0, _BY_CHARACTER, 0, flags, None, None)
        self._espeak.espeak_SetPhonemeTrace(0, None)
        self._libc.fclose(file)
        written = ctypes.string_at(trace.value or 0, size.value).decode() if trace.value else ""
        self._libc.free(trace)
        return [clause for clause in written.split("\n") if clause.strip()]


def main(library: str, data: str, language: str, punctuation: str, tie: str) -> int:
    """Answer requests until stdin ends; 1 when the library can't be used."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        espeak = Espeak(library, data, language, tie)
    except OSError as error:
        answers.write(pack_frame({"failed": str(error)}))
        return 1
    while True:
        try:
            request, _ = read_frame(_read_stdin)
        except EOFError:
            return 0
        phonemes = [
            phonemize(Reading(text, tuple(Unit(*unit) for unit in units)), espeak.say, punctuation)
            for text, units in request["readings"]
        ]
        answers.write(pack_frame({"phonemes": [pack_reading(reading) for reading in phonemes]}))
        answers.flush()


def pack_reading(reading: Reading) -> tuple[str, list[tuple[int, int, int, int, str | None]]]:
    """As JSON holds it."""
    return reading.text, [(u.start_char, u.end_char, u.start, u.end, u.ipa) for u in reading.units]


def _read_stdin(n_bytes: int) -> bytes:
    data = sys.stdin.buffer.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError
    return data


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
