"""What went wrong -> an answer: problem JSON (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from narrate import errors, pages

#: Errors of ours -> HTTP status; the nearest class on the way up to NarrateError counts.
_STATUS: dict[type[errors.NarrateError], int] = {
    errors.UsageError: 422,
    errors.SourceError: 422,
    errors.PostMissing: 422,
    errors.ForumUnavailable: 503,
    errors.QueueError: 422,
    errors.NotInQueue: 404,
    errors.VoteClosed: 409,
    errors.PostWithdrawn: 410,
    errors.MemberError: 422,
    errors.LessWrongTaken: 409,
    errors.MailError: 503,
    errors.StoreBusy: 503,
    errors.StoreAway: 503,
    errors.DiskFull: 503,
    errors.NarrateError: 500,
}
#: What an error carries beside its message, shown as members of the problem.
_EXTRAS = ("points_left", "reason", "see", "url")


class Problem(Exception):
    """An answer that isn't what was asked for. Raise it, anywhere in a handler or a dependency."""

    def __init__(
        self, status: int, kind: str, title: str, detail: str, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.headers = headers or {}
        self.extra = extra


def problem(status: int, type: str, title: str, detail: str, **extra: Any) -> Problem:  # RFC 9457's word
    """`raise problem(409, "vote-closed", "Too late", "…")`. `type` names the reason: it becomes /problems/<type>."""
    return Problem(status, type, title, detail, **extra)


def of_error(error: errors.NarrateError) -> Problem:
    """An error of ours as an answer: its class names the reason, its message is the detail."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    extra = {name: value for name in _EXTRAS if (value := getattr(error, name, None)) is not None}
    return Problem(status, kind, HTTPStatus(status).phrase, str(error), **extra)


def answer(request: Request, found: Problem) -> Response:
    """The problem as whoever asked can read it."""
    headers = {"Cache-Control": "no-store", **found.headers}
    if wants_page(request):
        html = pages.render(
            "problem.html",
            root="/",
            show_title=request.app.state.service.settings.show_title,
            status=found.status,
            title=found.title,
            detail=found.detail,
            see=found.extra.get("see"),
            sign_in=found.status == 401,
            next=request.url.path if request.method in ("GET", "HEAD") else "",
        )
        return HTMLResponse(html, found.status, headers)
    body = {
        "type": f"/problems/{found.kind}",
        "title": found.title,
        "status": found.status,
        "detail": found.detail,
        **found.extra,
    }
    return JSONResponse(body, found.status, headers, media_type="application/problem+json")


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks: the API never answers with pages."""
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and not (path == "/api" or path.startswith("/api/"))


def install(app: FastAPI) -> None:
    """Let every error of the app end as a problem."""

    @app.exception_handler(Problem)
    def told(request: Request, error: Problem) -> Response:
        return answer(request, error)

    @app.exception_handler(errors.NarrateError)
    def ours(request: Request, error: errors.NarrateError) -> Response:
        return answer(request, of_error(error))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        kind = phrase.lower().replace(" ", "-").replace("'", "")
        headers = dict(error.headers or {})
        detail = _GENTLER.get(error.status_code, str(error.detail)) if error.detail == phrase else str(error.detail)
        return answer(request, Problem(error.status_code, kind, phrase, detail, headers))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [{"at": ".".join(map(str, e["loc"])), "message": str(e["msg"])} for e in error.errors()]
        unreadable = any(e["type"] == "json_invalid" for e in error.errors())
        status = 400 if unreadable else 422
        detail = "; ".join(f"{w['at']}: {w['message']}" for w in wrong)
        return answer(request, Problem(status, "invalid-request", "This can't be read", detail, errors=wrong))


#: Where HTTP's own phrase would be all there is to say.
_GENTLER = {
    404: "There is nothing at this address. It may have been typed wrongly, or what was here is gone.",
    405: "This address doesn't take requests of that kind.",
}
