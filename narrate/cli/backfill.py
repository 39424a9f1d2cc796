"""`narrate backfill`: a forum's archive into the queue, behind everything else."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from narrate.backfill import Needs, Plan
    from narrate.settings import Settings

_DAYS = ["%Y-%m-%d", "%Y"]
_SHOWN_REASONS = 8


def backfill(
    since: datetime | None = typer.Option(None, "--since", formats=_DAYS, help="Posts of this day (UTC) or later."),
    until: datetime | None = typer.Option(None, "--until", formats=_DAYS, help="Posts from before this day."),
    min_karma: int = typer.Option(30, "--min-karma", min=0, help="Posts with this karma or more."),
    lane: str = typer.Option("both", "--lane", help="recent, classics or both."),
    forum: str = typer.Option("lesswrong", "--forum", help="lesswrong, alignmentforum or eaforum."),
    budget_hours: float | None = typer.Option(None, "--budget-hours", min=0, help="The best up to so much audio."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what it would be, and queue nothing."),
    yes: bool = typer.Option(False, "--yes", help="Don't ask before the posts are queued."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Put a forum's archive into the queue, behind everything that was found, asked or voted for.

    Shows first how many posts and hours of audio that is, and what it takes. The archive is listed slowly, at the pace
    that the forum asks for; stop it when you like, the next run goes on there. A post that members vote for comes to
    its place among the others at once; without votes it gets its page, and doesn't enter the main feed.

    Example: narrate backfill --since 2012 --lane classics --min-karma 50 --budget-hours 200 --dry-run
    """
    from rich.console import Console

    from narrate.backfill import Wanted, as_dict, enqueue, needs, survey
    from narrate.errors import UsageError
    from narrate.home import open_home
    from narrate.settings import FORUM_NAMES, read_settings

    lanes = {"recent": "recent", "classic": "classic", "classics": "classic", "both": None}
    if lane not in lanes or forum not in FORUM_NAMES:
        raise UsageError(f"There are the lanes recent, classics and both, and the forums {', '.join(FORUM_NAMES)}.")
    settings, at = read_settings(), datetime.now(UTC)
    first = since.replace(tzinfo=UTC) if since else datetime(settings.find_first_year, 1, 1, tzinfo=UTC)
    today = at.replace(hour=0, minute=0, second=0, microsecond=0)
    newest = today - timedelta(days=settings.classic_after_days) if lanes[lane] == "classic" else today
    last = min(newest, until.replace(tzinfo=UTC)) if until else newest
    if first >= last:
        raise UsageError(f"There is nothing from {first:%Y-%m-%d} on and before {last:%Y-%m-%d}: change the dates.")
    if not (dry_run or yes or sys.stdin.isatty()):
        raise UsageError("Nobody is here to say yes. Give --yes to queue the posts, or --dry-run to look.")
    wanted = Wanted(
        forum=forum, since=first, until=last, min_karma=min_karma, lane=lanes[lane],  # type: ignore[arg-type]
        budget_hours=budget_hours,
    )  # fmt: skip
    console = Console(stderr=True)
    with open_home(settings) as home:
        with console.status("listing the archive") as status:
            on_post = lambda n: status.update(f"listing the archive: {n:,} posts") if n % 20 == 0 else None  # noqa: E731
            plan = survey(home.sources, home.store, settings, wanted, at, on_post)
        needed = needs(home.store, settings, plan.audio_hours, at)
        if not as_json:
            print(f"{forum}, from {first:%Y-%m-%d}, before {last:%Y-%m-%d}, {min_karma} karma or more:")
            print("\n".join(_told(plan, needed, settings)))
        n_queued = 0
        if plan.chosen and not dry_run and (yes or typer.confirm("Queue them?", default=False, err=as_json)):
            with console.status("queueing") as status:
                on_row = lambda n: status.update(f"queueing: {n:,} of {len(plan.chosen):,}")  # noqa: E731
                n_queued = enqueue(home.store, settings, plan, wanted, at, on_row)
            if not as_json:
                print(f"{n_queued:,} posts were queued, behind all others. `narrate queue` shows them.")
        if as_json:
            print(json.dumps({**as_dict(plan, needed), "queued": n_queued}, ensure_ascii=False))


def _told(plan: Plan, needed: Needs, settings: Settings) -> list[str]:
    """A plan and what it takes, for people."""
    free = shutil.disk_usage(settings.home).free
    lines = [f"  {plan.n_listed:,} posts listed"]
    reasons = list(plan.left_out.items())
    lines += [f"  {n:,} left out: {why}" for why, n in reasons[:_SHOWN_REASONS]]
    if more := sum(n for _, n in reasons[_SHOWN_REASONS:]):
        lines.append(f"  {more:,} left out for other reasons")
    lines.append(f"  {len(plan.chosen):,} posts to queue, {plan.audio_hours:,.1f} hours of audio")
    disk = f"{needed.disk_bytes / 1e9:,.1f} GB of disk; {free / 1e9:,.1f} GB are free"
    lines.append(f"  {disk}{'' if needed.disk_bytes < free else ': too little, and work will pause when it is full'}")
    if needed.work_hours is None:
        lines.append(
            "  how long that takes is known once ten minutes of work were done here (`narrate bench` measures)"
        )
    else:
        price = "" if needed.price is None else f", {needed.price:,.2f} {settings.price_currency}"
        lines.append(f"  {needed.work_hours:,.1f} hours of work at the pace of the last 30 days{price}")
    return lines
