"""A line's text -> pieces: plain ASCII words with their places and pauses. Nothing an engine could take for markup.

For engines that read text by themselves (flite, espeak). Letters and numbers are kept and folded to ASCII,
punctuation becomes the pause after a piece, and every other character only separates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from anyascii import anyascii

from voices.engine import Line, Unspeakable

#: Combining accents, soft hyphens and joiners: they belong to the letter before them.
_MARKS = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufe0f"
_LETTER = f"[^\\W\\d_][{_MARKS}]*"
_CORE = re.compile(
    rf"(?:{_LETTER}\.){{2,}}"  # e.g., U.S.A.
    rf"|\$?\d+(?:[.,:/]\d+)*(?:%|(?:st|nd|rd|th|s)\b)?"  # 1,000 10:30 $3.50 5% 3rd
    rf"|(?:{_LETTER})+(?:['’](?:{_LETTER})+)*"  # word, don't
    rf"|(?<=\w)['’](?:s|d|ll|ve|re|m)\b"  # what is left of "Bostrom's" after a pronounced "Bostrom"
)
_WORD = re.compile(r"\S+")
_PAUSES = {"…": ".", "–": ",", "—": ",", "(": ",", ")": ","} | {mark: mark for mark in ".?!,;:"}
_STRENGTH = ",;:.!?"
_NOT_ASCII_WORD = re.compile(r"[^A-Za-z0-9'.,:/$%]+")
_LONGEST_WORD = 30
_PART_OF_LONG_WORD = 12
_RUN = re.compile(r"([A-Za-z])\1{3,}")


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to say, and where it stands in the line's text.

    `text` is ASCII: a word ("don't"), a number ("3.50") or an abbreviation ("e.g."). `pause` is the punctuation mark
    after it, "" for none. `ipa` overrides how it is said, and the piece may then span several words.
    """

    text: str
    start_char: int
    end_char: int
    pause: str = ""
    ipa: str | None = None


def split_pieces(line: Line, *, pronounced: bool = False) -> tuple[Piece, ...]:
    """The pieces of a line in order, never empty: Unspeakable when nothing can be said.

    With `pronounced`, the spans of `line.pronunciations` become pieces of their own.
    """
    spans = _pronounced_spans(line) if pronounced else ()
    pieces: list[Piece] = []
    at = 0
    for start, end, ipa in (*spans, (len(line.text), len(line.text), "")):
        _add_plain(pieces, line.text, at, start)
        if ipa:
            pieces += _split_pronounced(line.text, start, end, ipa)
        at = end
    if not pieces:
        raise Unspeakable(f"line {line.id} has no letter this voice knows: {line.text!r}", line_id=line.id)
    return tuple(pieces)


def _pronounced_spans(line: Line) -> tuple[tuple[int, int, str], ...]:
    spans = tuple(sorted(line.pronunciations))
    ends = [0, *(end for _, end, _ in spans)]
    for (start, end, ipa), previous_end in zip(spans, ends, strict=False):
        if not previous_end <= start < end <= len(line.text):
            raise Unspeakable(f"line {line.id}: pronunciation {ipa!r} has no place at {start}:{end}", line_id=line.id)
    return spans


def _split_pronounced(text: str, start: int, end: int, ipa: str) -> Iterator[Piece]:
    """A piece for each word, where the IPA has as many; else one for all of them."""
    words, sounds = [*_WORD.finditer(text, start, end)], ipa.split()
    if len(words) == len(sounds):
        for word, sound in zip(words, sounds, strict=True):
            yield Piece(_fold(word[0]) or "x", *word.span(), ipa=sound)
    else:
        yield Piece(_fold(text[start:end]) or "x", start, end, ipa=ipa)


def _add_plain(pieces: list[Piece], text: str, start: int, end: int) -> None:
    """The pieces of text[start:end]; marks before the first one set the pause of the piece before them."""
    for found in _CORE.finditer(text, start, end):
        _set_pause(pieces, text[start : found.start()])
        pieces += _split_long(_fold(found[0]), *found.span())
        start = found.end()
    _set_pause(pieces, text[start:end])


def _split_long(word: str, start: int, end: int) -> Iterator[Piece]:
    """Engines cut a word of hundreds of letters short, or say it for a minute: they get it in parts."""
    word = _RUN.sub(r"\1\1\1", word)  # "nooooooo": eight vowels in a row would be eight syllables
    size = len(word) if len(word) <= _LONGEST_WORD else _PART_OF_LONG_WORD
    for at in range(0, len(word), size or 1):
        part = word[at : at + size]
        part_start = start + (end - start) * at // len(word)
        part_end = start + (end - start) * (at + len(part)) // len(word)
        yield Piece(part, part_start, max(part_end, part_start + 1))


def _set_pause(pieces: list[Piece], between: str) -> None:
    """What stands between two pieces -> the strongest mark. A dash pauses when it isn't a hyphen inside a word."""
    marks = [_PAUSES[character] for character in between if character in _PAUSES]
    if "--" in between or re.search(r"\s-+\s", between):
        marks.append(",")
    if pieces and marks:
        last = pieces[-1]
        strongest = max((*marks, *last.pause), key=_STRENGTH.index)
        pieces[-1] = Piece(last.text, last.start_char, last.end_char, strongest, last.ipa)


def _fold(written: str) -> str:
    """Any script -> ASCII letters, digits and what holds them together ("naïve" -> "naive", "Москва" -> "Moskva")."""
    return _NOT_ASCII_WORD.sub("", anyascii(re.sub(f"[{_MARKS}]", "", written)))


def iter_words(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every word of a text, split at white space."""
    return (found.span() for found in _WORD.finditer(text))
