"""eSpeak NG's phonemes, and any IPA, -> the signs that Kokoro was trained on. Pure.

One sign for a diphthong (A I O Q W Y) and an affricate (ʤ ʧ), T for a tapped t, ᵊ for a schwa that is hardly there. How
eSpeak's signs are written in them is described in the "English phonemes" of misaki, which made the training's phonemes;
American has no ː, British has no æ, O, ᵻ and T. eSpeak is asked to tie the letters of one phoneme with ^.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from voices.neural.reading import Reading
from voices.phones import read_ipa

TIE = "^"
#: The marks that it was trained to read.
PUNCTUATION = ';:,.!?—…"()“”'

_MARKS = str.maketrans({"’": "'", "‘": "'", "«": "“", "»": "”", "–": "—", "¡": "", "¿": "", "-": " "})
_SYLLABIC = "\u0329"

_SHARED = {
    "a^ɪ": "I", "a^ʊ": "W", "e^ɪ": "A", "ɔ^ɪ": "Y", "t^ʃ": "ʧ", "d^ʒ": "ʤ", "ə^l": "ᵊl", "e": "A", "ɐ": "ə", "r": "ɹ",
    "g": "ɡ", "x": "k", "ç": "k", "ɬ": "l", "ʔ": "t", "ʔn" + _SYLLABIC: "tᵊn", "ʲ": "", "\u0303": "", TIE: "",
}  # fmt: skip
_AMERICAN = _SHARED | {
    "o^ʊ": "O", "o": "ɔ", "ɔ^ː": "ɔ", "ɚ": "əɹ", "ɚɹ": "əɹ", "ɚ^ɹ": "əɹ", "ɜː": "ɜɹ", "ɜːɹ": "ɜɹ", "ɜː^ɹ": "ɜɹ",
    "ɪə": "iə", "ɪ^ə": "iə", "aː": "ɑ", "a": "æ", "ɒ": "ɑ", "ɾ": "T", "ː": "",
}  # fmt: skip
_BRITISH = _SHARED | {
    "ə^ʊ": "Q", "o^ʊ": "Q", "e^ə": "ɛː", "i^ə": "ɪə", "iə": "ɪə", "o": "ɔ", "æ": "a", "ɚ": "ə", "ᵻ": "ɪ", "ɾ": "t",
}  # fmt: skip

#: By phone of American English, as `voices.phones` names them.
_PHONES_AMERICAN = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "W", "ax": "ə", "ay": "I", "eh": "ɛ", "er": "əɹ", "er1": "ɜɹ",
    "ey": "A", "ih": "ɪ", "iy": "i", "ow": "O", "oy": "Y", "uh": "ʊ", "uw": "u", "b": "b", "ch": "ʧ", "d": "d",
    "dh": "ð", "f": "f", "g": "ɡ", "hh": "h", "jh": "ʤ", "k": "k", "l": "l", "m": "m", "n": "n", "ng": "ŋ", "p": "p",
    "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t", "th": "θ", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip
_PHONES_BRITISH = _PHONES_AMERICAN | {
    "aa": "ɒ", "ae": "a", "ao": "ɔː", "er": "ə", "er1": "ɜː", "iy": "iː", "ow": "Q", "uw": "uː",
}  # fmt: skip
_VOWELS = frozenset(name for name in _PHONES_AMERICAN if name[0] in "aeiou")


def clean(written: str) -> str:
    """A word, or a mark between words -> what eSpeak gets."""
    return written.translate(_MARKS)


def respell(phonemes: Reading, accent: str) -> Reading:
    """eSpeak's phonemes -> Kokoro's. ValueError names a sign that is no phoneme of English nor near one.

    A syllabic consonant gets ᵊ before it; a sound that English lacks becomes its nearest neighbour.
    """
    table = _BRITISH if accent == "b" else _AMERICAN
    text, said = phonemes.text, ""
    starts, ends = [0] * (len(text) + 1), [0] * (len(text) + 1)  # of what a place of the text became
    at = 0
    while at < len(text):
        size = next((n for n in (4, 3, 2, 1) if text[at : at + n] in table and at + n <= len(text)), 0)
        sign = table[text[at : at + size]] if size else _near(text[at], accent)
        size = size or 1
        if text[at + size : at + size + 1] == _SYLLABIC:
            sign, size = "ᵊ" + sign, size + 1
        for place in range(at, at + size):
            starts[place], ends[place + 1] = len(said), len(said) + len(sign)
        said += sign
        at += size
    starts[len(text)] = len(said)
    units = tuple(replace(u, start=starts[u.start], end=max(starts[u.start], ends[u.end])) for u in phonemes.units)
    return Reading(said, units)


def spell(ipa: str, accent: str) -> str:
    """Any IPA -> Kokoro's signs, without spaces. ValueError names a symbol that is no IPA.

    A word without a mark is stressed on its first vowel; one that begins with a hyphen is an ending and has no stress.
    """
    phones = read_ipa(ipa).split()
    names = ["", *(phone.removesuffix("1") for phone in phones), ""]
    signs = ""
    for number, phone in enumerate(phones, 1):
        sign = _phone(phone, names[number], names[number - 1], names[number + 1], accent)
        signs += f"ˈ{sign}" if phone.endswith("1") and not ipa.startswith("-") else sign
    return signs


def _phone(phone: str, name: str, before: str, after: str, accent: str) -> str:
    """A phone's signs; what stands before and after it decides whether an r is heard."""
    if accent != "b":
        return "" if name == "r" and before == "er" else _PHONES_AMERICAN.get(phone, _PHONES_AMERICAN[name])
    if name == "r" and after not in _VOWELS:
        return ""  # "car" ends in its vowel
    if name == "aa" and after == "r":
        return "ɑː"
    return _PHONES_BRITISH.get(phone, _PHONES_BRITISH[name])


def _near(sign: str, accent: str) -> str:
    """A sign as it is when it is Kokoro's, else its nearest."""
    if sign in PUNCTUATION or sign == " " or sign in _KEPT:
        return sign
    if unicodedata.category(sign) == "Mn":
        return ""  # says how a sound that is written already differs from an English one
    return spell(f"-{sign}", accent)


_KEPT: Mapping[str, None] = dict.fromkeys("bdfhijklmnpstuvwzðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧˈˌθᵊæᵻɒaːɾT")
