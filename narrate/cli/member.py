"""`narrate member`: accounts from a shell. Whoever sits here may make anyone an operator; nobody else can."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from narrate.store.members import Member

app = typer.Typer(help="Accounts from a shell: tokens for programs, and who is an operator.", no_args_is_help=True)


@app.command("token")
def token(
    email: str = typer.Argument(..., metavar="EMAIL", help="Whose; an account is made if there is none."),
    name: str = typer.Option("made on the command line", "--name", help="What the token is for."),
) -> None:
    """Print a new API token of a member. It is shown this once.

    Example: narrate member token ana@example.org
    """
    from narrate.store import sessions

    with _member(email) as (session, member, at):
        secret = sessions.make_token(session, member.id, name, at)
    print(secret)


@app.command("operator")
def operator(
    email: str = typer.Argument(..., metavar="EMAIL", help="Who; an account is made if there is none."),
    remove: bool = typer.Option(False, "--remove", help="No longer, instead."),
) -> None:
    """Make a member an operator, who may approve, hold, remove and ban on /admin.

    Example: narrate member operator ana@example.org
    """
    from narrate.store import members
    from narrate.store.audit import OPERATOR, note

    with _member(email) as (session, member, at):
        members.set_operator(session, member.id, not remove)
        note(session, at, OPERATOR, "unmake operator" if remove else "make operator", member.id, {})
    print(f"{member.email} is {'no longer ' if remove else ''}an operator")


@contextmanager
def _member(email: str) -> Iterator[tuple[Session, Member, datetime]]:
    """The member with this address, in a transaction. Raises BadAddress."""
    from datetime import UTC, datetime

    from narrate.mail import parse_address
    from narrate.seals import ADDRESS, open_seals
    from narrate.settings import read_settings
    from narrate.store import members, open_store

    settings = read_settings()
    address, at = parse_address(email), datetime.now(UTC)
    remembered = open_seals(settings.home).seal(ADDRESS, address.folded)
    store = open_store(settings.sql_url)
    try:
        with store.begin() as session:
            yield session, members.arrive(session, address.email, address.folded, at, remembered), at
    finally:
        store.close()
