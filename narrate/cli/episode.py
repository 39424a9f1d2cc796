"""`narrate episode`: posts in, a static podcast site out. The main job."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from narrate.audio.stage import Kept
    from narrate.pipeline import Narrated


def episode(
    sources: list[str] = typer.Argument(
        ..., metavar="SOURCE...", help="Post address, post id, post JSON or HTML file."
    ),
    voice: str | None = typer.Option(None, "--voice", help="A voice id of `narrate voices list`, or auto."),
    out: Path = typer.Option(Path("site"), "--out", help="Folder of the site; made if need be, added to."),
    base_url: str | None = typer.Option(
        None, "--base-url", help="Where the folder will be served; kept for next time."
    ),
    fresh: bool = typer.Option(False, "--fresh", help="Replace what the site holds instead of adding to it."),
) -> None:
    """Narrate posts and publish them as a podcast: feed, audio, chapters, transcripts and pages in one folder.

    Example: narrate episode https://www.lesswrong.com/posts/ID/slug --out site --base-url https://pod.example.org
    """
    from narrate.cli import tell
    from narrate.home import open_home
    from narrate.pipeline import Narrated
    from narrate.settings import read_settings

    settings = read_settings()
    if "editions" not in settings.model_fields_set:  # a folder's one feed has no place for them
        settings = settings.model_copy(update={"editions": ""})
    site = str(out.resolve())
    url = check_url(base_url)
    code = 0
    made: list[Narrated] = []
    with open_home(settings) as home, show_progress(len(sources)) as progress:
        home.publishing.check(site, fresh=fresh)
        for outcome in home.narrate(sources, voice, progress.on_take):
            if isinstance(outcome, Narrated):
                made.append(outcome)
                progress.finish(outcome)
            else:
                code = max(code, progress.refuse(outcome.asked, outcome.error, tell))
        if made or not code:
            home.publish(site, [m.post.key for m in made], base_url=url, fresh=fresh)
    if made:
        seconds = sum(m.produced.episode.duration_ms for m in made) / 1000
        spoken = sum(m.performance.n_spoken for m in made)
        print(f"{len(made)} episodes, {seconds / 60:.1f} minutes of audio, {spoken} takes spoken: {out / 'feed.xml'}")
    raise typer.Exit(code)


def check_url(base_url: str | None) -> str | None:
    """A base URL from the command line, or BadSetting."""
    from narrate.errors import BadSetting
    from narrate.settings import check_base_url

    if base_url is None:
        return None
    try:
        return check_base_url(base_url)
    except ValueError as error:
        raise BadSetting(f"--base-url: {error}") from error


@dataclass
class Progress:
    """Counts for a terminal: posts, takes, audio minutes, speed. Silent when standard error is no terminal."""

    n_posts: int
    started_s: float = field(default_factory=time.monotonic)
    n_done: int = 0
    n_takes: int = 0
    spoken_s: float = 0.0
    finished_s: float = 0.0

    def on_take(self, kept: Kept) -> None:
        self.n_takes += 1
        if not kept.was_cached:
            self.spoken_s += kept.n_samples / kept.rate_hz

    def finish(self, done: Narrated) -> None:
        self.n_done += 1
        episode = done.produced.episode
        self.finished_s += episode.duration_ms / 1000
        minutes = episode.duration_ms / 60000
        state = "unchanged" if done.produced.reused else f"{done.performance.n_spoken} takes spoken"
        print(f"{episode.title[:70]}: {minutes:.1f} min, {len(episode.chapters)} chapters, {state}")

    def refuse(self, asked: str, error: Exception, tell: object) -> int:
        self.n_done += 1
        if len(asked) > 80:
            asked = f"…{asked[-79:]}"
        print(f"narrate: {asked}: not narrated", file=sys.stderr)
        assert callable(tell)
        code: int = tell(error)
        return code

    def line(self) -> str:
        elapsed_s = max(time.monotonic() - self.started_s, 0.001)
        speed = self.spoken_s / elapsed_s
        left = ""
        if 0 < self.n_done < self.n_posts:
            left = f", about {elapsed_s / self.n_done * (self.n_posts - self.n_done):.0f} s left"
        return (
            f"{self.n_done}/{self.n_posts} posts, {self.n_takes} takes, {self.spoken_s / 60:.1f} min of speech, "
            f"{speed:.0f}x real time{left}"
        )


@contextmanager
def show_progress(n_posts: int) -> Iterator[Progress]:
    """A live line on a terminal, nothing when piped."""
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    progress = Progress(n_posts)
    console = Console(stderr=True)
    if not console.is_terminal:
        yield progress
        return

    class Line:
        spinner = Spinner("dots")

        def __rich__(self) -> Spinner:
            self.spinner.update(text=Text(progress.line()))
            return self.spinner

    with Live(Line(), console=console, refresh_per_second=8, transient=True):
        yield progress
