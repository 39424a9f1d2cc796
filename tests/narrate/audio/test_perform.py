from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest
from obstore.store import MemoryStore

import voices
from narrate.audio.cast import Casting, Part, cast
from narrate.audio.packs import Done, Failed, Lost, Outcome, Pack
from narrate.audio.perform import Job, Performed, perform, perform_many, seed_of, take_key
from narrate.audio.sounds import Take
from narrate.audio.stage import Kept
from narrate.audio.takes import Takes
from narrate.errors import AudioError, DiskFull, SpeechFailed
from narrate.records import Script, Utterance
from voices import EngineIdentity, Spoken, Voice, VoiceUnavailable, Waveform

TONE = voices.find("tone")
CASTING = Casting(main=Part(TONE))
IDENTITY = EngineIdentity(name="e", version="1", weights_digest="w", rate_hz=16_000, precision="int16")

MakeScript = Callable[..., Script]
MakeUtterance = Callable[..., Utterance]
RunnerType = Callable[..., Any]


def key_of(**changes: Any) -> str:
    asked: dict[str, Any] = {
        "line_text": "it is not so",
        "pronunciations": (),
        "voice": TONE,
        "identity": IDENTITY,
        "speed": 1.0,
        "seed": 7,
    }
    return take_key(**(asked | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"line_text": "it is so"},
        {"pronunciations": ((0, 2, "ɪt"),)},
        {"voice": dataclasses.replace(TONE, speaker="other")},
        {"speed": 0.95},
        {"seed": 8},
        *({"identity": dataclasses.replace(IDENTITY, **{name: "x"})} for name in ("name", "version", "weights_digest")),
        {"identity": dataclasses.replace(IDENTITY, precision="bf16")},
        {"identity": dataclasses.replace(IDENTITY, rate_hz=24_000)},
    ],
)
def test_whatever_is_heard_differently_is_another_take(changes: dict[str, Any]) -> None:
    assert key_of(**changes) != key_of()


def test_a_voices_names_for_the_eye_leave_its_takes_alone() -> None:
    renamed = dataclasses.replace(TONE, id="hum", title="A hum", quality="fine", preference=9)
    assert key_of(voice=renamed) == key_of()
    assert len(key_of()) == 64
    assert key_of(voice=renamed, speed=1) == key_of()


def test_a_seed_depends_on_the_words_alone_and_fits_31_bits() -> None:
    assert seed_of("a") == seed_of("a") != seed_of("b")
    assert all(0 <= seed_of(str(n)) < 2**31 for n in range(100))


def test_each_distinct_line_is_spoken_once(make_script: MakeScript, takes: Takes, here_runner: RunnerType) -> None:
    runner = here_runner()
    done = perform(make_script(["yes", "no", "yes"], ["yes", "maybe"]), CASTING, takes, runner)
    assert sorted(runner.texts) == ["maybe", "no", "yes"]
    assert (done.n_spoken, done.n_cached, done.rate_hz) == (3, 0, 24_000)
    assert list(done.take_keys) == ["u1", "u2", "u3", "u4", "u5"]
    assert done.take_keys["u1"] == done.take_keys["u3"] == done.take_keys["u4"] != done.take_keys["u2"]
    assert done.n_samples == {key: takes.n_samples(key) for key in done.take_keys.values()}


