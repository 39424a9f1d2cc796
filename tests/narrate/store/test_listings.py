"""Episodes and entries in the orders that pages show them; authors found by their address on our site."""

from __future__ import annotations

from contextlib import suppress

import pytest

from narrate.errors import UsageError
from narrate.records import Author
from narrate.settings import Settings
from narrate.store import candidates, listings, open_store
from tests.candidates import NOON, a_candidate, a_key

POLICY = Settings()


@pytest.mark.parametrize(
    ("author", "slug"),
    [
        (Author(name="Jessica Taylor", url="https://www.lesswrong.com/users/jessicata"), "jessicata"),
        (Author(name="J", url="https://www.alignmentforum.org/users/Jessicata/"), "jessicata"),
        (Author(name="Jane", url="https://forum.effectivealtruism.org/users/jane"), "eaforum:jane"),
        (Author(name="Jane", url="https://blog.example/users/jane"), "blog.example:jane"),
        (Author(name="Jane Q. Doe"), "name:jane-q-doe"),
        (Author(name="Ông Tuấn", url="https://blog.example/about"), "name:ông-tuấn"),
        (Author(name="anonymous"), ""),
        (Author(name="a deleted user"), ""),
        (Author(name="…"), ""),
    ],
)
def test_an_author_has_one_address_here(author: Author, slug: str) -> None:
    assert author.slug == slug


def test_an_author_is_found_by_what_is_in_the_queue(any_url: str) -> None:
    store = open_store(any_url)
    ana = Author(name="Ana", url="https://www.lesswrong.com/users/ana")
    others = (Author(name="Ana B", url="https://www.lesswrong.com/users/ana-b"), Author(name="Nobody"))
    with store.begin() as session:
        candidates.note_found(session, a_candidate(1, karma=90, authors=(*others, ana)), NOON, POLICY)
        candidates.note_found(session, a_candidate(2, karma=90, authors=others), NOON, POLICY)
        assert listings.find_author(session, "ana") == ana
        assert listings.find_author(session, "an") is None
        assert listings.find_author(session, "%") is None
        assert listings.find_author(session, "name:nobody") is None
        assert listings.keys_by(session, ana) == ([], [a_key(1)])
        assert listings.keys_by(session, others[1]) == ([], [a_key(1), a_key(2)])
    store.close()


@pytest.mark.parametrize("cursor", ["", "x", "é", "bm9uc2Vuc2U", "MjAyNi0xMS0yMyBsZXNzd3Jvbmc6eA==", "a" * 400])
def test_a_cursor_that_isnt_ours_is_refused_or_harmless(cursor: str) -> None:
    store = open_store("sqlite://")
    with store.begin() as session, suppress(UsageError):
        assert listings.ready_episodes(session, cursor, 10) == ([], None)
    store.close()
