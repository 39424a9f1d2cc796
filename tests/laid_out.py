"""Scripts of small posts and recordings laid out for them without a voice: a word takes 0.4 s."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from narrate.audio.assemble import assemble
from narrate.audio.perform import Performance
from narrate.audio.sounds import Recording
from narrate.records import Author, Post, PostKey, Script
from narrate.script import ScriptOptions, write

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
RATE_HZ = 16_000
#: So long a word takes, in seconds.
WORD_S = 0.4


def post_of(html: str = "<p>Words.</p>", **more: Any) -> Post:
    """A post on LessWrong whose only interesting part is its html, unless told otherwise."""
    fields: dict[str, Any] = {
        "key": PostKey("lesswrong", "abc"),
        "url": "https://www.lesswrong.com/posts/abc/a-post",
        "site": "LessWrong",
        "title": "A post",
        "authors": (Author(name="Ana"),),
        "posted_at": NOON,
        "html": html,
        "revision": "1.0.0",
        "fetched_at": NOON,
    }
    return Post(**{**fields, **more})


def script_of(html: str, options: ScriptOptions | None = None, **more: Any) -> Script:
    """The script of such a post, footnotes in mid-text as the service reads them."""
    return write(post_of(html, **more), options or ScriptOptions(footnotes="inline"))


def performance_of(script: Script) -> Performance:
    """Takes of the right length, named by their text, that nobody spoke."""
    return Performance(
        take_keys={u.id: u.spoken for u in script.utterances},
        n_samples={u.spoken: round(WORD_S * RATE_HZ * len(u.spoken.split())) for u in script.utterances},
        rate_hz=RATE_HZ,
        n_spoken=len(script.utterances),
        n_cached=0,
    )


def recording_of(script: Script) -> Recording:
    return assemble(script, performance_of(script), RATE_HZ)
