"""A real Chromium for tests, as quiet as it can be made."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, ViewportSize, expect, sync_playwright

#: What Chromium, and htmx, say of an answer of 400 to 499.
_REFUSED = re.compile(r"\bstatus of 4\d\d\b|\bStatus Error Code 4\d\d\b")

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}

_FLAGS = [
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


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window. A test that needs it fails where it is missing."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        expect.set_options(timeout=30_000)  # a busy machine's browser is slow, and not wrong
        browser = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        browser.close()


def watch(page: Page, *, refusals: bool = True) -> list[str]:
    """The page's errors as they come: uncaught ones, and whatever the console calls an error (a blocked script).

    Without `refusals`, an answer of 400 and more is none.
    """
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and (refusals or not _REFUSED.search(message.text)):
            problems.append(message.text)

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", note)
    return problems


def until(page: Page | Frame, expression: str, within_s: float = 60) -> None:
    """Wait for a page to say yes. Playwright's own way evaluates strings in the page, which our policy forbids."""
    deadline = time.monotonic() + within_s
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never: {expression}"
        page.wait_for_timeout(30)
