"""Phonemes or letters -> the numbers a model was trained on, and which of them are which word's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voices.engine import Line, Unspeakable
from voices.neural.reading import Reading


@dataclass(frozen=True, slots=True)
class Alphabet:
    """`ids` by sign; `blank` stands between all signs where it isn't None; `bos`, `eos` at the ends likewise."""

    ids: Mapping[str, int]
    blank: int | None = None
    bos: int | None = None
    eos: int | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids, and for every word (start_char, end_char of the line, first token, token after its last)."""

    ids: tuple[int, ...]
    words: tuple[tuple[int, int, int, int], ...]


def tokenize(line: Line, reading: Reading, alphabet: Alphabet) -> Tokens:
    """A reading -> tokens. A sign the model never met is left out, but a word that has no other is Unspeakable."""
    places: list[int | None] = []  # by character of the reading
    ids: list[int] = [] if alphabet.bos is None else [alphabet.bos]
    if alphabet.blank is not None:
        ids.append(alphabet.blank)
    for sign in reading.text:
        number = alphabet.ids.get(sign)
        places.append(None if number is None else len(ids))
        if number is not None:
            ids += [number] if alphabet.blank is None else [number, alphabet.blank]
    if alphabet.eos is not None:
        ids.append(alphabet.eos)
    words = []
    for unit in reading.units:
        own = [place for place in places[unit.start : unit.end] if place is not None]
        if own:
            words.append((unit.start_char, unit.end_char, own[0], own[-1] + 1))
        elif unit.start < unit.end:
            raise Unspeakable(
                f"line {line.id}: {line.text[unit.start_char : unit.end_char]!r} has no sign of this voice's alphabet; "
                "give it a pronunciation or take another voice",
                line_id=line.id,
            )
    if not words:
        raise Unspeakable(f"line {line.id} has no letter this voice knows: {line.text!r}", line_id=line.id)
    return Tokens(tuple(ids), tuple(words))
