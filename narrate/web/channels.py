"""Feeds made for whoever asks: by taste (`/feeds/custom.xml?…`) and a member's own (`/feeds/private/<secret>.xml`).

They are put together from the items that published feeds share, and are nobody's business but the asker's: no
directory, no search engine, no log.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from narrate.channels import Listing, Shelved, parted, ready_order
from narrate.errors import UsageError
from narrate.items import Channel, digest_of, feed_of, own_channel, show_channel
from narrate.store import Store, listings, members
from narrate.store.channels import changed_at
from narrate.store.shelf import read_items, read_shelf
from narrate.store.sites import MAIN, find_site
from narrate.taste import read_taste
from narrate.web.etags import answered
from narrate.web.problems import problem
from narrate.web.security import limit
from narrate.web.service import Service, service

router = APIRouter(include_in_schema=False)

#: Makes a private feed's guid from its secret, without giving the secret away.
_NAMESPACE = uuid.UUID("5f7e3a52-6d0c-5b1e-9a43-2c1d8e6f0b77")
_MEMORY_S = 60.0  # karma and tags change without any feed being published
_MAX_KEPT_BYTES = 64 * 1024 * 1024
_MAX_QUERY_CHARS = 2000


@router.api_route("/feeds/custom.xml", methods=["GET", "HEAD"])
def custom(request: Request) -> Response:
    """A feed by taste. Nonsense is answered with what is allowed; whoever asks too often is told to wait."""
    if len(request.url.query) > _MAX_QUERY_CHARS:
        raise UsageError(f"This is a long wish; {_MAX_QUERY_CHARS} characters are enough for a feed.")
    taste = read_taste(request.query_params.multi_items())
    at = service(request)
    limit(request, "feeds", at.settings.limit_feeds)
    kept: Kept = request.app.state.kept_feeds
    listing = taste.listing(kept.shelf(at))
    path = f"feeds/custom.xml?{taste.query}".rstrip("?")
    return _answer(request, _own(at, listing, taste.podcast_guid, path), listing, taste.edition)


@router.api_route("/feeds/private/{token}.xml", methods=["GET", "HEAD"])
def private_feed(request: Request, token: str) -> Response:
    """What one member asked or voted for, as a podcast of their own. Whoever has the address can listen."""
    at = service(request)
    kept: Kept = request.app.state.kept_feeds
    with at.store.begin() as session:
        member = members.find_by_feed_token(session, token)
        if member is None:
            raise problem(404, "not-found", "Not found", "There is no feed at this address. It may have been renewed.")
        wanted = {str(key) for key in listings.keys_for(session, member.id)}
    listing = Listing(
        name="private",
        title="yours",
        description="What you submitted or voted for, as soon as it can be heard.",
        group="all",
        placed=ready_order(e for e in kept.shelf(at) if e.key in wanted),
    )
    path = f"feeds/private/{token}.xml"
    return _answer(request, _own(at, listing, str(uuid.uuid5(_NAMESPACE, token)), path), listing)


class Kept:
    """What there is to choose from, and the feeds that were asked for lately, as long as no feed has changed."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._shelf: Sequence[Shelved] = ()
        self._read_at_s = float("-inf")
        self._changed_at: datetime | None = None
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def shelf(self, at: Service) -> Sequence[Shelved]:
        """Every episode of the service's site, as known a moment ago."""
        with self._lock:
            with self._store.begin() as session:
                changed = changed_at(session, MAIN)
                if changed != self._changed_at or self._clock() - self._read_at_s > _MEMORY_S:
                    self._shelf = read_shelf(session, MAIN, at.now(), at.settings)
                    self._changed_at, self._read_at_s = changed, self._clock()
            return self._shelf

    def body(self, digest: str, make: Callable[[], bytes]) -> bytes:
        """The feed with this digest, made only when it isn't kept."""
        with self._lock:
            if digest in self._bodies:
                self._bodies.move_to_end(digest)
                return self._bodies[digest]
        body = make()
        with self._lock:
            self._bodies[digest] = body
            while len(self._bodies) > 1 and sum(map(len, self._bodies.values())) > _MAX_KEPT_BYTES:
                self._bodies.popitem(last=False)
        return body


def _own(at: Service, listing: Listing, podcast_guid: str, path: str) -> Channel:
    with at.store.begin() as session:
        site = find_site(session, MAIN)
    show = show_channel(at.settings, site.base_url if site else at.settings.public_url, "", is_service=True)
    own = own_channel(show, listing, podcast_guid)
    return replace(own, feed_path=path, is_private=True, has_moved=False, texts=(), hub_url=None, uses_podping=False)


def _answer(request: Request, channel: Channel, listing: Listing, edition: str = "") -> Response:
    """The feed, its newest episodes only; 304 for who has it already."""
    at = service(request)
    kept: Kept = request.app.state.kept_feeds
    placed = parted(listing)[0]
    digest = digest_of(channel, placed) if not edition else f"{edition}{digest_of(channel, placed)}"

    def make() -> bytes:
        with at.store.begin() as session:
            wanted = [(one.key, name) for one in placed for name in {"", edition}]
            found = read_items(session, MAIN, wanted)
        items = {key: found.get((key, edition), item) for (key, name), item in found.items() if not name}
        return feed_of(channel, [one for one in placed if one.key in items], items)

    return answered(
        request,
        f'W/"{digest[:40]}"',
        lambda: kept.body(digest, make),
        "application/rss+xml; charset=utf-8",
        {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"},
    )
