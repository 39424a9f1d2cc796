"""Where the system keeps its shared libraries. Finding one never loads it."""

from __future__ import annotations

import hashlib
import os
import re
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path


def find_library(soname: str) -> Path | None:
    """The file of a shared library, "libflite.so.1" -> /usr/lib/.../libflite.so.2.2; None when it isn't installed."""
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    for root in ("/usr/local/lib", "/usr/lib", "/lib"):
        folders += [f"{root}/{multiarch}", f"{root}64", root]
    for folder in filter(None, folders):
        path = Path(folder) / soname
        if path.is_file():
            return path.resolve()
    return None


def library_version(path: Path) -> str:
    """libflite.so.2.2 -> "2.2"; the whole name where it holds no version."""
    found = re.search(r"\.so\.([\w.]+)$", path.name)
    return found[1] if found else path.name


def digest_files(paths: Iterable[Path]) -> str:
    """64 hex over the contents of the files, in that order. A file is read once as long as it doesn't change."""
    whole = hashlib.sha256()
    for path in paths:
        state = path.stat()
        whole.update(_digest_file(path, state.st_mtime_ns, state.st_size))
    return whole.hexdigest()


@cache
def _digest_file(path: Path, mtime_ns: int, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
