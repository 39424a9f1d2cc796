"""What a page may load and who may frame it: Content-Security-Policy, one a kind of page (w3.org/TR/CSP3)."""

from __future__ import annotations

_SITE = "object-src 'none'; base-uri 'none'; form-action 'self'"

#: Every page and file: nothing from elsewhere, in nobody's frame.
PAGE = f"default-src 'self'; {_SITE}; frame-ancestors 'none'"

#: An episode's page shows the post's figures, which lie wherever its author put them.
EPISODE = f"default-src 'self'; img-src 'self' https:; {_SITE}; frame-ancestors 'none'"

#: The player for other sites' pages: what it needs of ours, in anybody's frame.
EMBED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *"
)
