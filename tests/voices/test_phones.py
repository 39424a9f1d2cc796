"""IPA -> phones of American English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices.phones import read_ipa

PHONES = "aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh"


@pytest.mark.parametrize(
    ("ipa", "phones"),
    [
        ("ˈbɒstrəm", "b aa1 s t r ax m"),
        ("/juːdˈkaʊski/", "y uw d k aw1 s k iy"),
        ("t͡ʃiːz", "ch iy1 z"),
        ("ˈeɪ.dʒənt", "ey1 jh ax n t"),
        ("ˌɪntəˈnæʃənl̩", "ih n t ax n ae1 sh ax n ax l"),
        ("bɜːd", "b er1 d"),
        ("ˈʃøːnbɛʁk", "sh er1 n b eh r k"),
        ("ɪç", "ih1 hh"),
        ("fəˌsaːd", "f ax1 s aa d"),
        ("kæt", "k ae1 t"),
    ],
)
def test_ipa_is_read(ipa: str, phones: str) -> None:
    assert read_ipa(ipa) == phones


@pytest.mark.parametrize("ipa", ["", "ˈ", "b4", "[[", "<b>", "кот", "ʔ"])
def test_what_is_no_ipa_or_no_sound_is_refused(ipa: str) -> None:
    with pytest.raises(ValueError, match=r"IPA|sound"):
        read_ipa(ipa)


@given(st.text(alphabet="ˈˌaɪəbtʃdʒkɹʒŋuːoʊɔl̩n̩ɲʎ", min_size=1, max_size=20))
def test_only_phones_of_the_voice_come_out_and_one_of_a_word_is_stressed(ipa: str) -> None:
    try:
        phones = read_ipa(ipa).split(" ")
    except ValueError:
        return
    assert {phone.rstrip("1") for phone in phones} <= set(PHONES.split())
    vowels = [phone for phone in phones if phone.rstrip("1")[0] in "aeiou"]
    assert not vowels or any(phone.endswith("1") for phone in vowels)
