"""`narrate queue pause`, `resume`, `cancel`, `first`: what the worker is told from a shell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from narrate.cli import community

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(invoke_without_command=True, callback=community.show_queue)

_REASON = typer.Option("by the operator", "--reason", help="Why; the log keeps it.")
_KEY = typer.Argument(..., metavar="KEY", help="A post's key, lesswrong:ID.")


@app.command()
def pause(reason: str = _REASON) -> None:
    """Have no further post taken; what is at work is finished. It lasts until `narrate queue resume`.

    Example: narrate queue pause --reason "a new disk comes in"
    """
    from narrate.store import switches
    from narrate.store.audit import OPERATOR

    with _begun() as (session, now):
        is_new = switches.turn_on(session, switches.PAUSED, reason, OPERATOR, now)
    print("paused" if is_new else "paused already")


@app.command()
def resume() -> None:
    """Go on after a pause.

    Example: narrate queue resume
    """
    from narrate.store import switches
    from narrate.store.audit import OPERATOR

    with _begun() as (session, now):
        was_paused = switches.turn_off(session, switches.PAUSED, OPERATOR, now)
    print("work goes on" if was_paused else "it wasn't paused")


@app.command()
def cancel(key: str = _KEY, reason: str = _REASON) -> None:
    """Stop narrating a post that is at work or waits to be tried again. `/admin` can approve it anew.

    Example: narrate queue cancel lesswrong:ID --reason "the author is still editing"
    """
    from narrate.store import turns
    from narrate.store.audit import OPERATOR

    with _begun() as (session, now):
        turns.cancel(session, community.parse_key(key), OPERATOR, reason, now)
    print(f"{key}: cancelled")


@app.command()
def first(key: str = _KEY, reason: str = _REASON) -> None:
    """Have a post spoken before all others, whether it waits or is at work.

    Example: narrate queue first lesswrong:ID
    """
    from narrate.store import turns
    from narrate.store.audit import OPERATOR

    with _begun() as (session, now):
        turns.put_first(session, community.parse_key(key), OPERATOR, reason, now)
    print(f"{key}: comes first")


@contextmanager
def _begun() -> Iterator[tuple[Session, datetime]]:
    """A transaction on the data folder's store, and now."""
    from narrate.home import open_home
    from narrate.settings import read_settings

    with open_home(read_settings()) as home, home.store.begin() as session:
        yield session, datetime.now(UTC)
