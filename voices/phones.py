"""IPA -> the phones of American English as CMU writes them ("ˈbɒstrəm" -> "b aa1 s t r ax m").

Sounds English lacks become their nearest neighbours. Table after the IPA handbook and the CMU pronouncing dictionary.
"""

from __future__ import annotations

import unicodedata

_IGNORED = set(" .-‿|‖/[]()ːˑˌʰʲʷˠˤ˞˗ʼ")  # secondary stress too: these voices know one degree
_VOWELS = {
    "aɪ": "ay", "ai": "ay", "aʊ": "aw", "au": "aw", "eɪ": "ey", "ei": "ey", "oʊ": "ow", "əʊ": "ow", "ou": "ow",
    "ɔɪ": "oy", "ɔi": "oy", "ɜɹ": "er", "ɜr": "er", "əɹ": "er", "ər": "er", "i": "iy", "ɪ": "ih", "e": "eh",
    "ɛ": "eh", "æ": "ae", "a": "aa", "ɑ": "aa", "ɒ": "aa", "ɔ": "ao", "o": "ow", "ʊ": "uh", "u": "uw", "ʌ": "ah",
    "ə": "ax", "ɜ": "er", "ɝ": "er", "ɚ": "er", "ɞ": "er", "ɐ": "ah", "ɨ": "ih", "ʉ": "uw", "ɯ": "uw", "ɤ": "ah",
    "ɘ": "ax", "ɵ": "uh", "y": "uw", "ʏ": "uh", "ø": "er", "œ": "er", "ɶ": "aa",
}  # fmt: skip
_CONSONANTS = {
    "tʃ": "ch", "ʧ": "ch", "tɕ": "ch", "dʒ": "jh", "ʤ": "jh", "dʑ": "jh", "p": "p", "b": "b", "t": "t", "d": "d",
    "k": "k", "g": "g", "ɡ": "g", "f": "f", "v": "v", "θ": "th", "ð": "dh", "s": "s", "z": "z", "ʃ": "sh", "ʒ": "zh",
    "h": "hh", "ɦ": "hh", "m": "m", "n": "n", "ŋ": "ng", "l": "l", "ɫ": "l", "r": "r", "ɹ": "r", "ɻ": "r", "ɾ": "d",
    "ʀ": "r", "ʁ": "r", "j": "y", "w": "w", "ʍ": "w", "ɥ": "w", "x": "k", "χ": "k", "ç": "hh", "ħ": "hh", "ɸ": "f",
    "β": "v", "ʋ": "v", "ɣ": "g", "q": "k", "ɢ": "g", "c": "k", "ɟ": "g", "ɬ": "l", "ɮ": "l", "ʎ": "l y", "ɲ": "n y",
    "ɱ": "m", "ɴ": "ng", "ʂ": "sh", "ʐ": "zh", "ɕ": "sh", "ʑ": "zh", "ʈ": "t", "ɖ": "d", "ɳ": "n", "ɭ": "l", "ɽ": "r",
    "ʔ": "", "ʕ": "",
}  # fmt: skip
_SYLLABIC = "\u0329"


def read_ipa(ipa: str) -> str:
    """IPA -> space-separated phones, the stressed vowels marked with 1. ValueError names a symbol that is no IPA."""
    phones: list[str] = []
    is_stressed = False
    text = _without_diacritics(ipa)
    at = 0
    while at < len(text):
        symbol = text[at : at + 2] if text[at : at + 2] in _VOWELS or text[at : at + 2] in _CONSONANTS else text[at]
        at += len(symbol)
        if symbol in "ˈ'":
            is_stressed = True
        elif symbol in _VOWELS:
            phones.append(_VOWELS[symbol] + ("1" if is_stressed else ""))
            is_stressed = False
        elif symbol in _CONSONANTS:
            phones += _CONSONANTS[symbol].split()
        elif symbol == _SYLLABIC and phones:
            phones.insert(-1, "ax")
        elif symbol not in _IGNORED:
            raise ValueError(f"{symbol!r} in {ipa!r} is no IPA symbol")
    if not any(phones):
        raise ValueError(f"{ipa!r} holds no sound")
    if not any(phone.endswith("1") for phone in phones):
        _stress_first_vowel(phones)
    return " ".join(phones)


def _without_diacritics(ipa: str) -> str:
    decomposed = unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")
    return "".join(c for c in decomposed if c == _SYLLABIC or unicodedata.category(c) != "Mn")


def _stress_first_vowel(phones: list[str]) -> None:
    vowels = set(_VOWELS.values())
    for index, phone in enumerate(phones):
        if phone in vowels:
            phones[index] = phone + "1"
            return
