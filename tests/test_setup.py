"""deploy/setup.sh on machines where not everything is at hand: it asks for what is missing, and for nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.pages import ROOT
from voices.libraries import find_library


def set_up(folder: Path) -> str:
    """What setup.sh says as somebody who isn't root, with /usr/sbin (and so ldconfig) off PATH. Installs nothing."""
    (folder / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "setup.sh", folder / "deploy")
    for path, script in {
        "bin/id": "echo 1000",
        "bin/python3": f'exec {sys.executable} "$@"',
        ".venv/bin/python": "exit 0",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        (folder / path).chmod(0o755)
    for name in ("bash", "cat", "dirname", "touch", "ls", "grep"):
        found = shutil.which(name)
        assert found
        (folder / "bin" / name).symlink_to(found)
    done = subprocess.run(
        ["bash", "deploy/setup.sh", "demo"],
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
