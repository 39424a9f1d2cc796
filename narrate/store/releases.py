"""Finished episodes -> which of them enter the main feed, and when: the votes' say (see choose.released_as)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import LANES, Lane, Policy, Release
from narrate.records import PostKey
from narrate.store.audit import OPERATOR, SERVICE, note
from narrate.store.entries import locked
from narrate.store.posts import set_date
from narrate.store.tables import MemberRow, PartRow, PostRow, QueueRow, VoteRow


def release_finished(session: Session, key: PostKey, at: datetime, policy: Policy) -> bool:
    """A post's episode is finished: does it enter the main feed at once? Then it is dated `at`, once and for ever.

    Asking again gives the same answer until votes come in. Posts that never stood in the queue were the operator's.
    """
    row = locked(session, key)
    if row is None:
        set_date(session, key, released_at=at)
        return True
    if row.released_as is None:
        post = session.get(PostRow, row.key)
        by_hand = post is not None and post.released_at is not None  # `narrate episode` was faster
        how: Release | None = "operator" if by_hand else _how(session, row, policy)
        if how is None:
            return False
        _release(session, row, how, at)
    return True


def release_due(session: Session, at: datetime, policy: Policy) -> Sequence[PostKey]:
    """Release what waits finished and has its votes by now, then the best finds of each lane while the day has places.

    The keys that were released, in the order they get into the feed.
    """
    waiting = (QueueRow.state == "done", QueueRow.released_as.is_(None))
    voted = select(QueueRow).where(*waiting, QueueRow.votes > 0).order_by(QueueRow.rank.desc(), QueueRow.key.desc())
    released = []
    for row in session.scalars(voted).all():
        if how := _how(session, row, policy):
            _release(session, row, how, at)
            released.append(PostKey.parse(row.key))
    for lane in LANES:
        places = choose.places_a_day(lane, policy) - _places_taken(session, lane, at)
        finds = select(QueueRow).where(*waiting, QueueRow.found, QueueRow.lane == lane)
        best = finds.order_by(QueueRow.rank.desc(), QueueRow.key.desc()).limit(max(0, places))
        for row in session.scalars(best).all():
            _release(session, row, "place", at)
            released.append(PostKey.parse(row.key))
    return released


def ready_finds(session: Session, lane: Lane) -> int:
    """How many finished finds of a lane wait for a place in the main feed."""
    waiting = (QueueRow.state == "done", QueueRow.released_as.is_(None), QueueRow.found, QueueRow.lane == lane)
    return session.scalar(select(func.count()).select_from(QueueRow).where(*waiting)) or 0


def _how(session: Session, row: QueueRow, policy: Policy) -> Release | None:
    """A post of a sequence has its sequence's voters, too, and its asker."""
    entries = session.scalars(
        select(QueueRow).join(PartRow, PartRow.entry == QueueRow.key).where(PartRow.key == row.key)
    ).all()
    keys = [row.key, *(entry.key for entry in entries)]
    counts = (VoteRow.key.in_(keys), VoteRow.n > 0, VoteRow.invalid_at.is_(None))
    voters = select(func.count(VoteRow.member_id.distinct())).where(*counts)
    proven = MemberRow.lesswrong_id.is_not(None) & MemberRow.is_banned.is_(False)
    return choose.released_as(
        by_operator=OPERATOR in {row.asked_by, *(entry.asked_by for entry in entries)},
        n_voters=session.scalar(voters) or 0,
        n_verified=session.scalar(voters.join(MemberRow, MemberRow.id == VoteRow.member_id).where(proven)) or 0,
        karma=row.karma,
        policy=policy,
    )


def _release(session: Session, row: QueueRow, how: Release, at: datetime) -> None:
    row.released_as = how
    session.flush()
    set_date(session, PostKey.parse(row.key), released_at=at)
    note(session, at, SERVICE, "release", row.key, {"as": how})


def _places_taken(session: Session, lane: Lane, at: datetime) -> int:
    """How many finds of a lane were released since midnight (UTC)."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = (QueueRow.released_as == "place", QueueRow.lane == lane, PostRow.released_at >= midnight)
    taken = select(func.count()).select_from(QueueRow).join(PostRow, PostRow.key == QueueRow.key).where(*today)
    return session.scalar(taken) or 0
