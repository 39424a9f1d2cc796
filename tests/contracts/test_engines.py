"""What every voice engine keeps to. Runs over every engine file found: a new one is tested by existing.

A catalogue voice's speaker is tested where something is heard; what needs an engine only uses its first voice.
"""

import ast
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import voices
from voices import Engine, Line, Spoken, Voice

FOLDER = Path(voices.__file__).parent / "engines"
#: Engines whose libraries `make test` installs. Others are loaded by their own tests, on small random weights.
INSTALLED = ("tone", "flite", "espeak", "coqui", "kokoro")
#: Engines whose weights nobody downloads for a test: a tiny model of random weights speaks for each.
TINY = ("coqui", "kokoro")

TEXT = "The map is not the territory, but a good map isn't nothing."
LONGEST = ("Some words are short, others considerably longer, and a few of them are said twice. " * 9)[:300]
UNBROKEN = "abcdefghij" * 30
ODD_TEXTS = (
    "<speak>Wait <break time='9s'/> here</speak>",
    "Use [[h@l'oU]] and \\pause=900\\ now",
    "A &amp; B &lt;b&gt; C",
    "Nul \x00 bell \x07 escape \x1b[31m red \x7f end",
    "Tab\tnew\nline\r\nnon\u00a0breaking",
    "naïve café, Ωmega, Москва, 北京, שלום, ½ x² ﬁne",
    "e\u0301 so\u00adft zero\u200bwidth \ufeffmark",
    "yes 😀 👩‍👩‍👧 no",
    "“Quoted” ‘so’ — dash – dash… (aside) no-one's",
    "A I, U.S.A., e.g. NASA; I and II",
    "a",
    "I",
    "x y z",
    "1999 and $3.50, 1/2, 10:30, 7%",
    "%s %n %d {} $(id) `id`",
    "'s 'tis o' rock'n'roll",
)


def _engine_files() -> list[str]:
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        classes = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
        if "Engine" in classes:
            found.append(path.stem)
        else:
            assert path.stem == "__init__" or path.stem.endswith("_child"), f"{path.name} has no class Engine"
    return found


ENGINES = _engine_files()
#: Ids of voices, and the names of tiny engines.
VOICES = [voice.id for voice in voices.catalogue() if voice.engine in {*INSTALLED} - {*TINY}] + [*TINY]


@cache
def engine_of(name: str) -> Engine:
    return voices.load(first_voice(name))


def voice_of(name: str) -> Voice:
    """By its id, or by the name of a tiny engine."""
    return first_voice(name) if name in TINY else voices.find(name)


@cache
def first_voice(name: str) -> Voice:
    if name in TINY:
        from tests import tiny_models  # it loads torch

        return voices.find(tiny_models.VOICES[name]())
    return next(voice for voice in voices.catalogue() if voice.engine == name)


def say(voice: Voice, text: str, **changes: object) -> Spoken:
    line = Line(**{"id": "x", "text": text, "speaker": voice.speaker} | changes)  # type: ignore[arg-type]
    (spoken,) = engine_of(voice.engine).speak([line])
    assert spoken.line_id == "x"
    return spoken


def check_spoken(spoken: Spoken, text: str, rate_hz: int) -> None:
    """Not silent, not absurd, and every word of the text timed, in order, inside the sound."""
    sound = spoken.sound
    assert sound.rate_hz == rate_hz
    assert 0.1 < sound.duration_s < 60
    assert np.isfinite(sound.samples).all()
    assert 0.01 < np.abs(sound.samples).max() <= 1.0
    assert np.array_equal(voices.Waveform.from_pcm16(sound.to_pcm16(), rate_hz).samples, sound.samples)
    assert [text[word.start_char : word.end_char] for word in spoken.words] == text.split()
    edge = 0
    for word in spoken.words:
        assert edge <= word.start_sample <= word.end_sample <= sound.n_samples
        edge = word.end_sample


