"""Being told: a member's private feed, and the way out of our mails with one click (RFC 8058)."""

from __future__ import annotations

import uuid
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

import feeds
from narrate.items import Channel, item_of, show_of
from narrate.notify import may_unsubscribe
from narrate.store import listings, members
from narrate.web.etags import tagged
from narrate.web.problems import problem
from narrate.web.rendering import show
from narrate.web.service import service

router = APIRouter(include_in_schema=False)

#: Makes a feed's guid from its secret, without giving the secret away.
_NAMESPACE = uuid.UUID("5f7e3a52-6d0c-5b1e-9a43-2c1d8e6f0b77")


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


@router.api_route("/feeds/private/{token}.xml", methods=["GET", "HEAD"])
def private_feed(request: Request, token: str) -> Response:
    """What one member asked or voted for, as a podcast of their own. Whoever has the address can listen."""
    at = service(request)
    with at.store.begin() as session:
        member = members.find_by_feed_token(session, token)
        if member is None:
            raise problem(404, "not-found", "Not found", "There is no feed at this address. It may have been renewed.")
        wanted = listings.episodes_for(session, member.id)
    settings = at.settings
    main = Channel(
        title=feeds.plain(settings.show_title),
        description=settings.show_description,
        author=feeds.plain(settings.show_author),
        base_url=settings.public_url,
        podcast_guid="",
    )
    own = replace(
        main,
        title=f"{main.title}: yours",
        description="What you submitted or voted for, as soon as it can be heard.",
        feed_path=f"feeds/private/{token}.xml",
        podcast_guid=str(uuid.uuid5(_NAMESPACE, token)),
        is_service=True,
        is_private=True,
    )
    items = [item_of(episode, own, episode.ready_at) for episode in wanted]
    body = feeds.render_feed(show_of(own, main.cover_path), items)
    answer = tagged(request, body, "application/rss+xml; charset=utf-8", private=True)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _member_of(request: Request, code: str) -> str:
    member_id = may_unsubscribe(service(request).seals, code)
    if member_id is None:
        raise problem(404, "not-found", "Not found", "This link isn’t one of ours, or was cut on its way.")
    return member_id
