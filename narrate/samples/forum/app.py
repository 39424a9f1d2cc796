"""ForumData and Faults -> a web application that speaks ForumMagnum's protocol."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, GraphQLSchema, execute_sync, get_operation_ast, parse, validate
from graphql.execution.values import get_variable_values
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from narrate.samples.forum import pages
from narrate.samples.forum.access import refusal_of_post
from narrate.samples.forum.data import ForumData
from narrate.samples.forum.faults import ANSWERS, Faults
from narrate.samples.forum.fields import Context
from narrate.samples.forum.schema import schema

_STALL_S = 60.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, for tests that ask who came, and when (seconds, monotonic)."""

    method: str
    path: str
    user_agent: str
    at: float
    body: str


@dataclass(slots=True)
class FakeForum:
    """What the application serves, and what it saw."""

    data: ForumData = field(default_factory=ForumData)
    faults: Faults = field(default_factory=Faults)
    seen: list[Seen] = field(default_factory=list)


class Broken(Response):
    """Half an answer: cut short where `declared` says so, else ended by hanging up."""

    def __init__(self, whole: Response, *, hang_up: bool) -> None:
        half = bytes(whole.body[: len(whole.body) // 2])
        super().__init__(half, whole.status_code, media_type="application/json")
        self._hang_up = hang_up
        if hang_up:
            self.headers["content-length"] = str(len(whole.body))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": self._hang_up})


def create_app(forum: FakeForum, *, control: bool = False) -> Starlette:
    """The application. With `control`, /_control lets whoever can reach it switch faults and change posts."""

    async def graphql(request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        _note(forum, request, body)
        faults = forum.faults.take()
        if (wrong := next((ANSWERS[name] for name in faults if name in ANSWERS), None)) is not None:
            return Response(wrong.body, wrong.status, dict(wrong.headers), wrong.content_type)
        if "stall" in faults:
            await _stall(request)
        answer = _graphql_answer(forum, request, body, faults)
        if "truncated" in faults or "hang_up" in faults:
            return Broken(answer, hang_up="hang_up" in faults)
        return answer

    async def robots(request: Request) -> Response:
        _note(forum, request, "")
        return PlainTextResponse(pages.robots(forum.data.rules))

    async def feed(request: Request) -> Response:
        _note(forum, request, "")
        xml = pages.feed(forum.data, dict(request.query_params))
        return Response(
            xml, media_type="application/rss+xml; charset=utf-8", headers={"cache-control": "public, max-age=600"}
        )

    async def page(request: Request) -> Response:
        _note(forum, request, "")
        post = forum.data.posts.get(request.path_params["post_id"])
        if post is None or refusal_of_post(post):
            return HTMLResponse("<!DOCTYPE html><html><body><h1>404</h1></body></html>", 404)
        return HTMLResponse(pages.post_page(post, forum.data))

    async def control_faults(request: Request) -> Response:
        wanted = await request.json()
        try:
            if "next" in wanted:
                forum.faults.next(wanted["next"], int(wanted.get("times", 1)))
            elif "always" in wanted:
                forum.faults.always(wanted["always"])
            else:
                forum.faults.clear()
        except ValueError as unknown:
            return JSONResponse({"error": str(unknown)}, 400)
        return JSONResponse({"ok": True})

    async def control_post(request: Request) -> Response:
        post_id, fields = request.path_params["post_id"], await request.json()
        if post_id not in forum.data.posts:
            forum.data.add_post({"_id": post_id, **fields})
        elif "html" in fields:
            forum.data.edit(post_id, fields["html"])
        else:
            forum.data.change(post_id, **fields)
        return JSONResponse({"ok": True})

    routes = [
        Route("/graphql", graphql, methods=["GET", "POST"]),
        Route("/robots.txt", robots),
        Route("/feed.xml", feed),
        Route("/posts/{post_id}", page),
        Route("/posts/{post_id}/{slug}", page),
        Route("/events/{post_id}/{slug}", page),
    ]
    if control:
        routes += [
            Route("/_control/faults", control_faults, methods=["POST"]),
            Route("/_control/posts/{post_id}", control_post, methods=["POST"]),
        ]
    return Starlette(routes=routes)


def _note(forum: FakeForum, request: Request, body: str) -> None:
    agent = request.headers.get("user-agent", "")
    forum.seen.append(Seen(request.method, request.url.path, agent, time.monotonic(), body))


async def _stall(request: Request) -> None:
    """Say nothing until the client gives up."""
    until = time.monotonic() + _STALL_S
    while time.monotonic() < until and not await request.is_disconnected():
        await asyncio.sleep(0.02)


def _graphql_answer(forum: FakeForum, request: Request, body: str, faults: frozenset[str]) -> Response:
    if request.method == "GET":
        asked: Any = {"query": request.query_params.get("query")}
        if "variables" in request.query_params:
            asked["variables"] = json.loads(request.query_params["variables"])
    else:
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
    context = Context(forum.data, faults)
    used = schema(legacy_only=forum.data.rules.legacy_only)
    if isinstance(asked, list):
        return JSONResponse([_answer(used, one, context)[1] for one in asked])
    status, answer = _answer(used, asked, context)
    return JSONResponse(answer, status)


def _answer(used: GraphQLSchema, asked: Any, context: Context) -> tuple[int, dict[str, Any]]:
    """(HTTP status, JSON) of one operation: 400 when it can't be run, 200 when it ran, errors of resolvers included."""
    if not isinstance(asked, Mapping) or not isinstance(asked.get("query"), str):
        return _refused(400, "BAD_REQUEST", [GraphQLError("POST body missing, or it has no query.")])
    try:
        document = parse(asked["query"])
    except GraphQLError as broken:
        return _refused(400, "GRAPHQL_PARSE_FAILED", [broken])
    if invalid := validate(used, document):
        return _refused(400, "GRAPHQL_VALIDATION_FAILED", invalid)
    operation = get_operation_ast(document, asked.get("operationName"))
    if operation is None:
        return _refused(400, "OPERATION_RESOLUTION_FAILURE", [GraphQLError("Unknown operation named.")])
    variables = asked.get("variables") or {}
    coerced = get_variable_values(used, list(operation.variable_definitions or ()), variables)
    if isinstance(coerced, list):
        return _refused(400, "BAD_USER_INPUT", coerced)
    result = execute_sync(
        used, document, context_value=context, variable_values=variables, operation_name=asked.get("operationName")
    )
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [_formatted(error, "INTERNAL_SERVER_ERROR") for error in result.errors]
    return 200, answer


def _refused(status: int, code: str, errors: list[GraphQLError]) -> tuple[int, dict[str, Any]]:
    return status, {"errors": [_formatted(error, code) for error in errors]}


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error as Apollo writes it, double quotes around names included."""
    formatted: dict[str, Any] = dict(error.formatted)
    formatted["message"] = error.message.replace("'", '"') if code == "GRAPHQL_VALIDATION_FAILED" else error.message
    formatted["extensions"] = {"code": code, "stacktrace": [f"Error: {error.message}"]}
    return formatted