def test_there_are_engines_and_each_has_voices_in_the_catalogue() -> None:
    assert set(INSTALLED) <= set(ENGINES)
    assert {voice.engine for voice in voices.catalogue()} == set(ENGINES)


@pytest.mark.parametrize("name", ENGINES)
def test_importing_an_engine_is_cheap_and_loads_no_library(name: str) -> None:
    script = (
        f"import sys, voices.engines.{name}\n"
        "heavy = {'torch', 'TTS', 'kokoro', 'transformers', 'scipy', 'narrate'} & sys.modules.keys()\n"
        "maps = open('/proc/self/maps').read()\n"
        "assert not heavy and 'libflite' not in maps and 'libespeak' not in maps, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_declares_what_the_contract_asks(name: str) -> None:
    engine = import_module(f"voices.engines.{name}").Engine
    assert engine.name == name
    assert engine.max_chars >= voices.MAX_LINE_CHARS
    assert isinstance(engine.speaks_pronunciations, bool)
    assert isinstance(engine.deterministic, bool)


@pytest.mark.parametrize("name", VOICES)
def test_a_loaded_engine_is_what_its_fingerprint_says(name: str) -> None:
    voice = voice_of(name)
    engine, identity = voices.load(voice), voices.fingerprint(voice)
    assert (engine.name, engine.version, engine.weights_digest, engine.rate_hz) == (
        identity.name,
        identity.version,
        identity.weights_digest,
        identity.rate_hz,
    )


@pytest.mark.parametrize("name", VOICES)
def test_a_sentence_is_heard_and_every_word_has_its_time(name: str) -> None:
    voice = voice_of(name)
    spoken = say(voice, TEXT)
    check_spoken(spoken, TEXT, engine_of(voice.engine).rate_hz)
    assert 2 < spoken.sound.duration_s < 8
    assert all(word.end_sample > word.start_sample for word in spoken.words)


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("text", [LONGEST, UNBROKEN], ids=["words", "one word"])
def test_a_line_of_the_greatest_length_is_said_whole(name: str, text: str) -> None:
    voice = first_voice(name)
    assert len(text) == voices.MAX_LINE_CHARS
    spoken = say(voice, text)
    check_spoken(spoken, text, engine_of(voice.engine).rate_hz)
    half = say(voice, text[:150])
    assert spoken.sound.duration_s > 1.5 * half.sound.duration_s
    assert spoken.words[-1].end_sample > 0.95 * spoken.sound.n_samples - 0.1 * spoken.sound.rate_hz


@pytest.mark.parametrize("name", INSTALLED)
def test_a_longer_line_is_refused_not_cut(name: str) -> None:
    with pytest.raises(voices.LineTooLong, match="301 characters") as caught:
        say(first_voice(name), LONGEST + "x")
    assert caught.value.line_id == "x"


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("text", ["", "  ", "—", "?! …", "😀", "\x00", "[[ ]]"])
def test_a_line_without_a_letter_is_unspeakable(name: str, text: str) -> None:
    with pytest.raises(voices.Unspeakable) as caught:
        say(first_voice(name), text)
    assert caught.value.line_id == "x"


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_is_said_as_plain_words(name: str, text: str) -> None:
    check_spoken(say(first_voice(name), text), text, engine_of(name).rate_hz)


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize(
    ("marked_up", "plain"),
    [
        ("Wait <break time='9s'/> here", "Wait break time nine s here"),
        ("Use [[h@l'oU]] now", "Use hello now"),
        ("<prosody rate='x-slow'>Slowly we go on</prosody>", "prosody rate x slow slowly we go on prosody"),
    ],
)
def test_markup_and_commands_are_not_obeyed(name: str, marked_up: str, plain: str) -> None:
    heard, expected = say(first_voice(name), marked_up), say(first_voice(name), plain)
    assert heard.sound.duration_s < 1.6 * expected.sound.duration_s + 0.5


@pytest.mark.parametrize("name", INSTALLED)
def test_every_line_is_said_exactly_once(name: str) -> None:
    voice = first_voice(name)
    lines = [Line(id=f"l{i}", text=f"{TEXT} {'Again. ' * (i % 3)}", speaker=voice.speaker) for i in range(7)]
    said = list(engine_of(name).speak(lines))
    assert sorted(spoken.line_id for spoken in said) == [line.id for line in lines]
    assert list(engine_of(name).speak([])) == []


@pytest.mark.parametrize("name", INSTALLED)
def test_the_same_line_is_the_same_sound_whatever_its_neighbours(name: str) -> None:
    voice = first_voice(name)
    engine = engine_of(voice.engine)
    lines = [Line(id=text[:9], text=text, speaker=voice.speaker) for text in (TEXT, LONGEST[:90], "Hello there.")]
    forwards = {spoken.line_id: spoken for spoken in engine.speak(lines)}
    backwards = {spoken.line_id: spoken for spoken in engine.speak([*reversed(lines)])}
    alone = {line.id: next(iter(engine.speak([line]))) for line in lines}
    for others in (backwards, alone):
        for line in lines:
            ours, theirs = forwards[line.id], others[line.id]
            assert ours.words == theirs.words
            assert ours.sound.n_samples == theirs.sound.n_samples
            if engine.deterministic:
                assert np.array_equal(ours.sound.samples, theirs.sound.samples)


@pytest.mark.parametrize("name", INSTALLED)
def test_an_id_and_a_seed_that_is_not_used_change_nothing(name: str) -> None:
    voice = first_voice(name)
    (other,) = engine_of(name).speak([Line(id="another", text=TEXT, speaker=voice.speaker)])
    assert np.array_equal(say(voice, TEXT).sound.samples, other.sound.samples)


@pytest.mark.parametrize("name", INSTALLED)
def test_other_words_are_another_sound(name: str) -> None:
    voice = first_voice(name)
    one, other = say(voice, "It is so, we know."), say(voice, "It is not, we know.")
    assert not np.array_equal(one.sound.samples, other.sound.samples)


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("speed", [0.8, 1.5])
def test_speed_is_heard(name: str, speed: float) -> None:
    voice = first_voice(name)
    ratio = say(voice, LONGEST).sound.duration_s / say(voice, LONGEST, speed=speed).sound.duration_s
    assert ratio == pytest.approx(speed, rel=0.12)
    check_spoken(say(voice, LONGEST, speed=speed), LONGEST, engine_of(name).rate_hz)


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("speed", [0.0, -1.0, 99.0, float("nan")])
def test_a_speed_that_is_none_is_refused(name: str, speed: float) -> None:
    with pytest.raises(voices.VoiceError, match="speed"):
        say(first_voice(name), TEXT, speed=speed)


@pytest.mark.parametrize("name", INSTALLED)
def test_a_speaker_the_engine_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(voices.UnknownVoice, match="nobody") as caught:
        say(first_voice(name), TEXT, speaker="nobody")
    assert caught.value.line_id == "x"


@pytest.mark.parametrize("name", INSTALLED)
def test_an_engine_goes_on_after_a_refused_line(name: str) -> None:
    voice = first_voice(name)
    before = say(voice, TEXT)
    with pytest.raises(voices.VoiceError):
        say(voice, "…")
    assert np.array_equal(say(voice, TEXT).sound.samples, before.sound.samples)


@pytest.mark.parametrize("name", INSTALLED)
def test_a_pronunciation_is_heard_or_ignored_as_declared(name: str) -> None:
    voice = first_voice(name)
    text = "Ask Nick Bostrom about it."
    plain, pronounced = say(voice, text), say(voice, text, pronunciations=((9, 16, "tʃiˈkʌgo"),))
    check_spoken(pronounced, text, engine_of(name).rate_hz)
    assert np.array_equal(plain.sound.samples, pronounced.sound.samples) != engine_of(name).speaks_pronunciations
