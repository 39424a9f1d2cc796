"""What authors said about having their posts read. An objection counts at once; an operator confirms or lifts it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from narrate.choose import author_id
from narrate.records import Author, PostKey
from narrate.store.audit import note
from narrate.store.entries import insert_into, locked
from narrate.store.tables import ConsentRow

OBJECTED = "its author asked that their posts not be read"
UNASKED = "it waits for its author's agreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`author` is the author's page, else "name:…" (see choose.author_id)."""

    author: str
    name: str
    may_read: bool
    is_confirmed: bool
    proof: str
    said_at: datetime


def say(session: Session, author: Author, *, may_read: bool, proof: str, at: datetime) -> Consent:
    """Record an objection or an agreement, to be confirmed. It never overrules one that an operator confirmed."""
    said = {"name": author.name, "may_read": may_read, "confirmed": False, "proof": proof, "said_at": at}
    made = insert_into(session, ConsentRow).values(author=author_id(author), **said)
    session.execute(
        made.on_conflict_do_update(index_elements=[ConsentRow.author], set_=said, where=ConsentRow.confirmed.is_(False))
    )
    return _consent(session.get_one(ConsentRow, author_id(author), populate_existing=True))


def confirm(session: Session, author: str, operator_id: str, at: datetime) -> None:
    """An operator is sure that this was the author."""
    session.execute(update(ConsentRow).where(ConsentRow.author == author).values(confirmed=True))
    note(session, at, operator_id, "confirm consent", author[:200], {})


def lift(session: Session, author: str, operator_id: str, reason: str, at: datetime) -> None:
    """Forget what was said: it wasn't the author, or the author changed their mind."""
    session.execute(delete(ConsentRow).where(ConsentRow.author == author))
    note(session, at, operator_id, "lift consent", author[:200], {"reason": reason})


def objection(session: Session, authors: Iterable[Author], consent: str) -> tuple[str, bool] | None:
    """(why a post by these authors isn't narrated, for good or only for now); None when nothing stands against it.

    `consent` is the setting: with "opt_in" at least one author must have agreed, confirmed by an operator.
    """
    names = [author_id(author) for author in authors]
    said = list(session.scalars(select(ConsentRow).where(ConsentRow.author.in_(names))))
    if any(not row.may_read for row in said):
        return OBJECTED, True
    if consent == "opt_in" and not any(row.may_read and row.confirmed for row in said):
        return UNASKED, False
    return None


def apply(session: Session, keys: Iterable[PostKey], consent: str) -> int:
    """Bring posts that wait, or were kept back, in line with what their authors said; how many changed.

    An objection beats an operator's approval. `consent` is the setting.
    """
    n = 0
    for key in sorted(keys):
        row = locked(session, key)
        if row is None or row.state not in ("waiting", "held", "refused"):
            continue
        before = row.state, row.reason
        against = objection(session, [Author(name=str(name), url=url) for name, url in row.authors], consent)
        if against is not None:
            row.state, row.reason = "refused" if against[1] else "held", against[0]
        elif row.reason in (OBJECTED, UNASKED):
            row.state, row.reason = "waiting", None
        n += (row.state, row.reason) != before
        session.flush()
    return n


def find(session: Session, author: str) -> Consent | None:
    """What this author (see choose.author_id) said, None when nothing."""
    row = session.get(ConsentRow, author)
    return None if row is None else _consent(row)


def list_consents(session: Session) -> Sequence[Consent]:
    """All of them, those to be confirmed first."""
    return [_consent(r) for r in session.scalars(select(ConsentRow).order_by(ConsentRow.confirmed, ConsentRow.said_at))]


def _consent(row: ConsentRow) -> Consent:
    return Consent(
        author=row.author,
        name=row.name,
        may_read=row.may_read,
        is_confirmed=row.confirmed,
        proof=row.proof,
        said_at=row.said_at,
    )
