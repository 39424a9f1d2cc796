"""A page in a browser -> a picture for whoever wants to look, and what is wrong with it for those who can't see it."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}


def look_at(page: Page, folder: Path, name: str) -> None:
    """Take a picture; fail if the page is wider than its window or breaks a rule of WCAG 2.1 AA (contrast included)."""
    page.wait_for_load_state()  # a click that led here waits for no more than the answer's first bytes
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the screen"
    assert violations(page) == [], name


def violations(page: Page) -> list[str]:
    """What axe finds: rule, then the places."""
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{v['id']} ({v['help']}): {[n['html'][:120] for n in v['nodes']]}" for v in found]
