"""/queue: what waits, in its order, and why; voting in place. The same queue as an Atom feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from narrate import choose, pages
from narrate.choose import LANES, Lane
from narrate.records import PostKey
from narrate.settings import Settings
from narrate.store import lineup, listings, votes
from narrate.store.lineup import Entry
from narrate.store.members import Member
from narrate.store.releases import ready_finds
from narrate.store.votes import Budget
from narrate.web import atom
from narrate.web.etags import tagged
from narrate.web.keys import parse_key
from narrate.web.rendering import show
from narrate.web.security import Signed, csrf_token, current_member, limit
from narrate.web.service import Service, service

router = APIRouter(include_in_schema=False)

PAGE = 50
_FEED_ENTRIES = 50
#: The pace of narrating is that of so many days.
_PACE_OF = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An entry as the queue shows it. `place` counts from 1 in its lane, 0 when it doesn't wait there."""

    entry: Entry
    place: int
    mine: int
    at_once: bool
    expected_on: date | None

    @property
    def next_costs(self) -> int:
        """Points that one more vote of mine costs."""
        return choose.points_for(self.mine + 1) - choose.points_for(self.mine)


@router.api_route("/queue", methods=["GET", "HEAD"])
def board(
    request: Request, lane: Lane = "recent", cursor: Annotated[str | None, Query(max_length=400)] = None
) -> Response:
    """One page of a lane."""
    at = service(request)
    member = current_member(request)
    with at.store.begin() as session:
        entries, following = lineup.page(session, lane, cursor, PAGE)
        standings = stand(session, at.settings, entries, member, at.now())
        counts = {name: lineup.count(session, "waiting", name) for name in LANES}
        budget = votes.budget(session, member.id, at.now()) if member else None
    return show(
        request,
        "queue.html",
        here="queue",
        lane=lane,
        lanes=LANES,
        counts=counts,
        standings=standings,
        following=following,
        is_first=cursor is None,
        budget=budget,
        settings=at.settings,
    )


@router.post("/queue/{key}/vote")
def vote(request: Request, member: Signed, key: str, n: Annotated[int, Form()]) -> Response:
    """One click: n votes of mine on this post. With htmx the control comes back alone, else the queue at that entry."""
    at = service(request)
    limit(request, "votes", at.settings.limit_votes)
    found = parse_key(key)
    with at.store.begin() as session:
        budget = cast(session, at, member, found, n)
        entry = lineup.find(session, found)
        assert entry is not None, "it was just voted for"
        (standing,) = stand(session, at.settings, (entry,), member, at.now())
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/queue?lane={entry.lane}#{found.slug}", 303)
    html = pages.render(
        "voted.html", root="/", standing=standing, budget=budget, csrf=csrf_token(request), member=member
    )
    return Response(html, media_type="text/html", headers={"Cache-Control": "no-store"})


@router.api_route("/queue.atom", methods=["GET", "HEAD"])
def feed(request: Request) -> Response:
    """The newest entries of both lanes, for feed readers."""
    at = service(request)
    with at.store.begin() as session:
        entries = listings.newest_entries(session, _FEED_ENTRIES)
    body = atom.render(at.settings.show_title, at.settings.public_url, entries)
    return tagged(request, body, "application/atom+xml; charset=utf-8", max_age_s=300)


def cast(session: Session, at: Service, member: Member, key: PostKey, n: int) -> Budget:
    """A member's n votes on a post, weighed by the settings. Raises the errors of `votes.cast`."""
    weight = at.settings.verified_vote_weight if member.is_verified else 1.0
    return votes.cast(session, member.id, key, n, at.now(), weight)


def stand(
    session: Session, settings: Settings, entries: tuple[Entry, ...], member: Member | None, at: datetime
) -> tuple[Standing, ...]:
    """Places, dates and own votes of entries that follow one another in their lane."""
    if not entries:
        return ()
    mine = votes.votes_of(session, member.id) if member else {}
    first = lineup.position(session, entries[0].key)
    n_ready = {lane: ready_finds(session, lane) for lane in {e.lane for e in entries}}
    a_day = listings.count_finished(session, at - _PACE_OF) / _PACE_OF.days
    standings = []
    for i, entry in enumerate(entries):
        place = first + i if first else 0
        archived = entry.rank < choose.ARCHIVE_RANK  # it enters the main feed by votes alone, and has none
        at_once = entry.votes > 0 and entry.karma >= settings.release_karma_floor
        standings.append(
            Standing(
                entry=entry,
                place=place,
                mine=mine.get(str(entry.key), 0),
                at_once=at_once,
                expected_on=narrated_on(place, a_day, at)
                if at_once or archived
                else choose.expected_on(max(place, 1), n_ready[entry.lane], entry.lane, settings, at),
            )
        )
    return tuple(standings)


def narrated_on(place: int, a_day: float, at: datetime) -> date | None:
    """The day a post at this place of its lane should be narrated at the pace of late; None when there was none.

    Lanes take turns, so twice as many are narrated before it.
    """
    return None if not a_day or not place else at.date() + timedelta(days=min(int((2 * place - 1) / a_day), 3650))
