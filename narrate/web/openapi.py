"""The app's routes -> OpenAPI with its problems and tokens described, and /api/docs, a page about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from narrate.web.rendering import show
from narrate.web.wire import Problem

#: For routes that act for a member.
NEEDS_TOKEN: dict[str, Any] = {"openapi_extra": {"security": [{"token": []}]}}
_ALWAYS = (400, 404, 413, 415, 422)
_REF = "#/components/schemas/"

router = APIRouter(include_in_schema=False)


def may_fail(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose answer may be one of these problems."""
    content = {"application/problem+json": {"schema": {"$ref": f"{_REF}Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*_ALWAYS, *statuses})
    }


def install(app: FastAPI) -> None:
    """Let the app describe itself: `app.openapi` as FastAPI makes it, with what it doesn't know of."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes, description=_ABOUT)
            parts = made.setdefault("components", {})
            schemas = parts.setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            parts["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer", "description": "A personal token from /account."}
            }
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


_ABOUT = (
    "Reading needs no account. To vote, submit or report, make a token on the account page and send it as "
    "`Authorization: Bearer TOKEN`. Errors are problem JSON (RFC 9457); their `type` names the reason. "
    "Lists have `next`, the cursor of the next page. Answers have an ETag."
)


@router.api_route("/api", methods=["GET", "HEAD"])
@router.api_route("/api/docs", methods=["GET", "HEAD"])
def docs(request: Request) -> Response:
    """Every operation with its parameters, body and answers: no script, no other host."""
    schema = request.app.openapi()
    operations = [
        {"path": path, "method": method, **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/")
    ]
    tags = list(dict.fromkeys(tag for operation in operations for tag in operation.get("tags", ["other"])))
    return show(
        request,
        "api.html",
        operations=operations,
        tags=tags,
        schemas=schema["components"]["schemas"],
        about=schema["info"]["description"],
        reason=lambda status: HTTPStatus(int(status)).phrase,
    )
