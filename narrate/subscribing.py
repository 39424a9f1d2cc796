"""A feed's address -> the ways into podcast apps: links that open them, a QR code, and what works where. Pure.

The links are each app's own (AntennaPod, Pocket Casts: read in their source; the others: as their makers say). None may
be the only way: without the app a link leads nowhere, so the plain address always stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import segno

#: What a QR code takes without getting too fine to be scanned from a screen.
_MAX_QR_CHARS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A podcast app, and what of ours it shows. `runs_on` says where; empty `link` for those that take no address."""

    name: str
    runs_on: str
    link: str  # with {address}, {host_path}, and {url} and {title} percent-encoded, to be filled in
    secure_link: str = ""  # for https feeds, where that is another one
    chapters: str = "yes"
    transcript: str = "no"


#: As of October 2026; apps change.
APPS = (
    App(name="Apple Podcasts", runs_on="iPhone, iPad, Mac", link="podcast://{host_path}", transcript="yes"),
    App(
        name="Pocket Casts",
        runs_on="iPhone, Android, web",
        link="pktc://subscribe/{host_path}",
        secure_link="pktc://subscribehttps/{host_path}",
        transcript="yes",
    ),
    App(name="Overcast", runs_on="iPhone", link="overcast://x-callback-url/add?url={url}", transcript="its own"),
    App(
        name="AntennaPod",
        runs_on="Android",
        link="https://antennapod.org/deeplink/subscribe/?url={url}&title={title}",
        transcript="yes",
    ),
    App(name="Podcast Addict", runs_on="Android", link="podcastaddict://{host_path}", transcript="yes"),
    App(name="Castro", runs_on="iPhone", link="castros://subscribe/{host_path}"),
    App(name="gPodder", runs_on="Linux, Windows, Mac", link="feed:{address}"),
    App(name="Spotify", runs_on="everywhere", link="", chapters="from the notes", transcript="its own"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One app with the address that subscribes in it, "" where it takes none."""

    app: App
    href: str


def ways(feed_url: str, title: str) -> tuple[Way, ...]:
    """Every app, for one feed."""
    scheme, _, host_path = feed_url.partition("://")
    filled = {
        "host_path": host_path,
        "url": quote(feed_url, safe=""),
        "address": feed_url,
        "title": quote(title, safe=""),
    }
    return tuple(
        Way(app=app, href=((scheme == "https" and app.secure_link) or app.link).format(**filled)) for app in APPS
    )


def qr_svg(text: str) -> bytes | None:
    """A QR code (ISO/IEC 18004, error correction M) as an SVG file, black on white; None for too long a text."""
    if len(text) > _MAX_QR_CHARS:
        return None
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff")
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()
