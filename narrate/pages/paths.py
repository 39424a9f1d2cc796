"""Where things lie on a site, relative to its root."""

from __future__ import annotations

from narrate.records import Episode


def media_path(path: str) -> str:
    """A stored file's place on a site: `recordings/x/y.mp3` -> `media/x/y.mp3`."""
    return "media/" + path.partition("/")[2]


def episode_page(episode: Episode) -> str:
    """An episode's page."""
    return f"episodes/{episode.key.slug}.html"


def embed_page(episode: Episode) -> str:
    """The page with nothing but the player, for frames on other sites."""
    return f"embed/{episode.key.slug}.html"


def oembed_file(episode: Episode) -> str:
    """What a site without an /oembed address answers about an episode."""
    return f"embed/{episode.key.slug}.json"


def page_files(slug: str) -> tuple[str, ...]:
    """Every page that an episode may have, by its key's slug: what goes when it is withdrawn."""
    return (f"episodes/{slug}.html", f"embed/{slug}.html", f"embed/{slug}.json")