def test_a_second_performance_speaks_nothing_and_a_changed_line_only_itself(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    first = perform(make_script(["one", "two", "three"]), CASTING, takes, here_runner())
    again = here_runner()
    same = perform(make_script(["one", "two", "three"]), CASTING, takes, again)
    assert (again.packs, same.n_spoken, same.n_cached) == ([], 0, 3)
    assert same.take_keys == first.take_keys
    changed = perform(make_script(["zero"], ["one", "too", "three"]), CASTING, takes, again)
    assert sorted(again.texts) == ["too", "zero"]
    assert (changed.n_spoken, changed.n_cached) == (2, 2)


def test_what_was_kept_is_the_engines_own_sound_and_words(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    runner = here_runner()
    done = perform(make_script(["never say never"]), CASTING, takes, runner)
    (said,) = runner.speak(runner.packs[0].lines)
    take = takes.read(done.take_keys["u1"])
    assert np.array_equal(take.pcm, said.sound.to_pcm16())
    assert (take.words, take.rate_hz) == (said.words, 24_000)


def test_lines_carry_their_voice_speed_seed_and_pronunciations(
    make_utterance: MakeUtterance, make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    runner = here_runner()
    heading = make_utterance("Bayes", "u1", role="heading")
    perform(make_script([heading]), cast((), TONE), takes, runner)
    (line,) = runner.packs[0].lines
    assert (line.text, line.speaker, line.speed, line.seed) == ("Bayes", "hum", 0.95, seed_of("Bayes"))


def test_lost_packs_are_spoken_in_the_end(make_script: MakeScript, takes: Takes, here_runner: RunnerType) -> None:
    runner = here_runner(fault=lambda pack, n_times: Lost(pack_id=pack.id, why="killed") if n_times < 3 else None)
    done = perform(make_script([f"line {n}" for n in range(30)]), CASTING, takes, runner)
    assert done.n_spoken == 30


def has_poison(pack: Pack) -> bool:
    return any("poison" in line.text for line in pack.lines)


@pytest.mark.parametrize(
    "fault",
    [
        lambda pack, n: Lost(pack_id=pack.id, why="it choked") if has_poison(pack) else None,
        lambda pack, n: Failed(pack_id=pack.id, why="it choked", retryable=True) if has_poison(pack) else None,
        lambda pack, n: Failed(pack_id=pack.id, why="it choked", retryable=False) if has_poison(pack) else None,
    ],
)
def test_a_line_that_cannot_be_spoken_is_named_with_its_words(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType, fault: Callable[[Pack, int], Outcome | None]
) -> None:
    script = make_script([f"line {n}" for n in range(20)], ["the poison line"])
    with pytest.raises(SpeechFailed, match=r"file:abc: the voice tone can't say 'the poison line': it choked"):
        perform(script, CASTING, takes, here_runner(fault=fault))


def spoil(
    how: Callable[[Spoken], list[Spoken]], n_faults: int, texts: tuple[str, ...] = ("spoil me",)
) -> Callable[[Pack, int], Outcome | None]:
    """A runner's fault: the first `n_faults` sounds of these lines go through `how`."""
    left = count(n_faults, -1)

    def fault(pack: Pack, n_times: int) -> Outcome | None:
        engine = voices.load(TONE)
        if not any(line.text in texts for line in pack.lines) or next(left) <= 0:
            return None
        sounds = list(engine.speak(pack.lines))
        ids = {line.id for line in pack.lines if line.text in texts}
        good = [s for s in sounds if s.line_id not in ids]
        bad = [x for s in sounds if s.line_id in ids for x in how(s)]
        return Done(pack_id=pack.id, spoken=tuple(good + bad))

    return fault


def silenced(spoken: Spoken) -> list[Spoken]:
    return [dataclasses.replace(spoken, sound=Waveform(spoken.sound.samples * 0, 24_000))]


@pytest.mark.parametrize("how", [silenced, lambda spoken: []])
def test_a_wrong_sound_is_spoken_again(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType, how: Callable[[Spoken], list[Spoken]]
) -> None:
    done = perform(make_script(["fine", "spoil me"]), CASTING, takes, here_runner(fault=spoil(how, 2)))
    assert takes.read_pcm(done.take_keys["u2"]).any()


def test_a_sound_that_stays_wrong_fails_and_is_not_kept(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    runner = here_runner(fault=spoil(silenced, 100, ("spoil me", "spoil", "me")))
    with pytest.raises(SpeechFailed, match="'spoil me': only silence came out"):
        perform(make_script(["fine", "spoil me"]), CASTING, takes, runner)
    spoiled = next(line for pack in runner.packs for line in pack.lines if line.text == "spoil me")
    assert not takes.has(spoiled.id)
    assert runner.texts.count("fine") == 1


def jobs_of(*scripts: Script) -> list[Job]:
    return [Job(script=script, casting=CASTING) for script in scripts]


def outcome(done: Performed) -> tuple[int, int] | str:
    return (done.performance.n_spoken, done.performance.n_cached) if done.performance else type(done.failure).__name__


def test_performances_come_in_order_and_share_their_takes(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    scripts = [make_script(texts, key=f"file:{n}") for n, texts in enumerate((["a", "b"], ["b", "c"], ["a", "c"]))]
    runner = here_runner()
    done = list(perform_many(jobs_of(*scripts), takes, runner))
    assert [str(d.job.script.key) for d in done] == ["file:0", "file:1", "file:2"]
    assert [outcome(d) for d in done] == [(2, 0), (1, 1), (0, 2)]
    assert sorted(runner.texts) == ["a", "b", "c"]


def test_a_line_that_fails_costs_only_the_scripts_that_hold_it(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    scripts = [make_script(texts) for texts in (["a", "poison"], ["b", "c"], ["poison"], ["a", "d"])]
    runner = here_runner(
        fault=lambda pack, n: Failed(pack_id=pack.id, why="no", retryable=False) if has_poison(pack) else None
    )
    done = list(perform_many(jobs_of(*scripts), takes, runner))
    assert [outcome(d) for d in done][0::2] == ["SpeechFailed", "SpeechFailed"]
    assert done[1].performance is not None
    assert done[3].performance is not None


def test_a_voice_that_is_not_there_fails_its_own_job(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    other = dataclasses.replace(TONE, id="gone")

    def identify(voice: Voice) -> EngineIdentity:
        if voice.id == "gone":
            raise VoiceUnavailable("no weights")
        return voices.fingerprint(voice)

    script = make_script(["a"])
    jobs = [Job(script=script, casting=Casting(main=Part(other))), *jobs_of(script)]
    done = list(perform_many(jobs, takes, here_runner(), identify=identify))
    assert [outcome(d) for d in done] == ["VoiceUnavailable", (1, 0)]


def test_voices_of_two_rates_are_refused(
    make_script: MakeScript, make_utterance: MakeUtterance, takes: Takes, here_runner: RunnerType
) -> None:
    other = dataclasses.replace(TONE, id="low", speaker="low")
    casting = Casting(main=Part(TONE), roles={"quote": Part(other)})

    def identify(voice: Voice) -> EngineIdentity:
        return dataclasses.replace(voices.fingerprint(TONE), rate_hz=8_000 if voice.id == "low" else 24_000)

    script = make_script(["a", make_utterance("b", "u2", role="quote")])
    with pytest.raises(AudioError, match="one sample rate"):
        perform(script, casting, takes, here_runner(), identify=identify)


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_next_scripts_are_spoken_while_the_caller_is_busy_with_one(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    scripts = [make_script([f"{word} {n}" for n in range(40)]) for word in ("one", "two", "three")]
    runner = here_runner()
    performances = perform_many(jobs_of(*scripts), takes, runner)
    next(performances)
    wait_until(lambda: len(runner.texts) == 120)  # and nobody asks for the next performance
    assert len(list(performances)) == 2


def test_only_so_many_scripts_are_drawn_ahead(make_script: MakeScript, takes: Takes, here_runner: RunnerType) -> None:
    n_drawn = 0

    def endless() -> Iterator[Job]:
        nonlocal n_drawn
        for n in count():
            n_drawn += 1
            yield from jobs_of(make_script([f"{n} {m}" for m in range(10)]))

    performances = perform_many(endless(), takes, here_runner(), look_ahead_chars=200)
    for _ in range(5):
        assert next(performances).performance is not None
    performances.close()  # type: ignore[attr-defined]
    assert 5 <= n_drawn <= 5 + 32


def test_news_of_every_take_reaches_the_caller(make_script: MakeScript, takes: Takes, here_runner: RunnerType) -> None:
    news: list[Kept] = []
    perform(make_script(["a", "b"]), CASTING, takes, here_runner(), on_take=news.append)
    perform(make_script(["a", "b", "c"]), CASTING, takes, here_runner(), on_take=news.append)
    assert [(k.was_cached, k.n_takes, k.n_takes_wanted) for k in news] == [
        (False, 1, 2),
        (False, 2, 2),
        (True, 1, 3),
        (True, 2, 3),
        (False, 3, 3),
    ]
    assert all(k.n_samples > 0 and k.rate_hz == 24_000 for k in news)


def test_a_full_disk_ends_everything(make_script: MakeScript, here_runner: RunnerType) -> None:
    class Full(Takes):
        def write(self, take: Take) -> None:
            raise DiskFull("no room")

    with pytest.raises(DiskFull, match="no room"):
        list(perform_many(jobs_of(make_script(["a"]), make_script(["b"])), Full(MemoryStore()), here_runner()))


def test_a_broken_runner_ends_everything(make_script: MakeScript, takes: Takes, here_runner: RunnerType) -> None:
    def fault(pack: Pack, n_times: int) -> Outcome:
        raise RuntimeError("the cluster is gone")

    with pytest.raises(RuntimeError, match="the cluster is gone"):
        perform(make_script(["a"]), CASTING, takes, here_runner(fault=fault))


def test_giving_up_ends_the_thread_and_leaves_the_runner_open(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    runner = here_runner()
    performances = perform_many(jobs_of(make_script(["a"]), make_script(["b"])), takes, runner)
    next(performances)
    performances.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name == "stage"]
    assert not runner.closed


def test_packs_of_an_earlier_caller_are_passed_over(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    runner = here_runner()
    runner.submit(Pack(id="left over", voice_id="tone", lines=(voices.Line(id="x", text="old", speaker="hum"),)))
    assert perform(make_script(["a"]), CASTING, takes, runner).n_spoken == 1
    assert not takes.has("x")
