"""The words inside a formula's text."""

from __future__ import annotations

import pytest

from narrate.script.math.prose import money, say_prose


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("no AGI by 2036", "no A G I by twenty thirty-six"),
        ("3 plums", "three plums"),
        ("20-month", "twenty-month"),
        ("gain $5M", "gain five million dollars"),
        ("8% of 1,000", "eight percent of one thousand"),
        ("the 3rd case", "the third case"),
        ("A | B", "A given B"),
        ("a + b ≤ c", "a plus b less than or equal to c"),
        ("s.t.", "such that"),
        ("x = 3 w.p. 0.5", "x equals three with probability zero point five"),
        ("AGIs", "A G Is"),
        ("NOT this", "not this"),
        ("½ cup", "one half cup"),
        ("step 12b", "step twelve b"),
        ("don’t", "don't"),
        ("-3", "minus three"),
        ("", ""),
    ],
)
def test_text_becomes_words(text: str, spoken: str) -> None:
    assert say_prose(text) == spoken


@pytest.mark.parametrize(
    ("currency", "amount", "scale", "spoken"),
    [("$", "1", None, "one dollar"), ("$", "1.75", None, "one dollar and seventy-five cents"),
     ("$", "0.01", None, "one cent"), ("£", "0.50", None, "fifty pence"), ("€", "1.5", None, "one point five euros"),
     ("$", "3", "k", "three thousand dollars"), ("¥", "100", None, "one hundred yen"),
     ("$", "2.00", None, "two dollars")],
)  # fmt: skip
def test_money_is_said_with_its_unit_last(currency: str, amount: str, scale: str | None, spoken: str) -> None:
    assert money(currency, amount, scale) == spoken
