"""Scripts + voices -> takes: what isn't in the cache is spoken, each distinct line once, all slots busy.

`perform_many` narrates any number of posts through one runner. A thread of its own hands out packs and keeps takes,
so that the caller can master and encode one recording while the lines of the next posts are being spoken.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import voices
from narrate.audio.backlog import Refusal
from narrate.audio.cast import Casting, Part
from narrate.audio.packs import Runner
from narrate.audio.rescue import Fallback
from narrate.audio.stage import OnTake, Request, Stage
from narrate.audio.takes import Takes
from narrate.errors import AudioError, SpeechFailed
from narrate.records import Script, Utterance
from voices import EngineIdentity, Line, Voice

#: How a line's seed is found. A new rule makes new takes.
SEED_RULE = "sha256 of the text, 31 bits"

#: Text that is planned beyond the recording which is waited for: about nine hours of speech. It must outlast the
#: mastering and encoding of one recording on the fastest machine.
_LOOK_AHEAD_CHARS = 500_000
_LOOK_AHEAD_JOBS = 32

Identify = Callable[[Voice], EngineIdentity]
Failure = AudioError | voices.VoiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """A script's takes, all of them kept. `take_keys` by utterance id, `n_samples` and `voice_ids` by take key."""

    take_keys: Mapping[str, str]
    n_samples: Mapping[str, int]
    rate_hz: int
    n_spoken: int  # distinct takes
    n_cached: int
    voice_ids: Mapping[str, str] = field(default_factory=dict)  # whom each line was given to


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A script and who reads it."""

    script: Script
    casting: Casting


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """How a job ended: with a performance, or with the reason why there is none."""

    job: Job
    performance: Performance | None
    failure: Failure | None


def seed_of(text: str) -> int:
    """A seed that depends on the words alone: the same line sounds the same in every post."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def take_key(
    line_text: str,
    pronunciations: tuple[tuple[int, int, str], ...],
    voice: Voice,
    identity: EngineIdentity,
    speed: float,
    seed: int,
    pitch: float = 1.0,
) -> str:
    """64 hex digits of what is heard. Never where: no position, no post, no name a catalogue gives a voice.

    A voice's own pitch isn't in it, so that takes from before there were others keep their keys.
    """
    heard = {
        "text": line_text,
        "pronunciations": pronunciations,
        "speaker": voice.speaker,
        "engine": identity.name,
        "version": identity.version,
        "weights": identity.weights_digest,
        "precision": identity.precision,
        "rate_hz": identity.rate_hz,
        "speed": round(float(speed), 4),
        "seed": seed,
        "seed_rule": SEED_RULE,
    } | ({"pitch": round(float(pitch), 4)} if pitch != 1.0 else {})
    canonical = json.dumps(heard, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def perform(
    script: Script,
    casting: Casting,
    takes: Takes,
    runner: Runner,
    *,
    on_take: OnTake | None = None,
    identify: Identify = voices.fingerprint,
) -> Performance:
    """Have every utterance of one script spoken. Raises SpeechFailed naming the words, or what the voice raises."""
    job = Job(script=script, casting=casting)
    for done in perform_many([job], takes, runner, on_take=on_take, identify=identify):
        if done.failure is not None:
            raise done.failure
        assert done.performance is not None
        return done.performance
    raise AssertionError("a job always ends")


def perform_many(
    jobs: Iterable[Job],
    takes: Takes,
    runner: Runner,
    *,
    on_take: OnTake | None = None,
    on_spoken: Callable[[], None] = lambda: None,
    identify: Identify = voices.fingerprint,
    look_ahead_chars: int = _LOOK_AHEAD_CHARS,
) -> Iterator[Performed]:
    """Have many scripts spoken; yields them in their order, each as soon as its last take is kept.

    Between two yields the runner goes on with what was looked ahead, so the caller may take its time. `jobs` is drawn
    from the caller's thread, as late as that allows. A line that can't be spoken fails its own job only; what breaks
    everything (DiskFull, a broken runner) is raised. `on_take` is called from another thread. The runner stays open;
    `on_spoken` is called when nothing more will be asked of it, which is before the last result is given out.
    """
    stage = Stage(takes, runner, on_take)
    coming = iter(jobs)
    planned: deque[tuple[Job, Request | Failure]] = deque()
    is_over = False
    try:
        while True:
            while len(planned) < _LOOK_AHEAD_JOBS and stage.n_chars_waiting < _ahead(planned, look_ahead_chars):
                job = next(coming, None)
                if job is None:
                    is_over = True
                    break
                planned.append((job, _plan(job, stage, identify)))
            if not planned:
                return
            performed = _conclude(*planned.popleft(), stage)
            if is_over and not planned:
                stage.close()
                on_spoken()
            yield performed
    finally:
        stage.close()


def _ahead(planned: Sequence[tuple[Job, Request | Failure]], look_ahead_chars: int) -> int:
    """How much text should wait before the next result is given out. Little when that result is ready already."""
    is_ready = bool(planned) and (not isinstance(planned[0][1], Request) or planned[0][1].is_done)
    return look_ahead_chars // 8 if is_ready else look_ahead_chars


def _plan(job: Job, stage: Stage, identify: Identify) -> Request | Failure:
    """Ask the stage for a job's takes. What is wrong with the job itself comes back instead of being raised."""
    try:
        request = request_of(job, identify)
    except (AudioError, voices.VoiceError) as failure:
        return failure
    stage.ask(request)
    return request


def request_of(job: Job, identify: Identify = voices.fingerprint) -> Request:
    """A job -> its lines under their takes' keys; equal lines are one. Raises AudioError, voices.VoiceError."""
    identities: dict[str, EngineIdentity] = {}
    take_keys: dict[str, str] = {}
    lines: dict[str, tuple[str, Line]] = {}
    pitches: dict[str, float] = {}
    for utterance in job.script.utterances:
        part = job.casting.part(utterance.role, utterance.speaker)
        voice = part.voice
        if voice.id not in identities:
            identities[voice.id] = identify(voice)
        line = _line(utterance, part, identities[voice.id])
        take_keys[utterance.id] = line.id
        lines.setdefault(line.id, (voice.id, line))
        if part.pitch != 1.0:
            pitches[line.id] = part.pitch
    rates_hz = {identity.rate_hz for identity in identities.values()}
    if len(rates_hz) != 1:
        raise AudioError(
            f"{job.script.key} can't be spoken by {', '.join(sorted(identities)) or 'nobody'}: "
            f"a recording has one sample rate, not {len(rates_hz)}; choose voices of one rate"
        )
    if len(take_keys) != len(job.script.utterances):
        raise AudioError(f"{job.script.key} has two utterances of one id; write the script anew")
    other = job.casting.fallback
    return Request(
        key=job.script.key,
        take_keys=take_keys,
        lines=lines,
        rate_hz=rates_hz.pop(),
        pitches=pitches,
        fallback=Fallback(voice_id=other.id, speaker=other.speaker, rate_hz=identify(other).rate_hz) if other else None,
    )


def _line(utterance: Utterance, part: Part, identity: EngineIdentity) -> Line:
    seed = seed_of(utterance.spoken)
    pronunciations = tuple((p.start, p.end, p.ipa) for p in utterance.pronunciations)
    return Line(
        id=take_key(utterance.spoken, pronunciations, part.voice, identity, part.speed, seed, part.pitch),
        text=utterance.spoken,
        speaker=part.voice.speaker,
        pronunciations=pronunciations,
        speed=part.speed / part.pitch,  # the pitch is changed by playing faster or slower: the tempo stays
        seed=seed,
    )


def _conclude(job: Job, request: Request | Failure, stage: Stage) -> Performed:
    """Wait for a job's takes and say how it ended."""
    if not isinstance(request, Request):
        return Performed(job=job, performance=None, failure=request)
    stage.wait_for(request)
    return conclude(job, request)


def conclude(job: Job, request: Request) -> Performed:
    """How a job ended whose request is done."""
    if request.refusals:
        return Performed(job=job, performance=None, failure=_speech_failed(job, request.refusals))
    n_spoken = len(request.asked_first)
    performance = Performance(
        take_keys=request.take_keys,
        n_samples=request.n_samples,
        rate_hz=request.rate_hz,
        n_spoken=n_spoken,
        n_cached=len(request.lines) - n_spoken,
        voice_ids={take_key: voice_id for take_key, (voice_id, _) in request.lines.items()},
    )
    return Performed(job=job, performance=performance, failure=None)


def _speech_failed(job: Job, refusals: Sequence[Refusal]) -> SpeechFailed:
    first = refusals[0]
    more = f" (and {len(refusals) - 1} more lines)" if len(refusals) > 1 else ""
    return SpeechFailed(
        f"{job.script.key}: the voice {job.casting.main.voice.id} can't say {first.line.text!r}: {first.why}{more}; "
        "change these words or take another voice"
    )
