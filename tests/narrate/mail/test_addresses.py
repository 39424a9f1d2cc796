"""Which spellings are addresses, and which of them are one mailbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.errors import BadAddress
from narrate.mail import addresses
from narrate.mail.addresses import disposable, parse_address


@pytest.mark.parametrize(
    ("typed", "email", "folded"),
    [
        ("ana@example.org", "ana@example.org", "ana@example.org"),
        ("  Ana.Muster@Example.ORG ", "Ana.Muster@example.org", "ana.muster@example.org"),
        ("ana+lw+2@example.org", "ana+lw+2@example.org", "ana@example.org"),
        ("+ana@example.org", "+ana@example.org", "+ana@example.org"),
        ("a.n.a+x@GoogleMail.com", "a.n.a+x@googlemail.com", "ana@gmail.com"),
        ("a.n.a@example.org", "a.n.a@example.org", "a.n.a@example.org"),
        ("ana@pm.me", "ana@pm.me", "ana@proton.me"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("o'brien@example.co.uk", "o'brien@example.co.uk", "o'brien@example.co.uk"),
        ("ana@example.org.", "ana@example.org", "ana@example.org"),
    ],
)
def test_an_address_is_kept_as_typed_and_known_by_its_folded_spelling(typed: str, email: str, folded: str) -> None:
    found = parse_address(typed)
    assert (found.email, found.folded) == (email, folded)


@given(st.text(max_size=40), st.sampled_from(["@example.org", "@gmail.com", "@", "@x", ""]))
def test_whatever_is_taken_is_one_plain_line_and_folds_to_itself(local: str, domain: str) -> None:
    try:
        found = parse_address(local + domain)
    except BadAddress:
        return
    assert found.email.isascii()
    assert found.email.isprintable()
    assert not set(found.email) & set(' \r\n\0,;<>"()[]:\\')
    assert parse_address(found.folded).folded == found.folded
    assert parse_address(found.email).folded == found.folded


def test_the_list_of_disposable_domains_is_sorted_and_without_repeats() -> None:
    text = (Path(addresses.__file__).parent / "disposable.txt").read_text("utf-8")
    listed = [line for line in text.splitlines() if not line.startswith("#")]
    assert listed == sorted(set(listed))
    assert set(listed) == disposable()
    assert {"gmail.com", "proton.me", "duck.com", "fastmail.com"} & disposable() == set()
