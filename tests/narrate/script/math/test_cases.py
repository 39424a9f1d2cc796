"""Formulas, their readings and their captions, as a table anyone can extend: cases.tsv."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrate.script.math import say

_TABLE = Path(__file__).with_name("cases.tsv")
_CASES = [line.split("\t") for line in _TABLE.read_text("utf-8").splitlines() if line and not line.startswith("# ")]


def test_the_table_is_whole() -> None:
    assert len(_CASES) >= 650
    assert all(len(case) == 3 for case in _CASES)
    assert len({tex for tex, *_ in _CASES}) == len(_CASES)


@pytest.mark.parametrize(("tex", "spoken", "written"), _CASES, ids=[case[0] for case in _CASES])
def test_a_formula_is_said_and_shown_as_a_person_would(tex: str, spoken: str, written: str) -> None:
    said = say(tex)
    assert said is not None
    assert (said.spoken, said.written, said.summarised) == (spoken, written, False)
