"""A profile's address -> a slug; the forum's user object -> Person. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from narrate.errors import UnknownAddress
from narrate.sources.forums import Forum

_SLUG = re.compile(r"[A-Za-z0-9_-]{1,120}\Z")
_PATH = re.compile(r"/(?:users|user)/([^/]+)/?\Z")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account on a forum. `id` is for ever, slug and name may change. `bio` is plain text."""

    id: str
    slug: str
    name: str
    karma: int
    bio: str

    def says(self, code: str) -> bool:
        """Whether the biography holds a code. Editors break lines and change capitals; neither matters."""
        return _SPACE.sub("", code).upper() in _SPACE.sub("", self.bio).upper()


def parse_profile(text: str, forum: Forum) -> str:
    """The slug of a profile: from its address on one of the forum's hosts, or typed alone. Raises UnknownAddress."""
    typed = text.strip()
    slug: str | None = typed.removeprefix("@")
    if "/" in typed or "." in typed:
        try:
            parts = urlsplit(typed if "://" in typed else f"https://{typed}")
            found = _PATH.match(parts.path) if parts.netloc.lower() in forum.hosts else None
        except ValueError:
            found = None
        slug = found[1] if found else None
    if slug is None or not _SLUG.match(slug):
        raise UnknownAddress(
            f"{typed[:100]!r} isn't a profile on {forum.name}: give its address, such as {forum.public_url}/users/name"
        )
    return slug


def parse_person(data: Mapping[str, Any]) -> Person:
    """A user as GetUserBySlug returns it."""
    karma = data.get("karma")
    return Person(
        id=str(data["_id"]),
        slug=str(data.get("slug") or ""),
        name=_SPACE.sub(" ", str(data.get("displayName") or data.get("slug") or "")).strip()[:200],
        karma=int(karma) if isinstance(karma, (int, float)) else 0,
        bio=BeautifulSoup(str(data.get("htmlBio") or ""), "lxml").get_text(""),
    )
