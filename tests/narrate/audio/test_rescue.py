"""A voice that fails at a line costs neither the line nor the post, and it is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import voices
from narrate.audio.cast import Casting, Part
from narrate.audio.levels import even, survey
from narrate.audio.packs import Done, Failed, Outcome, Pack
from narrate.audio.perform import perform
from narrate.audio.rescue import split
from narrate.audio.takes import Takes
from narrate.errors import SpeechFailed
from narrate.records import Script
from voices import EngineIdentity, Line, Spoken, Voice, Waveform
from voices.faults import find_fault
from voices.waveform import resample

TONE, RMS = voices.find("tone"), voices.find("flite-rms")
CASTING = Casting(main=Part(TONE), fallback=RMS)
LONG = "A sentence that is long enough, with a clause in it, to be parted near its middle without any harm."

MakeScript = Callable[..., Script]
RunnerType = Callable[..., Any]


def identify(voice: Voice) -> EngineIdentity:
    rate_hz = 16_000 if voice.engine == "flite" else 24_000
    return EngineIdentity(name=voice.engine, version="1", weights_digest="w", rate_hz=rate_hz, precision="int16")


def failing(bad: Callable[[Line], bool]) -> Callable[[Pack, int], Outcome | None]:
    """A tone engine whose sound of the lines that `bad` names is silent; other voices speak well."""

    def fault(pack: Pack, n_times: int) -> Outcome:
        spoken = list(voices.load(voices.find(pack.voice_id)).speak(pack.lines))
        lines = {line.id: line for line in pack.lines}
        return Done(
            pack_id=pack.id,
            spoken=tuple(silent(s) if pack.voice_id == "tone" and bad(lines[s.line_id]) else s for s in spoken),
        )

    return fault


def silent(spoken: Spoken) -> Spoken:
    return dataclasses.replace(spoken, sound=Waveform(spoken.sound.samples * 0, spoken.sound.rate_hz))


def speak(make_script: MakeScript, takes: Takes, runner: Any, texts: Sequence[str], casting: Casting = CASTING) -> Any:
    return perform(make_script(list(texts)), casting, takes, runner, identify=identify)


def test_another_try_has_another_seed_under_the_key_that_was_asked_for(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    seeds: list[int] = []

    def bad(line: Line) -> bool:
        if line.text == LONG:
            seeds.append(line.seed)
        return line.text == LONG and len(seeds) < 3

    done = speak(make_script, takes, here_runner(fault=failing(bad)), [LONG, "Fine."])
    again = speak(make_script, takes, here_runner(), [LONG, "Fine."])
    assert len(set(seeds)) == 3
    assert takes.read(done.take_keys["u1"]).made == f"seed {seeds[2]}"
    assert takes.read(done.take_keys["u2"]).made == ""
    assert (again.take_keys, again.n_spoken) == (done.take_keys, 0)


def test_a_line_that_stays_bad_is_said_in_halves(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    runner = here_runner(fault=failing(lambda line: line.text == LONG))
    done = speak(make_script, takes, runner, [LONG])
    take = takes.read(done.take_keys["u1"])
    assert take.made == "split"
    assert [LONG[w.start_char : w.end_char] for w in take.words] == LONG.split()
    assert runner.texts.count(LONG) == 3
    spoken = Spoken(line_id="x", sound=Waveform.from_pcm16(take.pcm, take.rate_hz), words=take.words)
    assert find_fault(Line(id="x", text=LONG, speaker="hum"), spoken, 24_000) is None


def test_what_the_voice_can_not_say_at_all_another_engine_says_and_it_is_listed(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    fault = failing(lambda line: line.text[-12:] in LONG[-12:])
    done = speak(make_script, takes, here_runner(fault=fault), [LONG, *(f"Line {n}." for n in range(9))])
    take = takes.read(done.take_keys["u1"])
    assert take.made == "fallback flite-rms"
    assert take.rate_hz == 24_000
    assert survey(done, takes).fallbacks == {done.take_keys["u1"]: "flite-rms"}
    assert [LONG[w.start_char : w.end_char] for w in take.words] == LONG.split()
    cached = speak(make_script, takes, here_runner(), [LONG, "Line 1."])
    assert survey(cached, takes).fallbacks == {done.take_keys["u1"]: "flite-rms"}


def test_an_engine_that_refuses_a_line_is_helped_in_the_same_way(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    def fault(pack: Pack, n_times: int) -> Outcome | None:
        if pack.voice_id != "tone":
            return failing(lambda line: False)(pack, n_times)
        poison = next((line for line in pack.lines if "poison" in line.text), None)
        return poison and Failed(pack_id=pack.id, why="not in my alphabet", retryable=False, line_id=poison.id)

    done = speak(make_script, takes, here_runner(fault=fault), ["poison", "fine"])
    assert takes.read(done.take_keys["u1"]).made == "fallback flite-rms"


def test_without_another_engine_the_post_fails_by_name(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    fault = failing(lambda line: "spoil" in line.text)
    with pytest.raises(SpeechFailed, match="can't say 'spoil': only silence came out"):
        speak(make_script, takes, here_runner(fault=fault), ["fine", "spoil"], Casting(main=Part(TONE)))


def test_a_voice_that_fails_everywhere_fails_the_post_instead_of_handing_it_over(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    with pytest.raises(SpeechFailed, match="only silence came out"):
        speak(make_script, takes, here_runner(fault=failing(lambda line: True)), [f"word{n}" for n in range(40)])


@given(st.text("abc ,.—'", max_size=120), st.integers(0, 100))
def test_two_halves_are_the_line(text: str, start: int) -> None:
    ends = text[start : start + 7]
    is_a_span = len(ends) == 7 and not (ends[0].isspace() or ends[-1].isspace())  # pronunciations are of words
    ipa = ((start, start + 7, "x"),) if is_a_span else ()
    halves = split(Line(id="k", text=text, speaker="s", pronunciations=ipa))
    if not halves:
        return
    first, second = halves
    assert text.startswith(first.text)
    assert text.endswith(second.text)
    assert "".join([*first.text.split(), *second.text.split()]) == "".join(text.split())
    assert (first.id, second.id) == ("k+1", "k+2")
    kept = [first.text[a:b] for a, b, _ in first.pronunciations] + [
        second.text[a:b] for a, b, _ in second.pronunciations
    ]
    assert kept == [text[a:b] for a, b, _ in ipa]


def test_a_line_is_parted_at_a_clause() -> None:
    first, second = split(Line(id="k", text="We went there, and it was closed.", speaker="s"))
    assert (first.text, second.text) == ("We went there,", "and it was closed.")
    assert split(Line(id="k", text="x" * 300, speaker="s")) == ()


@pytest.mark.parametrize(
    ("rate_hz", "other_hz"), [(16_000, 24_000), (16_000, 22_050), (24_000, 16_000), (22_050, 16_000)]
)
def test_another_rate_is_the_same_sound(rate_hz: int, other_hz: int) -> None:
    def hum(rate: int) -> np.ndarray:
        t = np.arange(rate // 2) / rate
        return (np.sin(2 * np.pi * 440 * t) * np.hanning(len(t)) * 0.5).astype(np.float32)

    other = resample(Waveform(hum(rate_hz), rate_hz), other_hz)
    expected = hum(other_hz)
    n = min(len(expected), other.n_samples)
    assert abs(other.n_samples - len(expected)) <= 1
    assert np.abs(other.samples[:n] - expected[:n]).max() < 2e-3


def test_another_pitch_is_another_take_of_the_same_length(
    make_script: MakeScript, takes: Takes, here_runner: RunnerType
) -> None:
    plain = speak(make_script, takes, here_runner(), [LONG], Casting(main=Part(TONE)))
    lower = speak(make_script, takes, here_runner(), [LONG], Casting(main=Part(TONE, pitch=0.94)))
    assert plain.take_keys["u1"] != lower.take_keys["u1"]
    one, other = (takes.read(done.take_keys["u1"]) for done in (plain, lower))
    assert other.n_samples == pytest.approx(one.n_samples, rel=0.03)

    def loudest_hz(pcm: np.ndarray) -> float:
        return float(np.abs(np.fft.rfft(pcm)).argmax() * 24_000 / len(pcm))

    assert loudest_hz(other.pcm) / loudest_hz(one.pcm) == pytest.approx(0.94, abs=0.01)
    assert [LONG[w.start_char : w.end_char] for w in other.words] == LONG.split()


# Levels


def test_what_a_voice_does_by_itself_stays_its_own() -> None:
    levels = {str(n): -20 + n * 0.4 for n in range(-5, 6)}
    assert even(levels, dict.fromkeys(levels, "v")) == {}


def test_a_take_that_stands_out_comes_nearer_and_its_neighbours_do_not_move() -> None:
    levels = {str(n): -20.0 for n in range(9)} | {"loud": -13.0, "far": -45.0}
    assert even(levels, dict.fromkeys(levels, "v")) == {"loud": -5.0, "far": 6.0}


def test_another_voice_is_brought_to_the_main_ones_level() -> None:
    levels = {"a": -20.0, "b": -20.5, "c": -19.5, "quote": -14.0}
    assert even(levels, {"a": "v", "b": "v", "c": "v", "quote": "w"}) == {"quote": -6.0}
    assert even({}, {}) == {}
