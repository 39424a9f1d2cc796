"""An episode -> what other sites read off its page: absolute addresses, JSON-LD, oEmbed.

Vocabularies: schema.org PodcastEpisode, AudioObject and Clip; Open Graph (ogp.me); oEmbed 1.0 (oembed.com).
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from narrate.pages.paths import embed_page, episode_page, media_path, oembed_file
from narrate.records import Episode

#: The embedded player's size in CSS pixels; it fits any width.
WIDTH_PX, HEIGHT_PX = 640, 200
_COVER_PX = 1400
_INLINE_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """An episode's addresses on a site, all absolute, and its description for machines."""

    page_url: str
    audio_url: str
    image_url: str
    embed_url: str
    oembed_url: str
    width_px: int = WIDTH_PX  # of the embedded player
    height_px: int = HEIGHT_PX
    json_ld: str  # may stand inside <script type="application/ld+json">


def share(episode: Episode, *, base_url: str, show_title: str, feed_url: str, is_service: bool) -> Sharing:
    """Everything that the head of an episode's page says to other sites. A site of files answers oEmbed with a file."""
    page_url = f"{base_url}/{episode_page(episode)}"

    def media(path: str) -> str:
        return f"{base_url}/{media_path(path)}"

    names = [{"@type": "Person", "name": a.name} | ({"url": a.url} if a.url else {}) for a in episode.authors]
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "PodcastEpisode",
        "name": episode.title,
        "url": page_url,
        "identifier": str(episode.key),
        "description": episode.opening,
        "datePublished": (episode.released_at or episode.ready_at).isoformat(),
        "dateModified": episode.made_at.isoformat(),
        "duration": _iso_duration(episode.duration_ms),
        "image": media(episode.cover.path),
        "author": names,
        "partOfSeries": {"@type": "PodcastSeries", "name": show_title, "url": f"{base_url}/", "webFeed": feed_url},
        "associatedMedia": {
            "@type": "AudioObject",
            "contentUrl": media(episode.audio.path),
            "encodingFormat": episode.audio.mime,
            "contentSize": str(episode.audio.n_bytes),
            "duration": _iso_duration(episode.duration_ms),
            "embedUrl": f"{base_url}/{embed_page(episode)}",
            "transcript": media(episode.transcript_vtt.path),
            "caption": {
                "@type": "MediaObject",
                "contentUrl": media(episode.transcript_vtt.path),
                "encodingFormat": episode.transcript_vtt.mime,
            },
        },
        "hasPart": [
            {
                "@type": "Clip",
                "name": chapter.title,
                "startOffset": round(chapter.start_ms / 1000, 2),
                "endOffset": round(chapter.end_ms / 1000, 2),
                "url": f"{page_url}?t={chapter.start_ms / 1000:g}",
            }
            for chapter in episode.chapters
        ],
    }
    if episode.source_url:
        about["isBasedOn"] = episode.source_url
    return Sharing(
        page_url=page_url,
        audio_url=media(episode.audio.path),
        image_url=media(episode.cover.path),
        embed_url=f"{base_url}/{embed_page(episode)}",
        oembed_url=f"{base_url}/oembed?url={quote(page_url, safe='')}"
        if is_service
        else f"{base_url}/{oembed_file(episode)}",
        json_ld=_inline_json(about),
    )


def oembed(
    episode: Episode,
    *,
    base_url: str,
    show_title: str,
    max_width_px: int | None = None,
    max_height_px: int | None = None,
) -> dict[str, Any]:
    """The oEmbed answer about an episode: a frame with the player, no larger than asked for."""
    width = min(WIDTH_PX, max_width_px or WIDTH_PX)
    height = min(HEIGHT_PX, max_height_px or HEIGHT_PX)
    frame = (
        f'<iframe src="{html.escape(f"{base_url}/{embed_page(episode)}")}" width="{width}" height="{height}" '
        f'title="{html.escape(episode.title)}" loading="lazy" style="border:0;max-width:100%" '
        'allow="autoplay; clipboard-write"></iframe>'
    )
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "title": episode.title,
        "author_name": ", ".join(author.name for author in episode.authors),
        "provider_name": show_title,
        "provider_url": f"{base_url}/",
        "cache_age": 3600,
        "thumbnail_url": f"{base_url}/{media_path(episode.cover.path)}",
        "thumbnail_width": _COVER_PX,
        "thumbnail_height": _COVER_PX,
        "html": frame,
        "width": width,
        "height": height,
    }
    if len(episode.authors) == 1 and episode.authors[0].url:
        answer["author_url"] = episode.authors[0].url
    return answer


def _iso_duration(duration_ms: int) -> str:
    """83400 -> "PT83S", as schema.org's Duration wants it."""
    return f"PT{max(1, round(duration_ms / 1000))}S"


def _inline_json(value: Any) -> str:
    """JSON that ends no script element, whatever its strings say."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char, escaped in _INLINE_UNSAFE.items():
        text = text.replace(char, escaped)
    return text
