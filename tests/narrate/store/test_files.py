"""Files of a folder or a bucket are deleted alike, however many they are."""

from __future__ import annotations

from pathlib import Path

import obstore
import pytest

from narrate.store import open_files
from narrate.store.files import drop


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (tmp_path / "files").as_uri() if request.param == "folder" else request.getfixturevalue("s3_url")


@pytest.mark.parametrize("n", [0, 1, 1001])
def test_all_that_is_named_is_deleted_and_nothing_else(url: str, tmp_path: Path, n: int) -> None:
    files = open_files(url, tmp_path)
    going = [f"recordings/a/{i}.mp3" for i in range(n)]
    for path in [*going[::7], "recordings/b/stays.mp3"]:  # most aren't there: somebody was faster
        obstore.put(files, path, b"x")
    drop(files, going)
    assert [file["path"] for file in obstore.list(files).collect()] == ["recordings/b/stays.mp3"]
