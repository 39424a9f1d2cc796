"""/account: what a member may see, change, take along and end. Every change is a form; none needs JavaScript."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from narrate.choose import WEEK_POINTS
from narrate.errors import NotProved
from narrate.mail.message import one_line
from narrate.store import lineup, members, passkeys, sessions, votes
from narrate.store.audit import note
from narrate.store.members import Member
from narrate.web.passkeys import has_passkeys
from narrate.web.rendering import show
from narrate.web.security import (
    Account,
    Signed,
    address_hash,
    clear_cookie,
    lesswrong_hash,
    limit,
    problem,
    session_secret,
)
from narrate.web.service import service

_MAX_TOKENS = 20

router = APIRouter(include_in_schema=False)

#: What a change leads back with, so that reloading the page repeats nothing: ?done=... -> what is said.
_DONE = {
    "saved": "Saved.",
    "feed": "Your private feed has a new address. The old one no longer works.",
    "token-removed": "The token is gone. Programs that used it are signed out.",
    "passkey": "The passkey is ready. You can sign in with it from now on.",
    "passkey-removed": "The passkey no longer opens this account.",
    "session": "That browser is signed out.",
    "proved": "Your LessWrong account is proved. You may take the code out of your biography.",
    "unbound": "Your LessWrong account is no longer connected.",
}


@router.api_route("/account", methods=["GET", "HEAD"])
def account(request: Request, member: Account, done: str = "") -> HTMLResponse:
    return _page(request, member, done=_DONE.get(done, ""))


@router.post("/account/profile")
def save_profile(
    request: Request,
    member: Account,
    name: Annotated[str, Form(max_length=200)] = "",
    notify: Annotated[Literal["at_once", "digest", "never"], Form()] = "at_once",
) -> Response:
    at = service(request)
    with at.store.begin() as session:
        members.set_name(session, member.id, one_line(name)[:80])
        members.set_notify(session, member.id, notify)
    return _back("saved")


@router.post("/account/feed")
def renew_feed(request: Request, member: Account) -> Response:
    """A new address for the private feed; whoever knows the old one is out."""
    at = service(request)
    with at.store.begin() as session:
        members.renew_feed_token(session, member.id)
    return _back("feed")


@router.post("/account/tokens")
def make_token(request: Request, member: Signed, name: Annotated[str, Form(max_length=200)] = "") -> Response:
    """A new API token, shown this once."""
    at = service(request)
    with at.store.begin() as session:
        if len(sessions.list_tokens(session, member.id)) >= _MAX_TOKENS:
            raise problem(
                422,
                "too-many-tokens",
                "Enough tokens",
                f"An account has at most {_MAX_TOKENS} tokens. Remove one first.",
            )
        secret = sessions.make_token(session, member.id, one_line(name)[:80] or "unnamed", at.now())
    return _page(request, member, new_token=secret)


@router.post("/account/tokens/remove")
def remove_token(request: Request, member: Account, token: Annotated[str, Form(max_length=64)]) -> Response:
    at = service(request)
    with at.store.begin() as session:
        sessions.remove_token(session, member.id, token)
    return _back("token-removed")


@router.post("/account/sessions/close")
def close_session(request: Request, member: Account, session_id: Annotated[str, Form(max_length=64)]) -> Response:
    at = service(request)
    with at.store.begin() as session:
        sessions.close_session_named(session, member.id, session_id)
    return _back("session")


@router.post("/account/lesswrong")
def prove_lesswrong(request: Request, member: Signed, profile: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Look for the member's code in the biography at this address; if it is there, the account is theirs."""
    at = service(request)
    limit(request, "proofs", at.settings.limit_proofs)
    with at.store.begin() as session:
        code = members.proof_code(session, member.id, at.now())
    person = at.sources.person(profile)
    if not person.says(code):
        raise NotProved(
            f"The biography of {person.name} doesn't hold your code yet. Save it there first; LessWrong may take some "
            "minutes to show it."
        )
    with at.store.begin() as session:
        members.bind_lesswrong(session, member.id, person.id, person.name, at.now(), lesswrong_hash(at, person.id))
        note(session, at.now(), member.id, "prove lesswrong", member.id, {})
    return _back("proved")


@router.post("/account/lesswrong/unbind")
def unbind_lesswrong(request: Request, member: Account) -> Response:
    at = service(request)
    with at.store.begin() as session:
        members.unbind_lesswrong(session, member.id)
        note(session, at.now(), member.id, "disconnect lesswrong", member.id, {})
    return _back("unbound")


@router.get("/account/export")
def export(request: Request, member: Account) -> Response:
    """Everything stored under this member, as a JSON file."""
    at = service(request)
    with at.store.begin() as session:
        found = members.export(session, member.id)
    name = f"narrate-{at.now():%Y-%m-%d}.json"
    return JSONResponse(
        found, headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    )


@router.post("/account/delete")
def delete(request: Request, member: Account, sure: Annotated[str, Form(max_length=20)] = "") -> Response:
    """End the account. Votes keep counting; nothing leads from them to anyone."""
    if sure != "yes":
        raise problem(422, "not-confirmed", "Nothing was deleted", "Tick the box to say that you mean it.")
    at = service(request)
    hashes = [address_hash(at, folded)] if (folded := member.email_folded) else []
    hashes += [lesswrong_hash(at, member.lesswrong_id)] if member.lesswrong_id else []
    with at.store.begin() as session:
        members.remove(session, member.id, at.now(), hashes)
        note(session, at.now(), member.id, "delete account", member.id, {})
    response = show_deleted(request)
    clear_cookie(response, at)
    return response


def show_deleted(request: Request) -> HTMLResponse:
    """The last page of an account. Whoever asked for it is nobody by now."""
    request.state.member = None
    return show(request, "account_deleted.html", here="account")


def _page(request: Request, member: Member, *, done: str = "", new_token: str = "") -> HTMLResponse:
    at = service(request)
    secret = session_secret(request)
    with at.store.begin() as session:
        code = "" if member.is_verified else members.proof_code(session, member.id, at.now())
        budget = votes.budget(session, member.id, at.now())
        values: dict[str, Any] = {
            "points": WEEK_POINTS,
            "points_left": budget.points_left,
            "week_ends": budget.week_ends,
            "votes": _votes(session, member),
            "tokens": sessions.list_tokens(session, member.id),
            "open_sessions": sessions.list_sessions(session, member.id, at.now()),
            "passkeys": passkeys.list_passkeys(session, member.id),
        }
    return show(
        request,
        "account.html",
        here="account",
        done=done,
        new_token=new_token,
        code=code,
        this_session=sessions.session_name(secret) if secret else "",
        has_passkeys=has_passkeys(at),
        feed_url=f"{at.settings.public_url}/feeds/private/{member.feed_token}.xml",
        **values,
    )


def _votes(session: Session, member: Member) -> list[dict[str, object]]:
    """A member's votes with what became of their posts, most votes first."""
    shown = []
    for key, n in votes.votes_of(session, member.id).items():
        entry = lineup.find(session, key)
        title, state = (entry.title, entry.state) if entry else (key, "gone")
        shown.append({"n": n, "title": title, "state": state, "url": f"/queue#{key}" if state == "waiting" else ""})
    return sorted(shown, key=lambda vote: (-int(str(vote["n"])), str(vote["title"])))


def _back(done: str) -> Response:
    return RedirectResponse(f"/account?done={done}", 303)
