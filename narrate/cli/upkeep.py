"""`narrate publish`, `doctor`, `bench`: keeping a data folder in order."""

from __future__ import annotations

import json
from pathlib import Path

import typer


def publish(
    base_url: str | None = typer.Option(None, "--base-url", help="New address of the site; kept for next time."),
    out: Path | None = typer.Option(None, "--out", help="Only the site in this folder; default: every site."),
) -> None:
    """Write every feed and page again from the rows. Nothing is spoken, no date changes.

    Example: narrate publish --base-url https://podcast.example.org
    """
    from narrate.cli.episode import check_url
    from narrate.errors import UsageError
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.store.sites import MAIN, list_sites

    url = check_url(base_url)
    with open_home(read_settings()) as home:
        with home.store.begin() as session:
            names = [site.name for site in list_sites(session)]
        if out is not None:
            if str(out.resolve()) not in names:
                raise UsageError(f"{out} isn't a site of this data folder. `narrate episode … --out {out}` makes one.")
            names = [str(out.resolve())]
        for name in names or [MAIN]:
            site = home.publish(name, base_url=url, everything=True)
            print(f"{'the data folder' if site.name == MAIN else site.name}: {site.base_url}/feed.xml")


def clean(
    dry_run: bool = typer.Option(False, "--dry-run", help="Only tell what would go."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Delete what nothing names any more, once its time of grace is over: takes, recordings, media, half-made files.

    Example: narrate clean --dry-run
    """
    from datetime import UTC, datetime

    from narrate.cleaning import clean as clean_up
    from narrate.home import open_home
    from narrate.settings import read_settings

    with open_home(read_settings()) as home:
        dropped = clean_up(home, datetime.now(UTC), dry_run=dry_run)
    if as_json:
        print(json.dumps({each.what: {"files": each.n_files, "bytes": each.n_bytes} for each in dropped}))
        return
    for each in dropped:
        print(f"{each.what}: {each.n_files} files, {each.n_bytes / 1e6:.1f} MB{' would go' if dry_run else ''}")


def backup(
    out: Path = typer.Argument(..., metavar="FILE", help="The archive to write, a tar."),
    with_files: bool = typer.Option(False, "--with-files", help="With all takes and recordings, not only their list."),
) -> None:
    """Save all rows and secrets to one file, as they are at this moment, while everything goes on.

    Keep the file safe: members' addresses are in it.

    Example: narrate backup monday.tar --with-files
    """
    from narrate.backup import back_up
    from narrate.settings import read_settings

    made = back_up(read_settings(), out, with_files=with_files)
    held = "with" if with_files else "and a list of"
    megabytes = sum(made.files.values()) / 1e6
    print(f"{out}: {sum(made.rows.values())} rows {held} {len(made.files)} files ({megabytes:.1f} MB)")


def restore(
    archive: Path = typer.Argument(..., metavar="FILE", help="An archive that narrate backup wrote."),
    force: bool = typer.Option(False, "--force", help="Replace the rows there are."),
) -> None:
    """Load a backup into the data folder, from whatever kind of database it was made. Refuses where rows are.

    Example: NARRATE_HOME=/srv/new narrate restore monday.tar
    """
    from narrate.backup import missing_files
    from narrate.backup import restore as load
    from narrate.settings import read_settings

    settings = read_settings()
    made = load(settings, archive, force=force)
    print(f"{sum(made.rows.values())} rows of {made.made_at:.16} are back")
    if missing := missing_files(settings, made):
        print(
            f"{len(missing)} of {len(made.files)} files aren't here ({missing[0]}, …): copy takes and recordings, too"
        )
    else:
        print("every file is here; `narrate publish` writes the sites anew")


def doctor(as_json: bool = typer.Option(False, "--json", help="One JSON array.")) -> None:
    """Tell what is installed, reachable and writable, which voice will speak, and what to do about the rest.

    Example: narrate doctor
    """
    from narrate.checkup import check_up
    from narrate.settings import read_settings

    findings = check_up(read_settings())
    if as_json:
        print(json.dumps([f.as_dict() for f in findings]))
    else:
        for finding in findings:
            mark = "ok  " if finding.ok else "MISS" if finding.needed else "--  "
            print(f"{mark} {finding.what}: {finding.found}{f'. {finding.todo}' if finding.todo else ''}")
    raise typer.Exit(0 if all(f.ok or not f.needed for f in findings) else 1)


def bench(
    paths: list[Path] = typer.Argument(
        None, metavar="[voices | PATHS...]", help="`voices`: the neural engine alone. With --script: post files."
    ),
    script: bool = typer.Option(False, "--script", help="Measure reading instead: posts to scripts, no voice."),
    minutes: float = typer.Option(60.0, "--minutes", min=0.1, help="How much audio to make."),
    voice: str = typer.Option("flite-rms", "--voice", help="The voice to measure with."),
    engine: str = typer.Option("coqui", "--engine", help="With `voices`: whose kind of network, coqui or kokoro."),
    model: Path | None = typer.Option(None, "--model", help="With `voices`: a model's folder, not random weights."),
    plot: Path | None = typer.Option(None, "--plot", help="With `voices`: also draw an SVG."),
    out: Path | None = typer.Option(None, "--out", help="Also write the figures to this JSON file."),
) -> None:
    """Measure end-to-end speed and memory against the bare engine, in one run. Prints JSON.

    With --script: how fast written text becomes spoken, and posts scripts, on one core; default: the sample posts.
    `narrate bench voices`: how fast a neural model speaks, in batches on a GPU or line by line, against the package's
    own way; weights are random unless --model is given, so it says nothing of how it sounds.

    Example: narrate bench --minutes 10
    """
    from narrate.errors import UsageError

    if paths == [Path("voices")] and not script:
        from voices import bench as of_voices

        measured = of_voices.measure(engine, model=model)
        if plot is not None:
            plot.write_text(of_voices.plot(measured), encoding="utf-8")
    elif paths and not script:
        raise UsageError("Files are measured with --script only: narrate bench --script POST.json")
    elif script:
        from narrate.bench_script import measure_scripts

        measured = measure_scripts(paths or [])
    else:
        from narrate.bench import measure

        measured = measure(minutes=minutes, voice_id=voice)
    figures = json.dumps(measured, indent=1)
    print(figures)
    if out is not None:
        out.write_text(figures + "\n", encoding="utf-8")
