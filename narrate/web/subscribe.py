"""/feeds: every feed there is, and one made to taste. /subscribe: into an app with any of them, by link or QR code."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from narrate.errors import UsageError
from narrate.settings import listed_at
from narrate.store.books import book_of, find_book
from narrate.store.channels import Feed, list_feeds
from narrate.store.sites import MAIN
from narrate.subscribing import qr_svg, ways
from narrate.taste import read_taste
from narrate.web.etags import tagged
from narrate.web.problems import problem
from narrate.web.rendering import show
from narrate.web.search import Known
from narrate.web.service import Service, service

router = APIRouter(include_in_schema=False)

#: Of a long group so many are shown at first: those with most episodes.
_FIRST_OF_A_GROUP = 24
#: The groups as the page heads them, in its order.
GROUPS = {
    "all": "Everything", "lane": "By lane", "karma": "By karma", "forum": "By forum", "review": "The annual Reviews",
    "sequence": "Sequences, in their order", "tag": "By tag", "author": "By author",
}  # fmt: skip
_MAX_ADDRESS = 1500


@router.api_route("/feeds", methods=["GET", "HEAD"])
def every(
    request: Request, q: Annotated[str, Query(max_length=200)] = "", group: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """All feeds, by what they are a choice of; `q` keeps those with these words in their title, `group` one group."""
    return _page(request, q, group)


@router.api_route("/feeds/taste", methods=["GET", "HEAD"])
def taste(request: Request) -> Response:
    """The form's choices -> the feed of them, in its one spelling."""
    chosen = [(name, value.strip()) for name, value in request.query_params.multi_items() if value.strip()]
    try:
        query = read_taste(chosen).query
    except UsageError as error:
        return _page(request, wrong=str(error), chosen=dict(chosen))
    address = f"/feeds/custom.xml?{query}" if query else "/feed.xml"
    return RedirectResponse(f"/subscribe?url={quote(address, safe='')}", 303)


def _page(
    request: Request, q: str = "", group: str = "", *, wrong: str = "", chosen: dict[str, str] | None = None
) -> Response:
    at = service(request)
    with at.store.begin() as session:
        feeds = [feed for feed in list_feeds(session, MAIN) if feed.n_episodes or feed.group == "all"]
    words = q.casefold().split()
    wanted = [
        feed
        for feed in feeds
        if (not group or feed.group == group) and all(word in feed.title.casefold() for word in words)
    ]
    is_whole = bool(q or group)
    groups = []
    for name, members in groupby(sorted(wanted, key=lambda f: list(GROUPS).index(f.group)), key=lambda f: f.group):
        those = list(members)
        shown = those if is_whole or name not in ("tag", "author") else _largest(those)
        groups.append((name, GROUPS[name], shown, len(those)))
    known: Known = request.app.state.known
    return show(
        request,
        "feeds.html",
        status=422 if wrong else 200,
        here="feeds",
        wrong=wrong,
        chosen=chosen or {},
        groups=groups,
        q=q,
        group=group if group in GROUPS else "",
        choices=known.facets(),
        settings=at.settings,
    )


@router.api_route("/subscribe", methods=["GET", "HEAD"])
def subscribe(
    request: Request,
    feed: Annotated[str, Query(max_length=200)] = "",
    url: Annotated[str, Query(max_length=_MAX_ADDRESS)] = "",
) -> Response:
    """The ways into an app for one feed of ours: by its name, or (one made to taste, a private one) by its address."""
    at = service(request)
    with at.store.begin() as session:
        address, title, description = _asked(session, at, feed, url)
        name = None if url else book_of(feed)
        book = find_book(session, name) if name else None
    is_private = "/feeds/private/" in address  # its secret is for an app, never for somebody's web server
    return show(
        request,
        "subscribe.html",
        here="feeds",
        address=address,
        title=title,
        description=description,
        ways=[way for way in ways(address, title) if not (is_private and way.href.startswith("https:"))],
        qr=f"/subscribe/qr.svg?url={quote(address, safe='')}" if qr_svg(address) else None,
        listed=listed_at(at.settings),
        book=book,
    )


@router.api_route("/subscribe/qr.svg", methods=["GET", "HEAD"])
def code(request: Request, url: Annotated[str, Query(max_length=_MAX_ADDRESS)]) -> Response:
    """The QR code of one of our addresses, as a picture."""
    drawn = qr_svg(_ours(service(request), url))
    if drawn is None:
        raise problem(422, "too-long", "Too long", "This address is too long for a QR code. Copy it instead.")
    answer = tagged(request, drawn, "image/svg+xml", private=True)
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


def _asked(session: Session, at: Service, name: str, url: str) -> tuple[str, str, str]:
    """(address, title, description) of the feed asked for. Raises 404 for one that there isn't."""
    title = at.settings.show_title
    if url:
        address = _ours(at, url)
        parts = urlsplit(address)
        if not parts.path.endswith("/custom.xml"):
            return address, title, ""
        listing = read_taste(parse_qsl(parts.query)).listing(())
        return address, f"{title}: {listing.title}", listing.description
    wanted = name or MAIN
    found = next((feed for feed in list_feeds(session, MAIN) if feed.name == wanted), None)
    if found is None and wanted != MAIN:
        raise problem(404, "not-found", "Not found", f"There is no feed {name!r}. All feeds are on /feeds.")
    path = found.path if found else "feed.xml"
    return f"{at.settings.public_url}/{path}", title_of(found, title), found.description if found else ""


def title_of(feed: Feed | None, show_title: str) -> str:
    return f"{show_title}: {feed.title}" if feed and feed.title else show_title


def _ours(at: Service, url: str) -> str:
    """An address of a feed on this site, made whole. Raises 422 for anybody else's."""
    public = urlsplit(at.settings.public_url)
    try:
        parts = urlsplit(url)
        if parts.netloc not in ("", public.netloc):
            raise ValueError("elsewhere")
        if not parts.path.startswith(("/feed.xml", "/feeds/", "/feeds.opml")):
            raise ValueError("no feed")
    except ValueError as error:
        raise problem(422, "not-ours", "Not ours", "Only feeds of this site can be shown here.") from error
    query = f"?{parts.query}" if parts.query else ""
    return f"{at.settings.public_url}{parts.path}{query}"


def _largest(feeds: list[Feed]) -> list[Feed]:
    """The feeds with most episodes, in the order they came."""
    most = sorted(feeds, key=lambda f: -f.n_episodes)[:_FIRST_OF_A_GROUP]
    return [feed for feed in feeds if feed in most]
