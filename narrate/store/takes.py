"""Which takes are complete: a row is written after its file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from narrate.store.tables import TakeRow

_KEYS_AT_ONCE = 500


def note_takes(session: Session, takes: Iterable[tuple[str, int, int]], at: datetime) -> None:
    """Note (key, n_samples, rate_hz) of finished takes; of those known already, that they were needed at `at`."""
    rows = [
        {"key": key, "n_samples": n_samples, "rate_hz": rate_hz, "needed_at": at} for key, n_samples, rate_hz in takes
    ]
    if rows:  # in one statement: another process may note the same take at the same moment
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        noted = insert(TakeRow)
        again = {"made_at": noted.excluded.made_at}
        session.execute(noted.on_conflict_do_update(index_elements=[TakeRow.key], set_=again), rows)


def known_takes(session: Session, keys: Iterable[str]) -> set[str]:
    """Which of these takes have a row."""
    wanted = list(keys)
    found: set[str] = set()
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        found.update(session.scalars(select(TakeRow.key).where(TakeRow.key.in_(wanted[start : start + _KEYS_AT_ONCE]))))
    return found


def count_takes(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(TakeRow)) or 0
