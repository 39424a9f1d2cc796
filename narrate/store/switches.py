"""Switches that every process sees: a row is there while one is on, with who switched it, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from narrate.store.audit import note
from narrate.store.entries import changed, insert_into
from narrate.store.tables import SwitchRow

#: While it is on, no post is taken; what is at work is finished.
PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """`actor` is a member's id, audit.OPERATOR or audit.SERVICE."""

    name: str
    reason: str
    actor: str
    since: datetime


def turn_on(session: Session, name: str, reason: str, actor: str, at: datetime) -> bool:
    """False when it was on already: then nothing changes, its reason neither."""
    values = {"name": name, "reason": reason, "actor": actor, "since": at}
    is_new = bool(changed(session, insert_into(session, SwitchRow).values(**values).on_conflict_do_nothing()))
    if is_new:
        note(session, at, actor, f"{name} on", name, {"reason": reason})
    return is_new


def turn_off(session: Session, name: str, actor: str, at: datetime) -> bool:
    """False when it was off already."""
    was_on = bool(changed(session, delete(SwitchRow).where(SwitchRow.name == name)))
    if was_on:
        note(session, at, actor, f"{name} off", name, {})
    return was_on


def find(session: Session, name: str) -> Switch | None:
    """The switch where it is on."""
    row = session.get(SwitchRow, name, populate_existing=True)
    return None if row is None else _switch(row)


def list_on(session: Session) -> Sequence[Switch]:
    return [_switch(row) for row in session.scalars(select(SwitchRow).order_by(SwitchRow.name))]


def _switch(row: SwitchRow) -> Switch:
    return Switch(name=row.name, reason=row.reason, actor=row.actor, since=row.since)
