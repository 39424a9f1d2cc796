"""Takes -> what a recogniser hears of them; the worst are said again, and the best of each line is kept.

The recogniser makes mistakes of its own, so nothing is thrown away on its word: another saying of the line has to be
heard better. It works through an hour of speech in about half an hour of one core: it is off unless it is asked for
(`NARRATE_CHECK_BY_EAR`, `narrate check words`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from narrate.audio.backlog import another_seed
from narrate.audio.sounds import FALLBACK, Take
from narrate.audio.takes import Takes
from voices import Line, Spoken, Waveform
from voices.faults import find_fault
from voices.heard import Heard
from voices.pitch import at_pitch

#: A take is bad when so much of it, and at least so many words, are heard wrongly.
_BAD, _FEWEST_WORDS = 0.34, 2
_TRIES = 3

Listen = Callable[[Waveform, str], Heard]
Speak = Callable[[str, Line], Spoken]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A take and what was heard of it. `mended` is what is heard of the saying that took its place."""

    key: str
    voice_id: str
    line: Line
    heard: Heard
    mended: Heard | None = None

    @property
    def is_bad(self) -> bool:
        return self.heard.error >= _BAD and self.heard.wrong >= _FEWEST_WORDS


def review(lines: Mapping[str, tuple[str, Line]], takes: Takes, listen: Listen) -> Iterable[Review]:
    """Hear the takes of these lines (voice id and line by take key). Raises TakeMissing."""
    for key, (voice_id, line) in lines.items():
        take = takes.read(key)
        yield Review(key=key, voice_id=voice_id, line=line, heard=listen(_sound(take), line.text))


def mend(bad: Review, takes: Takes, listen: Listen, speak: Speak, pitch: float = 1.0) -> Review:
    """Say a line again with other seeds; keep what is heard best. An engine without chance says the same again."""
    best, best_take = bad.heard, None
    line = bad.line
    was = takes.read(bad.key)
    for _ in range(0 if was.made.startswith(FALLBACK) else _TRIES):
        line = replace(line, seed=another_seed(line.seed))
        spoken = speak(bad.voice_id, line)
        if find_fault(line, spoken, was.rate_hz) is not None:
            continue
        spoken = at_pitch(spoken, pitch) if pitch != 1.0 else spoken
        heard = listen(spoken.sound, line.text)
        if heard.wrong < best.wrong:
            pcm, made = spoken.sound.to_pcm16(), f"seed {line.seed}"
            best, best_take = heard, Take(key=bad.key, rate_hz=was.rate_hz, pcm=pcm, words=spoken.words, made=made)
    if best_take is None:
        return bad
    takes.replace(best_take)
    return replace(bad, mended=best)


def _sound(take: Take) -> Waveform:
    return Waveform.from_pcm16(take.pcm, take.rate_hz)
