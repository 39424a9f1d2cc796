"""From words of a post, or its address with a fragment, to the second of its episode."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from narrate.home import open_home
from narrate.records import Episode, PostKey
from narrate.samples import sample_files
from narrate.settings import read_settings
from narrate.store.episodes import load_episode
from narrate.store.search import paragraphs_with_times
from narrate.store.sites import MAIN
from tests.visiting import Place, visiting

pytestmark = pytest.mark.slow

SAMPLE = next(str(path) for path in sample_files() if "slow-reader" in path.name)
KEY = PostKey("lesswrong", "demoPostSLowear22")
POST = "https://www.lesswrong.com/posts/demoPostSLowear22/the-ear-is-a-slow-reader"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("places") / "home"
    with open_home(read_settings(home=home, slots=1)) as opened:
        (outcome,) = opened.narrate([SAMPLE], "tone")
        opened.publish(MAIN, [outcome.post.key])  # type: ignore[union-attr]
    with visiting(home) as running:
        yield running


@pytest.fixture
def paragraph(place: Place) -> tuple[float, str]:
    """A long paragraph from the middle: (when it is heard, in seconds, its words)."""
    with place.store.begin() as session:
        found = [(ms / 1000, text) for ms, text in paragraphs_with_times(session, KEY) if len(text) > 120]
    return found[len(found) // 2]


def episode(place: Place) -> Episode:
    with place.store.begin() as session:
        found = load_episode(session, KEY)
    assert found is not None
    return found


def led_to(place: Place, url: str, **more: str) -> tuple[str, float | None]:
    """(page, second) that /go leads to."""
    visitor = place.visitor()
    visitor.follow_redirects = False
    answer = visitor.get("/go", params={"url": url, **more})
    assert answer.status_code == 303
    parts = urlsplit(answer.headers["location"])
    second = parse_qs(parts.query).get("t", [None])[0]
    return parts.path, float(second) if second else None


def test_quoted_words_lead_to_where_they_are_heard(place: Place, paragraph: tuple[float, str]) -> None:
    at_s, text = paragraph
    page, second = led_to(place, POST, quote=" ".join(text.split()[:8]).upper())
    assert page == f"/episodes/{KEY.slug}.html"
    assert second == pytest.approx(at_s, abs=0.02)


def test_a_text_fragment_of_the_address_does_too(place: Place, paragraph: tuple[float, str]) -> None:
    at_s, text = paragraph
    words = quote(" ".join(text.split()[:6]), safe="")
    for directive in (words, f"{words},the%20end", f"before%20it-,{words},-after"):
        assert led_to(place, f"{POST}#:~:text={directive}")[1] == pytest.approx(at_s, abs=0.02)


def test_a_headings_fragment_leads_to_its_chapter(place: Place) -> None:
    chapter = next(c for c in episode(place).chapters[1:] if c.url and "#" in c.url)
    page, second = led_to(place, f"{POST}#{urlsplit(chapter.url).fragment}")
    assert second == pytest.approx(chapter.start_ms / 1000)
    assert page.endswith(".html")


@pytest.mark.parametrize("more", [{}, {"quote": "words that nobody ever wrote in there"}, {"quote": "  "}])
def test_what_isnt_there_leads_to_the_beginning(place: Place, more: dict[str, str]) -> None:
    assert led_to(place, POST, **more) == (f"/episodes/{KEY.slug}.html", None)
    assert led_to(place, f"{POST}#no-such-heading", **more)[1] is None


def test_a_post_that_isnt_narrated_leads_to_the_box(place: Place) -> None:
    assert led_to(place, "https://www.lesswrong.com/posts/aaaaaaaaaaaaaaaaa/x", quote="hello there")[0] == "/submit"
