"""Text -> a hum as long as the text deserves. For tests and benchmarks: no library, no weights, instant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from voices.engine import MAX_LINE_CHARS, EngineIdentity, Line, Spoken, UnknownVoice, WordTime, check_line
from voices.waveform import Waveform

if TYPE_CHECKING:
    from voices.catalogue import Voice

_SECONDS_PER_CHAR = 0.065  # English read aloud: about 15 characters a second
_GAP_S = 0.04
_FADE_S = 0.005
_LEAD_S, _TAIL_S = 0.04, 0.06  # the tail holds the gap after the last word
_LEVEL = 0.25
_WORD = re.compile(r"\S+")


class Engine:
    """A hum. Its pitch follows the word, so that two texts never sound the same."""

    name = "tone"
    version = "1"
    weights_digest = ""
    rate_hz = 24_000
    max_chars = MAX_LINE_CHARS
    speaks_pronunciations: ClassVar[bool] = False
    deterministic: ClassVar[bool] = True

    def __init__(self, voice: Voice) -> None:
        longest = round((MAX_LINE_CHARS * _SECONDS_PER_CHAR) * self.rate_hz * 4) + 1  # at the slowest speed
        turns = np.arange(longest, dtype=np.float64) / self.rate_hz
        self._hums = {hz: self._hum(turns, hz) for hz in (110, 125, 140, 155)}

    @classmethod
    def missing(cls, voice: Voice) -> str | None:
        return None

    @classmethod
    def identity(cls, voice: Voice) -> EngineIdentity:
        return EngineIdentity(
            name=cls.name, version=cls.version, weights_digest="", rate_hz=cls.rate_hz, precision="int16"
        )

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        for line in lines:
            check_line(line)
            if line.speaker != "hum":
                raise UnknownVoice(f"the tone engine has one speaker, 'hum', not {line.speaker!r}", line_id=line.id)
            yield self._say(line)

    def _say(self, line: Line) -> Spoken:
        gap, fade = round(_GAP_S * self.rate_hz), round(_FADE_S * self.rate_hz)
        ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        at = round(_LEAD_S * self.rate_hz)
        words: list[WordTime] = []
        parts = [np.zeros(at, np.float32)]
        pitches = tuple(self._hums)
        for found in _WORD.finditer(line.text):
            n_samples = round(len(found[0]) * _SECONDS_PER_CHAR * self.rate_hz / line.speed)
            pitch = pitches[sum(found[0].encode()) % len(pitches)]
            hum = self._hums[pitch][:n_samples].copy()
            edge = min(fade, n_samples // 2)
            hum[:edge] *= ramp[:edge]
            hum[n_samples - edge :] *= ramp[:edge][::-1]
            words.append(WordTime(found.start(), found.end(), at, at + n_samples))
            parts += [hum, np.zeros(gap, np.float32)]
            at += n_samples + gap
        parts.append(np.zeros(round(_TAIL_S * self.rate_hz) - gap, np.float32))
        sound = np.concatenate(parts)
        exact = Waveform.from_pcm16(Waveform(sound, self.rate_hz).to_pcm16(), self.rate_hz)
        return Spoken(line_id=line.id, sound=exact, words=tuple(words))

    @staticmethod
    def _hum(
        seconds: np.ndarray[tuple[int, ...], np.dtype[np.float64]], hz: int
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return (_LEVEL * np.sin(2 * np.pi * hz * seconds)).astype(np.float32)
