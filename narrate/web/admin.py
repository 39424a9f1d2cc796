"""/admin: what needs an operator's eye, and everything an operator can do. Every form works without JavaScript."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from narrate.choose import Lane
from narrate.errors import NarrateError
from narrate.guarded import check_url
from narrate.store import consents, episodes, jobs, lineup, mails, members, reports, switches, votes, webhooks
from narrate.store.audit import list_notes
from narrate.store.lineup import EntryState
from narrate.store.withdrawals import list_withdrawals
from narrate.web import moderate
from narrate.web.board import stand
from narrate.web.keys import parse_key
from narrate.web.moderate import ConsentAction, EntryAction, MemberAction, WorkAction
from narrate.web.problems import of_error
from narrate.web.rendering import show
from narrate.web.security import Operator
from narrate.web.service import service
from narrate.web.status import lookout
from voices.catalogue import natural_to_install

router = APIRouter(prefix="/admin", include_in_schema=False)

_PAGE = 50
_STATES: tuple[EntryState, ...] = ("waiting", "held", "refused", "removed", "taken", "done", "withdrawn")
_Reason = Annotated[str, Form(max_length=1000)]
_Cursor = Annotated[str | None, Query(max_length=400)]


@router.api_route("", methods=["GET", "HEAD"])
def overview(request: Request, operator: Operator) -> Response:
    """What waits for an operator, and how full everything is."""
    at = service(request)
    with at.store.begin() as session:
        states = {state: lineup.count(session, state) for state in _STATES if state != "withdrawn"}
        todo = {
            "consents": sum(not c.is_confirmed for c in consents.list_consents(session)),
            "reports": len(reports.list_open(session)),
            "jobs": len(jobs.list_jobs(session, "failed")),
            "mails": len(mails.list_failed(session)),
            "hooks": sum(hook.counts.get("failed", 0) for hook in webhooks.list_webhooks(session)),
        }
        n_members = members.count_members(session)
        paused = switches.find(session, switches.PAUSED)
    outlook = lookout(request).look()
    return _show(
        request, "admin.html", "overview", states=states, todo=todo, n_members=n_members, outlook=outlook,
        settings=at.settings, paused=paused, natural=natural_to_install(),
    )  # fmt: skip


@router.post("/work")
def steer(
    request: Request, operator: Operator, action: Annotated[WorkAction, Form()], reason: _Reason = ""
) -> Response:
    """Have no further post taken, or go on."""
    at = service(request)
    with at.store.begin() as session:
        moderate.act_on_work(session, operator, action, reason, at.now())
    return RedirectResponse("/admin", 303)


@router.api_route("/queue", methods=["GET", "HEAD"])
def entries(
    request: Request,
    operator: Operator,
    state: EntryState = "waiting",
    lane: Lane | None = None,
    cursor: _Cursor = None,
) -> Response:
    """The entries in one state."""
    at = service(request)
    with at.store.begin() as session:
        gone = list_withdrawals(session) if state == "withdrawn" else ()
        found, following = lineup.page(session, lane, cursor, _PAGE, state)
    return _show(
        request, "admin_queue.html", "queue", state=state, states=_STATES, lane=lane, entries=found, gone=gone,
        following=following,
    )  # fmt: skip


@router.api_route("/entries/{key}", methods=["GET", "HEAD"])
def entry(request: Request, operator: Operator, key: str) -> Response:
    """One post: what is known of it, who did what to it, and what can be done."""
    return _entry(request, key)


@router.post("/entries/{key}")
def act(
    request: Request,
    operator: Operator,
    key: str,
    action: Annotated[EntryAction, Form()],
    reason: _Reason = "",
    place: Annotated[str, Form(max_length=6)] = "",
    into: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    at, found = service(request), parse_key(key)
    try:
        with at.store.begin() as session:
            moderate.act_on_entry(
                session, operator, found, action, reason, at.now(),
                place=int(place) if place.strip().isdecimal() else None,
                into=parse_key(into.strip()) if into.strip() else None,
            )  # fmt: skip
    except NarrateError as error:
        return _entry(request, key, wrong=str(error), status=of_error(error).status)
    return RedirectResponse(f"/admin/entries/{found}", 303)


@router.api_route("/members", methods=["GET", "HEAD"])
def people(
    request: Request, operator: Operator, find: Annotated[str, Query(max_length=320)] = "", wrong: str = ""
) -> Response:
    """One member by id or address, and the operators."""
    at = service(request)
    with at.store.begin() as session:
        found = moderate.find_member(session, find) if find.strip() else None
        theirs = votes.votes_of(session, found.id) if found else {}
        acts = list_notes(session, subject=found.id) if found else []
        operators = members.list_operators(session)
    return _show(
        request, "admin_members.html", "members", find=find, found=found, votes=theirs, notes=acts,
        operators=operators, wrong=wrong,
    )  # fmt: skip


@router.post("/members/{member_id}")
def act_on_member(
    request: Request,
    operator: Operator,
    member_id: str,
    action: Annotated[MemberAction, Form()],
    reason: _Reason = "",
) -> Response:
    at = service(request)
    with at.store.begin() as session:
        moderate.act_on_member(session, operator, member_id, action, reason, at.now())
    return RedirectResponse(f"/admin/members?find={quote(member_id)}", 303)


@router.api_route("/authors", methods=["GET", "HEAD"])
def authors(request: Request, operator: Operator) -> Response:
    """What authors said about being read."""
    at = service(request)
    with at.store.begin() as session:
        said = consents.list_consents(session)
    return _show(request, "admin_authors.html", "authors", consents=said)


@router.post("/authors")
def act_on_author(
    request: Request,
    operator: Operator,
    author: Annotated[str, Form(max_length=300)],
    action: Annotated[ConsentAction, Form()],
    reason: _Reason = "",
) -> Response:
    at = service(request)
    with at.store.begin() as session:
        moderate.act_on_consent(session, at, operator, author, action, reason, at.now())
    return RedirectResponse("/admin/authors", 303)


@router.api_route("/trouble", methods=["GET", "HEAD"])
def trouble(request: Request, operator: Operator) -> Response:
    """What failed: jobs, mails, deliveries; and the webhooks."""
    return _trouble(request)


@router.post("/trouble/retry")
def retry(request: Request, operator: Operator, what: Annotated[Literal["mails", "hooks"], Form()]) -> Response:
    """Send once more what couldn't be sent."""
    at = service(request)
    with at.store.begin() as session:
        mails.retry_failed(session, at.now()) if what == "mails" else webhooks.retry_failed(session, at.now())
    if what == "mails":
        at.mailer.wake()
    return RedirectResponse("/admin/trouble", 303)


