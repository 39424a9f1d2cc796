"""Lines -> speech by CMU Flite, in this process through ctypes. Permissive licence, four voices, word times.

The library reads no text of ours: we hand it tokens, one for each word (the relation "Token" of an utterance, as its
own tokeniser would build it; the sound is the same to the bit). So nothing is taken for markup, a word's time is its
token's, and IPA goes in as a token's phones. What its text analysis would misread is settled in flite_words.py.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from ctypes import POINTER, RTLD_GLOBAL, c_char_p, c_float, c_int, c_short, c_void_p
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from voices.engine import (
    MAX_LINE_CHARS,
    EngineFailed,
    EngineIdentity,
    Line,
    Spoken,
    UnknownVoice,
    Unspeakable,
    VoiceUnavailable,
    WordTime,
    check_line,
)
from voices.flite_words import READING, Token, choose_tokens
from voices.libraries import digest_files, find_library, library_version
from voices.plain import split_pieces
from voices.words import finish_spoken

if TYPE_CHECKING:
    from voices.catalogue import Voice

SPEAKERS = ("rms", "slt", "awb", "kal16")
_RATE_HZ = 16_000

#: Names of features. The library keeps pointers to them, not copies: they must live as long as the process.
_TOKEN, _WORD = b"Token", b"Word"
_NAME, _SPACE, _BEFORE, _PUNCTUATION, _PHONES = b"name", b"whitespace", b"prepunctuation", b"punc", b"phones"
_STRETCH = b"duration_stretch"
_FIRST_SEGMENT = b"R:SylStructure.daughter1.daughter1"
_START = b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"
_END = b"R:SylStructure.daughtern.daughtern.R:Segment.end"


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", c_char_p),
        ("rate_hz", c_int),
        ("n_samples", c_int),
        ("n_channels", c_int),
        ("samples", POINTER(c_short)),
    )


class Engine:
    """Flite with one or more of its voices. Globals inside the library: one engine per process, no threads."""

    name = "flite"
    rate_hz = _RATE_HZ
    max_chars = MAX_LINE_CHARS
    speaks_pronunciations: ClassVar[bool] = True
    deterministic: ClassVar[bool] = True

    def __init__(self, voice: Voice) -> None:
        if (reason := self.missing(voice)) is not None:
            raise VoiceUnavailable(reason)
        identity = self.identity(voice)
        self.version = identity.version
        self.weights_digest = identity.weights_digest
        self._flite = _load_flite()
        self._voices = {voice.speaker: self._register(voice.speaker)}

    @classmethod
    def missing(cls, voice: Voice) -> str | None:
        if voice.speaker not in SPEAKERS:
            return f"flite has no speaker {voice.speaker!r}, only {', '.join(SPEAKERS)}; correct catalogue.toml"
        for soname in (*_BASE_SONAMES, _voice_soname(voice.speaker)):
            if find_library(soname) is None:
                return (
                    f"{soname} isn't installed, so {voice.id!r} can't speak; install flite (apt-get install libflite1)"
                )
        return None

    @classmethod
    def identity(cls, voice: Voice) -> EngineIdentity:
        base, lexicon, speaker = (
            _path("libflite.so.1"),
            _path("libflite_cmulex.so.1"),
            _path(_voice_soname(voice.speaker)),
        )
        return EngineIdentity(
            name=cls.name,
            version=f"{library_version(base)}-{READING}",
            weights_digest=digest_files((speaker, lexicon)),
            rate_hz=cls.rate_hz,
            precision="int16",
        )

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        for line in lines:
            check_line(line)
            if line.speaker not in SPEAKERS:
                raise UnknownVoice(
                    f"flite has no speaker {line.speaker!r}, only {', '.join(SPEAKERS)}", line_id=line.id
                )
            if line.speaker not in self._voices:
                self._voices[line.speaker] = self._register(line.speaker)
            yield self._say(line, self._voices[line.speaker])

    def _say(self, line: Line, voice: int) -> Spoken:
        try:
            tokens = choose_tokens(split_pieces(line, pronounced=True))
        except ValueError as cause:
            raise Unspeakable(f"line {line.id}: {cause}; correct the pronunciation", line_id=line.id) from cause
        utterance, items = self._synthesize(tokens, voice, line.speed)
        if utterance is None:
            raise EngineFailed(f"flite gave nothing for line {line.id}; try again", line_id=line.id)
        try:
            pcm = self._read_wave(utterance, line)
            timed = self._read_times(utterance, dict(zip(items, tokens, strict=True)), len(pcm))
        finally:
            self._flite.delete_utterance(utterance)
        return finish_spoken(line, pcm, self.rate_hz, timed)

    def _synthesize(self, tokens: Sequence[Token], voice: int, speed: float) -> tuple[int | None, list[int]]:
        """An utterance of our tokens, spoken (None when the library gave up), and the tokens' items in order."""
        flite = self._flite
        utterance = flite.new_utterance()
        relation = flite.utt_relation_create(utterance, _TOKEN)
        items: list[int] = []
        for number, token in enumerate(tokens):
            item = flite.relation_append(relation, None)
            flite.item_set_string(item, _NAME, token.name.encode("ascii"))
            flite.item_set_string(item, _SPACE, b" " if number else b"")
            flite.item_set_string(item, _BEFORE, b"")
            flite.item_set_string(item, _PUNCTUATION, token.punctuation.encode("ascii"))
            if token.phones:
                # A token with the very phones of the one before it would stay silent: a leading space tells them apart.
                flite.item_set_string(item, _PHONES, b" " * (number % 2) + token.phones.encode("ascii"))
            items.append(item)
        if speed != 1.0:
            natural = flite.get_param_float(_features_of(voice, 1), _STRETCH, 1.0)
            flite.feat_set_float(_features_of(utterance, 0), _STRETCH, natural / speed)
        _libc().srand(1)  # the excitation is noise from rand(): the same for every line, so a line never varies
        return flite.flite_do_synth(utterance, voice, flite.utt_synth_tokens), items

    def _read_wave(self, utterance: int, line: Line) -> NDArray[np.int16]:
        address = self._flite.utt_wave(utterance)
        wave = ctypes.cast(address, POINTER(_Wave)).contents if address else None
        if wave is None or wave.n_samples <= 0 or wave.n_channels != 1 or wave.rate_hz != self.rate_hz:
            raise EngineFailed(f"flite gave no {self.rate_hz} Hz sound for line {line.id}; try again", line_id=line.id)
        return np.ctypeslib.as_array(wave.samples, shape=(wave.n_samples,)).copy()

    def _read_times(self, utterance: int, tokens: dict[int, Token], n_samples: int) -> list[WordTime]:
        """Each token from its first word's start to its last word's end; silent ones are left out."""
        flite = self._flite
        spans: list[tuple[Token, int, int]] = []
        word = flite.relation_head(flite.utt_relation(utterance, _WORD))
        while word:
            if flite.path_to_item(word, _FIRST_SEGMENT):
                token = tokens[flite.item_parent(flite.item_as(word, _TOKEN))]
                start, end = flite.ffeature_float(word, _START), flite.ffeature_float(word, _END)
                spans.append((token, round(start * self.rate_hz), min(round(end * self.rate_hz), n_samples)))
            word = flite.item_next(word)
        timed: list[WordTime] = []
        for token, group in groupby(spans, key=lambda span: span[0]):
            heard = list(group)
            timed.append(WordTime(token.start_char, token.end_char, heard[0][1], heard[-1][2]))
        return timed

    def _register(self, speaker: str) -> int:
        path = _path(_voice_soname(speaker))
        register = getattr(_open(path), f"register_cmu_us_{speaker}")
        register.restype, register.argtypes = c_void_p, (c_void_p,)
        address = register(None)
        if not address:
            raise VoiceUnavailable(f"flite can't load its voice {speaker!r} from {path.name}; reinstall libflite1")
        return int(address)


