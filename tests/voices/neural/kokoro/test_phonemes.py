"""Text and IPA as Kokoro's signs: pairs, then whatever comes."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voices.neural.test_g2p import spoken_lines
from voices import Line
from voices.neural.g2p import G2p
from voices.neural.kokoro.phonemes import PUNCTUATION, TIE, clean, respell, spell
from voices.neural.kokoro.speakers import ACCENTS, accent, parse
from voices.neural.random_models import KOKORO_VOCABULARY
from voices.neural.reading import Reading, Unit, read_line

#: What misaki's page on English phonemes says the model was trained on.
SHARED = frozenset("AIWYbdfhijklmnpstuvwzðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧˈˌθᵊ ") | frozenset(PUNCTUATION)
ALPHABETS = {"a": SHARED | frozenset("OæTᵻ"), "b": SHARED | frozenset("Qaɒː")}


@cache
def g2p(one: str) -> G2p:
    return G2p(ACCENTS[one], PUNCTUATION, tie=TIE)


def said(text: str, one: str) -> Reading:
    (phonemes,) = g2p(one).phonemes([read_line(Line(id="x", text=text, speaker="x"), clean)])
    return respell(phonemes, one)


@pytest.mark.parametrize(
    ("text", "american", "british"),
    [
        ("the little bottle of water", "ðə lˈɪTᵊl bˈɑTᵊl ʌv wˈɔTəɹ", "ðə lˈɪtᵊl bˈɒtᵊl ɒv wˈɔːtə"),
        ("now boy I go", "nˈW bˈY I ɡˈO", "nˈW bˈY I ɡˈQ"),
        ("church judge", "ʧˈɜɹʧ ʤˈʌʤ", "ʧˈɜːʧ ʤˈʌʤ"),
        ("nutshell", "nˈʌtʃɛl", "nˈʌtʃɛl"),  # no affricate: its halves are of two syllables
        ("more power, fire", "mˈɔɹ pˈWəɹ, fˈIəɹ", "mˈɔː pˈWə, fˈIə"),
        ("written", "ɹˈɪtᵊn", "ɹˈɪtən"),
        ("happy boxes", "hˈæpi bˈɑksᵻz", "hˈapi bˈɒksɪz"),
        ("there, a square", "ðˈɛɹ, ə skwˈɛɹ", "ðˈɛː, ə skwˈɛː"),
        ("“Yes,” (no) – why…", "“jˈɛs,” (nˈO) — wˈI…", "“jˈɛs,” (nˈQ) — wˈI…"),
    ],
)
def test_words_are_spelled_as_the_model_was_trained(text: str, american: str, british: str) -> None:
    assert said(text, "a").text == american
    assert said(text, "b").text == british


@pytest.mark.parametrize("one", ["a", "b"])
def test_posts_need_no_other_sign_and_fit_the_model(one: str) -> None:
    assert ALPHABETS[one] <= KOKORO_VOCABULARY.keys()
    lines = spoken_lines(400)
    for line, phonemes in zip(lines, g2p(one).phonemes([read_line(line, clean) for line in lines]), strict=True):
        reading = respell(phonemes, one)
        assert set(reading.text) <= ALPHABETS[one], line.text
        assert len(reading.text) <= 1.5 * len(line.text) + 2
        assert all(reading.text[unit.start : unit.end].strip() for unit in reading.units), line.text


@pytest.mark.parametrize(
    ("ipa", "american", "british"),
    [
        ("ˈbɒstrəm", "bˈɑstɹəm", "bˈɒstɹəm"),
        ("ˈjʊdkaʊski", "jˈʊdkWski", "jˈʊdkWskiː"),
        ("tʃiˈkʌgo", "ʧikˈʌɡO", "ʧiːkˈʌɡQ"),
        ("kɑːr", "kˈɑɹ", "kˈɑː"),
        ("ˈbɜːrd", "bˈɜɹd", "bˈɜːd"),
        ("-ɪz", "ɪz", "ɪz"),
        ("ˈmɑːrɪs", "mˈɑɹɪs", "mˈɑːɹɪs"),
    ],
)
def test_ipa_is_spelled_as_the_model_was_trained(ipa: str, american: str, british: str) -> None:
    assert spell(ipa, "a") == american
    assert spell(ipa, "b") == british


def test_words_keep_their_signs_when_these_grow_and_shrink() -> None:
    reading = said("church, more button", "a")
    assert [reading.text[unit.start : unit.end] for unit in reading.units] == ["ʧˈɜɹʧ", "mˈɔɹ", "bˈʌtᵊn"]


def test_a_sign_that_is_no_sound_is_named() -> None:
    with pytest.raises(ValueError, match="'%'"):
        respell(Reading("a%", (Unit(0, 1, 0, 2),)), "a")


@settings(deadline=None)
@given(st.text("aeiouəɪʊɛɔæʌɜɑɐɚᵻːˈˌ^ɹɾʔ\u0329tdʃʒnlmkɡ ,", min_size=1), st.sampled_from("ab"))
def test_whatever_espeak_may_say_has_signs_and_places(text: str, one: str) -> None:
    reading = respell(Reading(text, (Unit(0, 1, 0, len(text) // 2), Unit(1, 2, len(text) // 2, len(text)))), one)
    assert set(reading.text) <= KOKORO_VOCABULARY.keys()
    edges = [edge for unit in reading.units for edge in (unit.start, unit.end)]
    assert all(0 <= edge <= len(reading.text) for edge in edges)
    assert edges[0] <= edges[1]
    assert edges[2] <= edges[3] == len(reading.text)


@pytest.mark.parametrize(
    ("speaker", "blend"),
    [
        ("af_heart", (("af_heart", 1.0),)),
        ("af_heart+bf_emma", (("af_heart", 0.5), ("bf_emma", 0.5))),
        ("af_heart*3 + bf_emma", (("af_heart", 0.75), ("bf_emma", 0.25))),
        ("af_heart*0.2+af_heart*0.2", (("af_heart", 1.0),)),
        ("af_heart*0", None),
        ("af_heart+nobody", None),
        ("af_heart*-1", None),
        ("../secret", None),
        ("", None),
    ],
)
def test_a_speaker_is_a_pack_or_a_blend(speaker: str, blend: object) -> None:
    assert parse(speaker, ("af_heart", "bf_emma")) == blend


def test_a_blend_speaks_as_its_larger_part() -> None:
    assert accent((("af_heart", 0.4), ("bf_emma", 0.6))) == "b"
