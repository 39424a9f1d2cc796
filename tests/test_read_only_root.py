"""The service needs no rights and no system it can write to: a read-only root, no capability, its data folder alone."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from narrate.samples import sample_files
from tests.pages import ROOT

#: In a mount namespace of its own: everything read-only but the data folder and a /tmp in memory.
_SETUP = """
mount --make-rprivate / && mount --bind {home} {home} && mount -o remount,bind,ro / && mount -t tmpfs tmpfs /dev/shm
if touch {probe} 2>/dev/null; then echo "the root can be written" >&2; exit 99; fi
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all {command}
"""


def _may_unshare() -> bool:
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not _may_unshare(), reason="only root may make a mount namespace")
def test_a_post_is_narrated_on_a_read_only_root_without_capabilities(tmp_path: Path) -> None:
    home, post = tmp_path / "home", next(str(path) for path in sample_files() if "two-clocks" in path.name)
    home.mkdir()
    command = [sys.executable, "-m", "narrate", "episode", post, "--voice", "tone", "--out", str(home / "site")]
    script = _SETUP.format(
        home=shlex.quote(str(home)), probe=shlex.quote(str(tmp_path / "probe")), command=shlex.join(command)
    )
    env = {
        **os.environ, "NARRATE_HOME": str(home), "NARRATE_SLOTS": "1", "PYTHONPATH": str(ROOT), "TMPDIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    done = subprocess.run(["unshare", "-m", "bash", "-c", script], cwd=home, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (home / "site" / "feed.xml").is_file()
