"""Pieces of a line -> the tokens flite is given, each in a form that it says as written.

Flite reads on its own account: "part I" becomes "part one", "trust Me" "trust maine", "haven't" "hay-vent", "CEO"
"sio". Everything here is about handing it lower-case words, letters or phones instead: what is written is heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voices.phones import read_ipa
from voices.plain import Piece

#: Part of the engine's version: raise it when the same text becomes other tokens.
READING = 1


@dataclass(frozen=True, slots=True)
class Token:
    """A token for flite and the characters it stands for. `phones` ("w iy1 r") override its name."""

    name: str
    punctuation: str
    phones: str
    start_char: int
    end_char: int


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


#: Words that flite's letter-to-sound rules get wrong once the apostrophe is gone, and sounds that are no words.
_SAID = {
    "we're": "w iy1 r", "who're": "hh uw1 er", "what're": "w ah1 t er", "how're": "hh aw1 er", "where're": "w eh1 r er",
    "there're": "dh eh1 r er", "why're": "w ay1 er", "haven't": "hh ae1 v ax n t", "isn't": "ih1 z ax n t",
    "hasn't": "hh ae1 z ax n t", "mightn't": "m ay1 t ax n t", "oughtn't": "ao1 t ax n t", "d'you": "d y uw1",
    "hm": "hh ah1 m", "hmm": "hh ah1 m", "mm": "ah1 m", "mmm": "ah1 m", "sh": "sh", "shh": "sh", "psst": "p s t",
    "pfft": "p f t", "tsk": "t ih1 s k", "brr": "b er1", "grr": "g er1", "zzz": "z",
}  # fmt: skip

#: Short words that are written in capitals for stress; any other capitals of up to three letters are spelt out.
_SHORT_WORDS = _words(
    "ad add ago all am an and any are as ask at bad be big but buy by can cut day did die do eat end far few for get "
    "god got guy had has he her hey hi him his hot how i if in is it its job key law let lie lot man may me men my new "
    "no nor not now of off oh ok old on one or our out own pay per put ran red run saw say see set sex she sin six so "
    "sum ten the to too top try two up use war was way we who why win won yes yet you"
)
_READ_AS_REED = _words(
    "to can cannot can't could couldn't will won't would wouldn't shall shan't should shouldn't may might must mustn't "
    "do don't does doesn't did didn't please let's not"
)
_METAL = _words("poisoning pipe pipes paint exposure bullet bullets dust shot acetate")

_CAPITALS = re.compile(r"([A-Z]{2,3})('?s)?")
_ROMAN = re.compile(r"[IVX]{2,}")


def choose_tokens(pieces: Sequence[Piece]) -> tuple[Token, ...]:
    """Pieces -> tokens in the same order, one or more each. ValueError when a pronunciation is no IPA."""
    shouted = not any(character.islower() for piece in pieces for character in piece.text)
    tokens: list[Token] = []
    for index, piece in enumerate(pieces):
        before = pieces[index - 1] if index else None
        after = pieces[index + 1] if index + 1 < len(pieces) else None
        forms = [*_iter_forms(piece, before, after, shouted)]
        for number, (name, phones) in enumerate(forms):
            is_last = number == len(forms) - 1
            start = piece.start_char + (piece.end_char - piece.start_char) * number // len(forms)
            end = piece.start_char + (piece.end_char - piece.start_char) * (number + 1) // len(forms)
            tokens.append(Token(name, piece.pause if is_last else "", phones, start, max(end, start + 1)))
    return tuple(tokens)


def _iter_forms(piece: Piece, before: Piece | None, after: Piece | None, shouted: bool) -> Iterator[tuple[str, str]]:
    """(name, phones) of the tokens of one piece."""
    text = piece.text
    if piece.ipa is not None:
        yield text.lower(), read_ipa(piece.ipa)
    elif "." in text and not any(character.isdigit() for character in text):
        yield from _iter_letters(text.replace(".", ""))
    elif not text.replace("'", "").isalpha():
        yield text, ""  # a number: flite's own reading
    elif text == "A" and _is_letter_a(piece, before, after):
        yield from _iter_letters(text)
    elif _ROMAN.fullmatch(text):
        yield text, ""  # "chapter IV": flite says four after such words, else the letters
    elif (capitals := _CAPITALS.fullmatch(text)) and not shouted and capitals[1].lower() not in _SHORT_WORDS:
        yield from _iter_letters(capitals[1])
        if capitals[2]:
            yield "'s", ""
    else:
        yield from _iter_word(text.lower(), before, after)


def _iter_word(word: str, before: Piece | None, after: Piece | None) -> Iterator[tuple[str, str]]:
    if word in _SAID:
        yield word, _SAID[word]
    elif word == "read":
        yield ("reed" if _is_present(before, after) else "red"), ""
    elif word == "lead":
        yield ("led" if after is not None and after.text.lower() in _METAL else "leed"), ""
    else:
        yield word, ""


def _is_present(before: Piece | None, after: Piece | None) -> bool:
    """Whether "read" is said "reed": after an auxiliary, or as an order ("Read on", but "Read by a machine")."""
    if before is None or before.pause in (".", "?", "!"):
        return after is not None and after.text.lower() != "by"
    return before.text.lower() in _READ_AS_REED


def _is_letter_a(piece: Piece, before: Piece | None, after: Piece | None) -> bool:
    """Whether a capital A is the letter ("plan A is", "A I") and no article ("A man", "This Is A Title")."""
    if any(near is not None and len(near.text) == 1 and near.text.isupper() for near in (before, after)):
        return True
    if after is None or piece.pause:
        return True
    starts_sentence = before is None or before.pause in (".", "?", "!", ":")
    return not starts_sentence and not after.text[0].isupper()


def _iter_letters(letters: str) -> Iterator[tuple[str, str]]:
    for letter in letters.lower():
        yield letter, "ey1" if letter == "a" else ""
