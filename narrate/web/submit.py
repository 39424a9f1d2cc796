"""/submit: an address in, a preview of the post, then into the queue. /go: to an episode, or here."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote as percent_encoded

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from narrate import finding
from narrate.errors import BudgetSpent, NarrateError
from narrate.store import lineup, votes
from narrate.store.episodes import load_episode
from narrate.store.lineup import Submitted
from narrate.store.members import Member
from narrate.web.places import place_in
from narrate.web.previews import Preview, look
from narrate.web.problems import of_error
from narrate.web.rendering import show
from narrate.web.security import Signed, current_member, limit
from narrate.web.service import Service, service

router = APIRouter(include_in_schema=False)

_MAX_ADDRESS = 2000
_MAX_QUOTE = 4000


@router.api_route("/submit", methods=["GET", "HEAD"])
def box(request: Request, url: Annotated[str, Query(max_length=_MAX_ADDRESS)] = "") -> Response:
    """The box; with an address in it, what would become of that post."""
    if not url.strip():
        return _page(request)
    limit(request, "previews", service(request).settings.limit_votes)
    try:
        return _page(request, url, preview=preview_of(service(request), url))
    except NarrateError as error:
        return _page(request, url, wrong=str(error), see=getattr(error, "url", None), status=of_error(error).status)


@router.post("/submit")
def send(request: Request, member: Signed, url: Annotated[str, Form(max_length=_MAX_ADDRESS)] = "") -> Response:
    """Submit it: the queue at its place, the episode if there is one, or why not."""
    at = service(request)
    try:
        submitted = submit(request, at, member, url)
    except BudgetSpent as error:
        return _page(request, url, wrong=str(error), status=422)
    except NarrateError as error:
        return _page(request, url, wrong=str(error), see=getattr(error, "url", None), status=of_error(error).status)
    entry = submitted.entry
    if has_episode(at, submitted):
        return RedirectResponse(f"/episodes/{entry.key}", 303)
    if entry.state == "waiting":
        return RedirectResponse(f"/submitted/{entry.key}?new={int(submitted.new)}", 303)
    status = {"held": 200, "taken": 200, "done": 200, "withdrawn": 410}.get(entry.state, 422)
    return _page(request, url, preview=preview_of(at, url), submitted=True, status=status)


@router.api_route("/submitted/{key}", methods=["GET", "HEAD"])
def submitted(request: Request, key: str, new: int = 0) -> Response:
    """Thank you, where it stands, and what happens now."""
    from narrate.web.board import stand
    from narrate.web.keys import parse_key

    at = service(request)
    member = current_member(request)
    with at.store.begin() as session:
        entry = lineup.find(session, parse_key(key))
        if entry is None or entry.state != "waiting":
            return RedirectResponse(f"/go?url={percent_encoded(key)}", 303)
        (standing,) = stand(session, at.settings, (entry,), member, at.now())
        budget = votes.budget(session, member.id, at.now()) if member else None
    return show(
        request, "submitted.html", here="submit", standing=standing, budget=budget, new=bool(new), settings=at.settings
    )


@router.api_route("/go", methods=["GET", "HEAD"])
def go(
    request: Request,
    url: Annotated[str, Query(max_length=_MAX_ADDRESS)] = "",
    quote: Annotated[str, Query(max_length=_MAX_QUOTE)] = "",
) -> Response:
    """From a post to its episode, where the quoted words are heard; to the box with the post in it if there is none."""
    at = service(request)
    if not url.strip():
        return RedirectResponse("/submit", 303)
    limit(request, "previews", at.settings.limit_votes)
    try:
        key = at.sources.resolve(url)
        with at.store.begin() as session:
            entry = lineup.find(session, key)
            target = entry.merged_into or key if entry else key
            if load_episode(session, target) is not None:
                return RedirectResponse(f"/episodes/{target.slug}.html{place_in(session, target, url, quote)}", 303)
    except NarrateError:
        pass  # the box says what is wrong with it
    return RedirectResponse(f"/submit?url={percent_encoded(url, safe='')}", 303)


def submit(request: Request, at: Service, member: Member, url: str) -> Submitted:
    """A member asks for the post at an address. Raises what `finding.submit` raises."""
    limit(request, "submissions", at.settings.limit_submissions)
    return finding.submit(at.sources, at.store, at.settings, url, member.id, at.now())


def preview_of(at: Service, url: str) -> Preview:
    """Ask the forum for a post and the queue about it. Raises UnknownAddress or a SourceError."""
    candidate, _ = finding.look_at(at.sources, url)
    with at.store.begin() as session:
        return look(session, candidate, at.settings, at.now())


def has_episode(at: Service, submitted: Submitted) -> bool:
    with at.store.begin() as session:
        return load_episode(session, submitted.entry.key) is not None


def _page(
    request: Request,
    url: str = "",
    *,
    preview: Preview | None = None,
    wrong: str = "",
    see: str | None = None,
    submitted: bool = False,
    status: int = 200,
) -> Response:
    at = service(request)
    return show(
        request,
        "submit.html",
        status=status,
        here="submit",
        url=url,
        preview=preview,
        wrong=wrong,
        see=see,
        submitted=submitted,
        settings=at.settings,
    )
