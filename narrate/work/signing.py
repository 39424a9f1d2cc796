"""A delivery -> the JSON that is sent and the headers that sign it (standardwebhooks.com, the symmetric scheme)."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime
from hashlib import sha256

from narrate.store.webhooks import Delivery


def body_of(delivery: Delivery, public_url: str) -> bytes:
    """`type`, `timestamp` and `data`, its addresses absolute."""
    data = dict(delivery.document["data"])
    if "page" in data:
        data["page"] = f"{public_url}{data['page']}"
    return json.dumps({**delivery.document, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(delivery: Delivery, body: bytes, at: datetime) -> dict[str, str]:
    """The id is the same at every try; the time and with it the signature are new."""
    stamp = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery.id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{sign(delivery.secret, delivery.id, stamp, body)}",
    }


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over `id.timestamp.body`, keyed with what follows `whsec_`, decoded."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, f"{message_id}.{stamp}.".encode() + body, sha256).digest()).decode()
