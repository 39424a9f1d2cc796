from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

import voices
from narrate.audio.cast import HEADING_SPEED, Part, cast
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


def roles_of(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"speaker:{name}", f"speaker{n}") for n, name in enumerate(names, 1))


def parts_of(names: tuple[str, ...], others: tuple[Voice, ...]) -> list[Part]:
    casting = cast(roles_of(*names), RMS, others)
    return [casting.part("prose", name) for name in names]


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=12, unique_by=str.casefold))
def test_the_speakers_of_a_dialogue_sound_different(names: list[str]) -> None:
    for others in ((AWB, SLT), ()):
        parts = parts_of(tuple(names), others)
        n_different = min(len(names), 5 * (1 + len(others)))
        assert len(set(parts)) == n_different
        assert all(0.85 < part.pitch < 1.15 for part in parts)


def test_a_speaker_has_the_same_voice_in_every_dialogue() -> None:
    names = [f"user{n}" for n in range(60)]
    first = {name: parts_of((name,), (AWB, SLT))[0] for name in names}
    later = {name: parts_of(("someone", name), (AWB, SLT))[1] for name in names}
    someone = parts_of(("someone",), (AWB, SLT))[0]
    assert all(later[name] == part for name, part in first.items() if part != someone)
    assert {part.voice for part in first.values()} == {RMS, SLT, AWB}


def test_good_voices_come_first_then_the_others_then_other_pitches() -> None:
    kal = voices.find("flite-kal16")
    parts = parts_of(tuple(f"user{n}" for n in range(6)), (kal, SLT, AWB))
    assert {part.voice for part in parts[:3]} == {RMS, SLT, AWB}
    assert [part.pitch for part in parts].count(1.0) >= 4
    assert all(part.voice != kal for part in parts_of(("user1", "user2", "user3"), (kal, SLT, AWB)))


def test_an_engine_with_one_voice_reads_quotes_in_another_pitch() -> None:
    casting = cast((("quote", "quote"),), RMS, ())
    assert casting.part("quote") == Part(RMS, pitch=0.94)
    assert casting.part("prose") == Part(RMS)


def test_a_speaker_may_have_a_voice_of_their_own() -> None:
    casting = cast(roles_of("Ann", "Bob", "Cem"), RMS, (SLT, AWB), fixed={"bob": AWB, "ann": TONE})
    assert casting.part("prose", "Bob") == Part(AWB)
    assert len({casting.part("prose", name) for name in ("Ann", "Bob", "Cem")}) == 3


def test_a_speaker_keeps_one_voice_when_quoting() -> None:
    casting = cast((("quote", "quote"), *roles_of("Ann", "Bob")), RMS, (SLT, AWB))
    assert casting.part("quote", "Ann") == casting.part("prose", "Ann")


def test_speakers_of_one_voice_role_share_a_voice() -> None:
    roles = (("speaker:Ann", "speaker1"), ("speaker:Bob", "speaker2"), ("speaker:Ann B.", "speaker1"))
    casting = cast(roles, RMS, (SLT,))
    assert casting.part("prose", "Ann") == casting.part("prose", "Ann B.") != casting.part("prose", "Bob")


def test_a_speaker_nobody_announced_is_read_by_the_narrator() -> None:
    assert reader(("prose", "Zoe"), (), (SLT,)) == "flite-rms"


def test_headings_are_a_touch_slower() -> None:
    casting = cast((), RMS)
    assert casting.part("heading").speed == HEADING_SPEED < casting.part("prose").speed == 1.0
