"""Takes -> how much louder or softer each is laid into the recording, and which were made in another way.

Engines vary from line to line, and voices differ by 6 dB. Each voice is brought to the main one's usual level (the
median of its takes), and a take that is further than 2 dB from its own voice's is brought to there. So what a voice
does within a line and from line to line stays its own, and only what stands out is moved. A take's gain depends on its
own level and two medians, never on its neighbours; it is kept in the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from narrate.audio.perform import Performance
from narrate.audio.sounds import FALLBACK
from narrate.audio.takes import Takes
from voices import Waveform
from voices.measures import speech_level_db

_OWN_DB = 2.0  # of a voice's takes, 95% are nearer than that to its median (flite rms: -2.2 to +1.0)
_MOST_OF_TAKE_DB, _MOST_OF_VOICE_DB = 6.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """`gains_db` by take key, in tenths of a dB, without those that are 0. `made`: how, of takes made another way."""

    gains_db: Mapping[str, float]
    made: Mapping[str, str]

    @property
    def fallbacks(self) -> dict[str, str]:
        """Voice ids by take key, of the lines that another engine says."""
        return {k: made.removeprefix(FALLBACK) for k, made in self.made.items() if made.startswith(FALLBACK)}


def survey(performance: Performance, takes: Takes) -> Survey:
    """Look at every take once. Raises TakeMissing."""
    levels_db: dict[str, float] = {}
    speakers: dict[str, str] = {}
    made: dict[str, str] = {}
    for key in dict.fromkeys(performance.take_keys.values()):
        take = takes.read(key)
        levels_db[key] = speech_level_db(Waveform.from_pcm16(take.pcm, take.rate_hz).samples, take.rate_hz)
        speakers[key] = take.made if take.made.startswith(FALLBACK) else performance.voice_ids.get(key, "")
        if take.made:
            made[key] = take.made
    return Survey(gains_db=even(levels_db, speakers), made=made)


def even(levels_db: Mapping[str, float], speakers: Mapping[str, str]) -> dict[str, float]:
    """Speech levels and whose they are, by take key -> gains in dB. Pure. Who has the most takes is the main voice."""
    of_voice: dict[str, list[float]] = {}
    for key, level_db in levels_db.items():
        of_voice.setdefault(speakers[key], []).append(level_db)
    if not of_voice:
        return {}
    usual_db = {voice: median(levels) for voice, levels in of_voice.items()}
    main = Counter(speakers.values()).most_common(1)[0][0]
    gains = {}
    for key, level_db in levels_db.items():
        usual = usual_db[speakers[key]]
        away = usual - level_db
        own = _within(away - _within(away, _OWN_DB), _MOST_OF_TAKE_DB)
        gains[key] = round(own + _within(usual_db[main] - usual, _MOST_OF_VOICE_DB), 1)
    return {key: gain for key, gain in gains.items() if gain}


def _within(value: float, most: float) -> float:
    return max(-most, min(most, value))
