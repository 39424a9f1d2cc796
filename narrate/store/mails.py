"""Mails to be sent. A row is written with what it tells of, and stays until the mail is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from narrate.store.members import new_id
from narrate.store.tables import MailRow

#: How long a mail is somebody's to send. A sender that died in between is then taken to have failed.
_CLAIM = timedelta(minutes=5)
#: No pause is longer. A mail that seems to wait longer met a clock that was wrong: it is due.
_LONGEST = timedelta(hours=25)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMail:
    """`id` is the mail's for ever: a second try has the same."""

    id: str
    recipient: str
    document: dict[str, Any]
    attempts: int
    made_at: datetime


def add(
    session: Session, recipient: str, document: Mapping[str, Any], at: datetime, expires_at: datetime | None
) -> str:
    """Put a mail into the queue; its id."""
    mail_id = new_id()
    session.add(
        MailRow(
            id=mail_id,
            recipient=recipient,
            document=dict(document),
            state="waiting",
            attempts=0,
            made_at=at,
            run_after=at,
            expires_at=expires_at,
        )
    )
    return mail_id


def take_due(session: Session, at: datetime) -> WaitingMail | None:
    """Claim the mail that has waited longest, None when none is due. Two senders never take the same."""
    session.execute(
        update(MailRow)
        .where(MailRow.state == "waiting", MailRow.expires_at <= at)
        .values(state="expired", recipient=None, document=None)
    )
    due = (
        select(MailRow.id)
        .where(MailRow.state == "waiting", or_(MailRow.run_after <= at, MailRow.run_after > at + _LONGEST))
        .order_by(MailRow.run_after, MailRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claim = update(MailRow).where(MailRow.id == due).values(run_after=at + _CLAIM, attempts=MailRow.attempts + 1)
    row = session.scalars(claim.returning(MailRow), execution_options={"synchronize_session": False}).first()
    if row is None:
        return None
    assert row.recipient is not None
    assert row.document is not None
    return WaitingMail(
        id=row.id, recipient=row.recipient, document=row.document, attempts=row.attempts, made_at=row.made_at
    )


def sent(session: Session, mail_id: str) -> None:
    """The mail is on its way: forget to whom and what."""
    _set(session, mail_id, state="sent", recipient=None, document=None, error=None)


def failed(session: Session, mail_id: str, error: str, retry_at: datetime | None) -> None:
    """Record why it couldn't be sent. With `retry_at` it waits, without it has ended; its text is kept to be seen."""
    if retry_at is None:
        _set(session, mail_id, state="failed", error=error)
    else:
        _set(session, mail_id, error=error, run_after=retry_at)


def retry_failed(session: Session, at: datetime) -> int:
    """Send everything that failed once more; how many that are."""
    found = session.scalars(
        update(MailRow)
        .where(MailRow.state == "failed")
        .values(state="waiting", attempts=0, run_after=at)
        .returning(MailRow.id)
    )
    return len(found.all())


def next_due(session: Session) -> datetime | None:
    """When the next waiting mail is due, None when none waits."""
    return session.scalar(select(func.min(MailRow.run_after)).where(MailRow.state == "waiting"))


def count_by_state(session: Session) -> dict[str, int]:
    rows = session.execute(select(MailRow.state, func.count()).group_by(MailRow.state))
    return {row[0]: row[1] for row in rows}


def list_failed(session: Session) -> Sequence[tuple[str, str, str]]:
    """(id, recipient, error) of the mails that couldn't be sent."""
    rows = session.execute(
        select(MailRow.id, MailRow.recipient, MailRow.error).where(MailRow.state == "failed").order_by(MailRow.made_at)
    )
    return [(mail_id, recipient or "", error or "") for mail_id, recipient, error in rows]


def _set(session: Session, mail_id: str, **values: object) -> None:
    session.execute(update(MailRow).where(MailRow.id == mail_id).values(**values))
