"""Passkeys (WebAuthn): questions for the browser out, its answers in. The one part of the site that needs JavaScript.

A browser binds a passkey to the site's name, so a service reached by a bare IP address can't have any.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Annotated, Any

import webauthn
from fastapi import APIRouter, Body, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    generate_challenge,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from narrate.store import members, passkeys
from narrate.store.passkeys import Passkey
from narrate.web.security import Account, Problem, limit, local_path, open_session, problem
from narrate.web.service import Service, service

_MAX_PASSKEYS = 20
_MAX_ID_BYTES = 1023  # of a credential, by the standard
#: What the library raises for answers that are none, found by feeding it noise.
_NO_ANSWER = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)

router = APIRouter(include_in_schema=False)


def has_passkeys(at: Service) -> bool:
    """Whether the service has a name that passkeys can be bound to."""
    try:
        ipaddress.ip_address(at.public_host)
    except ValueError:
        return at.is_https or at.public_host == "localhost"
    return False


@router.post("/account/passkeys/options")
def registration_options(request: Request, member: Account) -> Response:
    """The question with which a browser makes a new passkey for whoever is signed in."""
    at = _with_passkeys(request)
    challenge = generate_challenge()
    with at.store.begin() as session:
        known = passkeys.list_passkeys(session, member.id)
        passkeys.ask(session, challenge, member.id, at.now())
    if len(known) >= _MAX_PASSKEYS:
        raise problem(422, "too-many-passkeys", "Enough passkeys", f"An account has at most {_MAX_PASSKEYS} passkeys.")
    options = webauthn.generate_registration_options(
        rp_id=at.public_host,
        rp_name=at.settings.show_title,
        user_id=member.id.encode(),
        user_name=member.email or member.id,
        user_display_name=member.name or member.email or member.id,
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.id)) for key in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return JSONResponse(json.loads(webauthn.options_to_json(options)))


@router.post("/account/passkeys")
def register(request: Request, member: Account, credential: Annotated[dict[str, Any], Body()]) -> Response:
    """The browser's answer: a new passkey."""
    at = _with_passkeys(request)
    try:
        parsed = parse_registration_credential_json(credential)
        challenge = parse_client_data_json(parsed.response.client_data_json).challenge
        with at.store.begin() as session:
            asked = passkeys.is_asked(session, challenge, member.id, at.now())
        if not asked:
            raise _refused()
        verified = webauthn.verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=at.public_host,
            expected_origin=_origin(at),
            require_user_verification=True,
        )
    except _NO_ANSWER as error:
        raise _refused() from error
    passkey_id = bytes_to_base64url(verified.credential_id)
    with at.store.begin() as session:
        if len(verified.credential_id) > _MAX_ID_BYTES or passkeys.find(session, passkey_id) is not None:
            raise _refused()
        passkeys.add(
            session,
            Passkey(
                id=passkey_id,
                member_id=member.id,
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                name=f"Passkey of {at.now():%d %B %Y}".replace(" 0", " "),
                made_at=at.now(),
                used_at=None,
            ),
        )
    return JSONResponse({"next": "/account?done=passkey"}, 201)


@router.post("/account/passkeys/remove")
def remove(request: Request, member: Account, passkey: Annotated[str, Form(max_length=1400)]) -> Response:
    at = service(request)
    with at.store.begin() as session:
        passkeys.remove(session, member.id, passkey)
    return RedirectResponse("/account?done=passkey-removed", 303)


@router.post("/sign-in/passkey/options")
def sign_in_options(request: Request) -> Response:
    """The question with which a browser shows that it holds one of our passkeys; it knows itself which."""
    at = _with_passkeys(request)
    limit(request, "sign-in", at.settings.limit_sign_in)
    challenge = generate_challenge()
    with at.store.begin() as session:
        passkeys.ask(session, challenge, None, at.now())
    options = webauthn.generate_authentication_options(
        rp_id=at.public_host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return JSONResponse(json.loads(webauthn.options_to_json(options)))


@router.post("/sign-in/passkey")
def sign_in(request: Request, credential: Annotated[dict[str, Any], Body()], next: str = "") -> Response:
    """The browser's answer: signed in."""
    at = _with_passkeys(request)
    limit(request, "sign-in", at.settings.limit_sign_in)
    try:
        parsed = parse_authentication_credential_json(credential)
        challenge = parse_client_data_json(parsed.response.client_data_json).challenge
        with at.store.begin() as session:
            asked = passkeys.is_asked(session, challenge, None, at.now())
            known = passkeys.find(session, bytes_to_base64url(parsed.raw_id))
        if not asked or known is None:
            raise _refused()
        verified = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=at.public_host,
            expected_origin=_origin(at),
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _NO_ANSWER as error:
        raise _refused() from error
    with at.store.begin() as session:
        passkeys.used(session, known.id, verified.new_sign_count, at.now())
        member = members.find(session, known.member_id)
    if member is None:
        raise _refused()
    response = JSONResponse({"next": local_path(next)})
    open_session(at, request, response, member)
    return response


def _with_passkeys(request: Request) -> Service:
    at = service(request)
    if not has_passkeys(at):
        raise problem(
            422,
            "no-passkeys",
            "No passkeys here",
            f"Passkeys need a site with a name and TLS, and this one is {at.settings.public_url}.",
        )
    return at


def _origin(at: Service) -> str:
    return "/".join(at.settings.public_url.split("/")[:3])


def _refused() -> Problem:
    return problem(
        422,
        "passkey-refused",
        "Passkey refused",
        "That passkey opens nothing here. Try again, or sign in with a mailed link.",
    )
