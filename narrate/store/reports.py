"""What listeners say is wrong in an episode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from narrate.records import PostKey
from narrate.store.audit import note
from narrate.store.members import new_id
from narrate.store.tables import ReportRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`at_ms` is where in the audio, None for the whole."""

    id: str
    key: PostKey
    member_id: str
    at_ms: int | None
    text: str
    made_at: datetime


def add(session: Session, key: PostKey, member_id: str, at_ms: int | None, text: str, at: datetime) -> str:
    """Keep a report; its id. The same words about the same moment by the same member are one report."""
    same = select(ReportRow.id).where(
        ReportRow.key == str(key), ReportRow.member_id == member_id, ReportRow.text == text, ReportRow.state == "open"
    )
    known = session.scalar(same.where(ReportRow.at_ms.is_(None) if at_ms is None else ReportRow.at_ms == at_ms))
    if known is not None:
        return known
    row = ReportRow(id=new_id(), key=str(key), member_id=member_id, at_ms=at_ms, text=text, state="open", made_at=at)
    session.add(row)
    session.flush()
    return row.id


def list_open(session: Session, limit: int = 200) -> Sequence[Report]:
    """Reports nobody has looked at, oldest first."""
    rows = select(ReportRow).where(ReportRow.state == "open").order_by(ReportRow.made_at, ReportRow.id).limit(limit)
    return [
        Report(id=r.id, key=PostKey.parse(r.key), member_id=r.member_id, at_ms=r.at_ms, text=r.text, made_at=r.made_at)
        for r in session.scalars(rows)
    ]


def set_open(session: Session, report_id: str, is_open: bool, operator_id: str, at: datetime) -> None:
    """Close a report that was dealt with, or open it again."""
    state = "open" if is_open else "closed"
    session.execute(update(ReportRow).where(ReportRow.id == report_id).values(state=state))
    note(session, at, operator_id, "reopen report" if is_open else "close report", report_id[:40], {})
