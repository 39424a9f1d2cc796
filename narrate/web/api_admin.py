"""/api/admin: what the admin pages do, for programs of operators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from narrate.guarded import check_url
from narrate.store import consents, lineup, mails, reports, webhooks
from narrate.store.audit import list_notes
from narrate.store.lineup import EntryState
from narrate.web import board, moderate, wire
from narrate.web.api import Cursor, Limit
from narrate.web.keys import parse_key
from narrate.web.moderate import ConsentAction, EntryAction, MemberAction, WorkAction
from narrate.web.openapi import NEEDS_TOKEN, may_fail
from narrate.web.security import Operator
from narrate.web.service import service

router = APIRouter(prefix="/api/admin", tags=["admin"])

_DONE: dict[str, Any] = {"status_code": 204, "response_class": Response, **NEEDS_TOKEN}
_NOT_MINE = (401, 403)
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class EntryAct(BaseModel):
    model_config = ConfigDict(extra="forbid")
    action: EntryAction
    reason: Reason
    place: Annotated[int, Field(ge=1, le=99_999)] | None = Field(None, description="for reorder; null takes it back")
    into: str | None = Field(None, max_length=200, description="for merge: the other entry's key")


class WorkAct(BaseModel):
    model_config = ConfigDict(extra="forbid")
    action: WorkAction
    reason: str = Field("", max_length=500, description="needed to pause")


class MemberAct(BaseModel):
    model_config = ConfigDict(extra="forbid")
    action: MemberAction
    reason: Reason


class ConsentAct(BaseModel):
    model_config = ConfigDict(extra="forbid")
    author: str = Field(max_length=300)
    action: ConsentAction
    reason: str = Field("", max_length=500, description="needed to lift")


class ConsentOut(BaseModel):
    author: str
    name: str
    may_read: bool
    is_confirmed: bool
    proof: str
    said_at: datetime


class NoteOut(BaseModel):
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class ReportOut(BaseModel):
    id: str
    key: str
    at_s: float | None
    text: str
    member_id: str
    made_at: datetime


class WebhookIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str = Field(min_length=1, max_length=2000)


class WebhookOut(BaseModel):
    id: str
    url: str
    secret: str = Field(description="what signatures are made with (Standard Webhooks)")
    deliveries: dict[str, int] = Field(description="by state")
    last_error: str | None


@router.get("/entries", responses=may_fail(*_NOT_MINE), **NEEDS_TOKEN)
def read_entries(
    request: Request, operator: Operator, state: EntryState = "held", cursor: Cursor = None, limit: Limit = 50
) -> wire.QueueOut:
    """Entries in one state, the reason with each."""
    at = service(request)
    with at.store.begin() as session:
        found, following = lineup.page(session, None, cursor, limit, state)
        standings = [s for e in found for s in board.stand(session, at.settings, (e,), None, at.now())]
        count = lineup.count(session, state)
    shown = [wire.entry_out(standing, at.settings.public_url) for standing in standings]
    return wire.QueueOut(entries=shown, next=following, waiting=count)


@router.post("/entries/{key}", responses=may_fail(*_NOT_MINE, 409), **_DONE)
def act_on_entry(request: Request, operator: Operator, key: str, act: EntryAct) -> None:
    """Approve, hold, remove, reorder, merge, unmerge, retry, cancel, speak first, or withdraw for good."""
    at, found = service(request), parse_key(key)
    into = parse_key(act.into) if act.into else None
    with at.store.begin() as session:
        moderate.act_on_entry(session, operator, found, act.action, act.reason, at.now(), place=act.place, into=into)


@router.post("/work", responses=may_fail(*_NOT_MINE), **_DONE)
def steer(request: Request, operator: Operator, act: WorkAct) -> None:
    """Have no further post taken, or go on."""
    at = service(request)
    with at.store.begin() as session:
        moderate.act_on_work(session, operator, act.action, act.reason, at.now())


@router.post("/members/{member_id}", responses=may_fail(*_NOT_MINE), **_DONE)
def act_on_member(request: Request, operator: Operator, member_id: str, act: MemberAct) -> None:
    """Ban, let back in, stop counting votes, count them again."""
    at = service(request)
    with at.store.begin() as session:
        moderate.act_on_member(session, operator, member_id, act.action, act.reason, at.now())


@router.get("/consents", responses=may_fail(*_NOT_MINE), **NEEDS_TOKEN)
def read_consents(request: Request, operator: Operator) -> list[ConsentOut]:
    """What authors said, those to be confirmed first."""
    with service(request).store.begin() as session:
        said = consents.list_consents(session)
    names = ConsentOut.model_fields
    return [ConsentOut(**{name: getattr(consent, name) for name in names}) for consent in said]


@router.post("/consents", responses=may_fail(*_NOT_MINE), **_DONE)
def act_on_consent(request: Request, operator: Operator, act: ConsentAct) -> None:
    """Confirm what an author said (an objection then takes down what was read), or lift it."""
    at = service(request)
    with at.store.begin() as session:
        moderate.act_on_consent(session, at, operator, act.author, act.action, act.reason, at.now())


@router.get("/log", responses=may_fail(*_NOT_MINE), **NEEDS_TOKEN)
def read_log(
    request: Request,
    operator: Operator,
    subject: Annotated[str | None, Query(max_length=200)] = None,
    actor: Annotated[str | None, Query(max_length=40)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="id of the last note of the page before")] = None,
    limit: Limit = 50,
) -> list[NoteOut]:
    """Who did what to what, newest first."""
    with service(request).store.begin() as session:
        notes = list_notes(session, subject=subject, actor=actor, before_id=before, limit=limit)
    return [NoteOut(**{name: getattr(note, name) for name in NoteOut.model_fields}) for note in notes]


@router.get("/reports", responses=may_fail(*_NOT_MINE), **NEEDS_TOKEN)
def read_reports(request: Request, operator: Operator) -> list[ReportOut]:
    """What listeners say is wrong, oldest first."""
    with service(request).store.begin() as session:
        found = reports.list_open(session)
    return [
        ReportOut(
            id=r.id, key=str(r.key), at_s=None if r.at_ms is None else r.at_ms / 1000, text=r.text,
            member_id=r.member_id, made_at=r.made_at,
        )
        for r in found
    ]  # fmt: skip


@router.post("/reports/{report_id}/{to}", responses=may_fail(*_NOT_MINE), **_DONE)
def close_report(request: Request, operator: Operator, report_id: str, to: Literal["closed", "open"]) -> None:
    """A report was dealt with, or wasn't after all."""
    at = service(request)
    with at.store.begin() as session:
        reports.set_open(session, report_id, to == "open", operator.id, at.now())


