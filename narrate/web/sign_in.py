"""/sign-in: an address in, a mailed link out; the link's page, whose button spends it; signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from narrate.errors import BadAddress
from narrate.mail import Address, Message, parse_address
from narrate.settings import split_names
from narrate.store import members, sessions
from narrate.store.members import Member
from narrate.store.sessions import LoginLink
from narrate.web.passkeys import has_passkeys
from narrate.web.rendering import show
from narrate.web.security import (
    Account,
    address_hash,
    clear_cookie,
    current_member,
    limit,
    local_path,
    open_session,
    session_secret,
)
from narrate.web.service import Service, service

_log = structlog.get_logger(__name__)
#: Links for one address in an hour; more would be a way to fill somebody's mailbox.
_LINKS_AN_HOUR = 5

router = APIRouter(include_in_schema=False)


@router.api_route("/sign-in", methods=["GET", "HEAD"])
def sign_in(request: Request, next: str = "") -> Response:  # the parameter's name in addresses
    """The form, or the account page for whoever is signed in already."""
    if current_member(request) is not None:
        return RedirectResponse(local_path(next), 303)
    return _form(request, next)


@router.post("/sign-in")
def send_link(
    request: Request,
    email: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Mail a link. The answer is the same whether the address has an account, and whether a mail was sent."""
    at = service(request)
    limit(request, "sign-in", at.settings.limit_sign_in)
    try:
        address = parse_address(email, split_names(at.settings.disposable_domains))
    except BadAddress as error:
        return _form(request, next, email=email, wrong=str(error), status=422)
    _mail_link(at, address, local_path(next))
    return show(
        request,
        "sign_in_sent.html",
        email=address.email,
        minutes=at.settings.link_minutes,
        outbox=at.settings.home.resolve() / "outbox" if at.settings.smtp_host is None and not at.is_https else None,
    )


@router.api_route("/sign-in/link", methods=["GET", "HEAD"])
def look_at_link(request: Request, code: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """What the mail links to. Looking spends nothing: mail scanners look at everything."""
    at = service(request)
    with at.store.begin() as session:
        link = sessions.find_link(session, code, at.now())
    if link is None:
        return show(request, "sign_in_expired.html", status=410)
    return show(request, "sign_in_link.html", email=link.email, code=code)


@router.post("/sign-in/link")
def spend_link(request: Request, code: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Spend the link and sign this browser in. Of two who send the same link, one is signed in."""
    at = service(request)
    limit(request, "sign-in", at.settings.limit_sign_in)
    with at.store.begin() as session:
        link = sessions.spend_link(session, code, at.now())
        member = None if link is None else _arrive(at, session, link)
    if link is None or member is None:
        return show(request, "sign_in_expired.html", status=410)
    response = RedirectResponse(link.next_path, 303)
    open_session(at, request, response, member)
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Sign this browser out."""
    at, secret = service(request), session_secret(request)
    if secret is not None:
        with at.store.begin() as session:
            sessions.close_session(session, secret)
    response = RedirectResponse("/", 303)
    clear_cookie(response, at)
    return response


@router.post("/sign-out/everywhere")
def sign_out_everywhere(request: Request, member: Account) -> Response:
    """Sign every browser of this member out."""
    at = service(request)
    with at.store.begin() as session:
        sessions.close_sessions(session, member.id)
    response = RedirectResponse("/sign-in", 303)
    clear_cookie(response, at)
    return response


def _form(request: Request, next_path: str, *, email: str = "", wrong: str = "", status: int = 200) -> HTMLResponse:
    return show(
        request,
        "sign_in.html",
        status=status,
        here="sign-in",
        email=email,
        wrong=wrong,
        next=local_path(next_path),
        has_passkeys=has_passkeys(service(request)),
    )


def _mail_link(at: Service, address: Address, next_path: str) -> None:
    """Queue a mail with a link, unless this address had too many lately.

    It goes to the spelling the account was made with: who owns another spelling need not own that mailbox.
    """
    lifetime = timedelta(minutes=at.settings.link_minutes)
    with at.store.begin() as session:
        members.sweep(session, at.now())
        if sessions.count_links(session, address.folded, at.now() - timedelta(hours=1)) >= _LINKS_AN_HOUR:
            _log.warning("too many sign-in links for one address", n_links=_LINKS_AN_HOUR)
            return
        known = members.find_by_email(session, address.folded)
        to = known.email if known is not None and known.email else address.email
        link = LoginLink(email=to, email_folded=address.folded, next_path=next_path)
        code = sessions.make_link(session, link, at.now(), lifetime)
        at.mailer.enqueue(session, _message(at, to, code, lifetime))
    at.mailer.wake()


def _message(at: Service, to: str, code: str, lifetime: timedelta) -> Message:
    s = at.settings
    text = (
        f"Sign in to {s.show_title}:\n\n{s.public_url}/sign-in/link?code={quote(code)}\n\n"
        f"The link works once, for {s.link_minutes} minutes. If you didn't ask for it, do nothing: "
        "nobody gets in without it.\n"
    )
    return Message(to=to, subject=f"Sign in to {s.show_title}", text=text, expires_at=at.now() + lifetime)


def _arrive(at: Service, session: Session, link: LoginLink) -> Member | None:
    """Whose link this is, a new member's if need be. None where the account goes by another spelling by now."""
    known = members.find_by_email(session, link.email_folded)
    if known is not None and known.email != link.email:
        return None
    return members.arrive(session, link.email, link.email_folded, at.now(), address_hash(at, link.email_folded))
