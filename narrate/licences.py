"""A post's html -> the licence it states for itself, if it states one. Pure.

Only what the page marks as its licence counts (`rel="license"`, as the Creative Commons chooser writes it): a post may
well talk about licences that aren't its own.
"""

from __future__ import annotations

import re

_LINK = re.compile(r"<(?:a|link)\b[^>]*>", re.IGNORECASE)
_RELATION = re.compile(r"""\brel\s*=\s*["']?[^"'>]*\blicen[cs]e\b""", re.IGNORECASE)
_ADDRESS = re.compile(r"""\bhref\s*=\s*["']?(https?://[^"'\s>]+)""", re.IGNORECASE)
_CREATIVE_COMMONS = re.compile(
    r"https?://creativecommons\.org/(?:licenses/(?P<kind>by(?:-nc)?(?:-sa|-nd)?)|publicdomain/(?P<zero>zero))"
    r"/(?P<version>\d\.\d)(?=[/?#]|\Z)"
)


def licence_of(html: str) -> tuple[str, str | None]:
    """(SPDX id, address): ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"); ("", None) for none known."""
    for link in _LINK.finditer(html):
        address = _ADDRESS.search(link[0])
        found = _CREATIVE_COMMONS.match(address[1]) if address and _RELATION.search(link[0]) else None
        if address and found:
            kind = "CC0" if found["zero"] else f"CC-{found['kind'].upper()}"
            return f"{kind}-{found['version']}", address[1]
    return "", None
