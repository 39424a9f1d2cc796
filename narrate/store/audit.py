"""Who did what to what, and when: rows are only ever added. Votes can be invalidated and acts undone from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from narrate.store.tables import AuditRow

#: Whoever sits at the machine's shell.
OPERATOR = "operator"
#: A backfill: it stands for nobody, and whoever asks for the same post takes its place.
BACKFILL = "backfill"
#: The service itself.
SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line of the log. `actor` is a member's id, OPERATOR or SERVICE; `subject` a post's key or a member's id."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


def note(session: Session, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Add a line. `detail` is JSON, and never holds an address or a name of a member."""
    session.execute(
        insert(AuditRow).values(at=at, actor=actor, action=action, subject=subject, detail=detail),
        execution_options={"synchronize_session": False},
    )


def list_notes(
    session: Session,
    *,
    subject: str | None = None,
    actor: str | None = None,
    actions: Sequence[str] | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> Sequence[Note]:
    """Lines of the log, newest first."""
    wanted = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if subject is not None:
        wanted = wanted.where(AuditRow.subject == subject)
    if actor is not None:
        wanted = wanted.where(AuditRow.actor == actor)
    if actions is not None:
        wanted = wanted.where(AuditRow.action.in_(actions))
    if before_id is not None:
        wanted = wanted.where(AuditRow.id < before_id)
    return [
        Note(id=row.id, at=row.at, actor=row.actor, action=row.action, subject=row.subject, detail=row.detail)
        for row in session.scalars(wanted)
    ]
