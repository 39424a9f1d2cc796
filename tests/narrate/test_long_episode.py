"""Words and chapters stay where they are heard, in every file, however long it is.

Full size: python -m tests.benchmarks.long_episode.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.long_episode import measure


@pytest.mark.slow
def test_words_and_chapters_are_heard_where_every_file_says(tmp_path: Path) -> None:
    found = measure(6, tmp_path)  # two parts of an MP3 are joined
    for name in ("mp3", "opus", "m4b"):
        assert found[f"{name}_words_s"] <= 0.02
        assert found[f"{name}_chapters_s"] <= 0.02
