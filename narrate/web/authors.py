"""/authors/<slug>: an author's episodes, and the form with which an author objects, or agrees, to being read."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from narrate import finding
from narrate.choose import author_id
from narrate.errors import ForumUnavailable, NarrateError
from narrate.records import Author
from narrate.store import consents, listings
from narrate.store.consents import Consent
from narrate.web.problems import Problem, of_error, problem
from narrate.web.rendering import show
from narrate.web.security import limit
from narrate.web.service import Service, service

router = APIRouter(include_in_schema=False)

_PAGE = 50
_MAX_TEXT = 4000
#: What can be an author's slug (records.Author.slug).
_SLUG = re.compile(r"(?:[a-z0-9.-]+:)?[\w.-]{1,200}\Z")


@router.api_route("/authors", methods=["GET", "HEAD"])
def find(request: Request, url: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """The way to an author's page by any post of theirs."""
    if not url.strip():
        return show(request, "authors.html", url="", wrong="", found=())
    limit(request, "previews", service(request).settings.limit_votes)
    try:
        candidate, _ = finding.look_at(service(request).sources, url)
    except NarrateError as error:
        return show(request, "authors.html", status=of_error(error).status, url=url, wrong=str(error), found=())
    found = [author for author in candidate.authors if author.slug]
    if len(found) == 1:
        return RedirectResponse(f"/authors/{found[0].slug}", 303)
    wrong = "" if found else "The forum doesn’t say who wrote this post."
    return show(request, "authors.html", url=url, wrong=wrong, found=found)


@router.api_route("/authors/{slug}", methods=["GET", "HEAD"])
def author(
    request: Request, slug: str, cursor: Annotated[str | None, Query(max_length=400)] = None, said: str = ""
) -> Response:
    return _page(request, slug, cursor=cursor, said=said in ("no", "yes"))


@router.post("/authors/{slug}/consent")
def consent(
    request: Request,
    slug: str,
    url: Annotated[str, Form(max_length=2000)] = "",
    proof: Annotated[str, Form(max_length=_MAX_TEXT)] = "",
    may_read: Annotated[bool, Form()] = False,
) -> Response:
    """Don't narrate my posts (or do). Nobody has to sign in for it."""
    try:
        say(request, slug, url, proof, may_read=may_read)
    except NarrateError as error:
        return _page(request, slug, wrong=str(error), url=url, proof=proof, status=of_error(error).status)
    except Problem as error:
        if error.status != 422:
            raise
        return _page(request, slug, wrong=error.detail, url=url, proof=proof, status=422)
    return RedirectResponse(f"/authors/{slug}?said={'yes' if may_read else 'no'}", 303)


def say(request: Request, slug: str, url: str, proof: str, *, may_read: bool) -> Consent:
    """Record what an author says, and act on it at once: what waits of theirs is kept back, or let go.

    Raises 422 when the post isn't theirs, 429, UnknownAddress or a SourceError.
    """
    at = service(request)
    limit(request, "consents", at.settings.limit_reports)
    who = _author_of(at, slug, url)
    with at.store.begin() as session:
        said = consents.say(session, who, may_read=may_read, proof=" ".join(proof.split()), at=at.now())
        apply(session, who, at)
    return said


def apply(session: Session, who: Author, at: Service) -> None:
    """Bring what waits of an author in line with what they said."""
    _, queued = listings.keys_by(session, who)
    consents.apply(session, queued, at.settings.consent)


def known(session: Session, slug: str) -> Author:
    """The author at this address. Raises 404."""
    found = listings.find_author(session, slug) if _SLUG.match(slug) else None
    if found is None:
        raise problem(404, "not-found", "Not found", "We know of no author with this address.")
    return found


def _author_of(at: Service, slug: str, url: str) -> Author:
    """Whose page this is, by a post of theirs; when the forum doesn't answer, by what we know already."""
    try:
        candidate, _ = finding.look_at(at.sources, url)
    except ForumUnavailable:
        with at.store.begin() as session:
            found = listings.find_author(session, slug)
        if found is None:
            raise
        return found
    mine = next((author for author in candidate.authors if author.slug == slug), None)
    if mine is None:
        raise problem(
            422, "not-their-post", "Not their post", "That post isn’t by this author. Give the address of one that is."
        )
    return mine


def _who_spoke(session: Session, slug: str) -> Author | None:
    """The author with this address among those who said something, though nothing of theirs is here."""
    spoke = (Author(name=said.name, url=said.author) for said in consents.list_consents(session))
    return next((author for author in spoke if author.slug == slug), None)


def _page(
    request: Request,
    slug: str,
    *,
    cursor: str | None = None,
    said: bool = False,
    wrong: str = "",
    url: str = "",
    proof: str = "",
    status: int = 200,
) -> Response:
    """The page. An author we don't know yet has one too, so that they can object before anything is read."""
    if not _SLUG.match(slug):
        raise problem(404, "not-found", "Not found", "There is no author at this address.")
    at = service(request)
    with at.store.begin() as session:
        who = listings.find_author(session, slug) or _who_spoke(session, slug)
        episodes, following = listings.ready_episodes(session, cursor, _PAGE, slug)
        stands = consents.find(session, author_id(who)) if who else None
    return show(
        request,
        "author.html",
        status=status,
        slug=slug,
        author=who or Author(name=slug.rpartition(":")[2]),
        episodes=episodes,
        following=following,
        stands=stands,
        said=said,
        wrong=wrong,
        url=url,
        proof=proof,
        consent=at.settings.consent,
    )
