"""/oembed: how other sites show an episode when somebody posts its address there (oembed.com, discovery by <link>)."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Query, Request, Response

from narrate import pages
from narrate.records import PostKey
from narrate.store.episodes import load_episode
from narrate.web.etags import tagged
from narrate.web.keys import check_not_withdrawn
from narrate.web.problems import problem
from narrate.web.service import Service, service

router = APIRouter(include_in_schema=False)

_PLACES = ("episodes", "embed")
_MAX_AGE_S = 3600
Pixels = Annotated[int | None, Query(ge=1, le=10_000)]


@router.api_route("/oembed", methods=["GET", "HEAD"])
def oembed(
    request: Request,
    url: Annotated[str, Query(max_length=2000)] = "",
    format: str = "json",
    maxwidth: Pixels = None,
    maxheight: Pixels = None,
) -> Response:
    """The frame for an episode's address: 404 for what is none, 410 for what was withdrawn, 501 for XML."""
    if format != "json":
        raise problem(501, "only-json", "Only JSON", "Answers here are JSON. Ask with format=json.")
    at = service(request)
    key = _key(at, url)
    with at.store.begin() as session:
        check_not_withdrawn(session, key)
        episode = load_episode(session, key)
    if episode is None:
        raise problem(404, "not-found", "Not found", "There is no episode at this address.")
    answer = pages.oembed(
        episode,
        base_url=at.settings.public_url,
        show_title=at.settings.show_title,
        max_width_px=maxwidth,
        max_height_px=maxheight,
    )
    body = json.dumps(answer, ensure_ascii=False).encode()
    response = tagged(request, body, "application/json; charset=utf-8", max_age_s=_MAX_AGE_S)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _key(at: Service, url: str) -> PostKey:
    """The episode whose page, or player, has this address on our site. Raises 404."""
    ours = urlsplit(at.settings.public_url)
    try:
        parts = urlsplit(url)
        kind, _, name = unquote(parts.path).removeprefix(ours.path).strip("/").partition("/")
        if parts.netloc != ours.netloc or kind not in _PLACES:
            raise ValueError("elsewhere")
        name = name.removesuffix(".html")
        return PostKey.parse(name if ":" in name else name.replace("-", ":", 1))
    except ValueError as error:
        raise problem(
            404, "not-found", "Not found", f"Give the address of an episode here: {at.settings.public_url}/episodes/…"
        ) from error
