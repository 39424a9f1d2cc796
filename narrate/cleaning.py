"""The data folder -> what nothing in it names any more, deleted: takes, recordings, media, half-written files.

Nothing is touched before its time of grace is over, so neither what is just being made nor what a listener's app still
fetches by an old address. An old file that is just needed again is safe, too: whoever keeps an episode and whoever
clears are never at it at once, and each looks again at what the other did. Rows go before their files: a crash leaves
files that the next time finds.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import obstore
from numpy.typing import NDArray
from obstore.store import LocalStore

from narrate.home import Home, dead_scratch
from narrate.store import upkeep
from narrate.store.channels import retired_before
from narrate.store.files import drop
from narrate.store.sites import list_sites

#: How obstore names a file that it hasn't finished writing.
_HALF_WRITTEN = re.compile(r"#\d+$")
_HALF_WRITTEN_FOR = timedelta(hours=1)
_FILES_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """`what` is plural, for people: "takes"."""

    what: str
    n_files: int
    n_bytes: int


def clean(home: Home, now: datetime, *, dry_run: bool = False) -> list[Dropped]:
    """Delete what nothing names; with `dry_run` only count it."""
    before = now - timedelta(days=home.settings.clean_after_days)
    steps = (_media, _recordings, _takes, _half_written, _scratch)
    return [step(home, now if step is _half_written else before, dry_run) for step in steps]


def _media(home: Home, before: datetime, dry_run: bool) -> Dropped:
    """Files on the sites that no feed or page there has named since before then."""
    sizes: list[int] = []
    with home.store.begin() as session:
        sites = [site.name for site in list_sites(session)]
        retired = {name: retired_before(session, name, before) for name in sites}
    for name in (name for name in sites if home.publishing.is_there(name)):
        place = home.publishing.place(name)
        for path in retired[name]:
            with suppress(FileNotFoundError):
                sizes.append(int(obstore.head(place, path)["size"]))
    if not dry_run:
        home.publishing.clear_retired(before)
    return Dropped(what="media", n_files=len(sizes), n_bytes=sum(sizes))


def _recordings(home: Home, before: datetime, dry_run: bool) -> Dropped:
    """Files of versions that were replaced before then, and of those that never became rows."""
    with home.store.begin() as session:
        old = set(upkeep.superseded(session, before))
        if not dry_run:
            upkeep.drop_superseded(session, before)
            session.flush()
        named = set(upkeep.named_files(session, but=old))

    def unnamed_now(paths: Sequence[str]) -> Sequence[str]:
        slugs = {Path(path).parent.name for path in paths}
        with home.store.begin() as session:
            named_now = set(upkeep.named_files(session, slugs=slugs))
        return [path for path in paths if path not in named_now]

    return _drop_files(home, "recordings", before, dry_run, lambda path: path not in named, unnamed_now)


def _takes(home: Home, before: datetime, dry_run: bool) -> Dropped:
    """Takes of no live recording. Those that are new at a post that is at work are younger than the time of grace."""
    with home.store.begin() as session:
        used = _prints(upkeep.live_takes(session))

    def is_unused(path: str) -> bool:
        return not _is_among(Path(path).stem, used)

    def forgotten(paths: Sequence[str]) -> Sequence[str]:
        with home.store.begin() as session:
            may_go = upkeep.forget_takes(session, [Path(path).stem for path in paths], before)
        return [path for path in paths if Path(path).stem in may_go]

    return _drop_files(home, "takes", before, dry_run, is_unused, forgotten)


def _drop_files(
    home: Home,
    folder: str,
    before: datetime,
    dry_run: bool,
    is_unused: Callable[[str], bool],
    unneeded: Callable[[Sequence[str]], Sequence[str]],
) -> Dropped:
    """Files older than `before` that were unused when we looked and, asked again while nobody keeps any, unneeded."""
    n_files = n_bytes = 0
    for batch in obstore.list(home.files, prefix=folder, chunk_size=_FILES_AT_ONCE):
        sizes = {e["path"]: e["size"] for e in batch if e["last_modified"] < before and is_unused(e["path"])}
        going: Sequence[str] = list(sizes)
        if going and not dry_run:
            with home.alone_with_files():
                going = unneeded(going)
                drop(home.files, going)
        n_files += len(going)
        n_bytes += sum(sizes[path] for path in going)
    return Dropped(what=folder, n_files=n_files, n_bytes=n_bytes)


def _half_written(home: Home, now: datetime, dry_run: bool) -> Dropped:
    """What writers that were killed had begun, in folders; in a bucket nothing half-written has a name."""
    sizes: list[int] = []
    with home.store.begin() as session:
        sites = [site.name for site in list_sites(session)]
    places = [home.files, *(home.publishing.place(name) for name in sites if home.publishing.is_there(name))]
    folders = {Path(str(place.prefix)) for place in places if isinstance(place, LocalStore)}
    for path in {path for folder in folders for path in folder.rglob("*#*")}:
        with suppress(FileNotFoundError):
            status = path.stat()
            if _HALF_WRITTEN.search(path.name) and status.st_mtime < (now - _HALF_WRITTEN_FOR).timestamp():
                sizes.append(status.st_size)
                if not dry_run:
                    path.unlink()
    return Dropped(what="half-written files", n_files=len(sizes), n_bytes=sum(sizes))


def _scratch(home: Home, _: datetime, dry_run: bool) -> Dropped:
    """Half-made files of processes that are gone."""
    sizes: list[int] = []
    for folder in dead_scratch(home.settings.home / "scratch"):
        sizes += [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        if not dry_run:
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".lock").unlink(missing_ok=True)
    return Dropped(what="scratch files", n_files=len(sizes), n_bytes=sum(sizes))


def _prints(keys: Iterable[str]) -> NDArray[np.uint64]:
    """The first 64 bits of each key, sorted: eight bytes a take, however many millions there are.

    Two keys that begin alike only keep one file too many.
    """

    def numbers() -> Iterator[int]:
        for key in keys:
            yield int(key[:16], 16)

    return np.unique(np.fromiter(numbers(), np.uint64))


def _is_among(key: str, prints: NDArray[np.uint64]) -> bool:
    try:
        wanted = np.uint64(int(key[:16], 16))
    except ValueError:
        return True  # no take of ours: left alone
    at = int(np.searchsorted(prints, wanted))
    return at < len(prints) and prints[at] == wanted
