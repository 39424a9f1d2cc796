"""How clear an episode is at the speeds people listen at, and which of its lines are heard wrongly.

Clarity at a speed: takes of the episode, sped up by ffmpeg's `atempo` as players do it, given to the recogniser; the
words that it hears wrongly, of those in the text. A recogniser is no person: the figures compare voices and speeds.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from obstore.store import ObjectStore

import voices
from narrate.audio import ear
from narrate.audio.ear import Review
from narrate.audio.encode import find_ffmpeg
from narrate.audio.perform import Job, Performance, request_of
from narrate.audio.stage import Request
from narrate.audio.takes import Takes
from narrate.company import Company
from narrate.errors import EncodeFailed
from narrate.records import Script
from narrate.settings import Settings
from voices import Line, Spoken, Waveform
from voices.heard import Heard, listen, recogniser

SPEEDS = (1.0, 1.5, 2.0, 2.5, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarity:
    """At one speed: how many of so many words were heard wrongly."""

    speed: float
    wrong: int
    n_words: int

    @property
    def error(self) -> float:
        return self.wrong / max(self.n_words, 1)


def lines_of(script: Script, company: Company) -> Request:
    """The takes that a script has in these voices. Raises AudioError, VoiceError."""
    return request_of(Job(script=script, casting=company.cast(script.voice_roles)))


def clarity(
    lines: Sequence[tuple[str, str]], takes: Takes, on_line: Callable[[], None] = lambda: None
) -> list[Clarity]:
    """(take key, spoken text)s at every one of SPEEDS. Raises VoiceUnavailable, TakeMissing, FfmpegMissing."""
    by = recogniser()
    wrong, n_words = dict.fromkeys(SPEEDS, 0), 0
    for key, text in lines:
        take = takes.read(key)
        sound = Waveform.from_pcm16(take.pcm, take.rate_hz)
        heard = {speed: listen(faster(sound, speed), text, by) for speed in SPEEDS}
        for speed, of in heard.items():
            wrong[speed] += min(of.wrong, of.n_words)  # what is put in beyond all words tells no more
        n_words += heard[1.0].n_words
        on_line()
    return [Clarity(speed=speed, wrong=wrong[speed], n_words=n_words) for speed in SPEEDS]


def spread(request: Request, n: int) -> list[tuple[str, str]]:
    """At most n of a request's lines, evenly spread, each long enough to be told apart."""
    long_enough = [(key, line.text) for key, (_, line) in request.lines.items() if len(line.text.split()) >= 6]
    step = max(1, len(long_enough) // n)
    return long_enough[::step][:n]


def faster(sound: Waveform, speed: float) -> Waveform:
    """The sound at another speed in its own pitch, by ffmpeg. Raises FfmpegMissing, EncodeFailed."""
    if speed == 1.0:
        return sound
    steps = f"atempo={speed}" if speed <= 2 else f"atempo=2,atempo={speed / 2}"
    pcm = ("-f", "s16le", "-ar", str(sound.rate_hz), "-ac", "1")
    command = [str(find_ffmpeg()), "-v", "error", *pcm, "-i", "-", "-af", steps, *pcm, "-"]
    done = subprocess.run(command, input=sound.to_pcm16().tobytes(), capture_output=True, check=False)
    if done.returncode:
        raise EncodeFailed(f"ffmpeg can't change the speed: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return Waveform.from_pcm16(np.frombuffer(done.stdout, "<i2"), sound.rate_hz)


def review(request: Request, takes: Takes, *, mend: bool) -> Iterator[Review]:
    """Every line of a request as it is heard; with `mend`, bad ones are said again and the best is kept.

    Loads the recogniser, and a voice only for what is bad. Raises VoiceUnavailable, TakeMissing, VoiceError.
    """
    by = recogniser()
    engines: dict[tuple[str, str, str], voices.Engine] = {}  # by Voice.model

    def hear(sound: Waveform, text: str) -> Heard:
        return listen(sound, text, by)

    def speak(voice_id: str, line: Line) -> Spoken:
        voice = voices.find(voice_id)
        if voice.model not in engines:
            engines[voice.model] = voices.load(voice)
        return next(iter(engines[voice.model].speak([line])))

    for found in ear.review(request.lines, takes, hear):
        if found.is_bad and mend:
            yield ear.mend(found, takes, hear, speak, request.pitches.get(found.key, 1.0))
        else:
            yield found


def has_mended(request: Request, takes: Takes) -> bool:
    """Whether any line was said in another way than at first. Raises TakeMissing."""
    return any(takes.read(key).made for key in request.lines)


def mended(performance: Performance, job: Job, takes: Takes) -> Performance:
    """The performance after every take was heard and the worst said again: lengths may be others."""
    request = request_of(job)
    changed = [found.key for found in review(request, takes, mend=True) if found.mended is not None]
    sizes = {key: takes.n_samples(key) for key in changed}
    return replace(performance, n_samples={**performance.n_samples, **sizes})


def hear(performance: Performance, job: Job, settings: Settings, files: ObjectStore) -> Performance:
    """`mended` where the settings ask for it."""
    return mended(performance, job, Takes(files)) if settings.check_by_ear else performance
