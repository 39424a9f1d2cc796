"""A visitor with a phone, for the service's pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A new visitor."""
    from tests.chromium import PHONE

    opened = browser.new_context(viewport=PHONE)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Fails when a script broke or was forbidden; that something is refused is what many of these pages are for."""
    from tests.chromium import watch

    opened = context.new_page()
    problems = watch(opened, refusals=False)
    yield opened
    assert problems == []
