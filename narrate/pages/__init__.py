"""Records -> HTML pages that work from disk, from a bucket and from the app alike: every link is relative.

The app's own pages (queue, account, ...) use the same `base.html` and `style.css`; a page lives beside the code that
shows it and is rendered through `render`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from narrate.audio.sounds import Recording
from narrate.pages.charts import span
from narrate.pages.paths import embed_page, episode_page, media_path, oembed_file, page_files
from narrate.pages.places import Place, find_quote
from narrate.pages.reading import read
from narrate.pages.sharing import oembed, share
from narrate.pages.words import word_starts
from narrate.records import Episode, Script

__all__ = [
    "FORM", "STATIC", "STATIC_FILES", "Place", "byline", "clock", "clock_words", "embed_page", "episode_page",
    "find_quote", "is_web_address", "media_path", "oembed", "oembed_file", "page_files", "render", "render_episode",
    "render_index", "share",
]  # fmt: skip

HERE = Path(__file__).parent
STATIC = HERE / "static"
#: Changes when an episode's pages are made differently: then those that stand are made again.
FORM = "2"
#: What pages that work from disk take from there, with their types.
STATIC_FILES = (
    ("style.css", "text/css; charset=utf-8"),
    ("player.css", "text/css; charset=utf-8"),
    ("player.js", "text/javascript; charset=utf-8"),
    ("reading.js", "text/javascript; charset=utf-8"),
    ("icon.svg", "image/svg+xml"),
)


def render(template: str, **values: Any) -> str:
    """A template of this folder, filled in. Everything is escaped; a missing value is an error.

    `root` leads to the site's root. Pages of the service have it absolute; those it publishes say `is_service`.
    """
    common = {"member": None, "here": "", "is_service": values.get("root") == "/"}
    return _templates().get_template(template).render(**{**common, **values})


def render_index(
    *, show_title: str, description: str, feed_url: str, episodes: Sequence[Episode], is_service: bool = False
) -> str:
    """The front page: what's new, and how to subscribe. `is_service`: a running service shows it, with more pages."""
    return render(
        "index.html",
        root="",
        show_title=show_title,
        description=description,
        feed_url=feed_url,
        episodes=episodes,
        is_service=is_service,
    )


def render_episode(
    *,
    show_title: str,
    base_url: str,
    feed_url: str,
    episode: Episode,
    script: Script,
    recording: Recording,
    words_json: bytes | None = None,
    may_index: bool = False,
    is_service: bool = False,
) -> Iterator[tuple[str, bytes, str]]:
    """An episode's pages as (path on the site, content, type): the one that reads along, the player for frames on
    other sites, and what those are told of it (oEmbed).

    `words_json` is the episode's transcript with the words' times; without it, paragraphs are followed, not words.
    `may_index`: search engines may list the page although the text is its author's.
    """
    starts = word_starts(script, words_json) if words_json else None
    common: dict[str, Any] = {
        "root": "../",
        "is_service": is_service,
        "show_title": show_title,
        "episode": episode,
        "sharing": share(episode, base_url=base_url, show_title=show_title, feed_url=feed_url, is_service=is_service),
    }
    page = render("episode.html", **common, reading=read(episode, script, recording, starts), may_index=may_index)
    yield episode_page(episode), page.encode(), "text/html; charset=utf-8"
    yield embed_page(episode), render("embed.html", **common).encode(), "text/html; charset=utf-8"
    if not is_service:  # which answers /oembed itself
        answer = oembed(episode, base_url=base_url, show_title=show_title)
        yield oembed_file(episode), json.dumps(answer, ensure_ascii=False).encode(), "application/json"


def clock(seconds: float) -> str:
    """83.4 -> "1:23", 3725 -> "1:02:05"."""
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"


def clock_words(minutes: float) -> str:
    """7.4 -> "7 min", 95 -> "1 h 35 min"."""
    whole = max(1, round(minutes))
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02} min"


def byline(names: Sequence[str]) -> str:
    """("Ana",) -> "Ana"; ("Ana", "Bo", "Cy") -> "Ana, Bo and Cy"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def is_web_address(href: str | None) -> bool:
    """Whether a link out of a post may be followed: a post may hold "javascript:" and worse."""
    return href is not None and href.lower().startswith(("https://", "http://"))


@cache
def _templates() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "clock": clock,
        "minutes": lambda ms: max(1, round(ms / 60_000)),
        "names": lambda authors: byline([author.name for author in authors]),
        "day": lambda at: f"{at.day} {at:%B %Y}",
        "media": media_path,
        "number": lambda x: f"{x:.10g}",
        "megabytes": lambda n_bytes: f"{max(0.1, n_bytes / 1e6):.1f} MB",
        "weekday": lambda at: f"{at:%A}, {at.day} {at:%B}",
        "long": clock_words,
        "span": span,
        "page": episode_page,
    }
    env.filters |= filters
    env.tests["web_address"] = is_web_address
    return env
