"""Who is told that a feed changed, where the operator wants that: a WebSub hub, podping.cloud.

W3C WebSub leaves to hubs how they are told; all take the form of PubSubHubbub 0.4. podping.cloud:
github.com/Podcastindex-org/podping.cloud. It is a courtesy that saves polling: what doesn't get through is not repeated
but with the feed's next change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

import httpx

from narrate.errors import UnsafeAddress
from narrate.guarded import GuardedClient
from narrate.settings import Settings
from narrate.store import Store
from narrate.store.channels import hubs_told, untold_feeds
from narrate.store.sites import MAIN, find_site

_PODPING = "https://podping.cloud/"
_FEEDS_A_ROUND = 20
#: A feed that changed longer ago is known by now: nobody is told of a whole library when a hub is first set.
_NEWS = timedelta(days=1)


def tell_hubs(store: Store, settings: Settings, client: GuardedClient, now: datetime) -> tuple[int, list[str]]:
    """(how many feeds the hubs were told of, what went wrong). Each change of a feed is told once."""
    if settings.websub_hub is None and settings.podping_token is None:
        return 0, []
    with store.begin() as session:
        site = find_site(session, MAIN)
        due = untold_feeds(session, MAIN, _FEEDS_A_ROUND)
        for feed in due:  # first the note: a hub that is down isn't asked again and again
            hubs_told(session, MAIN, feed)
    failed = []
    for feed in due:
        if site is None or now - feed.changed_at > _NEWS:
            continue
        for method, url, body, headers in _requests(settings, f"{site.base_url}/{feed.path}"):
            try:
                answer = client.request(method, url, content=body, headers=headers)
                if not 200 <= answer.status < 300:
                    failed.append(f"{url.partition('?')[0]} answered {answer.status} for {feed.path}")
            except (UnsafeAddress, httpx.HTTPError) as error:
                failed.append(f"{url.partition('?')[0]} for {feed.path}: {error or type(error).__name__}")
    return len(due), failed


def _requests(settings: Settings, feed_url: str) -> Iterator[tuple[str, str, bytes | None, dict[str, str]]]:
    """(method, URL, body, headers) of what is sent about one feed."""
    if settings.websub_hub is not None:
        form = urlencode({"hub.mode": "publish", "hub.topic": feed_url, "hub.url": feed_url}).encode()
        yield "POST", settings.websub_hub, form, {"Content-Type": "application/x-www-form-urlencoded"}
    if settings.podping_token is not None:
        query = urlencode({"url": feed_url, "reason": "update", "medium": "podcast"})
        yield "GET", f"{_PODPING}?{query}", None, {"Authorization": settings.podping_token.get_secret_value()}
