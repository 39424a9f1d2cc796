"""What pages do with links that come out of a stranger's post."""

from __future__ import annotations

import pytest

from narrate.pages import is_web_address


@pytest.mark.parametrize("href", ["https://a.example/x.png", "HTTP://a.example"])
def test_a_web_address_is_linked(href: str) -> None:
    assert is_web_address(href)


@pytest.mark.parametrize(
    "href", [None, "", "javascript:alert(1)", " https://a.example", "data:text/html,x", "/posts/x", "java\nscript:x"]
)
def test_nothing_else_is(href: str | None) -> None:
    assert not is_web_address(href)
