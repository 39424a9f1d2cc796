"""`narrate voices install`: a voice's weights, from the hub or a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

    from voices.hub import OnBytes
    from voices.weights import Weights


def install(
    voice: str = typer.Argument(..., help="A voice id of `narrate voices list`."),
    folder: Path | None = typer.Option(None, "--from", help="Take the files from this folder; no network is used."),
    yes: bool = typer.Option(False, "--yes", help="Don't ask before downloading."),
    agree: bool = typer.Option(False, "--agree", help="I have read the licence of these weights, and agree."),
) -> None:
    """Download a voice's weights, or take them from a folder. Shows size and licence first.

    A download that breaks off goes on where it stopped when the command is run again. Weights that are there already
    are checked, and mended where they are damaged.

    Example: narrate voices install kokoro-af-heart
    """
    import voices
    from narrate.company import tell_voices
    from narrate.settings import read_settings
    from voices.hub import Hub
    from voices.install import Folder
    from voices.install import install as bring
    from voices.weights import weights_of

    settings = read_settings()
    tell_voices(settings)
    chosen = voices.find(voice)
    weights = weights_of(chosen)
    if weights is None:
        print(f"{chosen.id} comes with its engine and needs no weights.", end=" ")
        print(voices.why_unavailable(chosen) or "It can speak here.")
        return
    print(f"{weights.id}: licence {weights.licence}, {weights.licence_url}")
    agreed = agree or _agrees(weights)
    if folder is not None:
        lock = bring(weights, Folder(folder), agreed=agreed)
    else:
        token = settings.hub_token.get_secret_value() if settings.hub_token else None
        with closing(Hub(settings.hub_url, token)) as hub:
            offer = hub.look_up(weights)
            _confirm(f"{offer.n_bytes / 1e6:,.0f} MB from {settings.hub_url} into {settings.weights_folder}", yes=yes)
            with _show_bytes() as on_bytes:
                lock = bring(weights, offer, agreed=agreed, on_bytes=on_bytes)
    for name, file in lock.files.items():
        print(f"{name}: {file.n_bytes / 1e6:,.1f} MB, sha256 {file.sha256[:16]}…, {_PROOFS[file.proof]}")
    print(f"{chosen.id}: {voices.why_unavailable(chosen) or 'ready; new episodes can be read with it'}")


_PROOFS = {
    "catalogue": "as our catalogue knows it",
    "hub": "as the hub's own checksum says",
    "first use": "trusted now for want of a checksum, and pinned",
}


def _agrees(weights: Weights) -> bool:
    """Ask for a person's word where the licence wants one and there is somebody to ask."""
    if not weights.agreement or not sys.stdin.isatty():
        return False
    return typer.confirm(
        f"These weights are licensed {weights.agreement}. Have you read the licence, and do you agree?"
    )


def _confirm(what: str, *, yes: bool) -> None:
    from narrate.errors import UsageError

    print(what)
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{what}: nobody is there to ask. Run it again with --yes.")
    typer.confirm("Download?", abort=True)


@contextmanager
def _show_bytes() -> Iterator[OnBytes]:
    """A bar for each file on a terminal, nothing when piped."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bars: dict[str, TaskID] = {}

        def on_bytes(name: str, n_bytes: int, n_bytes_total: int) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name)
            progress.update(bars[name], completed=n_bytes, total=n_bytes_total or None)

        yield on_bytes
