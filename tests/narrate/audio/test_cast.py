from __future__ import annotations

import dataclasses

import pytest

import voices
from narrate.audio.cast import HEADING_SPEED, cast
from voices import Voice

RMS, SLT, AWB = (voices.find(f"flite-{name}") for name in ("rms", "slt", "awb"))
TONE = voices.find("tone")
FRENCH = dataclasses.replace(SLT, id="flite-fr", language="fr-FR")


def reader(who: tuple[str, str | None], roles: tuple[tuple[str, str], ...], others: tuple[Voice, ...]) -> str:
    return cast(roles, RMS, others).part(*who).voice.id


@pytest.mark.parametrize(
    ("role", "others", "voice_id"),
    [
        ("prose", (SLT, AWB), "flite-rms"),
        ("heading", (SLT, AWB), "flite-rms"),
        ("aside", (SLT, AWB), "flite-rms"),
        ("quote", (SLT, AWB), "flite-slt"),
        ("quote", (AWB, SLT), "flite-slt"),  # the more preferred one, whatever the order
        ("quote", (), "flite-rms"),
        ("quote", (RMS,), "flite-rms"),
        ("quote", (TONE,), "flite-rms"),  # another engine
        ("quote", (FRENCH,), "flite-rms"),  # another language
        ("quote", (AWB,), "flite-awb"),  # another accent
    ],
)
def test_the_main_voice_reads_all_but_quotes(role: str, others: tuple[Voice, ...], voice_id: str) -> None:
    roles = (("heading", "main"), ("prose", "main"), ("quote", "quote"), ("aside", "aside"))
    assert reader((role, None), roles, others) == voice_id


def test_a_script_that_gives_quotes_to_the_main_voice_is_obeyed() -> None:
    assert reader(("quote", None), (("quote", "main"),), (SLT,)) == "flite-rms"


def test_speakers_have_different_voices_in_the_order_in_which_they_speak() -> None:
    roles = tuple((f"speaker:{name}", f"speaker{n}") for n, name in enumerate(("Ann", "Bob", "Cem", "Dee"), 1))
    got = [reader(("prose", name), roles, (AWB, SLT)) for name in ("Ann", "Bob", "Cem", "Dee")]
    assert got == ["flite-rms", "flite-slt", "flite-awb", "flite-rms"]


def test_a_speaker_keeps_one_voice_when_quoting() -> None:
    roles = (("quote", "quote"), ("speaker:Ann", "speaker1"), ("speaker:Bob", "speaker2"))
    assert reader(("quote", "Ann"), roles, (SLT, AWB)) == "flite-rms"


def test_speakers_of_one_voice_role_share_a_voice() -> None:
    roles = (("speaker:Ann", "speaker1"), ("speaker:Bob", "speaker2"), ("speaker:Ann B.", "speaker1"))
    assert [reader(("prose", who), roles, (SLT,)) for who in ("Ann", "Ann B.")] == ["flite-rms", "flite-rms"]


def test_a_speaker_nobody_announced_is_read_by_the_narrator() -> None:
    assert reader(("prose", "Zoe"), (), (SLT,)) == "flite-rms"


def test_headings_are_a_touch_slower() -> None:
    casting = cast((), RMS)
    assert casting.part("heading").speed == HEADING_SPEED < casting.part("prose").speed == 1.0
