"""Accounts: who signs in, what they chose, what leaves with them. An address is known by its folded spelling."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Table, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from narrate.errors import LessWrongTaken
from narrate.store.entries import insert_into
from narrate.store.tables import (
    ApiTokenRow,
    Base,
    ChallengeRow,
    DepartureRow,
    LoginLinkRow,
    MailRow,
    MemberRow,
    PasskeyRow,
    ProofRow,
    SessionRow,
)

Notify = Literal["at_once", "digest", "never"]

#: How long a departed address or LessWrong account leads back to its old votes: over the week whose points it spent.
REMEMBERED = timedelta(days=8)
#: Never shown to anyone, their member included: what proves something.
_SECRET_COLUMNS = {"token_hash", "public_key", "hash", "sign_count"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who signs in. `lesswrong_id` is set once they showed that the account is theirs."""

    id: str
    email: str | None
    email_folded: str | None
    name: str
    created_at: datetime
    is_operator: bool
    is_banned: bool
    lesswrong_id: str | None
    lesswrong_name: str | None
    notify: Notify
    feed_token: str | None  # the secret in their private feed's address

    @property
    def is_verified(self) -> bool:
        return self.lesswrong_id is not None


def new_id() -> str:
    """26 letters and digits that nobody can guess (128 bits)."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def find(session: Session, member_id: str) -> Member | None:
    """The member with this id; None when there is none or the account was deleted."""
    return _member(session.get(MemberRow, member_id))


def find_by_email(session: Session, email_folded: str) -> Member | None:
    return _member(session.scalar(select(MemberRow).where(MemberRow.email_folded == email_folded)))


def find_by_feed_token(session: Session, feed_token: str) -> Member | None:
    """Whose private feed this secret opens."""
    return _member(session.scalar(select(MemberRow).where(MemberRow.feed_token == feed_token)))


def list_operators(session: Session) -> Sequence[Member]:
    rows = session.scalars(select(MemberRow).where(MemberRow.is_operator, MemberRow.deleted_at.is_(None)))
    return [member for row in rows if (member := _member(row))]


def arrive(session: Session, email: str, email_folded: str, at: datetime, address_hash: str) -> Member:
    """The member with this address, made when there is none.

    Who deleted their account within the last days gets its id back: the votes they cast are still theirs.
    """
    member = find_by_email(session, email_folded)
    if member is None:
        values = {
            "email": email,
            "email_folded": email_folded,
            "name": "",
            "notify": "at_once",
            "created_at": at,
            "deleted_at": None,
            "feed_token": new_feed_secret(),
        }
        left = session.get(DepartureRow, address_hash)
        if left is not None and (left.is_banned or at - left.left_at < REMEMBERED):
            _set(session, left.member_id, **values)
            session.execute(delete(DepartureRow).where(DepartureRow.hash == address_hash))
        else:  # unless somebody with this address arrives in this very moment
            new = {"id": new_id(), "is_operator": False, "is_banned": False, **values}
            session.execute(insert_into(session, MemberRow).values(**new).on_conflict_do_nothing())
        member = find_by_email(session, email_folded)
    assert member is not None
    return member


def new_feed_secret() -> str:
    return secrets.token_urlsafe(24)


def set_name(session: Session, member_id: str, name: str) -> None:
    _set(session, member_id, name=name)


def set_notify(session: Session, member_id: str, notify: Notify) -> None:
    _set(session, member_id, notify=notify)


def set_operator(session: Session, member_id: str, is_operator: bool) -> None:
    _set(session, member_id, is_operator=is_operator)


def set_banned(session: Session, member_id: str, is_banned: bool) -> None:
    """Ban or let back in. A banned member stays signed in, to export or delete their data, and can do nothing else."""
    _set(session, member_id, is_banned=is_banned)


def renew_feed_token(session: Session, member_id: str) -> str:
    """A new secret address for the private feed; the old one is gone at once."""
    token = new_feed_secret()
    _set(session, member_id, feed_token=token)
    return token


def bind_lesswrong(
    session: Session, member_id: str, lesswrong_id: str, lesswrong_name: str, at: datetime, account_hash: str
) -> None:
    """Record that this LessWrong account is the member's. One account is one member's.

    Raises LessWrongTaken when it is, or was until lately, another's.
    """
    left = session.get(DepartureRow, account_hash)
    recent = left is not None and left.member_id != member_id and (left.is_banned or at - left.left_at < REMEMBERED)
    if recent:
        raise _taken(lesswrong_name)
    try:
        _set(session, member_id, lesswrong_id=lesswrong_id, lesswrong_name=lesswrong_name, lesswrong_at=at)
    except IntegrityError as error:  # the column is unique
        raise _taken(lesswrong_name) from error
    session.execute(delete(ProofRow).where(ProofRow.member_id == member_id))


def _taken(lesswrong_name: str) -> LessWrongTaken:
    return LessWrongTaken(
        f"The LessWrong account {lesswrong_name} belongs to another account here, or to one deleted within the last "
        f"{REMEMBERED.days} days. Sign in to that one, or wait."
    )


def unbind_lesswrong(session: Session, member_id: str) -> None:
    _set(session, member_id, lesswrong_id=None, lesswrong_name=None, lesswrong_at=None)


def proof_code(session: Session, member_id: str, at: datetime) -> str:
    """The code this member puts into their biography: made once, kept until it is used (128 bits, A-Z 2-7)."""
    kept = select(ProofRow.code).where(ProofRow.member_id == member_id)
    if (code := session.scalar(kept)) is not None:
        return code
    made = insert_into(session, ProofRow).values(member_id=member_id, code=f"NARRATE-{new_id().upper()}", made_at=at)
    session.execute(made.on_conflict_do_nothing())
    return session.scalars(kept).one()


def remove(session: Session, member_id: str, at: datetime, hashes: Sequence[str]) -> None:
    """Delete an account: everything personal goes, its votes keep counting under an id that leads nowhere.

    `hashes` (keyed, of the address and of the LessWrong id) are remembered for some days, a banned member's for good.
    """
    row = session.get_one(MemberRow, member_id)
    for kind in (SessionRow, ApiTokenRow, PasskeyRow, ChallengeRow, ProofRow):
        session.execute(delete(kind).where(kind.member_id == member_id))
    session.execute(delete(LoginLinkRow).where(LoginLinkRow.email_folded == row.email_folded))
    session.execute(delete(MailRow).where(MailRow.recipient == row.email))
    for departed in dict.fromkeys(hashes):
        session.merge(DepartureRow(hash=departed, member_id=member_id, left_at=at, is_banned=row.is_banned))
    row.email = row.email_folded = row.feed_token = row.lesswrong_id = row.lesswrong_name = row.lesswrong_at = None
    row.name, row.is_operator, row.notify, row.deleted_at = "", False, "never", at


def export(session: Session, member_id: str) -> dict[str, list[dict[str, Any]]]:
    """Everything stored under a member, table by table, less the secrets. Values are JSON's."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in Base.metadata.sorted_tables:
        owner = {"members": "id", "audit": "actor"}.get(table.name, "member_id")
        if owner in table.c and (rows := _rows(session, table, owner, member_id)):
            found[table.name] = rows
    return found


