"""/api: what the pages do, for programs. Reading needs no account; errors are problem JSON (RFC 9457)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from narrate import finding
from narrate.choose import Lane
from narrate.records import Episode, PostKey
from narrate.store import lineup, listings, reports, votes
from narrate.store.episodes import load_episode
from narrate.store.search import find
from narrate.web import authors, board, search, wire
from narrate.web.etags import tagged
from narrate.web.keys import check_not_withdrawn, gone, parse_key
from narrate.web.openapi import NEEDS_TOKEN, may_fail
from narrate.web.problems import problem
from narrate.web.security import Signed, limit
from narrate.web.service import Service, service
from narrate.web.submit import preview_of

router = APIRouter(prefix="/api")

Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=100)]
_JSON = "application/json"


@router.get("/queue", tags=["queue"], response_model=wire.QueueOut, responses=may_fail())
def read_queue(request: Request, lane: Lane | None = None, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """What waits, in the queue's order: one lane, or both by rank."""
    at = service(request)
    with at.store.begin() as session:
        entries, following = lineup.page(session, lane, cursor, limit)
        # without a lane the entries of both follow one another, so each has its own place
        groups = [entries] if lane else [(entry,) for entry in entries]
        standings = [s for group in groups for s in board.stand(session, at.settings, group, None, at.now())]
        waiting = lineup.count(session, "waiting", lane)
    shown = [wire.entry_out(standing, at.settings.public_url) for standing in standings]
    return _read(request, wire.QueueOut(entries=shown, next=following, waiting=waiting))


@router.get("/queue/{key}", tags=["queue"], response_model=wire.EntryOut, responses=may_fail(404, 410))
def read_entry(request: Request, key: str) -> Response:
    """One post of the queue, whatever became of it."""
    at = service(request)
    with at.store.begin() as session:
        found = _entry(request, session, parse_key(key))
    return _read(request, found)


@router.get("/preview", tags=["queue"], response_model=wire.PreviewOut, responses=may_fail(429, 503))
def read_preview(request: Request, url: Annotated[str, Query(min_length=1, max_length=2000)]) -> Response:
    """What would become of a post if it were submitted."""
    at = service(request)
    limit(request, "previews", at.settings.limit_votes)
    return _read(request, wire.preview_out(preview_of(at, url), at.settings.public_url))


@router.post(
    "/submissions",
    tags=["queue"],
    status_code=201,
    responses=may_fail(401, 403, 410, 429, 503) | {200: {"model": wire.SubmissionOut, "description": "It was known."}},
    **NEEDS_TOKEN,
)
def submit(request: Request, response: Response, member: Signed, asked: wire.SubmissionIn) -> wire.SubmissionOut:
    """Ask for a post: 201 when it is new, 200 when it was known (your vote joins it) or is narrated already."""
    at = service(request)
    limit(request, "submissions", at.settings.limit_submissions)
    submitted = finding.submit(at.sources, at.store, at.settings, asked.url, member.id, at.now())
    entry = submitted.entry
    if entry.state == "withdrawn":
        raise gone(entry.reason or "")
    if entry.state in ("refused", "removed"):
        why = entry.reason or "an operator took it out of the queue"
        see = {"see": entry.elsewhere_url} if entry.elsewhere_url else {}
        raise problem(422, "refused", "Not narrated", f"Not narrated: {why}.", reason=why, key=str(entry.key), **see)
    with at.store.begin() as session:
        shown = _entry(request, session, entry.key)
        is_ready = load_episode(session, entry.key) is not None
    response.status_code = 201 if submitted.new else 200
    episode = f"{at.settings.public_url}/episodes/{entry.key}" if is_ready else None
    return wire.SubmissionOut(new=submitted.new, entry=shown, episode=episode)


@router.get(
    "/posts/{key}/vote",
    tags=["votes"],
    response_model=wire.VoteOut,
    responses=may_fail(401, 403, 404, 410),
    **NEEDS_TOKEN,
)
def read_vote(request: Request, member: Signed, key: str) -> Response:
    """Your votes on a post, and the points you have left."""
    at = service(request)
    found = parse_key(key)
    with at.store.begin() as session:
        check_not_withdrawn(session, found)
        if lineup.find(session, found) is None:
            raise _nothing(found)
        budget = votes.budget(session, member.id, at.now(), found)
    return _read(request, _vote(found, budget), private=True)


@router.put("/posts/{key}/vote", tags=["votes"], responses=may_fail(401, 403, 404, 409, 410, 429), **NEEDS_TOKEN)
def vote(request: Request, member: Signed, key: str, wanted: wire.VoteIn) -> wire.VoteOut:
    """Give a post exactly so many votes: n cost n² of the week's 100 points. Moving them gives the points back."""
    at = service(request)
    limit(request, "votes", at.settings.limit_votes)
    found = parse_key(key)
    with at.store.begin() as session:
        return _vote(found, board.cast(session, at, member, found, wanted.votes))


