"""deploy/setup.sh on machines where not everything is at hand: it asks for what is missing, and for nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.pages import ROOT
from voices.libraries import find_library


def set_up(folder: Path, mode: str = "demo") -> str:
    """What setup.sh says, and asks of pip, as somebody who isn't root, with /usr/sbin off PATH. Installs nothing."""
    (folder / "deploy").mkdir(exist_ok=True)
    shutil.copy(ROOT / "deploy" / "setup.sh", folder / "deploy")
    for name in ("requirements.lock", "requirements-neural.txt"):
        shutil.copy(ROOT / name, folder)
    for path, script in {
        "bin/id": "echo 1000",
        "bin/python3": f'exec {sys.executable} "$@"',
        ".venv/bin/python": 'echo "pip: $*" >&2',
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        (folder / path).chmod(0o755)
    for name in ("bash", "cat", "dirname", "touch", "ls", "grep", "cmp", "sed", "cp"):
        found = shutil.which(name)
        assert found
        (folder / "bin" / name).unlink(missing_ok=True)
        (folder / "bin" / name).symlink_to(found)
    done = subprocess.run(
        ["bash", "deploy/setup.sh", mode],
        cwd=folder,
        env={**os.environ, "PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stderr


def test_only_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    assert find_library("libflite_cmu_us_rms.so.1"), "make test installs it"
    assert "setup: missing: ffmpeg. To install them" in set_up(tmp_path)


def test_torch_is_for_developers_and_is_asked_for_once(tmp_path: Path) -> None:
    assert "requirements-neural.txt" not in set_up(tmp_path, "demo")
    first = set_up(tmp_path, "dev")
    assert "--requirement requirements-neural.txt --constraint .venv/pins.txt" in first
    pins = (tmp_path / ".venv" / "pins.txt").read_text(encoding="utf-8")
    assert "numpy==" in pins
    assert "--hash" not in pins
    assert "\\" not in pins
    assert "requirements-neural.txt" not in set_up(tmp_path, "dev")
