"""A document -> whether a guest may see it, in the forum's own error strings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MISSING = "app.missing_document"
NOT_ALLOWED = "app.operation_not_allowed"
LOGIN_ONLY = "This post is only visible to logged-in users."
_APPROVED = 2


def refusal_of_post(post: Mapping[str, Any]) -> str | None:
    """The error a guest gets for this post, None when it may be read."""
    if post["onlyVisibleToLoggedIn"]:
        return LOGIN_ONLY
    hidden = post["draft"] or post["deletedDraft"] or post["isFuture"]
    unreviewed = post["authorIsUnreviewed"] and not post["rejected"]
    return NOT_ALLOWED if hidden or unreviewed or post["status"] != _APPROVED else None


def refusal_of_sequence(sequence: Mapping[str, Any]) -> str | None:
    return NOT_ALLOWED if sequence["draft"] or sequence["isDeleted"] else None


def refusal_of_comment(comment: Mapping[str, Any], post: Mapping[str, Any] | None) -> str | None:
    """A comment is as visible as its post."""
    return refusal_of_post(post) if post is not None else None
