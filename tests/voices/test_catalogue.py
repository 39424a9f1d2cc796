"""The catalogue: what an entry must hold, and which voice is taken."""

from collections.abc import Callable
from pathlib import Path

import pytest

import voices
from voices import VoiceError
from voices import catalogue as door
from voices.catalogue import catalogue, parse_catalogue
from voices.weights import all_weights

ENTRY = """
[[voice]]
id = "a-voice"
title = "A voice"
engine = "tone"
speaker = "hum"
language = "en"
licence = "MIT"
licence_url = "https://example.org/"
quality = "good"
weights = ""
preference = 3
"""


def test_the_most_preferred_voice_comes_first() -> None:
    preferences = [voice.preference for voice in voices.catalogue()]
    assert preferences == sorted(preferences, reverse=True)


def test_an_engine_that_says_nothing_of_packs_likes_small_ones() -> None:
    assert voices.pack_lines("flite-rms") == voices.Engine.pack_lines() == 24


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('title = "A voice"', "", "voice 'a-voice' has no title"),
        ('id = "a-voice"', "", "voice 'number 1' has no id"),
        ('licence = "MIT"', 'licence = ""', "voice 'a-voice' has no licence"),
        ("preference = 3", 'preference = "high"', "preference can't be 'high'"),
        ("preference = 3", "preference = 3\nspeed = 1", "unknown field 'speed'"),
        ('engine = "tone"', 'engine = "../tone"', "can't name a module"),
        ('id = "a-voice"', 'id = "a-voice', "isn't TOML"),
    ],
)
def test_a_wrong_entry_is_named(before: str, after: str, complaint: str) -> None:
    assert parse_catalogue(ENTRY)[0].speaker == "hum"
    with pytest.raises(voices.VoiceError, match=complaint.replace("(", r"\(")):
        parse_catalogue(ENTRY.replace(before, after))


def test_two_voices_of_one_id_are_refused() -> None:
    with pytest.raises(voices.VoiceError, match="two voices 'a-voice'"):
        parse_catalogue(ENTRY + ENTRY)


@pytest.mark.parametrize(
    ("asked", "nearest"), [("flite_rms", "flite-rms"), ("rms", "flite-rms"), ("Espeak-GB", "espeak-en-gb")]
)
def test_an_unknown_voice_is_answered_with_the_nearest(asked: str, nearest: str) -> None:
    with pytest.raises(voices.UnknownVoice, match=f"did you mean '{nearest}'") as caught:
        voices.find(asked)
    assert caught.value.exit_code == 2


def test_a_voice_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(voices.UnknownVoice, match=r"there are .*flite-rms, .*espeak-en-gb$"):
        voices.find("zzzz")


def test_the_best_voice_is_flite_where_it_is_installed_else_espeak_and_never_the_hum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert voices.best().id == "flite-rms"
    monkeypatch.setattr("voices.engines.flite.find_library", _no_library)
    assert voices.best().id == "espeak-en-us"
    monkeypatch.setattr("voices.engines.espeak.find_library", _no_library)
    monkeypatch.setattr("voices.engines.espeak.importlib.util.find_spec", lambda name: None)
    with pytest.raises(voices.VoiceUnavailable, match="apt-get install libflite1"):
        voices.best()


def test_a_missing_library_is_said_by_name_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voices.engines.flite.find_library", _no_library)
    voice = voices.find("flite-slt")
    assert "libflite.so.1 isn't installed" in (voices.why_unavailable(voice) or "")
    for refused in (voices.load, voices.fingerprint):
        with pytest.raises(voices.VoiceUnavailable, match="install flite"):
            refused(voice)


def test_a_voice_file_that_is_missing_alone_is_said_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = voices.libraries.find_library  # type: ignore[attr-defined]
    monkeypatch.setattr("voices.engines.flite.find_library", lambda name: None if "slt" in name else found(name))
    assert voices.why_unavailable(voices.find("flite-rms")) is None
    assert "libflite_cmu_us_slt.so.1" in (voices.why_unavailable(voices.find("flite-slt")) or "")


def test_a_fingerprint_tells_voices_apart_and_stays_the_same() -> None:
    embedded = [voice for voice in voices.catalogue() if not voice.weights]
    prints = {voice.id: voices.fingerprint(voice) for voice in embedded}
    assert prints == {voice.id: voices.fingerprint(voice) for voice in embedded}
    flite = [prints[f"flite-{speaker}"].weights_digest for speaker in ("rms", "slt", "awb", "kal16")]
    assert len(set(flite)) == 4
    assert all(len(digest) == 64 for digest in flite)


def test_a_changed_voice_file_changes_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "libflite_cmu_us_rms.so.2.2"
    changed.write_bytes(b"another voice")
    found = voices.libraries.find_library  # type: ignore[attr-defined]
    before = voices.fingerprint(voices.find("flite-rms"))
    monkeypatch.setattr("voices.engines.flite.find_library", lambda name: changed if "rms" in name else found(name))
    after = voices.fingerprint(voices.find("flite-rms"))
    assert (before.name, before.version) == (after.name, after.version)
    assert before.weights_digest != after.weights_digest


def test_the_catalogue_says_which_engines_are_copyleft() -> None:
    copyleft = {voice.engine for voice in door() if "GPL" in voice.licence}
    assert copyleft == {"espeak"}


def _no_library(soname: str) -> None:
    return None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "can't be read"),
        (b"\xff", "can't be read"),
        (b"[[voice]", "isn't TOML"),
        (b"[voice]\nid = 'x'", "isn't TOML"),
    ],
    ids=["missing", "not UTF-8", "no TOML", "a table twice"],
)
@pytest.mark.parametrize("read", [catalogue, all_weights])
def test_a_file_of_own_voices_that_cant_be_read_is_told(
    read: Callable[[], object], content: bytes | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "voices.toml"
    if content is not None:
        own.write_bytes(content.replace(b"voice", b"weights") if read is all_weights else content)
    monkeypatch.setenv("NARRATE_VOICES_FILE", str(own))
    with pytest.raises(VoiceError, match=why):
        read()
