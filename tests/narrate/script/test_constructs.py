"""The specification as data: constructs.toml holds html and the script it must become. Add a pair, not code."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from narrate.records import Post, Script
from narrate.script import ScriptOptions, write

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "constructs.toml").read_text())["construct"]


def test_the_table_is_not_empty() -> None:
    assert len(CASES) > 50
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_construct_becomes_the_script_that_the_table_says(
    case: dict[str, Any], post_of: Callable[..., Post], lines_of: Callable[[Script], list[str]]
) -> None:
    options = ScriptOptions(**case.get("options", {}))
    script = write(post_of(case["html"], **case.get("post", {})), options)
    assert lines_of(script) == [line for line in case["script"].strip().splitlines() if line.strip()]
