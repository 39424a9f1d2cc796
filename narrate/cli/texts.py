"""`narrate script` and `narrate spoken`: what would be said. No audio, no voice loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from narrate.records import Post, Script


def script(
    sources: list[str] = typer.Argument(
        ..., metavar="SOURCE...", help="Post address, post id, post JSON or HTML file."
    ),
    as_json: bool = typer.Option(False, "--json", help="One Script JSON a line."),
    as_diff: bool = typer.Option(False, "--diff", help="Written against spoken, every rewrite with its rule."),
    page: Path | None = typer.Option(
        None, "--html", metavar="FILE", help="Write a page with source and script side by side; a folder for several."
    ),
) -> None:
    """Show what would be said of posts, chapter by chapter, and what would be left out.

    Example: narrate script https://www.lesswrong.com/posts/ID/slug
    """
    from narrate.cli import tell
    from narrate.errors import UsageError
    from narrate.options import read_options
    from narrate.script import write
    from narrate.settings import read_settings
    from narrate.sources import Sources

    if as_json + as_diff + (page is not None) > 1:
        raise UsageError("--json, --diff and --html are three ways to show a script: give one of them.")
    settings = read_settings()
    options = read_options(settings)
    code = 0
    with Sources(settings.lesswrong_url, settings.contact, outside_sites=settings.outside_hosts) as forum:
        for source in sources:
            try:
                post = forum.fetch(source)
                made = write(post, options)
                if page is not None:
                    print(_write_page(post, made, page, alone=len(sources) == 1), flush=True)
            except Exception as error:
                # One bad post doesn't stop the rest; the worst exit code is the command's.
                code = max(code, tell(error))
                continue
            if page is None:
                _show(made, as_json, as_diff)
    raise typer.Exit(code)


def _show(made: Script, as_json: bool, as_diff: bool) -> None:
    from narrate.cli import shown
    from narrate.script.document import to_json

    if as_json:
        print(json.dumps(to_json(made), ensure_ascii=False), flush=True)
    elif as_diff:
        _print(shown.differences(made, in_colour=_in_colour()))
    else:
        _print(shown.reading(made))


def _in_colour() -> bool:
    from rich.console import Console

    console = Console()
    return console.is_terminal and not console.no_color


def _print(lines: Iterable[Text]) -> None:
    """Styled on a terminal, plain and unwrapped elsewhere."""
    from rich.console import Console

    console = Console(highlight=False)
    if console.is_terminal:
        for line in lines:
            console.print(line)
    else:
        print("\n".join(line.plain for line in lines), flush=True)


def _write_page(post: Post, made: Script, at: Path, *, alone: bool) -> Path:
    """The page at FILE; of several posts, or where FILE is a folder, in it under the post's key."""
    from narrate.errors import UsageError
    from narrate.proof import render_proof

    file = at if alone and not at.is_dir() else at / f"{made.key.slug}.html"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render_proof(post, made), encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{file} can't be written ({error.strerror}): give another place with --html.") from error
    return file


def spoken(
    math: bool = typer.Option(False, "--math", help="The lines are TeX formulas."),
) -> None:
    """Read lines of written text on standard input and print how each is said.

    Example: echo 'It rose ~5% in 2010–2012.' | narrate spoken
    """
    reading = _read_formula if math else _read_prose
    for line in sys.stdin:
        print(reading(line.rstrip("\n")), flush=True)


def _read_prose(written: str) -> str:
    from narrate.script.spoken import read

    return " ".join(read(written).spoken.split())


def _read_formula(tex: str) -> str:
    from narrate.script.math import say

    said = say(tex)
    return said.spoken if said else ""
