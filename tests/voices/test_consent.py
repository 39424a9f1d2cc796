"""No cloned voice without the word of whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

import voices
from tests.consents import write_consent
from voices.consent import consent_of, why_refused
from voices.engine import NoConsent
from voices.wire import Header, pack_lines, read_frame
from voices.worker import Speaker

TODAY = date(2026, 11, 28)
HUM = (voices.Line(id="a", text="Hello.", speaker="hum"),)


@pytest.fixture
def cloned(tmp_path: Path) -> voices.Voice:
    sound = tmp_path / "anna.wav"
    sound.write_bytes(b"RIFF and so on")
    return replace(voices.find("tone"), id="anna", reference=str(sound))


def test_a_consent_says_who_what_for_and_until_when(cloned: voices.Voice) -> None:
    write_consent(cloned)
    consent = consent_of(cloned, TODAY)
    assert (consent.voice_of, consent.until) == ("Anna Example", date(2028, 2, 29))
    assert why_refused(voices.find("tone")) is None


def test_without_it_the_voice_can_not_speak(cloned: voices.Voice) -> None:
    assert "anna.wav.consent.toml isn't there" in (voices.why_unavailable(cloned) or "")
    with pytest.raises(voices.VoiceUnavailable, match="isn't there"):
        voices.load(cloned)
    with pytest.raises(voices.VoiceUnavailable, match="isn't there"):
        voices.fingerprint(cloned)


@pytest.mark.parametrize(
    ("today", "holds"),
    [("2026-02-28", False), ("2026-03-01", True), ("2028-02-29", True), ("2028-03-01", False)],
)
def test_it_holds_from_its_first_to_its_last_day(cloned: voices.Voice, today: str, holds: bool) -> None:
    write_consent(cloned)
    if holds:
        assert consent_of(cloned, date.fromisoformat(today))
    else:
        with pytest.raises(NoConsent, match="ask again"):
            consent_of(cloned, date.fromisoformat(today))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"until": ""}, "isn't a consent"),
        ({"until": '"for ever"'}, "until must be a day"),
        ({"until": "2028-02-29T00:00:00"}, "until must be a day"),
        ({"voice_of": '" "'}, "must say something"),
        ({"purpose": "3"}, "must say something"),
        ({"more": "1"}, "isn't a consent"),
        ({"sound_sha256": '"0"'}, "another recording"),
        ({"contact": "anna@"}, "isn't a consent"),
    ],
)
def test_half_a_word_is_none(cloned: voices.Voice, changes: dict[str, str], says: str) -> None:
    write_consent(cloned, **changes)
    with pytest.raises(NoConsent, match=says):
        consent_of(cloned, TODAY)


def test_it_is_about_one_recording(cloned: voices.Voice) -> None:
    write_consent(cloned)
    Path(cloned.reference).unlink()
    with pytest.raises(NoConsent, match="isn't there"):
        consent_of(cloned, TODAY)


def test_a_voice_that_speaks_already_stops_with_its_consent(
    cloned: voices.Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {name: getattr(cloned, name) for name in cloned.__slots__} | {"reference": "anna.wav"}
    own = "[[voice]]\n" + "\n".join(f"{name} = {value!r}" for name, value in fields.items())
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    monkeypatch.setenv("NARRATE_VOICES_FILE", str(tmp_path / "own.toml"))
    write_consent(cloned, until="9999-12-31")
    speaker = Speaker()

    def answer() -> Header:
        frames = [*speaker.answer(read_frame(BytesIO(pack_lines("anna", HUM)).read)[0])]
        return read_frame(BytesIO(frames[-1]).read)[0]

    assert answer() == {"done": 1}
    Path(f"{cloned.reference}.consent.toml").unlink()
    assert "anna.wav.consent.toml isn't there" in answer()["failed"]
