"""Which voice reads a post, and which never does."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import voices
from narrate.company import choose_company, choose_fallback
from narrate.errors import BadSetting
from narrate.records import Author
from tests.consents import write_consent

JANE = Author(name="Jane Doe", url="https://www.lesswrong.com/users/jane")
TONE = voices.find("tone")


def chosen(
    wanted: str | None, author_voices: dict[str, str] | None = None, authors: tuple[Author, ...] = (JANE,)
) -> str:
    return choose_company(wanted, "flite-rms", authors, author_voices or {}).voice.id


def test_the_voice_asked_for_comes_before_an_authors_before_the_settings() -> None:
    assert chosen(None) == "flite-rms"
    assert chosen(None, {"jane": "flite-slt"}) == "flite-slt"
    assert chosen(None, {"jane doe": "flite-slt"}) == "flite-slt"
    assert chosen(None, {"john": "flite-slt"}) == "flite-rms"
    assert chosen("flite-awb", {"jane": "flite-slt"}) == "flite-awb"


def test_auto_is_the_best_that_can_speak_here() -> None:
    assert choose_company(None, "auto").voice == voices.best()


def test_an_embedded_voice_has_no_other_to_help_out() -> None:
    assert choose_fallback(voices.find("flite-rms")) is None
    neural = replace(TONE, weights="owner/voice@v1")
    assert choose_fallback(neural) == voices.find("flite-rms")


@pytest.fixture
def cloned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> voices.Voice:
    sound = tmp_path / "jane.wav"
    sound.write_bytes(b"RIFF")
    voice = replace(TONE, id="jane-clone", reference=str(sound))
    write_consent(voice, voice_of='"Jane Doe"', until="2999-01-01", agreed_on="2020-01-01")
    everyone = voices.catalogue()
    monkeypatch.setattr(import_module("voices.catalogue"), "catalogue", lambda: (voice, *everyone))
    return voice


def test_nobody_is_read_in_an_imitation_of_their_own_voice(cloned: voices.Voice) -> None:
    with pytest.raises(BadSetting, match="isn't read in an imitation of its author's voice"):
        chosen("jane-clone")
    for who in ("jane doe", "name:jane-doe", "doe jane"):
        with pytest.raises(BadSetting, match="imitation"):
            chosen(None, {who: "jane-clone"})
    john = Author(name="John Roe")
    assert chosen("jane-clone", authors=(john,)) == "jane-clone"
