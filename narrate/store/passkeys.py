"""Passkeys' public halves, and the questions put to them. A question is answered once, within minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from narrate.store.tables import ChallengeRow, PasskeyRow

_ANSWERED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """`id` is the credential's, as base64url. `sign_count` goes up with each use, on devices that count."""

    id: str
    member_id: str
    public_key: bytes
    sign_count: int
    name: str
    made_at: datetime
    used_at: datetime | None


def ask(session: Session, challenge: bytes, member_id: str | None, at: datetime) -> None:
    """Note that this question was put: to add a passkey to a member's account, or to sign in (None)."""
    session.add(ChallengeRow(hash=sha256(challenge).hexdigest(), member_id=member_id, made_at=at))


def is_asked(session: Session, challenge: bytes, member_id: str | None, at: datetime) -> bool:
    """Whether this question was put lately for this purpose. It is taken back with that: True comes once."""
    found = session.execute(
        delete(ChallengeRow)
        .where(ChallengeRow.hash == sha256(challenge).hexdigest())
        .returning(ChallengeRow.member_id, ChallengeRow.made_at)
    ).first()
    return found is not None and found.member_id == member_id and abs(at - found.made_at) < _ANSWERED_WITHIN


def add(session: Session, passkey: Passkey) -> None:
    session.add(
        PasskeyRow(
            id=passkey.id,
            member_id=passkey.member_id,
            public_key=passkey.public_key,
            sign_count=passkey.sign_count,
            name=passkey.name,
            made_at=passkey.made_at,
            used_at=passkey.used_at,
        )
    )


def find(session: Session, passkey_id: str) -> Passkey | None:
    row = session.get(PasskeyRow, passkey_id)
    return None if row is None else _passkey(row)


def used(session: Session, passkey_id: str, sign_count: int, at: datetime) -> None:
    session.execute(update(PasskeyRow).where(PasskeyRow.id == passkey_id).values(sign_count=sign_count, used_at=at))


def list_passkeys(session: Session, member_id: str) -> Sequence[Passkey]:
    """A member's passkeys, oldest first."""
    rows = session.scalars(
        select(PasskeyRow).where(PasskeyRow.member_id == member_id).order_by(PasskeyRow.made_at, PasskeyRow.id)
    )
    return [_passkey(row) for row in rows]


def remove(session: Session, member_id: str, passkey_id: str) -> None:
    session.execute(delete(PasskeyRow).where(PasskeyRow.member_id == member_id, PasskeyRow.id == passkey_id))


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(
        id=row.id,
        member_id=row.member_id,
        public_key=row.public_key,
        sign_count=row.sign_count,
        name=row.name,
        made_at=row.made_at,
        used_at=row.used_at,
    )
