"""Custom feeds: equal wishes are one feed, and nonsense is told what is allowed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.errors import UsageError
from narrate.taste import Taste, read_taste
from tests.narrate.test_channels import an_episode


def taste(query: str) -> Taste:
    return read_taste(parse_qsl(query, keep_blank_values=True))


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("tag=ai&karma=75", "karma=075&tag=AI"),
        ("tag=a&tag=b", "tag=B%20,%20a"),
        ("lane=classics", "lane=classic"),
        ("footnotes=inline", ""),
        ("author=Ana%20%20B", "author=ana+b"),
    ],
)
def test_equal_wishes_are_one_feed(query: str, other: str) -> None:
    assert taste(query) == taste(other)
    assert taste(query).podcast_guid == taste(other).podcast_guid
    assert taste(taste(query).query) == taste(query)


@pytest.mark.parametrize("other", ["karma=31", "karma=30&tag=ai", "karma=30&footnotes=never", ""])
def test_different_wishes_are_different_feeds(other: str) -> None:
    assert taste("karma=30").podcast_guid != taste(other).podcast_guid


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("colour=red", "author, footnotes, forum, karma, kind, lane, max_minutes, min_minutes, tag"),
        ("karma=lots", "whole number from 0"),
        ("karma=-5", "whole number from 0"),
        ("karma=1e3", "whole number from 0"),
        ("karma=٣", "whole number from 0"),
        ("karma=99999999", "to 100000"),
        ("karma=30&karma=45", "Give it once"),
        ("forum=reddit", "lesswrong, alignmentforum, eaforum"),
        ("lane=fast", "recent, classic"),
        ("kind=poem", "post, question, dialogue"),
        ("footnotes=maybe", "inline, never, after"),
        ("tag=", "1 to 10 names"),
        ("tag=" + ",".join(map(str, range(11))), "1 to 10 names"),
        ("author=" + "x" * 101, "at most 100 characters"),
        ("min_minutes=30&max_minutes=20", "nothing fits"),
    ],
)
def test_nonsense_is_told_what_is_allowed(query: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        taste(query)


@pytest.mark.parametrize(
    ("query", "changes", "wanted"),
    [
        ("", {}, True),
        ("karma=75", {"karma": 75}, True),
        ("karma=75", {"karma": 74}, False),
        ("karma=0", {"karma": None}, False),
        ("tag=ai,biology", {"tags": ("Biology",)}, True),
        ("tag=ai", {"tags": ()}, False),
        ("author=ana", {"authors": (("ana", "Anastasia"),)}, True),
        ("author=anastasia", {"authors": (("ana", "Anastasia"),)}, True),
        ("author=bo", {"authors": (("ana", "Anastasia"),)}, False),
        ("max_minutes=30", {"minutes": 30.0}, True),
        ("max_minutes=30", {"minutes": 30.1}, False),
        ("min_minutes=30", {"minutes": 29.0}, False),
        ("forum=alignmentforum", {"forums": ("lesswrong", "alignmentforum")}, True),
        ("forum=eaforum", {}, False),
        ("lane=classics", {"lane": "classic"}, True),
        ("lane=recent", {"lane": "classic"}, False),
        ("kind=question", {"kind": "question"}, True),
        ("kind=question", {}, False),
    ],
)
def test_a_taste_takes_what_it_says(query: str, changes: dict[str, Any], wanted: bool) -> None:
    assert taste(query).matches(an_episode(1, **changes)) == wanted


_NAMES = st.sampled_from(["tag", "author", "karma", "kind", "lane", "footnotes", "nonsense"])


@given(st.lists(st.tuples(_NAMES, st.text(max_size=200)), max_size=20))
def test_whatever_is_asked_it_is_a_feed_or_a_clear_refusal(pairs: list[tuple[str, str]]) -> None:
    with suppress(UsageError):
        assert read_taste(pairs).query.isascii()
