"""What other sites may do with an episode: frame its player, and ask how."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from narrate.store.withdrawals import withdraw
from tests.narrate.pages.conftest import EAR, Published

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("player")]  # its site is published once, in one process

KEY = EAR.replace("-", ":", 1)


def get(published: Published, path: str) -> httpx.Response:
    return httpx.get(published.place.url + path, trust_env=False)


def oembed(published: Published, address: str, more: str = "") -> httpx.Response:
    return get(published, f"/oembed?url={quote(address, safe='')}{more}")


@pytest.fixture(scope="module")
def gone(published: Published) -> str:
    """The slug of a post that was withdrawn."""
    with published.place.store.begin() as session:
        withdraw(session, "lesswrong:gone", "its author asked for it", datetime(2026, 1, 2, tzinfo=UTC))
    return "lesswrong-gone"


def test_anybody_may_frame_the_player_and_nobody_anything_else(published: Published) -> None:
    player, page, front = (
        get(published, f"/embed/{EAR}.html"),
        get(published, f"/episodes/{EAR}.html"),
        get(published, "/"),
    )
    assert player.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    assert "X-Frame-Options" not in player.headers
    assert "Set-Cookie" not in player.headers
    for other in (page, front):
        assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert front.headers["X-Frame-Options"] == "DENY"


def test_only_an_episode_s_page_shows_pictures_of_other_sites(published: Published) -> None:
    policies = {
        path: get(published, path).headers["Content-Security-Policy"]
        for path in (f"/episodes/{EAR}.html", f"/episodes/{EAR}", f"/embed/{EAR}.html", "/", "/queue", "/nothing")
    }
    assert [path for path, policy in policies.items() if "https:" in policy] == [
        f"/episodes/{EAR}.html", f"/episodes/{EAR}",
    ]  # fmt: skip
    assert all("unsafe" not in policy for policy in policies.values())


@pytest.mark.parametrize("kind", ["episodes", "embed"])
def test_a_key_leads_to_the_page_and_keeps_the_moment(published: Published, kind: str) -> None:
    got = get(published, f"/{kind}/{KEY}?t=1:23&x=%0d%0aSet-Cookie:a")
    assert (got.status_code, got.headers["Location"]) == (307, f"/{kind}/{EAR}.html?t=1:23&x=%0d%0aSet-Cookie:a")


@pytest.mark.parametrize("kind", ["episodes", "embed"])
def test_what_isnt_there_is_404_and_what_is_gone_410(published: Published, gone: str, kind: str) -> None:
    for name in (
        "lesswrong:other",
        "lesswrong-other.html",
        "..%2F..%2Fnarrate.db",
        "x" * 3000,
        "a:b:c",
        "%F0%9F%90%B1",
    ):
        assert get(published, f"/{kind}/{name}").status_code == 404, name
    for name in (gone, f"{gone}.html", "lesswrong:gone"):
        assert get(published, f"/{kind}/{name}").status_code == 410, name


@pytest.mark.parametrize(
    "path",
    ["/episodes/SLUG.html", "/episodes/SLUG", f"/episodes/{KEY}?t=5", "/embed/SLUG.html", "/episodes/SLUG.html#c2"],
)
def test_oembed_knows_every_address_of_an_episode(published: Published, path: str) -> None:
    got = oembed(published, published.place.url + path.replace("SLUG", EAR))
    assert (got.status_code, got.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    answer = got.json()
    assert (answer["version"], answer["type"], answer["title"]) == ("1.0", "rich", "The Ear Is a Slow Reader")
    assert f'src="{published.place.url}/embed/{EAR}.html"' in answer["html"]
    assert get(published, answer["thumbnail_url"].removeprefix(published.place.url)).status_code == 200


def test_an_oembed_frame_is_no_larger_than_asked_for(published: Published) -> None:
    address = published.url(EAR)
    small = oembed(published, address, "&maxwidth=300&maxheight=150&format=json").json()
    large = oembed(published, address, "&maxwidth=5000&maxheight=5000").json()
    assert (small["width"], small["height"], large["width"], large["height"]) == (300, 150, 640, 200)


@pytest.mark.parametrize(
    ("address", "more", "status"),
    [
        ("", "", 404),
        ("https://elsewhere.example/episodes/lesswrong-abc.html", "", 404),
        ("OURS/episodes/lesswrong-other.html", "", 404),
        ("OURS/queue", "", 404),
        ("OURS/episodes/" + "é" * 50, "", 404),
        ("http://[", "", 404),
        ("OURS/episodes/lesswrong-gone.html", "", 410),
        (f"OURS/episodes/{EAR}.html", "&format=xml", 501),
        (f"OURS/episodes/{EAR}.html", "&maxwidth=-1", 422),
        (f"OURS/episodes/{EAR}.html", "&maxwidth=wide", 422),
        ("x" * 3000, "", 422),
    ],
)
def test_oembed_refuses_properly(published: Published, gone: str, address: str, more: str, status: int) -> None:
    got = oembed(published, address.replace("OURS", published.place.url), more)
    assert got.status_code == status, got.text
    assert got.json()["type"]


def test_the_page_says_where_to_ask(published: Published) -> None:
    html = get(published, f"/episodes/{EAR}.html").text
    address = html.partition('type="application/json+oembed"')[2].partition('href="')[2].partition('"')[0]
    assert get(published, address.removeprefix(published.place.url)).json()["type"] == "rich"


def test_an_unchanged_answer_isnt_sent_again(published: Published) -> None:
    got = oembed(published, published.url(EAR))
    again = httpx.get(got.url, headers={"If-None-Match": got.headers["ETag"]}, trust_env=False)
    assert again.status_code == 304
