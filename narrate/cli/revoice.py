"""`narrate revoice`: finished episodes are spoken anew with another voice, behind everything else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from narrate.home import Home
    from narrate.records import Episode
    from voices import Voice

#: Below everything that is narrated for the first time.
PRIORITY = -10
#: Kept beside the takes for each second: MP3 at 96 kb/s, Opus at 32.
_PUBLISHED_BYTES_A_SECOND = (96_000 + 32_000) // 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What speaking anew comes to. `machine_hours` and `price` are None where nothing was measured yet."""

    voice: str
    episodes: int
    audio_hours: float
    disk_gb: float
    machine_hours: float | None
    price: float | None
    currency: str


def revoice(
    wish: str = typer.Argument(
        ..., metavar="QUERY", help="all, voice:ID, a sequence, a Review year, tag:…, author:…, or words of titles."
    ),
    voice: str | None = typer.Option(None, "--voice", help="The new voice; default: the one for new episodes."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only count: episodes, hours, disk and price."),
    yes: bool = typer.Option(False, "--yes", help="Don't ask."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Speak finished episodes anew with another voice, when nothing else waits. They keep their place, GUID and date.

    Example: narrate revoice voice:flite-rms --dry-run
    """
    from datetime import UTC, datetime

    from narrate.company import choose_voice
    from narrate.errors import UsageError
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.store import jobs

    with open_home(read_settings()) as home:
        new, _ = choose_voice(voice or home.settings.voice)
        with home.store.begin() as session:
            meant = find_meant(session, wish)
        if not meant:
            raise UsageError(f"No episode is meant by {wish!r}. Say all, voice:ID, tag:…, author:… or words of titles.")
        old = [episode for episode in meant if episode.voice_id != new.id]
        estimate = estimate_of(home, new, old)
        if dry_run or not old:
            _show(estimate, n_same=len(meant) - len(old), as_json=as_json, n_asked=0)
            return
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("Say --yes to speak them anew, or --dry-run to see what it comes to.")
            _show(estimate, n_same=len(meant) - len(old), as_json=False, n_asked=None)
            typer.confirm("Speak them anew?", abort=True)
        now = datetime.now(UTC)
        n_asked = 0
        for episode in old:
            with home.store.begin() as session:
                n_asked += jobs.ask(session, episode.key, kind="revoice", voice_id=new.id, priority=PRIORITY, now=now)
        _show(estimate, n_same=len(meant) - len(old), as_json=as_json, n_asked=n_asked)


def find_meant(session: Session, wish: str) -> Sequence[Episode]:
    """The episodes meant by a query: those of `narrate book`, and all of them, or those of one voice."""
    from sqlalchemy import true

    from narrate.store.books import find_shelf
    from narrate.store.episodes import episodes_of, select_episodes

    kind, _, value = wish.strip().partition(":")
    if wish.strip() != "all" and kind != "voice":
        return find_shelf(session, wish).episodes
    everything = episodes_of(session.execute(select_episodes().where(true())))
    return [episode for episode in everything if kind == "all" or episode.voice_id == value.strip()]


def estimate_of(home: Home, voice: Voice, episodes: Sequence[Episode]) -> Estimate:
    """Hours, disk and money, from what the machine has done lately (whatever the voice was)."""
    import voices
    from narrate.store.machine import audio_ms, busy_ms

    seconds = sum(episode.duration_ms for episode in episodes) / 1000
    a_second = _PUBLISHED_BYTES_A_SECOND + 2 * voices.fingerprint(voice).rate_hz
    with home.store.begin() as session:
        made, busy = audio_ms(session), busy_ms(session)
    machine_h = seconds / 3600 * busy / made if made and busy else None
    price = home.settings.price_per_machine_hour
    return Estimate(
        voice=voice.id,
        episodes=len(episodes),
        audio_hours=round(seconds / 3600, 2),
        disk_gb=round(seconds * a_second / 1e9, 2),
        machine_hours=None if machine_h is None else round(machine_h, 2),
        price=None if machine_h is None or not price else round(machine_h * price, 2),
        currency=home.settings.price_currency,
    )


def _show(estimate: Estimate, *, n_same: int, n_asked: int | None, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**asdict(estimate), "already": n_same, "asked": n_asked}))
        return
    e = estimate
    same = f"; {n_same} have it already" if n_same else ""
    machine = f", {e.machine_hours:.1f} h of the machine at its pace so far" if e.machine_hours is not None else ""
    price = f", {e.price:.2f} {e.currency}" if e.price is not None else ""
    print(
        f"{e.episodes} episodes, {e.audio_hours:.1f} h to speak with {e.voice}{same}: "
        f"{e.disk_gb:.1f} GB{machine}{price}"
    )
    if n_asked:
        print(f"{n_asked} wait now, behind everything else. narrate work speaks them; each replaces the old one whole.")