@router.post("/webhooks")
def add_webhook(request: Request, operator: Operator, url: Annotated[str, Form(max_length=2000)] = "") -> Response:
    at = service(request)
    try:
        address = str(check_url(url))
        with at.store.begin() as session:
            webhooks.add(session, address, operator.id, at.now())
    except NarrateError as error:
        return _trouble(request, url=url, wrong=str(error), status=of_error(error).status)
    return RedirectResponse("/admin/trouble#webhooks", 303)


@router.post("/webhooks/remove")
def remove_webhook(request: Request, operator: Operator, webhook: Annotated[str, Form(max_length=40)]) -> Response:
    at = service(request)
    with at.store.begin() as session:
        webhooks.remove(session, webhook, operator.id, at.now())
    return RedirectResponse("/admin/trouble#webhooks", 303)


@router.api_route("/reports", methods=["GET", "HEAD"])
def listen(request: Request, operator: Operator) -> Response:
    """What listeners say is wrong."""
    at = service(request)
    with at.store.begin() as session:
        found = [(report, episodes.load_episode(session, report.key)) for report in reports.list_open(session)]
    return _show(request, "admin_reports.html", "reports", reports=found)


@router.post("/reports/{report_id}")
def close_report(
    request: Request, operator: Operator, report_id: str, is_open: Annotated[bool, Form()] = False
) -> Response:
    at = service(request)
    with at.store.begin() as session:
        reports.set_open(session, report_id, is_open, operator.id, at.now())
    return RedirectResponse("/admin/reports", 303)


@router.api_route("/log", methods=["GET", "HEAD"])
def log(
    request: Request,
    operator: Operator,
    subject: Annotated[str, Query(max_length=200)] = "",
    actor: Annotated[str, Query(max_length=40)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Response:
    """Who did what to what, and when."""
    at = service(request)
    with at.store.begin() as session:
        notes = list_notes(session, subject=subject.strip() or None, actor=actor.strip() or None, before_id=before)
    return _show(request, "admin_log.html", "log", notes=notes, subject=subject, actor=actor)


def _entry(request: Request, key: str, *, wrong: str = "", status: int = 200) -> Response:
    at, found = service(request), parse_key(key)
    with at.store.begin() as session:
        entry = moderate.find_entry(session, found)
        (standing,) = stand(session, at.settings, (entry,), None, at.now())
        acts = list_notes(session, subject=str(found))
        voters = moderate.voters(session, found)
        episode = episodes.load_episode(session, found)
    return _show(
        request, "admin_entry.html", "queue", status=status, standing=standing, notes=acts, voters=voters,
        episode=episode, wrong=wrong, settings=at.settings,
    )  # fmt: skip


def _trouble(request: Request, *, url: str = "", wrong: str = "", status: int = 200) -> Response:
    at = service(request)
    with at.store.begin() as session:
        failed = jobs.list_jobs(session, "failed")
        unsent = mails.list_failed(session)
        hooks = webhooks.list_webhooks(session)
    return _show(
        request, "admin_trouble.html", "trouble", status=status, jobs=failed, mails=unsent, hooks=hooks, url=url,
        wrong=wrong,
    )  # fmt: skip


def _show(request: Request, template: str, part: str, *, status: int = 200, **values: Any) -> Response:
    return show(request, template, status=status, here="admin", part=part, **values)
