"""Operators' webhooks, and what happened -> what is to be sent to each of them, once, however often it is looked at.

Events are read from the rows that hold what happened: nothing is lost when nobody was running.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from narrate.errors import UsageError
from narrate.store.audit import BACKFILL, note
from narrate.store.entries import insert_into
from narrate.store.members import new_id
from narrate.store.tables import DeliveryRow, PostRow, QueueRow, WebhookRow, WithdrawalRow

_NO_SYNC = {"synchronize_session": False}
_MAX_WEBHOOKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """`secret` is what receivers check signatures with; `counts` is deliveries by state."""

    id: str
    url: str
    secret: str
    made_at: datetime
    counts: dict[str, int]
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`id` is the same at every try, so that receivers can drop a second copy."""

    webhook_id: str
    event: str
    id: str
    url: str
    secret: str
    document: dict[str, Any]
    attempts: int


def add(session: Session, url: str, operator_id: str, at: datetime) -> str:
    """Tell this address of what happens from now on; its id. Raises UsageError when there are too many."""
    if (session.scalar(select(func.count()).select_from(WebhookRow)) or 0) >= _MAX_WEBHOOKS:
        raise UsageError(f"There are {_MAX_WEBHOOKS} webhooks already. Remove one first.")
    row = WebhookRow(
        id=new_id(), url=url, secret=f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}", made_at=at
    )
    session.add(row)
    note(session, at, operator_id, "add webhook", row.id, {})
    return row.id


def remove(session: Session, webhook_id: str, operator_id: str, at: datetime) -> None:
    session.execute(delete(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id))
    session.execute(delete(WebhookRow).where(WebhookRow.id == webhook_id))
    note(session, at, operator_id, "remove webhook", webhook_id[:40], {})


def list_webhooks(session: Session) -> Sequence[Webhook]:
    counts: dict[str, dict[str, int]] = {}
    counted = select(DeliveryRow.webhook_id, DeliveryRow.state, func.count()).group_by(
        DeliveryRow.webhook_id, DeliveryRow.state
    )
    for webhook_id, state, count in session.execute(counted):
        counts.setdefault(webhook_id, {})[state] = count
    last = select(DeliveryRow.error).where(DeliveryRow.error.is_not(None)).order_by(DeliveryRow.run_after.desc())
    return [
        Webhook(
            id=row.id,
            url=row.url,
            secret=row.secret,
            made_at=row.made_at,
            counts=counts.get(row.id, {}),
            last_error=session.scalar(last.where(DeliveryRow.webhook_id == row.id).limit(1)),
        )
        for row in session.scalars(select(WebhookRow).order_by(WebhookRow.made_at, WebhookRow.id))
    ]


def note_events(session: Session, at: datetime) -> int:
    """Write a delivery for everything that happened since a webhook was made and isn't there yet; how many."""
    n = 0
    for hook in session.scalars(select(WebhookRow)):
        for name, key, document in _events(session, hook):
            made = insert_into(session, DeliveryRow).values(
                webhook_id=hook.id,
                event=f"{name} {key}",
                document={"type": name, "timestamp": at.isoformat(), "data": {"key": key, **document}},
                state="waiting",
                attempts=0,
                made_at=at,
                run_after=at,
            )
            made = made.on_conflict_do_nothing().returning(DeliveryRow.event)
            n += len(session.execute(made, execution_options=_NO_SYNC).all())
    return n


def take_due(session: Session, at: datetime, claim_until: datetime) -> Delivery | None:
    """Claim what has waited longest until `claim_until`; None when nothing is due."""
    due = (
        select(DeliveryRow.webhook_id, DeliveryRow.event)
        .where(DeliveryRow.state == "waiting", DeliveryRow.run_after <= at)
        .order_by(DeliveryRow.run_after, DeliveryRow.event)
        .limit(1)
    )
    first = session.execute(due).first()
    if first is None:
        return None
    claim = (
        update(DeliveryRow)
        .where(*_this(*first), DeliveryRow.state == "waiting", DeliveryRow.run_after <= at)
        .values(run_after=claim_until, attempts=DeliveryRow.attempts + 1)
        .returning(DeliveryRow.document, DeliveryRow.attempts)
    )
    taken = session.execute(claim, execution_options=_NO_SYNC).first()
    hook = session.get(WebhookRow, first.webhook_id)
    if taken is None or hook is None:  # another process was quicker
        return None
    return Delivery(
        webhook_id=hook.id,
        event=first.event,
        id=f"{hook.id}.{first.event.replace(' ', '.')}",
        url=hook.url,
        secret=hook.secret,
        document=taken.document,
        attempts=taken.attempts,
    )


def delivered(session: Session, delivery: Delivery) -> None:
    _set(session, delivery, state="delivered", document=None, error=None)


def failed(session: Session, delivery: Delivery, error: str, retry_at: datetime | None) -> None:
    """Record why it couldn't be sent. With `retry_at` it waits, without it has ended."""
    if retry_at is None:
        _set(session, delivery, state="failed", error=error)
    else:
        _set(session, delivery, run_after=retry_at, error=error)


def retry_failed(session: Session, at: datetime) -> int:
    """Send once more what failed for good; how many that are."""
    again: Any = update(DeliveryRow).where(DeliveryRow.state == "failed", DeliveryRow.document.is_not(None))
    again = again.values(state="waiting", attempts=0, run_after=at)
    return len(session.execute(again.returning(DeliveryRow.event), execution_options=_NO_SYNC).all())


def _events(session: Session, hook: WebhookRow) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(event, key, what is told) of everything since the webhook was made that has no delivery of its yet."""
    post = (PostRow.key, PostRow.title, PostRow.url)
    for name, column in (("episode.ready", PostRow.ready_at), ("episode.released", PostRow.released_at)):
        for row in session.execute(_new(select(*post), name, PostRow.key, column, hook)):
            yield name, row.key, {"title": row.title, "url": row.url, "page": f"/episodes/{row.key}"}
    entry = select(QueueRow.key, QueueRow.title, QueueRow.url, QueueRow.lane, QueueRow.minutes)
    asked = entry.where(or_(QueueRow.asked_by != BACKFILL, QueueRow.votes > 0))
    for row in session.execute(_new(asked, "post.submitted", QueueRow.key, QueueRow.queued_at, hook)):
        told = {"title": row.title, "url": row.url, "lane": row.lane, "minutes": row.minutes}
        yield "post.submitted", row.key, told
    gone = select(WithdrawalRow.key, WithdrawalRow.reason)
    for row in session.execute(_new(gone, "post.withdrawn", WithdrawalRow.key, WithdrawalRow.at, hook)):
        yield "post.withdrawn", row.key, {"reason": row.reason}


def _new(rows: Any, name: str, key: Any, when: Any, hook: WebhookRow) -> Any:
    there = (DeliveryRow.webhook_id == hook.id) & (DeliveryRow.event == literal(f"{name} ") + key)
    return rows.where(when >= hook.made_at).outerjoin(DeliveryRow, there).where(DeliveryRow.event.is_(None)).limit(500)


def _this(webhook_id: str, event: str) -> tuple[Any, Any]:
    return DeliveryRow.webhook_id == webhook_id, DeliveryRow.event == event


def _set(session: Session, delivery: Delivery, **values: object) -> None:
    session.execute(update(DeliveryRow).where(*_this(delivery.webhook_id, delivery.event)).values(**values))
