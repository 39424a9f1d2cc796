"""`narrate top`: what the service is doing just now, live. It only looks; the database may be anywhere."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Group

    from narrate.limits import Facts
    from narrate.settings import Settings
    from narrate.store import Store
    from narrate.store.status import Status

_FAILURES, _TITLE_CHARS = 5, 60


def top(
    once: bool = typer.Option(False, "--once", help="Show it once and end; so it is wherever no terminal is."),
    every: float = typer.Option(2.0, "--every", min=0.2, max=3600, help="Seconds between two looks."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object, once."),
) -> None:
    """Show what is being read, what waits, how fast it goes, what failed and how full the disk is. Ctrl-C ends it.

    Example: narrate top --once
    """
    import time

    from rich.console import Console
    from rich.live import Live

    from narrate import limits
    from narrate.settings import read_settings
    from narrate.store import open_to_read

    settings = read_settings()
    store = open_to_read(settings.sql_url)
    console = Console()
    try:
        if as_json:
            from narrate.web.wire_status import status_out

            status, facts, _ = _look(settings, store)
            reached = limits.may_work(status.at, facts, settings)
            print(status_out(status, reached is not None, None, None).model_dump_json())
        elif once or not sys.stdout.isatty():
            console.print(_shown(settings, *_look(settings, store)))
        else:
            with Live(_shown(settings, *_look(settings, store)), console=console, screen=True, refresh_per_second=4,
                      ) as live:  # fmt: skip
                while True:
                    time.sleep(every)
                    live.update(_shown(settings, *_look(settings, store)))
    finally:
        store.close()


def _look(settings: Settings, store: Store) -> tuple[Status, Facts, list[tuple[str, str]]]:
    from narrate.standing import gather
    from narrate.store.status import failed_keys, read_status

    now = datetime.now(UTC)
    with store.begin() as session:
        status, failed = read_status(session, now), list(failed_keys(session, _FAILURES))
    return status, gather(settings, store, now), failed


def _shown(settings: Settings, status: Status, facts: Facts, failed: list[tuple[str, str]]) -> Group:
    """Everything on one screen, the most urgent first."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    from narrate import limits
    from narrate.pages.charts import span

    parts: list[Text | Table] = [Text(f"narrate, {status.at:%Y-%m-%d %H:%M:%S} UTC", style="bold")]
    why = f"an operator paused it: {status.pause}" if status.pause else limits.may_work(status.at, facts, settings)
    if why:
        parts.append(Text(f"Nothing new is begun: {why}", style="bold yellow"))

    work = Table.grid(padding=(0, 2))
    for each in status.in_work:
        title = (each.title or str(each.key))[:_TITLE_CHARS]
        bar = ProgressBar(total=each.n_wanted or 1, completed=each.n_done, width=20)
        lines = f"{each.n_done}/{each.n_wanted}" if each.n_wanted else ""
        work.add_row(Text(title), Text(each.stage or "", style="cyan"), bar, Text(lines))
    parts += [Text("\nAt work", style="bold"), work if status.in_work else Text("nothing", style="dim")]

    waits = Table.grid(padding=(0, 2))
    for lane in status.waiting:
        archive = f"and {lane.n_archived:,} of the archive, {lane.archived_hours:,.1f} h" if lane.n_archived else ""
        waits.add_row(
            Text(lane.lane), Text(f"{lane.n_posts:,} posts"), Text(f"{lane.audio_hours:,.1f} h"), Text(archive)
        )
    parts += [Text("\nWaits", style="bold"), waits]

    today = status.days[-1]
    busy = sum(day.busy_hours for day in status.days)
    speed = f", {sum(day.audio_hours for day in status.days) / busy:,.1f} h an hour at work" if busy else ""
    parts += [
        Text("\nMade", style="bold"),
        Text(f"{today.audio_hours:,.1f} h today, {status.hours_of_week:,.1f} h in seven days{speed}; "
             f"{status.n_episodes:,} episodes, {status.audio_hours:,.1f} h in all"),
    ]  # fmt: skip
    half, most = status.delay_s(0.5), status.delay_s(0.95)
    if half is not None and most is not None:
        parts.append(Text(f"from wish to episode: half within {span(half)}, 95 of 100 within {span(most)}"))

    if failed:
        counts = status.failures
        told = f"\nFailed ({counts.n_refused} can't be had, {counts.n_held} held, {counts.n_again} again)"
        table = Table.grid(padding=(0, 2))
        for key, error in failed:
            table.add_row(Text(key, style="red"), Text(" ".join(error.split())[:160]))
        parts += [Text(told, style="bold"), table]
    if facts.free_bytes is not None:
        parts.append(Text(f"\n{facts.free_bytes / limits.GB:,.1f} GB free in {settings.home}", style="dim"))
    return Group(*parts)
