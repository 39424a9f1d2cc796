"""Finished posts -> the members who voted or asked for them, each told once for ever: the row is the promise.

A row is written in the transaction that also writes the mail (narrate.mail): after a crash both are there, or neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, union, update
from sqlalchemy.orm import Session

from narrate.records import Author, PostKey
from narrate.store.entries import insert_into
from narrate.store.tables import MemberRow, NoticeRow, PartRow, QueueRow, VoteRow

#: Stands in the key of a sequence that was asked for as a whole.
SEQUENCE_SIGN = ":sequence-"
_NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One member is to be told of one post, now."""

    member_id: str
    email: str
    key: PostKey
    title: str
    authors: tuple[Author, ...]
    is_sequence: bool


def take_due(session: Session, at: datetime, limit: int = 500) -> tuple[Sequence[Notice], int]:
    """(who is to be told by a mail each, how many rows were settled). Call again until nothing is settled.

    Members with the digest are put on its list; those who want no mail, and banned ones, are settled without one.
    """
    due = session.execute(_untold().limit(limit)).all()
    notices = []
    for row in due:
        state = "silent" if row.is_banned else {"at_once": "told", "digest": "waiting"}.get(row.notify, "silent")
        told_at = at if state == "told" else None
        made = insert_into(session, NoticeRow).values(
            member_id=row.id, key=row.key, state=state, made_at=at, told_at=told_at
        )
        made = made.on_conflict_do_nothing().returning(NoticeRow.key)
        is_new = session.execute(made, execution_options=_NO_SYNC).first() is not None
        if is_new and state == "told":  # another process may have been quicker
            notices.append(_notice(row))
    return notices, len(due)


def take_digests(session: Session, before: datetime, at: datetime) -> Sequence[Sequence[Notice]]:
    """What to tell in one mail each, by member: everything on their list since before `before`."""
    taken = (
        update(NoticeRow)
        .where(NoticeRow.state == "waiting", NoticeRow.made_at < before)
        .values(state="told", told_at=at)
        .returning(NoticeRow.member_id, NoticeRow.key)
    )
    pairs = session.execute(taken, execution_options=_NO_SYNC).all()
    found: dict[str, list[Notice]] = {}
    for member_id, key in sorted(map(tuple, pairs)):
        wanted = _columns().select_from(MemberRow).join(QueueRow, QueueRow.key == key)
        wanted = wanted.where(MemberRow.id == member_id, MemberRow.email.is_not(None))
        row = session.execute(wanted.where(MemberRow.notify != "never", MemberRow.is_banned.is_(False))).first()
        if row is not None:
            found.setdefault(member_id, []).append(_notice(row))
    return list(found.values())


def count_told(session: Session, key: PostKey | str) -> int:
    """How many members have been told of a post, or will be in their next digest."""
    rows = select(NoticeRow.member_id).where(NoticeRow.key == str(key), NoticeRow.state != "silent")
    return len(session.scalars(rows).all())


def _columns() -> Any:
    return select(
        MemberRow.id,
        MemberRow.email,
        MemberRow.notify,
        MemberRow.is_banned,
        QueueRow.key,
        QueueRow.title,
        QueueRow.authors,
    )


def _untold() -> Any:
    """Who voted or asked for a post whose work is done, and has no row yet. A sequence is done with its last post."""
    voters = select(VoteRow.member_id.label("member_id"), VoteRow.key.label("key")).where(
        VoteRow.n > 0, VoteRow.invalid_at.is_(None)
    )
    askers = select(QueueRow.asked_by.label("member_id"), QueueRow.key.label("key")).where(
        QueueRow.asked_by.is_not(None)
    )
    wishes = union(voters, askers).subquery()
    still_read = (
        select(PartRow.key)
        .join(QueueRow, QueueRow.key == PartRow.key)
        .where(PartRow.entry == wishes.c.key, QueueRow.state == "taken")
        .correlate(wishes)
    )
    return (
        _columns()
        .join(wishes, wishes.c.member_id == MemberRow.id)
        .join(QueueRow, (QueueRow.key == wishes.c.key) & (QueueRow.state == "done"))
        .outerjoin(NoticeRow, (NoticeRow.member_id == MemberRow.id) & (NoticeRow.key == QueueRow.key))
        .where(NoticeRow.key.is_(None), MemberRow.email.is_not(None), ~still_read.exists())
        .order_by(QueueRow.key, MemberRow.id)
    )


def _notice(row: Any) -> Notice:
    return Notice(
        member_id=row.id,
        email=row.email,
        key=PostKey.parse(row.key),
        title=row.title,
        authors=tuple(Author(name=str(name), url=url) for name, url in row.authors),
        is_sequence=SEQUENCE_SIGN in row.key,
    )
