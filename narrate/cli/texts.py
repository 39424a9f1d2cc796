"""`narrate script` and `narrate spoken`: what would be said. No audio, no voice loaded."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from narrate.records import Script


def script(
    sources: list[str] = typer.Argument(
        ..., metavar="SOURCE...", help="Post address, post id, post JSON or HTML file."
    ),
    as_json: bool = typer.Option(False, "--json", help="One Script JSON a line."),
) -> None:
    """Show what would be said of posts, chapter by chapter, and what would be left out.

    Example: narrate script https://www.lesswrong.com/posts/ID/slug
    """
    from narrate.cli import tell
    from narrate.script import ScriptOptions, write
    from narrate.script.document import to_json
    from narrate.settings import read_settings
    from narrate.sources import Sources

    settings = read_settings()
    code = 0
    with Sources(lesswrong_url=settings.lesswrong_url, contact=settings.contact) as forum:
        for source in sources:
            try:
                made = write(forum.fetch(source), ScriptOptions(footnotes=settings.footnotes))
            except Exception as error:
                # One bad post doesn't stop the rest; the worst exit code is the command's.
                code = max(code, tell(error))
                continue
            print(json.dumps(to_json(made), ensure_ascii=False) if as_json else _readable(made), flush=True)
    raise typer.Exit(code)


def _readable(script: Script) -> str:
    from narrate.pages import byline

    lines = [f"{script.title}, by {byline(script.authors)}", ""]
    for chapter in script.chapters:
        lines += [f"{'#' * max(chapter.level, 1)} {chapter.title}", ""]
        for u in chapter.utterances:
            who = f"{u.speaker}: " if u.speaker else ""
            lines.append(f"  [{u.role:7}] {who}{u.spoken}")
        lines.append("")
    if script.omissions:
        lines.append("Not spoken:")
        lines += [
            f"  {o.what}: {o.why}{': ' + ' '.join(o.text.split())[:100] if o.text else ''}" for o in script.omissions
        ]
    return "\n".join(lines)


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
