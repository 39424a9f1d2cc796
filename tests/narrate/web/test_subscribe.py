"""The pages of feeds, and the ways into an app, through the running service and in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from narrate.channels import Listing
from narrate.home import open_home
from narrate.records import Book, StoredFile
from narrate.samples import sample_files
from narrate.settings import read_settings
from narrate.store.books import save_book
from narrate.store.channels import open_feeds
from narrate.store.sites import MAIN, find_site
from tests.candidates import NOON
from tests.chromium import DESK, PHONE
from tests.looking import look_at
from tests.visiting import Place, visiting

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("every feed")]  # so many are made once, in one process
SAMPLES = [
    str(path) for path in sample_files() if any(word in path.name for word in ("ear", "legend", "clocks", "tea"))
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A service with some sample posts narrated: one curated, two forms, several tags, every step of karma."""
    home = tmp_path_factory.mktemp("feeds") / "home"
    with open_home(read_settings(home=home, slots=2)) as opened:
        outcomes = list(opened.narrate(SAMPLES, "tone"))
        opened.publish(MAIN, [outcome.post.key for outcome in outcomes])  # type: ignore[union-attr]
    with visiting(home, listed_at="Spotify=https://open.spotify.com/show/x") as running:
        yield running


def shown(page: BeautifulSoup) -> dict[str, str]:
    """Feed's title -> where its name leads."""
    return {link.text: str(link["href"]) for link in page.select(".feeds a.name")}


def test_every_feed_is_on_the_page_and_really_there(place: Place) -> None:
    visitor = place.visitor()
    page = visitor.page("/feeds")
    plain = [str(link["href"]) for link in page.select(".feeds a.plain")]
    assert "/feed.xml" in plain
    assert len(plain) > 5
    for address in plain:
        assert visitor.get(address).headers["content-type"].startswith("application/rss+xml"), address
    for href in shown(page).values():
        assert visitor.get(href).status_code == 200


def test_a_word_keeps_the_feeds_that_have_it(place: Place) -> None:
    visitor = place.visitor()
    everything = shown(visitor.page("/feeds"))
    few = shown(visitor.page("/feeds?q=karma"))
    assert few
    assert set(few) < set(everything)
    assert all("karma" in title for title in few)
    assert "There is no such feed" in visitor.page("/feeds?q=zebra").text


def test_choices_become_one_feed_with_one_spelling(place: Place) -> None:
    visitor = place.visitor()
    chosen = {"karma": "10", "max_minutes": "", "tag": " Rationality ", "lane": "", "footnotes": "", "author": ""}
    answer = visitor.get("/feeds/taste", params=chosen)
    assert answer.url.path == "/subscribe"
    (address,) = parse_qs(urlsplit(str(answer.url)).query)["url"]
    assert address == "/feeds/custom.xml?karma=10&tag=rationality"
    assert f"{place.url}{address}".replace("&", "&amp;") in answer.text
    assert visitor.get(address).status_code == 200
    nothing = visitor.get("/feeds/taste", params=dict.fromkeys(chosen, ""))
    assert f"{place.url}/feed.xml" in nothing.text


def test_a_choice_that_cannot_be_says_what_can_and_keeps_what_was_typed(place: Place) -> None:
    answer = place.visitor().get("/feeds/taste", params={"karma": "lots", "tag": "<b>"})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "lxml")
    assert "whole number" in page.select_one(".field-error").text  # type: ignore[union-attr]
    assert page.select_one("input[name=tag]")["value"] == "<b>"  # type: ignore[index]


def test_the_ways_into_apps_carry_the_address_and_the_code_says_it(place: Place) -> None:
    visitor = place.visitor()
    page = visitor.page("/subscribe?feed=karma-30")
    address = f"{place.url}/feeds/karma-30.xml"
    assert page.select_one(".feed code").text == address  # type: ignore[union-attr]
    assert any(quote(address, safe="") in str(link["href"]) for link in page.select("table a"))
    assert page.select_one("#listed ~ ul a")["href"] == "https://open.spotify.com/show/x"  # type: ignore[index]
    picture = page.select_one("img.qr")
    assert picture is not None
    drawn = visitor.get(str(picture["src"]))
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.content.startswith(b"<svg")


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/feed.xml", "//evil.example/feeds/x", "/account", "javascript:1", "https://[evil.example"],
)
def test_other_peoples_addresses_are_not_shown(place: Place, url: str) -> None:
    for path in ("/subscribe", "/subscribe/qr.svg"):
        answer = place.visitor().get(path, params={"url": url})
        assert answer.status_code == 422
        assert "evil.example" not in answer.text


def test_a_review_years_page_offers_its_audiobook_where_there_is_one(place: Place) -> None:
    file = StoredFile(path="recordings/books/b00c.m4b", n_bytes=5_000_000, mime="audio/mp4")
    book = Book(
        name="year:2021", title="The best of 2021", file=file, duration_ms=5_700_000, keys=("a:b",), made_at=NOON
    )
    feed = Listing(name="review-2021", title="the Review of 2021", description="", group="review", placed=())
    with place.store.begin() as session:
        site = find_site(session, MAIN)
        assert site is not None
        open_feeds(session, site, [feed], NOON)
    assert "audiobook" not in place.visitor().page("/subscribe?feed=review-2021").text
    with place.store.begin() as session:
        save_book(session, book)
    link = place.visitor().page("/subscribe?feed=review-2021").select_one("#book ~ p a")
    assert link is not None
    assert (link["href"], link.text) == ("/media/books/b00c.m4b", "The best of 2021")


def test_a_private_feeds_secret_is_in_no_link_to_a_web_server(place: Place) -> None:
    page = place.visitor().page("/subscribe?url=/feeds/private/verysecret.xml")
    links = [str(link["href"]) for link in page.select("a[href]") if "verysecret" in str(link["href"])]
    assert any(link.startswith("podcast:") for link in links)
    assert [link for link in links if link.startswith("https:")] == []


def test_a_feed_that_isnt_there_is_not_found(place: Place) -> None:
    assert place.visitor().get("/subscribe?feed=tag-zebra").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_pages_are_fit_to_be_seen(
    place: Place,
    browser: Browser,
    tmp_path: Path,
    colours: str,
    size: str,
) -> None:
    viewport = PHONE if size == "phone" else DESK
    context = browser.new_context(viewport=viewport, color_scheme=colours)  # type: ignore[arg-type]
    page = context.new_page()
    for name, path in (
        ("feeds", "/feeds"),
        ("subscribe", "/subscribe?feed=karma-30"),
        ("search", "/search?q=machine"),
        ("browse", "/search"),
        ("wrong", "/feeds/taste?karma=lots"),
    ):
        page.goto(f"{place.url}{path}")
        look_at(page, tmp_path, f"{name}-{size}-{colours}")
    context.close()
