"""Which phonemes are which word's, and what a phonemizer is given. No model, no library: the phonemizer is a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices import Line, Unspeakable
from voices.neural.espeak_ipa import espeak_ipa
from voices.neural.reading import Reading, phonemize, pronounce, read_line
from voices.neural.tokens import Alphabet, tokenize

MARKS = ';:,.!?¡¿—…"«»“”'
SOUNDS = {"of": "ʌv", "the": "ðə", "of the": "ʌvðə", "rest": "ɹˈɛst"}


def line(text: str, *pronunciations: tuple[int, int, str]) -> Line:
    return Line(id="x", text=text, speaker="s", pronunciations=pronunciations)


def say(text: str) -> str:
    """As a phonemizer does: joins "of the", says "1999" in two words."""
    said = text.replace("1999", "nineteen ninetynine")
    for word, sound in sorted(SOUNDS.items(), key=lambda item: -len(item[0])):
        said = f" {said} ".replace(f" {word} ", f" {sound} ").strip()
    return said


def heard(text: str, *pronunciations: tuple[int, int, str]) -> dict[str, str]:
    """Each word, and what is said for it."""
    asked = line(text, *pronunciations)
    phonemes = pronounce(phonemize(read_line(asked, str), say, MARKS), espeak_ipa)
    return {text[unit.start_char : unit.end_char]: phonemes.text[unit.start : unit.end] for unit in phonemes.units}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("The map is not, in fact, the territory.", "The map is not, in fact, the territory."),
        ("A well-known \"fact\" (or 'two') — really…", "A well-known \"fact\" (or 'two') — really…"),
        ("<speak>Wait</speak> [[h@l'oU]]", "speak Wait speak h l'oU"),
        ("and/or 5% {x}", "and or 5% x"),
        ("What sort(s) of f(x)?", "What sort(s) of f(x)?"),
        ("naïve Москва café", "naïve Moskva café"),
        ("yes 😀 no", "yes no"),
    ],
)
def test_a_phonemizer_reads_the_lines_own_words_and_marks_and_nothing_else(text: str, read: str) -> None:
    assert read_line(line(text), str).text == read


def test_the_models_cleaner_is_applied_word_by_word_and_mark_by_mark() -> None:
    def clean(text: str) -> str:
        return text.lower().replace("-", " ").replace(";", ",").replace("(", "").replace("$3.50", "three dollars")

    reading = read_line(line("He paid $3.50; Well-known (Bob)."), clean)
    assert reading.text == "he paid three dollars, well known bob)."
    assert [reading.text[unit.start : unit.end] for unit in reading.units][2] == "three dollars"


def test_joined_and_split_words_are_shared_out() -> None:
    assert heard("Most of the rest, in 1999 anyway.") == {
        "Most": "Most", "of": "ʌv", "the": "ðə", "rest": "ɹˈɛst", "in": "in", "1999": "nineteen ninetynine",
        "anyway": "anyway",
    }  # fmt: skip


@given(st.lists(st.sampled_from(["of", "the", "rest", "1999", "word", "of the", ",", ".", "—", "e.g."]), min_size=1))
def test_every_word_has_a_place_in_order_and_apart(words: list[str]) -> None:
    text = " ".join([*words, "end"])
    reading = phonemize(read_line(line(text), str), say, MARKS)
    at = 0
    for unit in reading.units:
        assert at <= unit.start <= unit.end <= len(reading.text)
        at = unit.end
    assert sum(unit.end > unit.start for unit in reading.units) >= len(reading.units) * 0.7


@pytest.mark.parametrize(
    ("text", "span", "ipa", "said"),
    [
        ("Ask Bostrom now", (4, 11), "ˈbɒstrəm", "bˈɑːstɹəm"),
        ("Ask Bostrom's friend", (4, 11), "ˈbɒstrəm", "bˈɑːstɹəm"),
        ("Ask von Neumann", (4, 15), "fɔnˈnɔɪmɑn", "fɔːnnˈɔɪmɑːn"),
        ("of the rest", (3, 6), "ðiː", "ðˈiː"),
    ],
)
def test_a_words_own_pronunciation_takes_the_place_of_the_guess(
    text: str, span: tuple[int, int], ipa: str, said: str
) -> None:
    assert heard(text, (*span, ipa))[text[slice(*span)]] == said


@pytest.mark.parametrize(("ipa", "ending"), [("ˈbɒstrəm", "z"), ("ˈkæt", "s"), ("ˈfɔks", "ɪz"), ("ˈbuʃ", "ɪz")])
def test_what_hangs_on_a_pronounced_word_is_said_after_its_last_sound(ipa: str, ending: str) -> None:
    assert heard("X's own", (0, 1, ipa))["'s"] == ending


def test_a_sign_outside_the_alphabet_is_left_out_but_never_a_whole_word() -> None:
    alphabet = Alphabet(ids={sign: n for n, sign in enumerate("abc .")}, blank=9)
    reading = read_line(line("ab xc."), str)
    tokens = tokenize(line("ab xc."), reading, alphabet)
    assert tokens.ids == (9, 0, 9, 1, 9, 3, 9, 2, 9, 4, 9)
    assert tokens.words == ((0, 2, 1, 4), (3, 5, 7, 8))
    with pytest.raises(Unspeakable, match="'xyz' has no sign of this voice's alphabet"):
        tokenize(line("ab xyz."), read_line(line("ab xyz."), str), alphabet)


def test_tokens_begin_and_end_as_the_model_wants() -> None:
    alphabet = Alphabet(ids={"a": 0}, bos=7, eos=8)
    assert tokenize(line("a"), Reading("a", read_line(line("a"), str).units), alphabet).ids == (7, 0, 8)


def test_a_wrong_pronunciation_is_named() -> None:
    with pytest.raises(ValueError, match="is no IPA symbol"):
        heard("Ask me", (4, 6, "%%"))
