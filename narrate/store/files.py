"""A files URL -> one place for takes and media: a local folder or an S3 bucket behind one API (obstore)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from narrate.errors import BadSetting, StorageError

Files = LocalStore | S3Store


def open_files(url: str | None, home: Path) -> Files:
    """The root that `takes/…` and `recordings/…` live under: the data folder unless a URL says otherwise.

    Raises BadSetting for an address that is neither file:// nor s3://, StorageError when a folder can't be made.
    """
    if url is None or url.startswith("file://"):
        return open_folder(home if url is None else Path(url.removeprefix("file://")))
    if not url.startswith("s3://"):
        raise BadSetting(f"NARRATE_FILES_URL is {url!r}; use s3://bucket/prefix or file:///folder, or leave it unset.")
    try:
        # whoever gives an endpoint that begins with http:// wants it; Amazon's own are https
        return S3Store.from_url(url, client_options={"allow_http": True})
    except BaseError as error:
        raise BadSetting(f"{url} can't be opened: {error}. Check NARRATE_FILES_URL and the AWS_* settings.") from error


def open_site_files(site_url: str | None, home: Path) -> Files:
    """The place of the service's own site: the folder `site` of the data folder unless a URL says otherwise."""
    return open_folder(home / "site") if site_url is None else open_files(site_url, home)


def reach(files: Files) -> None:
    """Ask the store for its first file, whatever it is. Raises StorageError when it can't be reached or isn't there."""
    try:
        next(iter(obstore.list(files, chunk_size=1)), None)
    except (BaseError, OSError) as error:
        said = str(error).split("\n", 1)[0]
        raise StorageError(
            f"The files can't be reached: {said}. Check NARRATE_FILES_URL, NARRATE_SITE_URL and the AWS_* settings."
        ) from error


def drop(files: ObjectStore, paths: Iterable[str]) -> None:
    """Delete these files, where they are still there, and folders of posts that they leave empty.

    A bucket is asked once for a thousand of them (DeleteObjects, S3 API reference). Raises StorageError when one can't
    be deleted.
    """
    try:
        if isinstance(files, LocalStore):
            for path in paths:
                _drop_here(Path(str(files.prefix)) / path, is_of_a_post=path.startswith("recordings/"))
        else:
            obstore.delete(files, list(paths))
    except (BaseError, OSError) as error:
        raise StorageError(f"Files can't be deleted: {error}. It is tried again.") from error


def _drop_here(path: Path, *, is_of_a_post: bool) -> None:
    path.unlink(missing_ok=True)
    if is_of_a_post:
        with suppress(OSError):  # others are in it
            path.parent.rmdir()


def open_folder(folder: Path) -> LocalStore:
    """A local folder as a file store, made if need be. Raises StorageError when it can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} can't be made: {error.strerror}. Choose another, or change its rights."
        ) from error
    return LocalStore(prefix=folder.resolve())
