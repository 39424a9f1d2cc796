"""Posts as last fetched, and the dates that are set once."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import update
from sqlalchemy.orm import Session

from narrate.records import Post, PostKey
from narrate.store.series import save_series
from narrate.store.tables import PostRow

_POST: TypeAdapter[Post] = TypeAdapter(Post)


def save_post(session: Session, post: Post) -> None:
    """Keep a post as fetched. Dates already set (`posted_at` included) stay as they are."""
    row = session.get(PostRow, str(post.key))
    if row is None:
        row = PostRow(key=str(post.key), posted_at=post.posted_at, ready_at=None, released_at=None)
        session.add(row)
    row.title, row.url, row.fetched_at = post.title, post.url, post.fetched_at
    row.posted_at = row.posted_at or post.posted_at
    row.karma, row.curated_at = post.karma, post.curated_at
    row.review_votes, row.won_review = post.review_votes, post.won_review
    row.document = _POST.dump_python(post, mode="json")
    if post.series is not None:
        save_series(session, post.series, post.fetched_at, member=post.key)


def load_post(session: Session, key: PostKey) -> Post | None:
    """A post as last fetched, None when it never was."""
    row = session.get(PostRow, str(key))
    return None if row is None else _POST.validate_python(row.document)


def set_date(
    session: Session, key: PostKey, *, ready_at: datetime | None = None, released_at: datetime | None = None
) -> None:
    """Set the given dates where they aren't set yet: a date once shown never changes."""
    for column, at in ((PostRow.ready_at, ready_at), (PostRow.released_at, released_at)):
        if at is not None:
            session.execute(update(PostRow).where(PostRow.key == str(key), column.is_(None)).values({column: at}))
