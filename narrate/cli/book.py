"""`narrate book`: finished episodes become an audiobook."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from narrate.store.books import Shelf


def book(
    wish: str = typer.Argument(
        ...,
        metavar="SEQUENCE|YEAR|QUERY",
        help="A sequence's address or id, a Review year, tag:…, author:…, or title words.",
    ),
    out: Path | None = typer.Option(
        None, "--out", metavar="FILE.m4b", help="The file; default: named by its title, here."
    ),
    title: str | None = typer.Option(None, "--title", help="The book's title."),
    publish: bool = typer.Option(False, "--publish", help="Also put it on the service's site, as a download."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what it would hold, how long and how large."),
    as_json: bool = typer.Option(False, "--json", help="Print what was made as JSON."),
) -> None:
    """Make an M4B audiobook of episodes that are narrated: a chapter a post, its sections under it, cover and tags.

    Example: narrate book https://www.lesswrong.com/s/ID --out sequence.m4b
    """
    from narrate.binding import bind, check, put_on_site
    from narrate.books import file_name
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.store.books import find_shelf

    with open_home(read_settings()) as home:
        with home.store.begin() as session:
            shelf = find_shelf(session, wish)
        for key, missing in shelf.missing:
            print(f"narrate: not narrated yet, so not in the book: {missing or key} ({key})", file=sys.stderr)
        check(shelf)
        name = title or shelf.title
        file = out or Path(file_name(name))
        if dry_run:
            _show(shelf, name, file, None, as_json=as_json)
            return
        with _progress(shelf) as on_part:
            duration_ms = bind(home, shelf, name, file, on_part)
        if publish:
            put_on_site(home, shelf, name, file, duration_ms)
        _show(shelf, name, file, duration_ms, as_json=as_json)


def _show(shelf: Shelf, title: str, file: Path, duration_ms: int | None, *, as_json: bool) -> None:
    """What was made, or of a dry run what would be."""
    from narrate.audio.m4b import BITRATE_BPS
    from narrate.books import Stretch, chapters_of

    made = duration_ms is not None
    length_ms = duration_ms or sum(episode.duration_ms for episode in shelf.episodes)
    n_bytes = file.stat().st_size if made else length_ms * BITRATE_BPS // 8000
    n_chapters = len(chapters_of(shelf.episodes, [Stretch(0, 0)] * len(shelf.episodes)))
    if as_json:
        found = {
            "title": title, "file": str(file), "made": made, "posts": [str(e.key) for e in shelf.episodes],
            "missing": [key for key, _ in shelf.missing], "chapters": n_chapters,
            "duration_s": round(length_ms / 1000, 3), "bytes": n_bytes,
        }  # fmt: skip
        print(json.dumps(found, ensure_ascii=False))
        return
    if not made:
        for episode in shelf.episodes:
            print(f"{episode.duration_ms / 60000:7.1f} min  {episode.title}")
    about = "" if made else "about "
    print(
        f"{title}: {len(shelf.episodes)} posts, {n_chapters} chapters, {length_ms / 3_600_000:.1f} h, "
        f"{about}{n_bytes / 1e6:.0f} MB: {file if made else f'would be {file}'}"
    )


@contextmanager
def _progress(shelf: Shelf) -> Iterator[Callable[[int], None]]:
    """A bar over the posts on a terminal, weighed by their length; nothing when piped."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("binding", total=sum(e.duration_ms for e in shelf.episodes))
        yield lambda number: bar.advance(task, shelf.episodes[number].duration_ms)
