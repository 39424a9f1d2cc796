"""A setting that can't work is refused where it is read, by name."""

from __future__ import annotations

import pytest

from narrate.errors import BadSetting
from narrate.settings import check_base_url, read_settings


@pytest.mark.parametrize("url", ["https://pod.example.org/", "http://127.0.0.1:8000", "https://a.example/pods/x/"])
def test_a_web_address_is_taken_without_its_last_slash(url: str) -> None:
    assert check_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "pod.example.org", "ftp://a.example", "https://", "https://a.example/?x", "https://a.example/#x",
        "https://ü.example", "https://me:secret@a.example", "https://a.example:99999", "https://a.example:0",
        "https://a.example/a b", "https://[::1",
    ],
)  # fmt: skip
def test_what_no_feed_can_stand_at_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_base_url(url)


@pytest.mark.parametrize(
    ("name", "value"),
    [("contact", "Jörg"), ("contact", "a\nb"), ("home", "/tmp/wh?t"), ("public_url", "x"), ("ray_address", "head")],
)
def test_a_value_that_cant_work_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        read_settings(**{name: value})
