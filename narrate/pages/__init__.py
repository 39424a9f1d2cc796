"""Records -> HTML pages that work from disk, from a bucket and from the app alike: every link is relative.

The app's own pages (queue, account, ...) use the same `base.html` and `style.css`; a page lives beside the code that
shows it and is rendered through `render`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from narrate.audio.sounds import Recording
from narrate.pages.charts import span
from narrate.records import Chapter, Episode, Script

HERE = Path(__file__).parent
STATIC = HERE / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One block of the post as it was read. `start_s` counts from the start of the audio."""

    start_s: float
    role: str
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChapter:
    title: str
    level: int
    start_s: float
    url: str | None
    paragraphs: tuple[Paragraph, ...]


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
    feed_url: str,
    episode: Episode,
    script: Script,
    recording: Recording,
    is_service: bool = False,
) -> str:
    """An episode's page: player, chapters, the text as read, and everything that was left out."""
    return render(
        "episode.html",
        root="../",
        is_service=is_service,
        show_title=show_title,
        feed_url=feed_url,
        episode=episode,
        chapters=page_chapters(episode, script, recording),
        omissions=script.omissions,
    )


def page_chapters(episode: Episode, script: Script, recording: Recording) -> tuple[PageChapter, ...]:
    """The script's chapters with the times at which they are heard. Chapters of script and episode match one to one."""
    start_s = {piece.utterance_id: piece.start_sample / recording.rate_hz for piece in recording.pieces}
    return tuple(
        PageChapter(
            title=chapter.title,
            level=chapter.level,
            start_s=heard.start_ms / 1000,
            url=heard.url,
            paragraphs=_paragraphs(chapter, start_s),
        )
        for chapter, heard in zip(script.chapters, episode.chapters, strict=True)
    )


def _paragraphs(chapter: Chapter, start_s: dict[str, float]) -> tuple[Paragraph, ...]:
    rows = []
    for (_, role, speaker), group in groupby(chapter.utterances, key=lambda u: (u.block, u.role, u.speaker)):
        said = list(group)
        text = " ".join(u.written for u in said)
        rows.append(Paragraph(start_s=start_s[said[0].id], role=role, speaker=speaker, text=text))
    return tuple(rows)


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


def media_path(path: str) -> str:
    """A stored file's place on a site: `recordings/x/y.mp3` -> `media/x/y.mp3`."""
    return "media/" + path.partition("/")[2]


def episode_page(episode: Episode) -> str:
    """Where an episode's page lies, relative to the site's root."""
    return f"episodes/{episode.key.slug}.html"


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
        "number": lambda x: f"{x:g}",
        "weekday": lambda at: f"{at:%A}, {at.day} {at:%B}",
        "long": clock_words,
        "span": span,
        "page": episode_page,
    }
    env.filters |= filters
    env.tests["web_address"] = is_web_address
    return env
