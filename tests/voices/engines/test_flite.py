"""Flite itself: what its library would do by itself, and what it must not do to us."""

import resource
from ctypes import CDLL, c_char_p, c_void_p
from typing import Any

import numpy as np
import pytest

import voices
from voices import Line, Spoken
from voices.engines.flite import Engine


@pytest.fixture(scope="module")
def engine() -> Engine:
    loaded = voices.load(voices.find("flite-rms"))
    assert isinstance(loaded, Engine)
    return loaded


def say(engine: Engine, text: str, *pronunciations: tuple[int, int, str], speaker: str = "rms") -> Spoken:
    (spoken,) = engine.speak([Line(id="x", text=text, speaker=speaker, pronunciations=pronunciations)])
    return spoken


@pytest.mark.parametrize(
    "text", ["hello there, big world.", "it didn't, did it? no: it's what we've got!", "a dog saw a cat; it ran."]
)
def test_our_tokens_make_the_very_sound_the_library_makes_of_the_text(engine: Engine, text: str) -> None:
    flite: Any = engine._flite
    flite.flite_synth_text.restype, flite.flite_synth_text.argtypes = c_void_p, (c_char_p, c_void_p)
    CDLL(None).srand(1)
    utterance = flite.flite_synth_text(text.encode(), engine._voices["rms"])
    whole = engine._read_wave(utterance, Line(id="x", text=text, speaker="rms"))
    flite.delete_utterance(utterance)
    ours = say(engine, text).sound.to_pcm16()
    starts = [at for at in range(len(whole) - len(ours) + 1) if np.array_equal(whole[at : at + 900], ours[:900])]
    assert any(np.array_equal(whole[at : at + len(ours)], ours) for at in starts)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("In the book I read it", "in the book i read it"),
        ("Trust Me on this", "trust me on this"),
        ("Part I, said Harry. Or not", "part i, said harry. or not"),
        ("naïve “quotes” — and", "naive quotes, and"),
        ("[[the]] <b>end</b>", "the b end b"),
    ],
)
def test_what_flite_would_misread_sounds_like_its_plain_words(engine: Engine, text: str, same_as: str) -> None:
    assert np.array_equal(say(engine, text).sound.samples, say(engine, same_as).sound.samples)


def test_a_pronunciation_sounds_like_the_word_it_describes(engine: Engine) -> None:
    plain, described = say(engine, "the cat goes home."), say(engine, "the xx goes home.", (4, 6, "kæt"))
    assert np.array_equal(plain.sound.samples, described.sound.samples)


def test_the_same_pronunciation_twice_in_a_row_is_said_twice(engine: Engine) -> None:
    spoken = say(engine, "Tak tak tak tak.", *((at, at + 3, "ˈtɑk") for at in (0, 4, 8, 12)))
    lengths = [word.end_sample - word.start_sample for word in spoken.words]
    assert min(lengths) > 0.4 * max(lengths)


def test_a_pronunciation_that_is_no_ipa_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(voices.Unspeakable, match="line x: '4' in 'b4' is no IPA") as caught:
        say(engine, "Ask Nick", (4, 8, "b4"))
    assert caught.value.line_id == "x"


def test_one_engine_speaks_for_all_its_speakers(engine: Engine) -> None:
    lines = [Line(id=name, text="Hello there.", speaker=name) for name in ("rms", "slt", "awb", "kal16", "rms")]
    said = [spoken.sound.samples for spoken in engine.speak(lines)]
    assert np.array_equal(said[0], said[4])
    assert len({sound.tobytes() for sound in said}) == 4


def test_flites_own_silence_is_trimmed(engine: Engine) -> None:
    spoken = say(engine, "Hello there.")
    assert spoken.words[0].start_sample == round(0.04 * 16_000)
    assert 0.05 < (spoken.sound.n_samples - spoken.words[-1].end_sample) / 16_000 < 0.2


@pytest.mark.slow
def test_thousands_of_lines_leave_no_memory_behind(engine: Engine) -> None:
    text = "Every call makes an utterance, a wave and much else."
    pronunciations = ((0, 5, "ˈɛvɹi"),)

    def speak(n_lines: int) -> int:
        for _ in engine.speak([Line(id="x", text=text, speaker="kal16", pronunciations=pronunciations)] * n_lines):
            pass
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    before = speak(200)
    after = speak(2000)
    assert after - before < 2_000_000  # a leak of one small structure a line would be as much
