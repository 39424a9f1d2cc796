"""`narrate voices`: the catalogue, and a voice to try."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from narrate.cli.install import install

app = typer.Typer(
    help="The voices there are, and what is missing for those that can't speak here.", no_args_is_help=True
)


@app.command("list")
def list_voices(as_json: bool = typer.Option(False, "--json", help="One JSON array.")) -> None:
    """List every voice: engine, licence, quality, and whether it can speak here.

    Example: narrate voices list
    """
    import voices

    rows = [(voice, voices.why_unavailable(voice)) for voice in voices.catalogue()]
    if as_json:
        fields = ("id", "title", "engine", "language", "licence", "licence_url", "quality", "weights")
        print(
            json.dumps([{f: getattr(v, f) for f in fields} | {"installed": not why, "missing": why} for v, why in rows])
        )
        return
    table = Table(box=None, pad_edge=False)
    for title in ("voice", "title", "licence", "quality", "here"):
        table.add_column(title, overflow="fold")
    for voice, why in rows:
        table.add_row(voice.id, voice.title, voice.licence, voice.quality, why or "ready")
    Console().print(table)


app.command("install")(install)


@app.command("try")
def try_voice(
    voice: str = typer.Argument(..., help="A voice id of `narrate voices list`, or auto."),
    text: str = typer.Argument(..., help="What to say, as written."),
    out: Path = typer.Option(Path("try.wav"), "--out", help="Where to write the sound."),
) -> None:
    """Say a text with a voice, into a WAV file.

    Example: narrate voices try flite-rms "It rose about 5% in 2010." --out try.wav
    """
    from narrate.audio.sample import speak_text, write_wav
    from narrate.errors import StorageError
    from narrate.script.spoken import read

    sound = speak_text(read(text).spoken, voice)
    try:
        write_wav(out, sound)
    except OSError as error:
        raise StorageError(f"{out} can't be written: {error.strerror}. Give another place with --out.") from error
    print(f"{out}: {sound.duration_s:.1f} s")