@router.get("/me", tags=["votes"], response_model=wire.MeOut, responses=may_fail(401, 403), **NEEDS_TOKEN)
def read_me(request: Request, member: Signed) -> Response:
    """Whose token this is, what they voted for, and what they have left."""
    at = service(request)
    with at.store.begin() as session:
        budget = votes.budget(session, member.id, at.now())
        mine = votes.votes_of(session, member.id)
    me = wire.MeOut(
        id=member.id,
        name=member.name,
        is_verified=member.is_verified,
        is_operator=member.is_operator,
        points_left=budget.points_left,
        week_ends=budget.week_ends,
        votes=mine,
        feed=f"{at.settings.public_url}/feeds/private/{member.feed_token}.xml",
    )
    return _read(request, me, private=True)


@router.get("/episodes", tags=["episodes"], response_model=wire.EpisodesOut, responses=may_fail())
def read_episodes(request: Request, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """What can be heard, newest first, in the main feed or not."""
    at = service(request)
    with at.store.begin() as session:
        episodes, following = listings.ready_episodes(session, cursor, limit)
    shown = wire.briefs_out(episodes, at.settings.public_url)
    return _read(request, wire.EpisodesOut(episodes=shown, next=following))


@router.get("/search", tags=["episodes"], response_model=wire.SearchOut, responses=may_fail(422))
def search_episodes(
    request: Request,
    q: search.Text = "",
    author: search.Text = "",
    tag: search.Text = "",
    site: search.Text = "",
    year: Annotated[int | None, Query(ge=1000, le=2999)] = None,
    length: search.Length = "",
    page: search.Page = 1,
) -> Response:
    """Episodes by what is said in them, with the passage; as `/search` finds them."""
    at = service(request)
    wanted = search.wanted_of(q, author, tag, site, year, length)
    with at.store.begin() as session:
        hits, more = find(session, wanted, page, search.PAGE)
    return _read(request, wire.search_out(hits, page + 1 if more else None, at.settings.public_url))


@router.get("/episodes/{key}", tags=["episodes"], response_model=wire.EpisodeOut, responses=may_fail(404, 410))
def read_episode(request: Request, key: str) -> Response:
    """One episode with its chapters and files."""
    at = service(request)
    return _read(request, wire.episode_out(_episode(at, parse_key(key)), at.settings.public_url))


@router.post(
    "/episodes/{key}/reports", tags=["episodes"], status_code=201, responses=may_fail(401, 403, 404, 410, 429),
    **NEEDS_TOKEN,
)  # fmt: skip
def report(request: Request, member: Signed, key: str, said: wire.ReportIn) -> wire.ReportOut:
    """Say what is wrong in an episode, and where."""
    at = service(request)
    limit(request, "reports", at.settings.limit_reports)
    episode = _episode(at, parse_key(key))
    at_ms = None if said.at_s is None else round(said.at_s * 1000)
    if at_ms is not None and at_ms > episode.duration_ms:
        raise problem(
            422, "past-the-end", "Past the end", f"The episode is {episode.duration_ms / 1000:.0f} seconds long."
        )
    with at.store.begin() as session:
        return wire.ReportOut(id=reports.add(session, episode.key, member.id, at_ms, said.text, at.now()))


@router.get("/authors/{slug}", tags=["authors"], response_model=wire.AuthorPageOut, responses=may_fail(404))
def read_author(request: Request, slug: str, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """An author's episodes."""
    at = service(request)
    with at.store.begin() as session:
        author = authors.known(session, slug)
        episodes, following = listings.ready_episodes(session, cursor, limit, slug)
    url = at.settings.public_url
    found = wire.AuthorPageOut(
        author=wire.author_out(author, url), episodes=wire.briefs_out(episodes, url), next=following
    )
    return _read(request, found)


@router.post("/authors/{slug}/consent", tags=["authors"], status_code=202, responses=may_fail(404, 429, 503))
def say_consent(request: Request, slug: str, said: wire.ObjectionIn) -> wire.ConsentOut:
    """The author objects to being read (which counts at once), or agrees. An operator confirms it."""
    consent = authors.say(request, slug, said.url, said.proof, may_read=said.may_read)
    return wire.ConsentOut(author=slug, may_read=consent.may_read, is_confirmed=consent.is_confirmed)


def _read(request: Request, found: BaseModel, *, private: bool = False) -> Response:
    return tagged(request, found.model_dump_json().encode(), _JSON, private=private)


def _entry(request: Request, session: Any, key: PostKey) -> wire.EntryOut:
    at = service(request)
    check_not_withdrawn(session, key)
    entry = lineup.find(session, key)
    if entry is None:
        raise _nothing(key)
    (standing,) = board.stand(session, at.settings, (entry,), None, at.now())
    return wire.entry_out(standing, at.settings.public_url)


def _episode(at: Service, key: PostKey) -> Episode:
    with at.store.begin() as session:
        check_not_withdrawn(session, key)
        episode = load_episode(session, key)
    if episode is None:
        raise problem(404, "not-found", "Not found", f"{key} hasn't been narrated.")
    return episode


def _nothing(key: PostKey) -> Exception:
    return problem(404, "not-in-queue", "Not found", f"{key} isn't in the queue. Submit its address first.")


def _vote(key: PostKey, budget: votes.Budget) -> wire.VoteOut:
    return wire.VoteOut(key=str(key), votes=budget.n, points_left=budget.points_left, week_ends=budget.week_ends)
