"""A data folder -> one archive file, while it is in use, and back: rows, secrets, and with them (or listed) the files.

The archive is a tar: `manifest.json`, `rows/<table>.jsonl`, `home/<secret files>`, `files/<takes and recordings>`. It
holds no trace of the kind of database, so it can be restored into another kind.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import obstore
from obstore.exceptions import AlreadyExistsError

from narrate import __version__
from narrate.errors import StorageError, StoreBusy, UnreadableFile
from narrate.settings import Settings
from narrate.store import Files, Store, open_files, open_store
from narrate.store.transfer import is_empty, lines_of, one_moment, replace_all, revision, table_names

FORM = "narrate backup 1"
_MANIFEST = "manifest.json"
_OURS = ("secret.key",)  # of the data folder, beside the rows
_FOLDERS = ("takes", "recordings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive holds. `files`: path -> bytes; only listed unless `with_files`."""

    made_at: str
    narrate: str
    revision: str
    rows: dict[str, int]
    with_files: bool
    files: dict[str, int]


def back_up(settings: Settings, out: Path, *, with_files: bool) -> Manifest:
    """Write the archive. It appears under its name whole or not at all. Raises StorageError.

    Rows are those of one moment. Files are listed after it, so that every file a row names is among them: they never
    change, and `clean` keeps those that a row names.
    """
    half = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with closing(open_store(settings.sql_url)) as store, tarfile.open(half, "w") as tar:
            with one_moment(store) as connection:
                at = revision(connection)
                rows = {name: _add_lines(tar, f"rows/{name}.jsonl", lines_of(connection, name)) - 1
                        for name in table_names()}  # fmt: skip
            for name in _OURS:
                with suppress(FileNotFoundError):
                    _add(tar, f"home/{name}", (settings.home / name).read_bytes())
            files = open_files(settings.files_url, settings.home)
            sizes = dict(_sizes(files))
            for path in sizes if with_files else ():
                _add_file(tar, files, path)
            manifest = Manifest(
                made_at=datetime.now(UTC).isoformat(), narrate=__version__, revision=at, rows=rows,
                with_files=with_files, files=sizes,
            )  # fmt: skip
            told = {"form": FORM, **{name: getattr(manifest, name) for name in manifest.__slots__}}
            _add(tar, _MANIFEST, json.dumps(told, indent=1).encode())
        half.chmod(0o600)  # members' addresses and the folder's secret are in it
        half.replace(out)
    except OSError as error:
        raise StorageError(f"{out} can't be written: {error.strerror or error}. Choose another place.") from error
    finally:
        half.unlink(missing_ok=True)
    return manifest


def restore(settings: Settings, archive: Path, *, force: bool) -> Manifest:
    """Put an archive's rows and files into the data folder. Raises StorageError, UnreadableFile.

    Where there are rows already nothing is done without `force`, which replaces them all. Files that are there stay.
    """
    try:
        with tarfile.open(archive, "r") as tar, closing(open_store(settings.sql_url, None)) as store:
            manifest = _manifest(tar, archive)
            if not force and not is_empty(store):
                raise StorageError(
                    f"{settings.sql_url.rpartition('@')[2]} has rows already. Restore into an empty data folder, or "
                    "replace what is there with --force."
                )
            with _as_only_worker(settings, store):
                files = open_files(settings.files_url, settings.home)
                for member in tar:  # files before the rows that name them
                    if member.isfile() and member.name.startswith("files/"):
                        _put_file(files, member.name.removeprefix("files/"), _opened(tar, member))
                for name in _OURS:
                    with suppress(KeyError):
                        _write_secret(settings.home / name, _opened(tar, tar.getmember(f"home/{name}")).read())
                replace_all(store, manifest.revision, {name: _lines(tar, name) for name in manifest.rows})
            return manifest
    except (tarfile.TarError, KeyError, json.JSONDecodeError) as error:
        raise UnreadableFile(f"{archive} is no whole backup of narrate's: {error}. Take another one.") from error
    except FileNotFoundError as error:
        raise UnreadableFile(f"There is no file {archive}. Give one that narrate backup wrote.") from error


def missing_files(settings: Settings, manifest: Manifest) -> list[str]:
    """The files that the archive lists and the store hasn't."""
    there = dict(_sizes(open_files(settings.files_url, settings.home)))
    return [path for path, size in manifest.files.items() if there.get(path) != size]


def _manifest(tar: tarfile.TarFile, archive: Path) -> Manifest:
    told: dict[str, Any] = json.loads(_opened(tar, tar.getmember(_MANIFEST)).read())
    if told.pop("form", None) != FORM:
        raise UnreadableFile(f"{archive} is a backup of another form. Take the narrate that wrote it.")
    return Manifest(**{name: told[name] for name in Manifest.__slots__})


@contextmanager
def _as_only_worker(settings: Settings, store: Store) -> Iterator[None]:
    """Hold the right to work. Raises StoreBusy while a worker has it: what it writes would be lost."""
    busy = StoreBusy("A narrate work or narrate run is at it. Stop it first, then restore.")
    if store.is_shared:
        held = store.try_to_own()
        if held is None:
            raise busy
        try:
            yield
        finally:
            store.let_go(held)
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "worker.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise busy from error
        yield


def _sizes(files: Files) -> Iterator[tuple[str, int]]:
    for folder in _FOLDERS:
        for batch in obstore.list(files, prefix=folder):
            yield from ((entry["path"], int(entry["size"])) for entry in batch)


def _add_lines(tar: tarfile.TarFile, name: str, lines: Iterator[str]) -> int:
    """Write lines as a member; how many. A tar wants to know a size before, so they lie in a file for a moment."""
    n = 0
    with TemporaryFile() as file:
        for line in lines:
            file.write(line.encode() + b"\n")
            n += 1
        _add_opened(tar, name, file)
    return n


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    _add_opened(tar, name, io.BytesIO(content))


def _add_opened(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, os.SEEK_END)
    info.mtime = int(datetime.now(UTC).timestamp())
    file.seek(0)
    tar.addfile(info, file)


def _add_file(tar: tarfile.TarFile, files: Files, path: str) -> None:
    with suppress(FileNotFoundError):  # cleaned meanwhile: no row names it
        _add(tar, f"files/{path}", bytes(obstore.get(files, path).bytes()))


def _put_file(files: Files, path: str, content: IO[bytes]) -> None:
    if path.split("/")[0] not in _FOLDERS or ".." in path.split("/"):
        raise UnreadableFile(f"The backup holds a file {path!r}, which is none of ours. Take another one.")
    with suppress(AlreadyExistsError):
        obstore.put(files, path, content.read(), mode="create", use_multipart=False)


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    opened = tar.extractfile(member)
    if opened is None:
        raise UnreadableFile(f"The backup's {member.name} is no file. Take another one.")
    return opened


def _lines(tar: tarfile.TarFile, name: str) -> Iterator[str]:
    for line in _opened(tar, tar.getmember(f"rows/{name}.jsonl")):
        yield line.decode()


def _write_secret(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
