"""/search: episodes by what is said in them, by author, tag, year, length. /random; /next: what to hear after one."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from narrate.errors import UsageError
from narrate.store import Store
from narrate.store.episodes import load_episode
from narrate.store.listings import episode_after
from narrate.store.search import Facets, Hit, Wanted, any_episode, facets, find
from narrate.store.words import MAX_QUERY_CHARS, parse_words
from narrate.web.keys import parse_key
from narrate.web.rendering import show
from narrate.web.service import service

router = APIRouter(include_in_schema=False)

PAGE = 20
#: Least and most minutes of audio.
Length = Literal["", "short", "medium", "long"]
LENGTHS: dict[Length, tuple[int | None, int | None]] = {
    "": (None, None), "short": (None, 15), "medium": (15, 45), "long": (45, None),
}  # fmt: skip
_N_TAGS = 40
_MEMORY_S = 60.0

Text = Annotated[str, Query(max_length=MAX_QUERY_CHARS)]
Year = Annotated[str, Query(pattern=r"^([12]\d{3})?$")]  # a form sends an empty one
Page = Annotated[int, Query(ge=1, le=200)]


@router.api_route("/search", methods=["GET", "HEAD"])
def search(
    request: Request,
    q: Text = "",
    author: Text = "",
    tag: Text = "",
    site: Text = "",
    year: Year = "",
    length: Length = "",
    page: Page = 1,
) -> Response:
    """A page of what was found; without anything to look for, everything from the newest."""
    at = service(request)
    known: Known = request.app.state.known
    chosen = {"q": q.strip(), "author": author, "tag": tag, "site": site, "year": year, "length": length}
    wrong, more = "", False
    hits: Sequence[Hit] = ()
    try:
        wanted = wanted_of(q, author, tag, site, int(year) if year else None, length)
        with at.store.begin() as session:
            hits, more = find(session, wanted, page, PAGE)
    except UsageError as error:
        wrong = str(error)
    choices = known.facets()
    return show(
        request,
        "search.html",
        status=422 if wrong else 200,
        here="search",
        chosen=chosen,
        hits=hits,
        page=page,
        more=more,
        wrong=wrong,
        tags=choices.tags[:_N_TAGS],
        years=choices.years,
        sites=choices.sites,
    )


@router.api_route("/random", methods=["GET", "HEAD"])
def chance(request: Request) -> Response:
    """Any episode."""
    with service(request).store.begin() as session:
        key = any_episode(session, random.random())  # noqa: S311
    return RedirectResponse(f"/episodes/{key}" if key else "/search", 303, {"Cache-Control": "no-store"})


@router.api_route("/next", methods=["GET", "HEAD"])
def up_next(request: Request, after: Text) -> Response:
    """What to hear after an episode: the sequence goes on, else the same author, else what came before it."""
    key = parse_key(after)
    with service(request).store.begin() as session:
        episode = load_episode(session, key)
        following = episode_after(session, episode) if episode else None
    return RedirectResponse(f"/episodes/{following}" if following else "/search", 303, {"Cache-Control": "no-store"})


def wanted_of(q: str, author: str, tag: str, site: str, year: int | None, length: Length) -> Wanted:
    """Raises UsageError for words that can't be looked for."""
    least, most = LENGTHS[length]
    return Wanted(
        words=parse_words(q), author=author, tag=tag, year=year, site=site, min_minutes=least, max_minutes=most
    )


class Known:
    """What can be chosen from, as known a minute ago: every visitor sees it, and it hardly changes."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._facets: Facets | None = None
        self._read_at_s = float("-inf")

    def facets(self) -> Facets:
        with self._lock:
            if self._facets is None or self._clock() - self._read_at_s > _MEMORY_S:
                with self._store.begin() as session:
                    self._facets = facets(session)
                self._read_at_s = self._clock()
            return self._facets
