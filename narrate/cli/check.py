"""`narrate check`: finished episodes, listened to by a machine."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from narrate.audio.stage import Request
    from narrate.home import Home

_ASKED = "; `narrate work` remakes the episode with all that was ever said better"
_AT_WORK = "; the episode is being made just now, maybe with the old lines: say the same again when it is done"

app = typer.Typer(help="Have a recogniser listen to a finished episode (extra: check).", no_args_is_help=True)


@app.command("speed")
def speed(
    key: str = typer.Argument(..., help="An episode's key."),
    n_lines: int = typer.Option(20, "--lines", min=1, help="How many of its lines to listen to."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """How clear an episode is at 1, 1.5, 2, 2.5 and 3 times its speed: the part of its words that is heard wrongly.

    Example: narrate check speed lesswrong:ID
    """
    from narrate.audio.takes import Takes
    from narrate.clarity import clarity, spread
    from narrate.home import open_home
    from narrate.settings import read_settings

    with open_home(read_settings()) as home:
        request = _request(home, key)
        lines = spread(request, n_lines)
        found = clarity(lines, Takes(home.files))
    if as_json:
        figures = [{"speed": c.speed, "word_error": round(c.error, 4), "words": c.n_words} for c in found]
        print(json.dumps({"key": key, "lines": len(lines), "clarity": figures}))
        return
    print(f"{len(lines)} lines, {found[0].n_words} words; heard wrongly:")
    for c in found:
        print(f"{c.speed:>4} x  {c.error:6.1%}")


@app.command("words")
def words(
    key: str = typer.Argument(..., help="An episode's key."),
    mend: bool = typer.Option(False, "--mend", help="Say bad lines again, keep what is heard best, and remake it."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a bad line."),
) -> None:
    """The lines of an episode that are heard wrongly, worst first: names, usually; now and then a voice's slip.

    Example: narrate check words lesswrong:ID
    """
    from datetime import UTC, datetime

    from narrate.audio.takes import Takes
    from narrate.clarity import has_mended, review
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.store import jobs

    with open_home(read_settings()) as home:
        request, takes = _request(home, key), Takes(home.files)
        everything = list(review(request, takes, mend=mend))
        bad = sorted((found for found in everything if found.is_bad), key=lambda found: -found.heard.error)
        n_mended = sum(found.mended is not None for found in bad)
        what_now = ""
        if mend and has_mended(request, takes):  # also by an earlier call: an episode that has them stays as it is
            with home.store.begin() as session:
                is_asked = jobs.ask(session, request.key, kind="revoice", now=datetime.now(UTC))
            what_now = _ASKED if is_asked else _AT_WORK
    for found in bad:
        if as_json:
            row = {"spoken": found.line.text, "heard": found.heard.text, "word_error": round(found.heard.error, 4)}
            print(json.dumps(row | {"mended": found.mended is not None}))
        else:
            print(f"{found.heard.error:6.1%}{' mended' if found.mended else ''}  {found.line.text}")
            print(f"{'heard':>6}  {found.heard.text}")
    print(
        f"narrate: {len(everything)} lines heard, {len(bad)} badly"
        + (f", {n_mended} said better now" if n_mended else "")
        + what_now,
        file=sys.stderr,
    )


def _request(home: Home, key: str) -> Request:
    from narrate.clarity import lines_of
    from narrate.company import choose_company
    from narrate.errors import UsageError
    from narrate.records import PostKey
    from narrate.script.document import from_json
    from narrate.store.episodes import load_documents, load_episode

    try:
        wanted = PostKey.parse(key)
    except ValueError as error:
        raise UsageError(f"{key!r} is no key; keys are like lesswrong:ID.") from error
    with home.store.begin() as session:
        episode, documents = load_episode(session, wanted), load_documents(session, wanted)
    if episode is None or documents is None:
        raise UsageError(f"There is no episode {key}. `narrate episode` or `narrate work` makes one.")
    s = home.settings
    company = choose_company(episode.voice_id, s.voice, episode.authors, s.voices_of_authors)
    return lines_of(from_json(documents[0]), company)
