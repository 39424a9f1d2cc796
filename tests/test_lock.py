"""What is installed is what was pinned: every package by version and hash, the same in both locks, none left out."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.pages import ROOT

LOCKS = ("requirements.lock", "requirements-core.lock")


def pinned(lock: str) -> dict[str, tuple[str, int]]:
    """name -> (version, how many hashes)."""
    joined = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in joined.splitlines():
        if line.strip() and not line.startswith("#"):
            entry = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line)
            assert entry, f"{lock}: {line[:80]} isn't pinned to one version"
            found[plain(entry[1])] = (entry[2], line.count("--hash=sha256:"))
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_by_version_and_hash(lock: str) -> None:
    assert len(pinned(lock)) > 20
    assert [name for name, (_, n_hashes) in pinned(lock).items() if not n_hashes] == []


def test_users_get_what_developers_tested() -> None:
    all_of_them = pinned(LOCKS[0])
    assert {name: version for name, (version, _) in pinned(LOCKS[1]).items() if all_of_them[name][0] != version} == {}


def test_no_dependency_is_left_out_of_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {plain(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in project["dependencies"]}  # type: ignore[index]
    assert asked - pinned(LOCKS[1]).keys() == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_get_packages_from(lock: str) -> None:
    assert re.findall(r"https?://|--index-url|--find-links", (ROOT / lock).read_text(encoding="utf-8")) == []


def test_whatever_installs_a_lock_asks_for_its_hashes() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    assert re.search(r"pip install --no-deps --require-hashes --requirement requirements-core\.lock", image)
    script = (ROOT / "deploy" / "setup.sh").read_text(encoding="utf-8")
    installs = re.findall(r'^.*"\$\{pip\[@\]\}".*\$lock.*$', script, re.MULTILINE)
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []
