"""Which takes are complete: a row is written after its file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from narrate.store.tables import TakeRow


def note_takes(session: Session, takes: Iterable[tuple[str, int, int]], at: datetime) -> None:
    """Note (key, n_samples, rate_hz) of finished takes; those known already are left alone."""
    wanted = {key: (n_samples, rate_hz) for key, n_samples, rate_hz in takes}
    known = set(session.scalars(select(TakeRow.key).where(TakeRow.key.in_(wanted))))
    session.add_all(
        TakeRow(key=key, n_samples=n_samples, rate_hz=rate_hz, made_at=at)
        for key, (n_samples, rate_hz) in wanted.items()
        if key not in known
    )


def count_takes(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(TakeRow)) or 0