_BASE_SONAMES = ("libflite.so.1", "libflite_usenglish.so.1", "libflite_cmulex.so.1")

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "flite_init": (c_int, ()),
    "new_utterance": (c_void_p, ()),
    "delete_utterance": (None, (c_void_p,)),
    "utt_relation_create": (c_void_p, (c_void_p, c_char_p)),
    "utt_relation": (c_void_p, (c_void_p, c_char_p)),
    "relation_append": (c_void_p, (c_void_p, c_void_p)),
    "relation_head": (c_void_p, (c_void_p,)),
    "item_set_string": (None, (c_void_p, c_char_p, c_char_p)),
    "item_next": (c_void_p, (c_void_p,)),
    "item_parent": (c_void_p, (c_void_p,)),
    "item_as": (c_void_p, (c_void_p, c_char_p)),
    "path_to_item": (c_void_p, (c_void_p, c_char_p)),
    "ffeature_float": (c_float, (c_void_p, c_char_p)),
    "get_param_float": (c_float, (c_void_p, c_char_p, c_float)),
    "feat_set_float": (None, (c_void_p, c_char_p, c_float)),
    "flite_do_synth": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "utt_wave": (c_void_p, (c_void_p,)),
}


def _voice_soname(speaker: str) -> str:
    return f"libflite_cmu_us_{speaker}.so.1"


def _path(soname: str) -> Path:
    path = find_library(soname)
    if path is None:
        raise VoiceUnavailable(f"{soname} isn't installed; install flite (apt-get install libflite1)")
    return path


def _open(path: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(path), RTLD_GLOBAL)  # the voices look up the lexicon's and the language's symbols
    except OSError as cause:
        raise VoiceUnavailable(f"{path.name} can't be loaded ({cause}); reinstall libflite1") from cause


@cache
def _load_flite() -> Any:
    """The library with its functions typed."""
    flite, *_ = [_open(_path(soname)) for soname in _BASE_SONAMES]
    for name, (restype, argtypes) in _SIGNATURES.items():
        function = getattr(flite, name)
        function.restype, function.argtypes = restype, argtypes
    flite.flite_init()
    return flite


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _features_of(structure: int, index: int) -> int | None:
    """The features of an utterance (its first field) or of a voice (its second, after its name)."""
    features: int | None = ctypes.cast(structure, POINTER(c_void_p))[index]
    return features
