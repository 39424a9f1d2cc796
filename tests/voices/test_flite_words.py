"""Pieces -> the tokens flite gets."""

import pytest

from voices import Line
from voices.flite_words import choose_tokens
from voices.plain import split_pieces


def tokens_of(text: str, *pronunciations: tuple[int, int, str]) -> str:
    line = Line(id="x", text=text, speaker="", pronunciations=pronunciations)
    tokens = choose_tokens(split_pieces(line, pronounced=True))
    return " ".join((f"/{token.phones}/" if token.phones else token.name) + token.punctuation for token in tokens)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("In the first part I argue", "in the first part i argue"),
        ("Trust Me on this. Or not.", "trust me on this. or not."),
        ("Chapter IV of World War II", "chapter IV of world war II"),
        ("the CEO of an AI lab, NASA", "the c e o of an /ey1/ i lab, nasa"),
        ("AIs and an AI's GPUs", "/ey1/ i 's and an /ey1/ i 's g p u 's"),
        ("do NOT put IT there OR else", "do not put it there or else"),
        ("THE RISE OF MAN AND AI", "the rise of man and ai"),
        ("e.g. the U.S.A. one", "e g the u s /ey1/ one"),
        ("Plan A is gone. A man has a plan A.", "plan /ey1/ is gone. a man has a plan /ey1/."),
        ("This Is A Title", "this is a title"),
        ("A I safety", "/ey1/ i safety"),
        ("We're here, they haven't", "/w iy1 r/ here, they /hh ae1 v ax n t/"),
        ("Hmm, nooooooo", "/hh ah1 m/, nooo"),
        ("once-in-a-lifetime", "once in a lifetime"),
        (
            "Read by a machine. Read on. I read it; you should read it",
            "red by a machine. reed on. i red it; you should reed it",
        ),
        ("lead to lead poisoning", "leed to led poisoning"),
        ("3.50 or 1999", "3.50 or 1999"),
    ],
)
def test_each_piece_is_handed_over_so_that_it_is_said_as_written(text: str, tokens: str) -> None:
    assert tokens_of(text) == tokens


def test_a_pronunciation_is_handed_over_as_phones() -> None:
    assert tokens_of("Ask Bostrom's cat", (4, 11, "ˈbɒstrəm")) == "ask /b aa1 s t r ax m/ 's cat"


def test_the_tokens_of_a_piece_share_its_characters_in_order() -> None:
    tokens = choose_tokens(split_pieces(Line(id="x", text="the CEO said", speaker="")))
    assert [(token.start_char, token.end_char) for token in tokens] == [(0, 3), (4, 5), (5, 6), (6, 7), (8, 12)]
