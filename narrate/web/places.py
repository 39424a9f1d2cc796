"""A place in a post, by quoted words or by its address's fragment -> the place in its episode."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from narrate.audio.sounds import Recording
from narrate.pages.places import find_quote
from narrate.records import PostKey
from narrate.script.document import from_json
from narrate.store.episodes import load_documents, load_episode

_RECORDING: TypeAdapter[Recording] = TypeAdapter(Recording)
_TEXT = ":~:text="


def place_in(session: Session, key: PostKey, url: str, quote: str) -> str:
    """What is to be appended to the episode's page: `?t=83.4#b12-0`; "" for its beginning, or words that aren't in it.

    `quote` comes first, then a text fragment of the address (WICG/scroll-to-text-fragment), then a heading's.
    """
    fragment = urlsplit(url).fragment
    heading, _, directive = fragment.partition(_TEXT)
    words = quote.strip() or _quoted(directive)
    if words and (found := load_documents(session, key)):
        place = find_quote(words, from_json(found[0]), _RECORDING.validate_python(found[1]))
        if place is not None:
            return place.link
    episode = load_episode(session, key) if heading else None
    for chapter in episode.chapters if episode else ():
        if unquote(urlsplit(chapter.url or "").fragment) == unquote(heading):
            return f"?t={chapter.start_ms / 1000:g}"
    return ""


def _quoted(directive: str) -> str:
    """The first words that a text directive points to: `prefix-,first words,last words,-suffix`."""
    first = directive.partition("&")[0].split(",")
    parts = [part for part in first if not part.endswith("-") and not part.startswith("-")]
    return unquote(parts[0]) if parts else ""
