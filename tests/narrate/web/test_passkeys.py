"""What passkeys' addresses do with answers that no browser would give: refuse them, in words, never fall over."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import cbor2
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from narrate.web.passkeys import has_passkeys
from tests.visiting import Place, Visitor, visiting


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with visiting(tmp_path_factory.mktemp("home"), host="localhost", limit_sign_in="100000/hour") as running:
        yield running


@pytest.fixture(scope="module")
def ana(place: Place) -> Visitor:
    return place.member()


def send(visitor: Visitor, path: str, answer: Any) -> httpx.Response:
    csrf = visitor.fields("/account", "/account/profile")["csrf"] if visitor.cookies else ""
    return visitor.post(path, json=answer, headers={"X-CSRF-Token": csrf, "Accept": "*/*"})


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def client_data(place: Place, kind: str, challenge: str, origin: str | None = None) -> str:
    data = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": origin or place.url, "crossOrigin": False}
    return b64(json.dumps(data).encode())


def an_answer(client_data_json: bytes, **others: Any) -> dict[str, Any]:
    """An answer that has the right fields, and what was given in them."""
    rest = {"attestationObject": "eA", "authenticatorData": "eA", "signature": "eA", **others}
    response = {"clientDataJSON": b64(client_data_json), **rest}
    return {"id": "eA", "rawId": "eA", "type": "public-key", "response": response}


GARBAGE: list[Any] = [
    {},
    {"id": "x"},
    {"id": 1, "rawId": 2, "response": 3, "type": 4},
    {"id": "eA", "rawId": "eA", "type": "public-key", "response": {}},
    an_answer(b"", clientDataJSON="!!", attestationObject="!!"),
    an_answer(b"{"),
    an_answer(b"[]"),
    an_answer(b'{"type":1,"challenge":2,"origin":3}'),
    an_answer(b"\xff", userHandle=5, transports=[5]),
]


def attested(challenge: str, place: Place, credential_id: bytes) -> dict[str, Any]:
    """An answer as a device gives it that adds a new passkey (WebAuthn, attestation "none")."""
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    host = sha256(b"localhost").digest()
    data = host + b"\x45" + bytes(4) + bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id
    made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data + cbor2.dumps(key)})
    response = {"clientDataJSON": client_data(place, "create", challenge), "attestationObject": b64(made)}
    return {"id": b64(credential_id), "rawId": b64(credential_id), "type": "public-key", "response": response}


def test_a_passkey_is_one_members_and_its_id_has_an_end(ana: Visitor, place: Place) -> None:
    bo = place.member("bo@example.org")
    statuses = []
    for visitor, credential_id in ((ana, b"one"), (ana, b"one"), (bo, b"one"), (bo, b"x" * 1024), (bo, b"x" * 1023)):
        challenge = send(visitor, "/account/passkeys/options", {}).json()["challenge"]
        statuses.append(send(visitor, "/account/passkeys", attested(challenge, place, credential_id)).status_code)
    assert statuses == [201, 422, 422, 422, 201]


@pytest.mark.parametrize("wrong", ["origin", "challenge", "member"])
def test_an_answer_to_another_question_or_from_another_place_is_refused(ana: Visitor, place: Place, wrong: str) -> None:
    asked = place.member("cy@example.org") if wrong == "member" else ana
    challenge = send(asked, "/account/passkeys/options", {}).json()["challenge"]
    answer = attested(challenge if wrong != "challenge" else b64(bytes(32)), place, b"another")
    if wrong == "origin":
        answer["response"]["clientDataJSON"] = client_data(place, "create", challenge, "https://evil.example")
    assert send(ana, "/account/passkeys", answer).status_code == 422


@pytest.mark.parametrize("answer", [*GARBAGE, [], None, "x", 5])
@pytest.mark.parametrize("path", ["/account/passkeys", "/sign-in/passkey"])
def test_garbage_is_refused(ana: Visitor, path: str, answer: Any) -> None:
    got = send(ana, path, answer)
    assert got.status_code == 422
    assert got.headers["Content-Type"] == "application/problem+json"


def test_a_question_answered_with_noise_is_refused_whatever_the_noise(ana: Visitor, place: Place) -> None:
    noise = random.Random(7)
    for _ in range(60):
        challenge = send(ana, "/account/passkeys/options", {}).json()["challenge"]
        start = noise.choice([b"", b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authDataX", b"\xa3", b"\x9f", b"\xbf\x61"])
        answer = {
            "id": "eA",
            "rawId": "eA",
            "type": "public-key",
            "response": {
                "clientDataJSON": client_data(place, "create", challenge),
                "attestationObject": b64(start + noise.randbytes(noise.randrange(200))),
            },
        }
        assert send(ana, "/account/passkeys", answer).status_code == 422


def test_a_passkey_nobody_has_signs_nobody_in(place: Place) -> None:
    visitor = place.visitor()
    challenge = send(visitor, "/sign-in/passkey/options", {}).json()["challenge"]
    answer = {
        "id": "eA",
        "rawId": "eA",
        "type": "public-key",
        "response": {
            "clientDataJSON": client_data(place, "get", challenge),
            "authenticatorData": b64(bytes(37)),
            "signature": "eA",
        },
    }
    assert send(visitor, "/sign-in/passkey", answer).status_code == 422
    assert visitor.get("/account").status_code == 401


def test_adding_a_passkey_needs_an_account(place: Place) -> None:
    for path in ("/account/passkeys", "/account/passkeys/options"):
        assert send(place.visitor(), path, {}).status_code == 401


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("https://podcast.example.org", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", False),
        ("https://[2001:db8::1]", False),
        ("http://podcast.example.org", False),
    ],
)
def test_passkeys_are_offered_where_a_browser_has_them(
    tmp_path_factory: pytest.TempPathFactory, address: str, there: bool
) -> None:
    with visiting(tmp_path_factory.mktemp("home"), public_url=address) as place:
        assert has_passkeys(place.service) is there
        assert ("passkey" in place.visitor().get("/sign-in").text) is there
        if not there:
            assert place.visitor().post("/sign-in/passkey/options", json={}).status_code == 422
