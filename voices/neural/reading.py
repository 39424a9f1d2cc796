"""A line -> the plain text that a phonemizer reads, and back: which of its phonemes are which word's. Pure.

The text is the line's own, word for word, as far as a phonemizer may read it; a word in another script is folded to
ASCII, and what is neither a word nor punctuation only separates. So nothing is taken for markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from voices.engine import Line
from voices.plain import split_pieces

_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ0-9'’.,:/$%\s]+")
_MARKS = frozenset(",.;:?!¡¿\"'‘’«»“”-–—…()")
_UNSOUNDED = frozenset(" ˈˌː")

_ENDINGS = {"ll": "əl", "re": "ɚ", "ve": "v"}

#: One clause without punctuation -> its phonemes, words separated by spaces.
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Unit:
    """A word to be said. Characters `start_char:end_char` of the line are `start:end` of the plain text.

    Once phonemes are known, `start:end` are places in those. `ipa` overrides them.
    """

    start_char: int
    end_char: int
    start: int
    end: int
    ipa: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A text (plain, or its phonemes) and where its units stand in it, in order and apart."""

    text: str
    units: tuple[Unit, ...]


def read_line(line: Line, clean: Callable[[str], str]) -> Reading:
    """A line -> what the phonemizer gets. `clean` is the model's own text cleaner. Unspeakable without any word.

    The cleaner works on one word, or one mark between words, at a time: so each word's place is known.
    """
    text = ""
    units: list[Unit] = []
    at = 0
    for piece in split_pieces(line, pronounced=True):
        between = _clean_marks(line.text[at : piece.start_char], clean)
        written = line.text[piece.start_char : piece.end_char]
        word = clean(written if _LATIN.fullmatch(written) else piece.text) or piece.text
        ipa = piece.ipa
        if units and between == "" and word[0] in "'’":  # what is left of "Bostrom's" after a pronounced "Bostrom"
            ipa = _ending(word, units[-1].ipa or "")
        elif units and between == "" and not _is_glued(line.text, at, piece.start_char, piece.end_char):
            between = " "
        text += between if units else between.lstrip()
        units.append(Unit(piece.start_char, piece.end_char, len(text), len(text) + len(word), ipa))
        text += word
        at = piece.end_char
    return Reading(text + _clean_marks(line.text[at:], clean).rstrip(), tuple(units))


def _clean_marks(between: str, clean: Callable[[str], str]) -> str:
    """What stands between two words -> punctuation and single spaces."""
    marks = (clean(f"a{mark}b")[1:-1] if mark in _MARKS else " " for mark in between)
    return re.sub(r"\s+", " ", "".join(marks))


def _is_glued(text: str, before: int, start: int, end: int) -> bool:
    """Whether the letters are an ending in brackets: "sort(s)" is read as "sorts"."""
    return text[before:start] == "(" and text[end : end + 1] == ")" and end - start <= 2


def _ending(word: str, ipa: str) -> str:
    """IPA of what hangs on a word of that IPA, marked as unstressed by a hyphen: "'s" after "m" is "-z"."""
    letters = word[1:].lower()
    if letters != "s":
        return f"-{_ENDINGS.get(letters, letters)}"
    last = ipa.rstrip("ːˑ")[-1:]
    return "-ɪz" if last and last in "szʃʒ" else "-s" if last and last in "ptkfθ" else "-z"


def phonemize(reading: Reading, say: Say, punctuation: str) -> Reading:
    """Plain text -> its phonemes: what stands between punctuation is said, punctuation is kept as it is."""
    marks = re.compile(rf"(?:\s*[{re.escape(punctuation)}]+\s*)+")
    said = ""
    heard: dict[int, tuple[int, int]] = {}
    for start, end, is_marks in _split(reading.text, marks):
        if is_marks:
            said += reading.text[start:end]
            continue
        inside = [(n, max(u.start, start), min(u.end, end)) for n, u in enumerate(reading.units)]
        parts = [(n, reading.text[a:b]) for n, a, b in inside if a < b]
        sounds = say(reading.text[start:end])
        for number, (a, b) in _share_out(sounds, parts, say):
            first = heard.get(number, (len(said) + a, 0))[0]
            heard[number] = (first, len(said) + b)
        said += sounds
    at = 0
    units = []
    for number, unit in enumerate(reading.units):
        a, b = heard.get(number, (at, at))
        at = max(at, b)
        units.append(replace(unit, start=a, end=b))
    return Reading(said, tuple(units))


def _split(text: str, marks: re.Pattern[str]) -> Iterator[tuple[int, int, bool]]:
    at = 0
    for found in marks.finditer(text):
        if at < found.start():
            yield at, found.start(), False
        yield *found.span(), True
        at = found.end()
    if at < len(text):
        yield at, len(text), False


def _share_out(sounds: str, parts: Sequence[tuple[int, str]], say: Say) -> Iterator[tuple[int, tuple[int, int]]]:
    """Whose phonemes are which: (unit, its place in `sounds`), in order.

    A phonemizer joins words ("of the" is one) and splits others ("1999" are several). Where the numbers differ, what
    the words sound like alone is laid against what is heard, sign by sign.
    """
    words = [(unit, word) for unit, text in parts for word in text.split()]
    heard = [found.span() for found in re.finditer(r"\S+", sounds)]
    if len(words) == len(heard):
        yield from zip((unit for unit, _ in words), heard, strict=True)
        return
    places = [at for at, sign in enumerate(sounds) if sign not in _UNSOUNDED]
    together = "".join(sounds[at] for at in places)
    alone = ["".join(sign for sign in say(word) if sign not in _UNSOUNDED) for _, word in words]
    where = _lay_against("".join(alone), together)
    at = 0
    for (unit, _), signs in zip(words, alone, strict=True):
        first, last = where[at], where[at + len(signs)]
        at += len(signs)
        if first < last:
            start, end = places[first], places[last - 1] + 1
            start -= len(sounds[:start]) - len(sounds[:start].rstrip("ˈˌ"))
            yield unit, (start, end + (sounds[end : end + 1] == "ː"))


def _lay_against(one: str, other: str) -> list[int]:
    """For every place between signs of `one`, both ends included, the like place of `other`."""
    where = [0] * (len(one) + 1)
    for _, i, i_end, j, j_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        for at in range(i, i_end + 1):
            where[at] = j_end if at == i_end else j + (j_end - j) * (at - i) // (i_end - i)
    return where


def pronounce(phonemes: Reading, notation: Callable[[str], str]) -> Reading:
    """The phonemes with every unit's own IPA in place of what was guessed. `notation` turns IPA into the model's."""
    said, at = "", 0
    units: list[Unit] = []
    for unit in phonemes.units:
        said += phonemes.text[at : unit.start]
        sound = phonemes.text[unit.start : unit.end] if unit.ipa is None else notation(unit.ipa)
        if unit.ipa is not None and unit.start == unit.end:
            sound = f" {sound} "
        units.append(replace(unit, start=len(said), end=len(said) + len(sound)))
        said += sound
        at = max(at, unit.end)
    return Reading(said + phonemes.text[at:], tuple(units))
