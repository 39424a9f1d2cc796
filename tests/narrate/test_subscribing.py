"""The ways into apps: every link carries the feed's whole address, and the QR code says it."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from narrate.subscribing import APPS, qr_svg, ways

FEED = "https://podcast.example.org/feeds/custom.xml?karma=75&tag=ai"


@pytest.mark.parametrize("feed_url", [FEED, "http://127.0.0.1:8000/feed.xml"])
def test_every_app_is_told_the_whole_address(feed_url: str) -> None:
    bare = feed_url.partition("://")[2]
    for way in ways(feed_url, "LessWrong, narrated: A & B"):
        if not way.href:
            continue
        parts = urlsplit(way.href)
        told = parse_qs(parts.query).get("url", [way.href])[0]
        assert bare in told, way.app.name
        assert unquote(way.href).isascii()


def test_pocket_casts_is_told_that_a_feed_is_secure() -> None:
    links = {way.app.name: way.href for way in ways(FEED, "T")}
    assert links["Pocket Casts"].startswith("pktc://subscribehttps/podcast.example.org/")
    insecure = {way.app.name: way.href for way in ways(FEED.replace("https", "http"), "T")}
    assert insecure["Pocket Casts"].startswith("pktc://subscribe/podcast.example.org/")


def test_a_title_cannot_break_out_of_a_link() -> None:
    for way in ways("https://p.example/feed.xml", 'x" onclick="y&title=z#'):
        assert '"' not in way.href
        assert "&title=z" not in way.href


def test_apps_are_named_once() -> None:
    assert len({app.name for app in APPS}) == len(APPS)


def test_a_qr_code_is_a_picture_of_its_own_without_styles_or_scripts() -> None:
    drawn = qr_svg(FEED)
    assert drawn is not None
    root = ElementTree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "g", "path"}
    assert b"style" not in drawn
    assert drawn == qr_svg(FEED)
    assert drawn != qr_svg(FEED + "x")


def test_an_address_too_long_for_a_code_has_none() -> None:
    assert qr_svg("https://p.example/?" + "x" * 700) is None