@router.get("/webhooks", responses=may_fail(*_NOT_MINE), **NEEDS_TOKEN)
def read_webhooks(request: Request, operator: Operator) -> list[WebhookOut]:
    """The addresses that are told of what happens."""
    with service(request).store.begin() as session:
        return [_webhook(hook) for hook in webhooks.list_webhooks(session)]


@router.post("/webhooks", status_code=201, responses=may_fail(*_NOT_MINE), **NEEDS_TOKEN)
def add_webhook(request: Request, operator: Operator, wanted: WebhookIn) -> WebhookOut:
    """Tell this address of what happens from now on."""
    at = service(request)
    with at.store.begin() as session:
        made = webhooks.add(session, str(check_url(wanted.url)), operator.id, at.now())
        session.flush()
        return next(_webhook(hook) for hook in webhooks.list_webhooks(session) if hook.id == made)


@router.delete("/webhooks/{webhook_id}", responses=may_fail(*_NOT_MINE), **_DONE)
def remove_webhook(request: Request, operator: Operator, webhook_id: str) -> None:
    at = service(request)
    with at.store.begin() as session:
        webhooks.remove(session, webhook_id, operator.id, at.now())


@router.post("/retry/{what}", responses=may_fail(*_NOT_MINE), **_DONE)
def retry(request: Request, operator: Operator, what: Literal["mails", "hooks"]) -> None:
    """Send once more what couldn't be sent."""
    at = service(request)
    with at.store.begin() as session:
        (mails if what == "mails" else webhooks).retry_failed(session, at.now())
    if what == "mails":
        at.mailer.wake()


def _webhook(hook: webhooks.Webhook) -> WebhookOut:
    return WebhookOut(id=hook.id, url=hook.url, secret=hook.secret, deliveries=hook.counts, last_error=hook.last_error)
