"""What a person typed -> an e-mail address, and the one spelling of it that counts. Pure.

Folding: capitals, what follows a plus sign, and for Gmail the dots too are different spellings of one mailbox. The
folded spelling tells whether two addresses are one person's; mail always goes to the spelling that was typed first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from narrate.errors import BadAddress

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")  # dot-atom, RFC 5322
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_GMAIL = {"gmail.com", "googlemail.com"}
_SAME_MAIL = {"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com", "pm.me": "proton.me",
              "protonmail.com": "proton.me"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`email` as mail is sent to it (its domain in ASCII), `folded` as accounts are known by it."""

    email: str
    folded: str


def parse_address(text: str, refused_domains: Iterable[str] = ()) -> Address:
    """Raises BadAddress, saying why: no address at all, or one of a disposable domain (ours, or `refused_domains`)."""
    typed = text.strip()
    local, at, domain = typed.rpartition("@")
    ascii_domain = _ascii(domain)
    if not at or len(typed) > 254 or len(local) > 64 or not _LOCAL.match(local) or ascii_domain is None:
        raise BadAddress("That isn't an e-mail address mail can be sent to. It looks like name@example.org.")
    if _is_within(ascii_domain, {*disposable(), *(name.lower() for name in refused_domains)}):
        raise BadAddress(
            f"Addresses at {ascii_domain} are thrown away, so no account can stand on one. Please use another."
        )
    return Address(email=f"{local}@{ascii_domain}", folded=_folded(local, ascii_domain))


@cache
def disposable() -> frozenset[str]:
    """The domains of our own list: mailboxes for minutes, readable by anyone."""
    lines = (Path(__file__).parent / "disposable.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _folded(local: str, domain: str) -> str:
    base = local.lower().partition("+")[0] or local.lower()
    domain_folded = _SAME_MAIL.get(domain, domain)
    if domain in _GMAIL:
        base = base.replace(".", "")
    return f"{base}@{domain_folded}"


def _ascii(domain: str) -> str | None:
    """A domain in lower-case ASCII (IDNA), None when it is none that mail could reach."""
    try:
        name = domain.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(_LABEL.match(label) for label in labels):
        return None
    return None if labels[-1].isdigit() else name


def _is_within(domain: str, names: set[str]) -> bool:
    """Whether a domain or one that it is part of is among the names."""
    labels = domain.split(".")
    return any(".".join(labels[n:]) in names for n in range(len(labels)))
