"""A key as it stands in an address -> PostKey, or the answer 404; and the answer 410 for what was withdrawn."""

from __future__ import annotations

from sqlalchemy.orm import Session

from narrate.records import PostKey
from narrate.store.withdrawals import is_withdrawn
from narrate.web.problems import Problem, problem


def parse_key(text: str) -> PostKey:
    """Raises 404: what can't be a key is nobody's."""
    try:
        if len(text) > 200:
            raise ValueError("too long")
        return PostKey.parse(text)
    except ValueError as error:
        raise problem(
            404, "not-found", "Not found", f"{text[:80]!r} is no post's key. Keys look like lesswrong:5bd75cc58225bf06."
        ) from error


def check_not_withdrawn(session: Session, key: PostKey | str) -> None:
    """Raises 410 with the reason for a post that was withdrawn."""
    if reason := is_withdrawn(session, key):
        raise gone(reason)


def gone(reason: str) -> Problem:
    return problem(410, "withdrawn", "Withdrawn", f"This was withdrawn: {reason}.", reason=reason)
