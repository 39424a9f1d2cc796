"""IPA -> the signs that eSpeak NG writes for American English, which is what English models were trained on. Pure.

A sign that a model never met in training comes out as anything: so IPA goes through the phones of American English,
and each of them is written as eSpeak would ("ˈbɒstrəm" -> "bˈɑːstɹəm").
"""

from __future__ import annotations

from voices.phones import read_ipa

_SIGNS = {
    "aa": "ɑː", "ae": "æ", "ah": "ʌ", "ao": "ɔː", "aw": "aʊ", "ax": "ə", "ay": "aɪ", "eh": "ɛ", "er": "ɚ", "ey": "eɪ",
    "ih": "ɪ", "iy": "iː", "ow": "oʊ", "oy": "ɔɪ", "uh": "ʊ", "uw": "uː", "b": "b", "ch": "tʃ", "d": "d", "dh": "ð",
    "f": "f", "g": "ɡ", "hh": "h", "jh": "dʒ", "k": "k", "l": "l", "m": "m", "n": "n", "ng": "ŋ", "p": "p", "r": "ɹ",
    "s": "s", "sh": "ʃ", "t": "t", "th": "θ", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip
_STRESSED = {"er": "ɜː"}


def espeak_ipa(ipa: str) -> str:
    """Any IPA -> eSpeak's signs, without spaces. ValueError names a symbol that is no IPA.

    A word without a mark is stressed on its first vowel; one that begins with a hyphen is an ending and has no stress.
    """
    signs = ""
    for phone in read_ipa(ipa).split():
        name = phone.removesuffix("1")
        signs += f"ˈ{_STRESSED.get(name, _SIGNS[name])}" if phone != name else _SIGNS[name]
    return signs.replace("ˈ", "") if ipa.startswith("-") else signs
