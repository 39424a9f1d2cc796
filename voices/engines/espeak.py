"""Lines -> speech by eSpeak NG, for machines where flite can't be had. The library is GPL-3: it runs in a child only.

This file talks to `espeak_child` over a pipe and never loads the library. The child speaks each line in a fresh copy
of itself, because the library's sound depends on what it said before: so the same line is the same sound.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from voices.engine import (
    MAX_LINE_CHARS,
    EngineFailed,
    EngineIdentity,
    Line,
    Spoken,
    UnknownVoice,
    VoiceUnavailable,
    WordTime,
    check_line,
)
from voices.libraries import digest_files, find_library, library_version
from voices.plain import Piece, split_pieces
from voices.wire import Header, pack_frame, read_frame
from voices.words import finish_spoken

if TYPE_CHECKING:
    from voices.catalogue import Voice

SPEAKERS = ("en-us", "en-gb")
_SONAME = "libespeak-ng.so.1"
_WORDS_A_MINUTE = 160
_SLOWEST, _FASTEST = 80, 450  # the library's limits
_AUDIBLE = 130  # of 32768
_DATA_FILES = ("phondata", "phontab", "phonindex", "intonations", "en_dict")

#: Part of the version: raise it when the same line is handed to the library in another form.
_READING = 1


class Engine:
    """eSpeak NG behind a pipe. A child that died is replaced at the next line."""

    name = "espeak"
    rate_hz = 22_050
    max_chars = MAX_LINE_CHARS
    speaks_pronunciations: ClassVar[bool] = False
    deterministic: ClassVar[bool] = True

    def __init__(self, voice: Voice) -> None:
        if (reason := self.missing(voice)) is not None:
            raise VoiceUnavailable(reason)
        identity = self.identity(voice)
        self.version = identity.version
        self.weights_digest = identity.weights_digest
        self._child = self._start()

    @classmethod
    def missing(cls, voice: Voice) -> str | None:
        if voice.speaker not in SPEAKERS:
            return f"espeak has no speaker {voice.speaker!r}, only {', '.join(SPEAKERS)}; correct catalogue.toml"
        if find_espeak() is None:
            return (
                f"{_SONAME} and its data aren't installed, so {voice.id!r} can't speak; install eSpeak NG "
                "(apt-get install libespeak-ng1, or pip install narrate[espeak])"
            )
        return None

    @classmethod
    def identity(cls, voice: Voice) -> EngineIdentity:
        library, data = _installed()
        return EngineIdentity(
            name=cls.name,
            version=f"{library_version(library)}-{_READING}",
            weights_digest=digest_files([library, *(data / name for name in _DATA_FILES)]),
            rate_hz=cls.rate_hz,
            precision="int16",
        )

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        for line in lines:
            check_line(line)
            if line.speaker not in SPEAKERS:
                raise UnknownVoice(
                    f"espeak has no speaker {line.speaker!r}, only {', '.join(SPEAKERS)}", line_id=line.id
                )
            yield self._say(line)

    def _say(self, line: Line) -> Spoken:
        pieces = split_pieces(line)
        text, starts = _join_pieces(pieces)
        pace = min(max(round(_WORDS_A_MINUTE * line.speed), _SLOWEST), _FASTEST)
        answer, payload = self._ask({"text": text, "speaker": line.speaker, "words_a_minute": pace}, line)
        pcm = np.frombuffer(payload, dtype="<i2")
        if answer["rate_hz"] != self.rate_hz:
            raise EngineFailed(f"espeak spoke at {answer['rate_hz']} Hz, not {self.rate_hz}", line_id=line.id)
        return finish_spoken(line, pcm, self.rate_hz, _time_pieces(pieces, starts, answer["words"], pcm))

    def _ask(self, request: Header, line: Line) -> tuple[Header, bytes]:
        if self._child.poll() is not None:
            self._child = self._start()
        to_child, from_child = self._child.stdin, self._child.stdout
        assert to_child is not None
        assert from_child is not None
        try:
            to_child.write(pack_frame(request))
            to_child.flush()
            return read_frame(lambda n_bytes: _read_exactly(from_child, n_bytes))
        except (EOFError, OSError) as cause:
            self._child.kill()
            self._child.wait()
            raise EngineFailed(f"espeak died while saying line {line.id}; try again", line_id=line.id) from cause

    def _start(self) -> subprocess.Popen[bytes]:
        library, data = _installed()
        child = subprocess.Popen(
            [sys.executable, "-m", "voices.engines.espeak_child", str(library), str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        weakref.finalize(self, _stop, child)
        return child


def _stop(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        assert pipe is not None
        pipe.close()
    child.kill()
    child.wait()


def _read_exactly(source: IO[bytes], n_bytes: int) -> bytes:
    data = source.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError
    return data


def find_espeak() -> tuple[Path, Path] | None:
    """(the library, its data folder): the system's, else those of the package espeakng-loader."""
    library = find_library(_SONAME)
    if library is not None:
        for folder in (library.parent / "espeak-ng-data", Path("/usr/share/espeak-ng-data")):
            if (folder / "phondata").is_file():
                return library, folder
    spec = importlib.util.find_spec("espeakng_loader")
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location)
        libraries = sorted(folder.glob("libespeak-ng.so*"), key=lambda path: len(path.name))
        if libraries and (folder / "espeak-ng-data" / "phondata").is_file():
            return libraries[-1], folder / "espeak-ng-data"  # the longest name holds the version
    return None


def _installed() -> tuple[Path, Path]:
    found = find_espeak()
    if found is None:
        raise VoiceUnavailable(f"{_SONAME} isn't installed; install eSpeak NG (apt-get install libespeak-ng1)")
    return found


def _join_pieces(pieces: Sequence[Piece]) -> tuple[str, list[int]]:
    """The text for the library, and where in it each piece starts."""
    text, starts = "", []
    for piece in pieces:
        starts.append(len(text))
        text += f"{piece.text}{piece.pause} "
    return text, starts


def _time_pieces(
    pieces: Sequence[Piece], starts: Sequence[int], events: Sequence[Sequence[int]], pcm: NDArray[np.int16]
) -> list[WordTime]:
    """Word events (character, sample) -> times. An event lasts until the next; pieces without one share the last."""
    heard: dict[int, int] = {}
    for character, sample in events:
        index = max(i for i, start in enumerate(starts) if start <= max(character, 0))
        heard.setdefault(index, sample)
    order = sorted(heard)
    if not order:
        order, heard = [0], {0: 0}
    timed: list[WordTime] = []
    for index, following in zip(order, [*order[1:], len(pieces)], strict=True):
        start = heard[index] if index != order[0] else 0
        end = heard[following] if following < len(pieces) else len(pcm)
        loud = np.flatnonzero(np.abs(pcm[start:end].astype(np.int32)) > _AUDIBLE)
        if len(loud):
            first = index if index != order[0] else 0
            span = (pieces[first].start_char, pieces[following - 1].end_char)
            timed.append(WordTime(*span, start + int(loud[0]), start + int(loud[-1]) + 1))
    return timed
