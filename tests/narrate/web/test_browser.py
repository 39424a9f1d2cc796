"""The published pages in a real Chromium: they play, chapters seek, links share a moment, and no script is needed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from narrate.cli import run_command
from narrate.samples import sample_files
from narrate.settings import read_settings
from narrate.store import open_store
from narrate.web.app import make_app
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--mute-audio",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
POST = next(str(path) for path in sample_files() if "two-clocks" in path.name)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running app with one published episode."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NARRATE_HOME", str(home))
        patch.setenv("NARRATE_SLOTS", "1")
        assert run_command(["episode", POST, "--voice", "tone", "--out", str(home / "site")]) == 0
    settings = read_settings(home=home)
    store = open_store(settings.sql_url)
    with serving(make_app(settings, store)) as url:
        yield url
    store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield opened
    opened.close()
    assert problems == []


def seconds(page: Page) -> float:
    at: float = page.evaluate("document.getElementById('player').currentTime")
    return at


def wait_until_at(page: Page, at_s: float) -> None:
    page.wait_for_function(f"Math.abs(document.getElementById('player').currentTime - {at_s}) < 1.5", timeout=10_000)


def test_the_front_page_leads_to_an_episode(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="The Town with Two Clocks").click()
    page.wait_for_url("**/episodes/*.html")
    assert page.get_by_role("heading", level=1).inner_text() == "The Town with Two Clocks"


def test_a_chapter_plays_from_its_start_and_its_text_is_marked(page: Page, address: str) -> None:
    page.goto(f"{address}/episodes/lesswrong:demoPostTwocLocks")
    link = page.locator(".chapters a").nth(2)
    start_s = float(link.get_attribute("data-t") or "nan")
    link.click()
    wait_until_at(page, start_s)
    page.wait_for_selector(".transcript p.playing")


def test_a_shared_link_starts_at_its_moment(page: Page, address: str) -> None:
    page.goto(f"{address}/episodes/lesswrong-demoPostTwocLocks.html?t=1:03")
    wait_until_at(page, 63)


def test_a_nonsense_moment_starts_at_the_beginning(page: Page, address: str) -> None:
    page.goto(f"{address}/episodes/lesswrong-demoPostTwocLocks.html?t=soon")
    page.wait_for_function("document.getElementById('player').readyState > 0")
    assert seconds(page) == 0


def test_without_scripts_everything_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/episodes/lesswrong-demoPostTwocLocks.html")
    assert page.locator("audio[controls]").count() == 1
    assert page.locator(".chapters a").count() == 4
    assert page.locator(".transcript p").count() > 10
    context.close()


def test_nothing_is_wider_than_a_phone(page: Page, address: str) -> None:
    for path in ("/", "/episodes/lesswrong-demoPostTwocLocks.html"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
