"""`narrate voices`: the catalogue, and a voice to try."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from narrate.cli.install import install

app = typer.Typer(
    help="The voices there are, and what is missing for those that can't speak here.", no_args_is_help=True
)


@app.command("list")
def list_voices(
    measure: bool = typer.Option(False, "--measure", help="First measure how fast each one speaks here."),
    as_json: bool = typer.Option(False, "--json", help="One JSON array."),
) -> None:
    """List every voice: quality, licence, how fast it speaks here, and what is missing for those that can't.

    Example: narrate voices list
    """
    import voices
    from narrate.audio import speeds
    from narrate.company import tell_voices
    from narrate.settings import read_settings
    from voices.consent import consent_of
    from voices.weights import weights_of

    settings = read_settings()
    tell_voices(settings)
    rows: list[dict[str, Any]] = []
    for voice in voices.catalogue():
        missing = voices.why_unavailable(voice)
        if measure and not missing:
            speeds.measure(voice, settings.home)
        weights = weights_of(voice)
        consent = consent_of(voice) if voice.reference and not missing else None
        fields = ("id", "title", "engine", "language", "licence", "licence_url", "quality", "weights")
        rows.append(
            {name: getattr(voice, name) for name in fields}
            | {
                "installed": not missing,
                "missing": missing,
                "speed_x": speeds.remembered(voice, settings.home),
                "weights_bytes": weights.n_bytes if weights else 0,
                "agreement": weights.agreement if weights else "",
                "consent": consent and f"{consent.voice_of}: {consent.purpose}, until {consent.until}",
            }
        )
    if as_json:
        print(json.dumps(rows))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("voice", "title", "licence", "quality", "speed here", "here"):
        table.add_column(title, overflow="fold", no_wrap=title == "voice")
    for row in rows:
        speed = f"{row['speed_x']:.0f} x" if row["speed_x"] else "not measured"
        here = (row["missing"] or "ready") + (f" Consent of {row['consent']}." if row["consent"] else "")
        table.add_row(*map(escape, (row["id"], row["title"], row["licence"], row["quality"], speed, here)))
    Console().print(table)


app.command("install")(install)


@app.command("try")
def try_voice(
    voice: str = typer.Argument(..., help="A voice id of `narrate voices list`, or auto."),
    text: str = typer.Argument(..., help="What to say, as written."),
    out: Path = typer.Option(Path("try.wav"), "--out", help="Where to write the sound."),
) -> None:
    """Say a text with a voice, as a post would be read: numbers, names and the lexicon's pronunciations too.

    On a terminal it is played, too, where a player is found: paplay, pw-play, aplay, afplay or ffplay.

    Example: narrate voices try flite-rms "It rose about 5% in 2010." --out try.wav
    """
    from narrate.audio.sample import write_wav
    from narrate.company import tell_voices
    from narrate.errors import StorageError
    from narrate.options import read_options
    from narrate.settings import read_settings
    from narrate.trying import play, read_text, speak

    settings = read_settings()
    tell_voices(settings)
    sound = speak(read_text(text, read_options(settings)), voice)
    try:
        write_wav(out, sound)
    except OSError as error:
        raise StorageError(f"{out} can't be written: {error.strerror}. Give another place with --out.") from error
    print(f"{out}: {sound.duration_s:.1f} s")
    if sys.stdout.isatty():
        play(out)
