"""The published pages in a real Chromium: the front page leads to an episode; the rest is test_player_in_chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from narrate.cli import run_command
from narrate.samples import sample_files
from narrate.settings import read_settings
from narrate.store import open_store
from narrate.web.app import make_app
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

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


def test_the_front_page_leads_to_an_episode_and_nothing_is_wider_than_a_phone(page: Page, address: str) -> None:
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="The Town with Two Clocks").click()
    page.wait_for_url("**/episodes/*.html")
    assert page.get_by_role("heading", level=1).inner_text() == "The Town with Two Clocks"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
