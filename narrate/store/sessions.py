"""Secrets that let somebody in: sign-in links, browser sessions, API tokens. Only SHA-256 hashes reach the database."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from narrate.store.members import Member, find, new_id
from narrate.store.tables import ApiTokenRow, LoginLinkRow, SessionRow

#: A link or session that was made later than now: the clock was set back. So much of it is forgiven.
_CLOCK_SLACK = timedelta(minutes=2)
#: How often a session's last use is written down; more often would make every page view a write.
_SEEN_EVERY = timedelta(hours=1)
_TOKEN_PREFIX = "narrate_"  # noqa: S105 # names the kind of secret, for scanners of leaked ones


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLink:
    email: str
    email_folded: str
    next_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A browser that is signed in. `id` names it to its member and opens nothing."""

    id: str
    device: str
    made_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    id: str
    name: str
    made_at: datetime
    used_at: datetime | None


def make_link(session: Session, link: LoginLink, at: datetime, lifetime: timedelta) -> str:
    """The secret of a new sign-in link."""
    secret = secrets.token_urlsafe(32)
    session.add(
        LoginLinkRow(
            token_hash=_hash(secret),
            email=link.email,
            email_folded=link.email_folded,
            next_path=link.next_path,
            made_at=at,
            expires_at=at + lifetime,
        )
    )
    return secret


def count_links(session: Session, email_folded: str, since: datetime) -> int:
    """How many links were made for an address."""
    count = select(func.count()).select_from(LoginLinkRow)
    return session.scalar(count.where(LoginLinkRow.email_folded == email_folded, LoginLinkRow.made_at >= since)) or 0


def find_link(session: Session, secret: str, at: datetime) -> LoginLink | None:
    """The link with this secret if it could still be spent; looking spends nothing."""
    row = session.get(LoginLinkRow, _hash(secret))
    if row is None or row.spent_at is not None or not _is_valid(row.made_at, row.expires_at, at):
        return None
    return LoginLink(email=row.email, email_folded=row.email_folded, next_path=row.next_path)


def spend_link(session: Session, secret: str, at: datetime) -> LoginLink | None:
    """Spend a link, once: of two who come with one secret, one gets None."""
    link = find_link(session, secret, at)
    if link is None:
        return None
    spent = session.execute(
        update(LoginLinkRow)
        .where(LoginLinkRow.token_hash == _hash(secret), LoginLinkRow.spent_at.is_(None))
        .values(spent_at=at)
    )
    return link if spent.rowcount == 1 else None  # type: ignore[attr-defined]


def open_session(session: Session, member_id: str, device: str, at: datetime, idle: timedelta) -> str:
    """The secret of a new session, for the browser's cookie."""
    secret = secrets.token_urlsafe(32)
    session.add(
        SessionRow(
            token_hash=_hash(secret),
            member_id=member_id,
            device=device,
            made_at=at,
            seen_at=at,
            expires_at=at + idle,
        )
    )
    return secret


def member_of_session(
    session: Session, secret: str, at: datetime, idle: timedelta, longest: timedelta
) -> Member | None:
    """Who is signed in with this cookie. Use prolongs a session by `idle`, at most to `longest` after it began."""
    row = session.get(SessionRow, _hash(secret))
    if row is None or not _is_valid(row.made_at, row.expires_at, at):
        return None
    if at - row.seen_at >= _SEEN_EVERY:
        row.seen_at, row.expires_at = at, min(at + idle, row.made_at + longest)
    return find(session, row.member_id)


def list_sessions(session: Session, member_id: str, at: datetime) -> Sequence[OpenSession]:
    """A member's open sessions, last used first."""
    rows = session.scalars(
        select(SessionRow)
        .where(SessionRow.member_id == member_id, SessionRow.expires_at > at)
        .order_by(SessionRow.seen_at.desc(), SessionRow.token_hash)
    )
    return [
        OpenSession(id=row.token_hash[:16], device=row.device, made_at=row.made_at, seen_at=row.seen_at) for row in rows
    ]


def session_name(secret: str) -> str:
    """The id under which `list_sessions` shows the session with this secret."""
    return _hash(secret)[:16]


def close_session(session: Session, secret: str) -> None:
    session.execute(delete(SessionRow).where(SessionRow.token_hash == _hash(secret)))


def close_session_named(session: Session, member_id: str, open_id: str) -> None:
    """Sign one of a member's browsers out, by the id in `list_sessions`."""
    session.execute(
        delete(SessionRow).where(
            SessionRow.member_id == member_id, func.substr(SessionRow.token_hash, 1, 16) == open_id
        )
    )


def close_sessions(session: Session, member_id: str) -> None:
    """Sign a member out everywhere."""
    session.execute(delete(SessionRow).where(SessionRow.member_id == member_id))


def make_token(session: Session, member_id: str, name: str, at: datetime) -> str:
    """The secret of a new API token; it can't be had again."""
    secret = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(ApiTokenRow(id=new_id(), token_hash=_hash(secret), member_id=member_id, name=name, made_at=at))
    return secret


def member_of_token(session: Session, secret: str, at: datetime) -> Member | None:
    """Whose program this is."""
    row = session.scalar(select(ApiTokenRow).where(ApiTokenRow.token_hash == _hash(secret)))
    if row is None:
        return None
    if row.used_at is None or at - row.used_at >= _SEEN_EVERY:
        row.used_at = at
    return find(session, row.member_id)


def list_tokens(session: Session, member_id: str) -> Sequence[ApiToken]:
    """A member's API tokens, oldest first."""
    rows = session.scalars(
        select(ApiTokenRow).where(ApiTokenRow.member_id == member_id).order_by(ApiTokenRow.made_at, ApiTokenRow.id)
    )
    return [ApiToken(id=row.id, name=row.name, made_at=row.made_at, used_at=row.used_at) for row in rows]


def remove_token(session: Session, member_id: str, token_id: str) -> None:
    session.execute(delete(ApiTokenRow).where(ApiTokenRow.member_id == member_id, ApiTokenRow.id == token_id))


def _is_valid(made_at: datetime, expires_at: datetime, at: datetime) -> bool:
    """Whether `at` lies in something's life. What was made in the future is from a clock that was wrong: not valid."""
    return made_at - _CLOCK_SLACK <= at < expires_at


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
