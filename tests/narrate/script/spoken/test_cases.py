"""Written -> spoken, as data: every line of cases/*.tsv is `written<TAB>spoken`. Add a line to add a case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrate.script.spoken import read

_CASES = Path(__file__).parent / "cases"


def cases() -> Iterator[tuple[str, int, str, str]]:
    for path in sorted(_CASES.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            written, _, spoken = line.partition("\t")
            yield path.stem, number, written, spoken


@pytest.mark.parametrize(
    ("kind", "written", "spoken"), [pytest.param(k, w, s, id=f"{k}-{n}") for k, n, w, s in cases()]
)
def test_written_is_said_as_a_narrator_would(kind: str, written: str, spoken: str) -> None:
    assert read(written).spoken == spoken


def test_there_are_hundreds_of_cases_and_each_stands_once() -> None:
    written = [w for _, _, w, _ in cases()]
    assert len(written) >= 400
    assert len(set(written)) == len(written)


@pytest.mark.parametrize("written", [w for kind, _, w, _ in cases() if kind == "unchanged"])
def test_plain_words_and_allowed_marks_are_left_alone(written: str) -> None:
    assert not read(written).rewrites
