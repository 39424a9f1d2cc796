"""Spoken text -> Pronunciations (IPA for the words an engine would say wrongly) and the words nobody knows.

    lexicon terms with their endings, initialisms letter by letter, homographs by their context (homographs.py)

Pure: each engine's own room turns the IPA into its notation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from narrate.records import Pronunciation
from narrate.script.homographs import homographs
from narrate.script.lexicon import Term, shipped
from narrate.script.words import is_known

_LETTERS = {
    "A": "eɪ", "B": "bi", "C": "si", "D": "di", "E": "i", "F": "ɛf", "G": "dʒi", "H": "eɪtʃ", "I": "aɪ", "J": "dʒeɪ",
    "K": "keɪ", "L": "ɛl", "M": "ɛm", "N": "ɛn", "O": "oʊ", "P": "pi", "Q": "kju", "R": "ɑɹ", "S": "ɛs", "T": "ti",
    "U": "ju", "V": "vi", "W": "ˈdʌbəlju", "X": "ɛks", "Y": "waɪ", "Z": "zi",
}  # fmt: skip
#: So many words are looked up once.
_REMEMBERED = 1 << 15
_WORD = re.compile(r"[^\W\d_]+(?:'(?=[^\W\d_])[^\W\d_]+)*")
_SPACED = re.compile(r"(?<![^\W\d_])[A-Z](?: [A-Z])+(?![^\W\d_'])")
_CAPITALS = re.compile(r"([A-Z]{2,})(s?)('s|')?\Z")
#: Capitals that every engine reads rightly by itself.
_PLAIN_CAPITALS = frozenset(("OK", "TV"))
_SIBILANT = ("s", "z", "ʃ", "ʒ")
_VOICELESS = ("p", "t", "k", "f", "θ")


def plural_ipa(ipa: str) -> str:
    """`ipa` with a plural or possessive s: "ˈkɑnt" -> "ˈkɑnts", "beɪz" -> "beɪzɪz"."""
    if ipa.endswith(_SIBILANT):
        return ipa + "ɪz"
    return ipa + ("s" if ipa.endswith(_VOICELESS) else "z")


def _past_ipa(ipa: str) -> str:
    if ipa.endswith(("t", "d")):
        return ipa + "ɪd"
    return ipa + ("t" if ipa.endswith((*_VOICELESS, "s", "ʃ")) else "d")


def letters_ipa(capitals: str) -> str:
    """`"GPU"` -> "ˌdʒi pi ˈju": the last letter carries the stress, the first a lighter one."""
    names = [_LETTERS[letter] for letter in capitals]
    if len(names) > 1:
        names[0] = "ˌ" + names[0].lstrip("ˈ")
        names[-1] = "ˈ" + names[-1].lstrip("ˈ")
    return " ".join(names)


class Pronouncer:
    """Says how the terms of one lexicon are pronounced in any text. Immutable once made; share it freely."""

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self._exact = dict(terms)
        # A term written in small letters may open a sentence; a name or an acronym is what it is.
        self._lower = {term.lower(): entry for term, entry in terms.items() if term.islower()}
        self._phrases = _phrases(terms.values())
        self._words = {word for term in terms for word in _WORD.findall(term.lower())}
        self._ipa = lru_cache(maxsize=_REMEMBERED)(self._ipa_of)  # the same few thousand words make up every post

    def pronounce(self, spoken: str) -> tuple[Pronunciation, ...]:
        """IPA for the terms, initialisms and homographs of `spoken`, in order, never overlapping."""
        found: list[Pronunciation] = [*self._spelled(spoken)]
        taken = [(p.start, p.end) for p in found]
        for match in _WORD.finditer(spoken):
            if any(start <= match.start() < end for start, end in taken):
                continue
            pronunciation = self._phrase(spoken, match.start()) or self._word(match)
            if pronunciation:
                found.append(pronunciation)
                taken.append((pronunciation.start, pronunciation.end))
        for start, end, ipa in homographs(spoken):
            if not any(a < end and start < b for a, b in taken):
                found.append(Pronunciation(start=start, end=end, ipa=ipa))
        return tuple(sorted(found, key=lambda p: p.start))

    def unknown_words(self, spoken: str) -> tuple[str, ...]:
        """Words in neither the lexicon nor the word list, each once, in order: candidates for the lexicon."""
        unknown: dict[str, None] = {}
        for match in _WORD.finditer(spoken):
            word = match[0]
            if len(word) < 3 or _CAPITALS.match(word) or is_known(word) or word.lower() in self._words:
                continue
            if not self._word(match):
                unknown.setdefault(re.sub(r"'s?\Z", "", word))
        return tuple(unknown)

    def _spelled(self, spoken: str) -> Iterator[Pronunciation]:
        """`"A G I"`: the lexicon's reading where it has one, else the letters'."""
        for match in _SPACED.finditer(spoken):
            capitals = match[0].replace(" ", "")
            term = self._exact.get(capitals)
            ipa = term.ipa if term else letters_ipa(capitals)
            yield Pronunciation(start=match.start(), end=match.end(), ipa=ipa)

    def _phrase(self, spoken: str, start: int) -> Pronunciation | None:
        """A term of several words or with a hyphen: "von Neumann", "SWE-bench"."""
        for term in self._phrases.get(spoken[start : start + 2].lower(), ()):
            end = start + len(term.text)
            same = spoken[start:end] == term.text or (term.text.islower() and spoken[start:end].lower() == term.text)
            if same and not spoken[end : end + 1].isalpha():
                return Pronunciation(start=start, end=end, ipa=term.ipa)
        return None

    def _word(self, match: re.Match[str]) -> Pronunciation | None:
        word = match[0]
        ipa = self._ipa(word)
        return None if ipa is None else Pronunciation(start=match.start(), end=match.end(), ipa=ipa)

    def _ipa_of(self, word: str) -> str | None:
        """IPA of a word that is a term, has one with an ending, or stands in capitals."""
        term = self._exact.get(word) or self._lower.get(word.lower())
        if term:
            return term.ipa
        capitals = _CAPITALS.match(word)
        if capitals and capitals[1] not in self._exact:
            if capitals[1] in _PLAIN_CAPITALS:
                return None
            ipa = letters_ipa(capitals[1])
            return plural_ipa(ipa) if capitals[2] or capitals[3] == "'s" else ipa
        return self._ended(word)

    def _ended(self, word: str) -> str | None:
        """`"Goodhart's"`, `"Kantian"`, `"shoggoths"`, `"Yudkowskian"`."""
        for ending in _ENDINGS:
            if not word.endswith(ending):
                continue
            stem = word[: -len(ending)]
            for base, sound in _bases(stem, ending):
                term = self._exact.get(base) or self._lower.get(base.lower())
                if term and term.policy != "expand":
                    return sound(term.ipa) if callable(sound) else term.ipa + sound
        return None


_ENDINGS = ("'s", "s'", "'", "ians", "ian", "ean", "ings", "ing", "ism", "ist", "ists", "ed", "es", "s", "ish", "esque")


def _bases(stem: str, ending: str) -> Iterator[tuple[str, Callable[[str], str] | str]]:
    """The terms a stem may stand for with an ending, and how the ending sounds."""
    if ending == "'":
        yield stem, _same
    elif ending in ("'s", "s'", "s", "es"):
        yield stem, plural_ipa
    elif ending in ("ian", "ians", "ean"):
        last = "z" if ending == "ians" else ""
        yield stem, "iən" + last
        yield stem + "y", lambda ipa: ipa + "ən" + last
        yield stem + "e", "iən" + last
    elif ending in ("ing", "ings"):
        yield stem, "ɪŋ" + ("z" if ending == "ings" else "")
        yield stem + "e", "ɪŋ"
    elif ending == "ed":
        yield stem, _past_ipa
        yield stem + "e", _past_ipa
    else:
        yield stem, {"ism": "ɪzəm", "ist": "ɪst", "ists": "ɪsts", "ish": "ɪʃ", "esque": "ˈɛsk"}[ending]


def _same(ipa: str) -> str:
    return ipa


def _phrases(terms: Iterable[Term]) -> dict[str, tuple[Term, ...]]:
    """Terms with a space or a hyphen by their first two letters, longest first."""
    table: dict[str, list[Term]] = {}
    for term in sorted(terms, key=lambda t: -len(t.text)):
        if " " in term.text or "-" in term.text:
            table.setdefault(term.text[:2].lower(), []).append(term)
    return {start: tuple(found) for start, found in table.items()}


@lru_cache(maxsize=1)
def _default() -> Pronouncer:
    return Pronouncer(shipped())


def pronounce(spoken: str) -> tuple[Pronunciation, ...]:
    """`Pronouncer.pronounce` with the package's own lexicon."""
    return _default().pronounce(spoken)


def unknown_words(spoken: str) -> tuple[str, ...]:
    """`Pronouncer.unknown_words` with the package's own lexicon."""
    return _default().unknown_words(spoken)
