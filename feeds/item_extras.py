"""What an item may have beyond the usual -> the attributes of its podcast: tags. Pure.

Rules: podcast-namespace `tags/soundbite.md`, `alternate-enclosure.md`, `integrity.md`; W3C Subresource Integrity.
"""

from __future__ import annotations

import re
from base64 import b64encode

from feeds.records import AlternateAudio, FeedError, Soundbite
from feeds.text import ascii_url

#: A soundbite is 15 to 120 s long; players cut or refuse others.
SOUNDBITE_MS = (15_000, 120_000)


def soundbite_attributes(bite: Soundbite, duration_s: int, named: str) -> dict[str, str]:
    """startTime and duration in seconds. FeedError unless players take it and it begins within the audio."""
    least_ms, most_ms = SOUNDBITE_MS
    if not (least_ms <= bite.duration_ms <= most_ms and 0 <= bite.start_ms < duration_s * 1000):
        raise FeedError(
            f"{named} has a soundbite of {bite.duration_ms} ms from {bite.start_ms} ms on; apps play 15 to 120 s "
            "within the audio. Choose another stretch."
        )
    return {"startTime": f"{bite.start_ms / 1000:.3f}", "duration": f"{bite.duration_ms / 1000:.3f}"}


def alternate_attributes(audio: AlternateAudio, named: str) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The attributes of podcast:alternateEnclosure, of its podcast:source and of its podcast:integrity."""
    url = ascii_url(audio.url, f"The other audio of {named}")
    if audio.n_bytes <= 0 or not re.fullmatch("[0-9a-f]{64}", audio.sha256):
        raise FeedError(f"The other audio of {named}, {url}, is empty or has no SHA-256 digest. Make it again.")
    enclosure = {
        "type": audio.mime,
        "length": str(audio.n_bytes),
        "bitrate": str(audio.bitrate_bps),
        "title": audio.title,
        "codecs": audio.codecs,
    }
    digest = b64encode(bytes.fromhex(audio.sha256)).decode()
    return enclosure, {"uri": url, "contentType": audio.mime}, {"type": "sri", "value": f"sha256-{digest}"}


def counted(number: int, what: str) -> int:
    """A season's or an episode's number, if apps can take it."""
    if number < 1:
        raise FeedError(f"{what} is {number}, and apps count from 1. Number them anew.")
    return number
