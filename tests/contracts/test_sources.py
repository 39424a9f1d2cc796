"""What every forum must do, over every entry of FORUMS: a new forum is tested by its existing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from narrate.records import PostKey
from narrate.samples.forum import ForumData, Rules, RunningForum
from narrate.sources import FORUMS, Forum, Sources, locate
from tests.forum_posts import POST_ID, a_post

NAMES = sorted(FORUMS)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def known(name: str) -> Forum:
    return FORUMS[name]


@pytest.fixture
def served(known: Forum, forum: RunningForum) -> RunningForum:
    """A forum of the version that this one runs, with one post."""
    page = f"{known.public_url}/posts/{POST_ID}/a-title"
    rules = Rules(name=known.name, site_url=known.public_url, legacy_only=known.query_form == "input")
    forum.reset(ForumData.from_posts([a_post(pageUrl=page, af=True)], rules))
    return forum


@pytest.fixture
def sources(name: str, known: Forum, served: RunningForum) -> Iterator[Sources]:
    elsewhere = {name: replace(known, base_url=served.url)}
    with Sources(known={**elsewhere, **{n: f for n, f in FORUMS.items() if n != name}}) as made:
        yield made


def test_there_are_forums() -> None:
    assert {"lesswrong", "alignmentforum", "eaforum"} <= set(NAMES)


def test_its_data_hold_together(known: Forum) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", known.source)
    assert known.source != "file"
    assert known.name.isprintable()
    for url in (known.base_url, known.public_url):
        parts = urlsplit(url)
        assert (parts.scheme, parts.path) == ("https", "")
        assert parts.netloc in known.hosts
    assert all(host == host.lower() and "/" not in host for host in known.hosts)
    assert known.crossposts_with is None or known.crossposts_with in {forum.source for forum in FORUMS.values()}


def test_no_host_means_two_sources(known: Forum) -> None:
    for other in FORUMS.values():
        assert other.source == known.source or not set(other.hosts) & set(known.hosts)


def test_each_of_its_hosts_leads_to_its_posts(known: Forum) -> None:
    for host in known.hosts:
        found = locate(f"https://{host}/posts/{POST_ID}/a-title", FORUMS.values())
        assert found.key == PostKey(known.source, POST_ID)


def test_a_post_is_had_by_its_address(sources: Sources, known: Forum) -> None:
    post = sources.fetch(f"{known.public_url}/posts/{POST_ID}/a-title")
    assert (post.key, post.site) == (PostKey(known.source, POST_ID), known.name)
    assert post.url.startswith(known.public_url)
    assert post.authors[0].url == f"{known.public_url}/users/alice"


def test_its_posts_are_listed(sources: Sources, name: str, known: Forum) -> None:
    [candidate] = sources.candidates(name, view="new")
    assert candidate.key == PostKey(known.source, POST_ID)


def test_it_is_asked_in_its_own_form_at_once(sources: Sources, name: str, served: RunningForum) -> None:
    list(sources.candidates(name, view="new"))
    first = next(seen for seen in served.seen if seen.path == "/graphql")
    assert ("input:" in first.body) == (FORUMS[name].query_form == "input")
