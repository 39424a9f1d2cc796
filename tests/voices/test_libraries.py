"""Finding shared libraries without loading them."""

from pathlib import Path

import pytest

from voices.libraries import digest_files, find_library, library_version


def test_a_library_is_found_as_the_file_it_stands_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libthing.so.2.3").touch()
    (tmp_path / "libthing.so.1").symlink_to("libthing.so.2.3")
    assert find_library("libthing.so.1") is None
    monkeypatch.setenv("LD_LIBRARY_PATH", f"/nowhere:{tmp_path}")
    assert find_library("libthing.so.1") == tmp_path / "libthing.so.2.3"
    assert library_version(tmp_path / "libthing.so.2.3") == "2.3"


def test_a_digest_follows_the_contents_and_their_order(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    first = digest_files((one, other))
    assert first == digest_files((one, other))
    assert first != digest_files((other, one))
    one.write_bytes(b"longer")
    assert first != digest_files((one, other))
