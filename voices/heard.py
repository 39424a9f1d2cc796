"""What a recogniser hears of a sound -> how many words are wrong. Slow (extra `check`): only where it is asked for.

PocketSphinx is there by default, since its model is in its wheel. A Whisper model is used instead where
`NARRATE_WHISPER` names its folder and transformers is installed; nothing is downloaded. No recogniser is right about
everything, least of all about names. So its word error ranks the takes of one line; alone it condemns none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from voices.engine import VoiceUnavailable
from voices.waveform import Waveform, resample

_RATE_HZ = 16_000
_EDGE_S = 0.15  # recognisers want a moment of quiet around speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of a text of `n_words`: so many edits, `wrong`, lead from its words to those that were heard."""

    text: str
    wrong: int
    n_words: int

    @property
    def error(self) -> float:
        """Word error rate: 0 for a perfect match; it can pass 1."""
        return self.wrong / max(self.n_words, 1)


class Recogniser(Protocol):
    """Listens. Not safe for threads."""

    name: str

    def listen(self, sound: Waveform) -> str:
        """What it hears, as plain words."""
        ...


def missing() -> str | None:
    """What a check by ear lacks here, in one line; None when there is a recogniser."""
    if _whisper_folder() or find_spec("pocketsphinx") is not None:
        return None
    return "no recogniser is installed; run: pip install 'narrate[check]'"


def recogniser() -> Recogniser:
    """The best one that is here. Raises VoiceUnavailable."""
    if (why := missing()) is not None:
        raise VoiceUnavailable(why)
    return _Whisper(str(_whisper_folder())) if _whisper_folder() else _PocketSphinx()


def listen(sound: Waveform, text: str, by: Recogniser) -> Heard:
    """Hear a sound against the text it should say."""
    heard = by.listen(sound)
    said = plain_words(text)
    return Heard(text=heard, wrong=word_edits(said, plain_words(heard)), n_words=len(said))


def plain_words(text: str) -> list[str]:
    """Small letters and apostrophes alone: what recognisers and texts are compared by."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def word_edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to leave out, put in or replace (Levenshtein 1965)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


class _PocketSphinx:
    name = "pocketsphinx"

    def __init__(self) -> None:
        self._decoder = _decoder()

    def listen(self, sound: Waveform) -> str:
        self._decoder.start_utt()
        self._decoder.process_raw(_pcm(sound), no_search=False, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return str(hypothesis.hypstr) if hypothesis else ""


@cache
def _decoder() -> Any:
    import pocketsphinx

    return pocketsphinx.Decoder(samprate=_RATE_HZ, loglevel="FATAL")


class _Whisper:
    """A Whisper model of transformers, from a folder of this machine."""

    name = "whisper"

    def __init__(self, folder: str) -> None:
        import transformers

        self._pipe = transformers.pipeline("automatic-speech-recognition", model=folder)

    def listen(self, sound: Waveform) -> str:
        samples = resample(sound, _RATE_HZ).samples
        heard: Any = self._pipe({"raw": samples, "sampling_rate": _RATE_HZ})  # a list only for a list
        return str(heard["text"])


def _whisper_folder() -> str | None:
    folder = os.environ.get("NARRATE_WHISPER", "")
    return folder if folder and os.path.isdir(folder) and find_spec("transformers") is not None else None


def _pcm(sound: Waveform) -> bytes:
    edge = np.zeros(round(_EDGE_S * _RATE_HZ), np.int16)
    return np.concatenate([edge, resample(sound, _RATE_HZ).to_pcm16(), edge]).tobytes()
