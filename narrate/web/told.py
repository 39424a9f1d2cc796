"""The way out of our mails with one click (RFC 8058)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from narrate.notify import may_unsubscribe
from narrate.store import members
from narrate.web.problems import problem
from narrate.web.rendering import show
from narrate.web.service import service

router = APIRouter(include_in_schema=False)


@router.api_route("/unsubscribe/{code}", methods=["GET", "HEAD"])
def look(request: Request, code: str) -> Response:
    """What the mail links to. Looking changes nothing: mail scanners look at everything."""
    _member_of(request, code)
    return show(request, "unsubscribe.html", code=code, done=False)


@router.post("/unsubscribe/{code}")
def unsubscribe(request: Request, code: str) -> Response:
    """No more mail for this member. Mail programs send this by themselves, without a cookie, when asked to."""
    at = service(request)
    with at.store.begin() as session:
        members.set_notify(session, _member_of(request, code), "never")
    return show(request, "unsubscribe.html", code=code, done=True)


def _member_of(request: Request, code: str) -> str:
    member_id = may_unsubscribe(service(request).seals, code)
    if member_id is None:
        raise problem(404, "not-found", "Not found", "This link isn’t one of ours, or was cut on its way.")
    return member_id
