"""Number words, as pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.script.numerals import cardinal, decimal_words, digits, ordinal, year


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (21, "twenty-one"),
        (100, "one hundred"),
        (105, "one hundred five"),
        (-7, "minus seven"),
        (1_000, "one thousand"),
        (1_024, "one thousand twenty-four"),
        (1_000_001, "one million one"),
        (20_300_045, "twenty million three hundred thousand forty-five"),
        (10**63, "one vigintillion"),
        (10**15, "one quadrillion"),
        ("1,024", "one thousand twenty-four"),
        ("007", "seven"),
        ("−3", "minus three"),
        ("٣", "three"),
    ],
)
def test_a_whole_number_is_said_without_and(number: int | str, words: str) -> None:
    assert cardinal(number) == words


def test_a_number_past_all_names_is_read_digit_by_digit() -> None:
    assert cardinal("1" + "0" * 66) == "one" + " zero" * 66
    assert cardinal(-(10**66)) == "minus one" + " zero" * 66


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (2, "second"), (3, "third"), (5, "fifth"), (8, "eighth"), (9, "ninth"), (12, "twelfth"),
     (20, "twentieth"), (21, "twenty-first"), (100, "one hundredth"), (112, "one hundred twelfth"),
     ("1,000", "one thousandth"), (10**6 + 2, "one million second")],
)  # fmt: skip
def test_an_ordinal_changes_only_the_last_word(number: int | str, words: str) -> None:
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1905, "nineteen oh five"), (1900, "nineteen hundred"), (2000, "two thousand"), (2003, "two thousand three"),
     (2010, "twenty ten"), (2026, "twenty twenty-six"), (1066, "ten sixty-six"), (1984, "nineteen eighty-four"),
     (2100, "twenty-one hundred"), (476, "four hundred seventy-six"), (12026, "twelve thousand twenty-six")],
)  # fmt: skip
def test_a_year_is_said_in_pairs_where_people_do(number: int, words: str) -> None:
    assert year(number) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [("3.14", "three point one four"), ("0.05", "zero point zero five"), (".05", "point zero five"),
     ("-.5", "minus point five"), ("-1,024.50", "minus one thousand twenty-four point five zero"), ("42", "forty-two"),
     ("42.", "forty-two")],
)  # fmt: skip
def test_decimals_are_read_digit_by_digit_after_the_point(text: str, words: str) -> None:
    assert decimal_words(text) == words


def test_digits_are_read_one_by_one() -> None:
    assert digits("4-0-4") == "four zero four"


@pytest.mark.parametrize("text", ["", "x", "²", "1.2.3", "-", "1e5"])
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        decimal_words(text)


@given(st.integers(min_value=0, max_value=10**66 - 1), st.integers(min_value=0, max_value=10**66 - 1))
def test_two_numbers_never_sound_alike(left: int, right: int) -> None:
    assert (cardinal(left) == cardinal(right)) == (left == right)
