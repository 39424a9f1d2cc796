"""A request -> who sent it, whether they may, and how often. The rules of sign-in for pages and API alike.

Handlers take `Signed` or `Operator` as a parameter; the middleware in `guard` has checked body and origin before.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from narrate.seals import ADDRESS, LESSWRONG
from narrate.store import sessions
from narrate.store.members import Member
from narrate.web.limits import parse_rate
from narrate.web.problems import Problem, problem
from narrate.web.service import Service, service

__all__ = [
    "Account",
    "Operator",
    "Problem",
    "Signed",
    "clear_cookie",
    "cookie_name",
    "csrf_of",
    "csrf_token",
    "current_member",
    "limit",
    "local_path",
    "network",
    "problem",
    "session_secret",
    "set_cookie",
]

#: All members of one network together may do so many times what one may.
_NETWORK_FACTOR = 5


def current_member(request: Request) -> Member | None:
    """Who is signed in: by API token if one is given, else by cookie. Raises 401 for a token that isn't one."""
    if not hasattr(request.state, "member"):
        request.state.member = _find_member(request)
    found: Member | None = request.state.member
    return found


def _find_member(request: Request) -> Member | None:
    at = service(request)
    token, secret = bearer(request.headers.get("authorization", "")), session_secret(request)
    if token is not None:
        with at.store.begin() as session:
            member = sessions.member_of_token(session, token, at.now())
        if member is None:
            raise problem(
                401,
                "token-unknown",
                "Unknown token",
                "This API token isn't known, or was removed. Make one on the account page.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return member
    if secret is None:
        return None
    with at.store.begin() as session:
        return sessions.member_of_session(session, secret, at.now(), *_lifetimes(at))


def account(request: Request) -> Member:
    """Whoever is signed in, banned or not: their own account stays theirs. Raises 401."""
    member = current_member(request)
    if member is None:
        raise problem(
            401, "not-signed-in", "Please sign in", "This needs an account.", headers={"WWW-Authenticate": "Bearer"}
        )
    return member


def signed(request: Request) -> Member:
    """A member who may act. Raises 401, or 403 for the banned."""
    member = account(request)
    if member.is_banned:
        raise problem(
            403,
            "banned",
            "This account is banned",
            "An operator has banned this account. You may still export or delete it.",
        )
    return member


def operator(request: Request) -> Member:
    """An operator. Raises 401 or 403."""
    member = signed(request)
    if not member.is_operator:
        raise problem(403, "not-operator", "Not for this account", "Only operators may see and do this.")
    return member


Account = Annotated[Member, Depends(account)]
Signed = Annotated[Member, Depends(signed)]
Operator = Annotated[Member, Depends(operator)]


def limit(request: Request, name: str, per: str) -> None:
    """Count one act of a kind against whoever does it. Raises 429 with Retry-After when it is too many.

    `per` is a rate, "20/hour". A member has it whole, a new one a share of it, and all members of one network five
    times as much together; visitors who aren't signed in share one measure by network.
    """
    at, member = service(request), current_member(request)
    count, period_s = parse_rate(per)
    by_network = f"{name} network {network(request)}"
    if member is None:
        limits = [(by_network, count, period_s)]
    else:
        own = max(1, round(count * at.settings.new_member_share)) if is_new(at, member) else count
        limits = [(f"{name} member {member.id}", own, period_s), (by_network, count * _NETWORK_FACTOR, period_s)]
    wait_s = at.limiter.hit(limits)
    if wait_s > 0:
        raise problem(
            429,
            "too-many-requests",
            "Too many at once",
            f"That was more than the {per.replace('/', ' in one ')} allowed here. Try again in {_in_words(wait_s)}.",
            headers={"Retry-After": str(int(wait_s) + 1)},
        )


def is_new(at: Service, member: Member) -> bool:
    """Whether an account is too young for whole limits. A proved LessWrong account makes up for age."""
    age = at.now() - member.created_at
    return not member.is_verified and not member.is_operator and age < timedelta(hours=at.settings.new_member_hours)


def network(request: Request) -> str:
    """The network a request comes from: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def bearer(authorization: str) -> str | None:
    """The token of an Authorization header, None when it has none of that kind."""
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def cookie_name(at: Service) -> str:
    """Behind TLS the name itself binds the cookie to this very host; a browser keeps no such cookie without TLS."""
    return "__Host-narrate" if at.is_https else "narrate"


def session_secret(request: Request) -> str | None:
    return request.cookies.get(cookie_name(service(request))) or None


def set_cookie(response: Response, at: Service, secret: str) -> None:
    """Sign a browser in."""
    longest = timedelta(days=at.settings.session_max_days)
    response.set_cookie(
        cookie_name(at), secret, max_age=int(longest.total_seconds()), path="/", secure=at.is_https, httponly=True
    )


def clear_cookie(response: Response, at: Service) -> None:
    response.delete_cookie(cookie_name(at), path="/", secure=at.is_https, httponly=True)


def csrf_token(request: Request) -> str:
    """What every form of this page sends back as `csrf`. Empty for visitors: there is nothing to protect."""
    secret = session_secret(request)
    return csrf_of(secret) if secret else ""


def csrf_of(secret: str) -> str:
    """A session's form token: from the cookie's secret, and no way back to it."""
    return hmac.new(secret.encode(), b"csrf", sha256).hexdigest()


_LOCAL = re.compile(r"/(?![/\\])[!-~]*\Z")


def local_path(text: str | None) -> str:
    """`text` if it is a path on this very site, else "/account": a redirect never leads elsewhere."""
    return text if text and len(text) <= 500 and _LOCAL.match(text) and "\\" not in text else "/account"


def open_session(at: Service, request: Request, response: Response, member: Member) -> None:
    """Sign this browser in, under a new secret: one that was there before is worth nothing from now on."""
    before = session_secret(request)
    with at.store.begin() as session:
        if before:
            sessions.close_session(session, before)
        secret = sessions.open_session(
            session, member.id, device_name(request.headers.get("user-agent", "")), at.now(), _lifetimes(at)[0]
        )
    set_cookie(response, at, secret)


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
            ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def device_name(user_agent: str) -> str:
    """ "Firefox on Linux": enough to know one's own devices by, and no more of it is kept."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "A browser")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), None)
    return f"{browser} on {system}" if system else browser


def _lifetimes(at: Service) -> tuple[timedelta, timedelta]:
    return timedelta(days=at.settings.session_idle_days), timedelta(days=at.settings.session_max_days)


def _in_words(wait_s: float) -> str:
    minutes = int(wait_s // 60) + 1
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes <= 90 else f"{round(minutes / 60)} hours"


def address_hash(at: Service, email_folded: str) -> str:
    """Under what a deleted account's address is remembered for some days."""
    return at.seals.seal(ADDRESS, email_folded)


def lesswrong_hash(at: Service, lesswrong_id: str) -> str:
    """Under what a deleted account's LessWrong account is remembered for some days."""
    return at.seals.seal(LESSWRONG, lesswrong_id)
