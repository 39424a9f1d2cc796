"""Text -> pieces: what is said, where it pauses, and what is only noise."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices import Line, Unspeakable
from voices.plain import iter_words, split_pieces


def pieces_of(text: str) -> str:
    return " ".join(f"{piece.text}{piece.pause}" for piece in split_pieces(Line(id="x", text=text, speaker="")))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello there, world.", "Hello there, world."),
        ("It isn't so; is it?", "It isn't so; is it?"),
        ("It isn’t ‘so’", "It isn't so"),
        ("one — two–three - four -- five", "one, two, three, four, five"),
        ("a well-known fact", "a well known fact"),
        ("we (or they) know", "we, or they, know"),
        ("Wait… what?!", "Wait. what?"),
        ('"No," he said.', "No, he said."),
        ("e.g. the U.S. one", "e.g. the U.S. one"),
        ("naïve café Москва 北京", "naive cafe Moskva BeiJing"),
        ("na\u0131\u0308ve so\u00adft zero\u200bwidth", "naive soft zerowidth"),
        ("1,000 of $3.50 at 10:30, 5%", "1,000 of $3.50 at 10:30, 5%"),
        ("the 3rd of 1960s", "the 3rd of 1960s"),
        ("[[h@l'oU]] <break time='3s'/> &amp; {x} \\pause=10\\", "h l'oU break time 3s amp; x pause 10"),
        ("a\x00b\x1b[31mc\x07", "a b 31 mc"),
        ("yes 😀 no", "yes no"),
        ("...well", "well"),
        ("Nooooooo", "Nooo"),
        ("ab" * 20 + ".", "abababababab abababababab abababababab abab."),
    ],
)
def test_text_is_reduced_to_plain_words_and_pauses(text: str, pieces: str) -> None:
    assert pieces_of(text) == pieces


@pytest.mark.parametrize("text", ["", " ", "—", "?!", "😀", "***", "\x00"])
def test_text_without_a_letter_is_unspeakable(text: str) -> None:
    with pytest.raises(Unspeakable, match="line x"):
        pieces_of(text)


def test_a_pronounced_span_is_a_piece_of_its_own() -> None:
    line = Line(id="x", text="Ask Nick Bostrom's cat.", speaker="", pronunciations=((9, 16, "ˈbɒstrəm"),))
    assert [(p.text, p.pause, p.ipa) for p in split_pieces(line, pronounced=True)] == [
        ("Ask", "", None),
        ("Nick", "", None),
        ("Bostrom", "", "ˈbɒstrəm"),
        ("'s", "", None),
        ("cat", ".", None),
    ]


@pytest.mark.parametrize(
    ("ipa", "pieces"),
    [
        ("ˌeɪ dʒi ˈaɪ", [("A", 4, 5, "ˌeɪ"), ("G", 6, 7, "dʒi"), ("I", 8, 9, "ˈaɪ")]),
        ("ˌeɪdʒiˈaɪ", [("AGI", 4, 9, "ˌeɪdʒiˈaɪ")]),
    ],
)
def test_a_pronounced_span_of_several_words_is_split_where_its_ipa_is(
    ipa: str, pieces: list[tuple[str, int, int, str]]
) -> None:
    line = Line(id="x", text="the A G I.", speaker="", pronunciations=((4, 9, ipa),))
    _, *found = split_pieces(line, pronounced=True)
    assert [(p.text, p.start_char, p.end_char, p.ipa) for p in found] == pieces
    assert found[-1].pause == "."


@pytest.mark.parametrize("spans", [((3, 3, "a"),), ((0, 99, "a"),), ((0, 3, "a"), (2, 4, "a")), ((-1, 2, "a"),)])
def test_a_pronunciation_without_a_place_is_refused(spans: tuple[tuple[int, int, str], ...]) -> None:
    with pytest.raises(Unspeakable, match="has no place"):
        split_pieces(Line(id="x", text="Ask Nick", speaker="", pronunciations=spans), pronounced=True)


@given(st.text(max_size=120))
def test_pieces_are_ascii_words_in_order_at_their_places(text: str) -> None:
    try:
        pieces = split_pieces(Line(id="x", text=text, speaker=""))
    except Unspeakable:
        return
    at = 0
    for piece in pieces:
        assert piece.text
        assert piece.text.isascii()
        assert not set(piece.text) & set("[]<>&{}\\| \t\n\x00")
        assert piece.pause in ("", *",;:.?!")
        assert at <= piece.start_char < piece.end_char <= len(text)
        at = piece.end_char


@given(st.text(max_size=120))
def test_words_are_those_between_white_space(text: str) -> None:
    assert [text[start:end] for start, end in iter_words(text)] == text.split()


#: Without drawls: "soooo" is said with fewer.
PLAIN_WORDS = st.from_regex(r"[a-zA-Z]{1,9}", fullmatch=True).filter(lambda w: not re.search(r"(.)\1{3}", w.lower()))


@given(st.lists(PLAIN_WORDS, min_size=1, max_size=30))
def test_no_plain_word_is_lost_or_changed(words: list[str]) -> None:
    assert pieces_of(" ".join(words)) == " ".join(words)