def sweep(session: Session, at: datetime) -> None:
    """Drop what has lost its use. Each only days after its end, so that a clock set wrong for a while costs nothing."""
    session.execute(delete(LoginLinkRow).where(LoginLinkRow.expires_at < at - timedelta(days=1)))
    session.execute(delete(ChallengeRow).where(ChallengeRow.made_at < at - timedelta(days=1)))
    session.execute(delete(SessionRow).where(SessionRow.expires_at < at - timedelta(days=7)))
    session.execute(
        delete(DepartureRow).where(DepartureRow.is_banned.is_(False), DepartureRow.left_at < at - REMEMBERED)
    )
    session.execute(
        delete(MailRow).where(
            or_(MailRow.state == "sent", MailRow.state == "expired"), MailRow.made_at < at - timedelta(days=30)
        )
    )


def count_members(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(MemberRow).where(MemberRow.deleted_at.is_(None))) or 0


def _rows(session: Session, table: Table, owner: str, member_id: str) -> list[dict[str, Any]]:
    columns = [column for column in table.c if column.name not in _SECRET_COLUMNS]
    rows = session.execute(select(*columns).where(table.c[owner] == member_id)).mappings()
    return [{name: v.isoformat() if isinstance(v, date) else v for name, v in row.items()} for row in rows]


def _set(session: Session, member_id: str, **values: object) -> None:
    session.execute(update(MemberRow).where(MemberRow.id == member_id).values(**values))


def _member(row: MemberRow | None) -> Member | None:
    if row is None or row.deleted_at is not None:
        return None
    return Member(
        id=row.id,
        email=row.email,
        email_folded=row.email_folded,
        name=row.name,
        created_at=row.created_at,
        is_operator=row.is_operator,
        is_banned=row.is_banned,
        lesswrong_id=row.lesswrong_id,
        lesswrong_name=row.lesswrong_name,
        notify=row.notify,  # type: ignore[arg-type]  # only this module writes it
        feed_token=row.feed_token,
    )
