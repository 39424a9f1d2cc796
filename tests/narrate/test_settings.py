"""A setting that can't work is refused where it is read, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrate.errors import BadSetting
from narrate.settings import check_base_url, check_reach, read_settings


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


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    monkeypatch.setenv("NARRATE_SMTP_PASSWORD_FILE", str(tmp_path / "password"))
    password = read_settings().smtp_password
    assert password is not None
    assert password.get_secret_value() == "correct horse"
    assert "horse" not in repr(read_settings())
    monkeypatch.setenv("NARRATE_SMTP_PASSWORD", "another")
    with pytest.raises(BadSetting, match="Leave one of them out"):
        read_settings()
    monkeypatch.delenv("NARRATE_SMTP_PASSWORD")
    (tmp_path / "password").unlink()
    with pytest.raises(BadSetting, match="can't be read"):
        read_settings()


@pytest.mark.parametrize("url", [None, "postgresql://db/narrate", "postgresql://me:known@db/narrate", "sqlite:///x.db"])
def test_a_password_without_a_user_who_lacks_one_is_refused(url: str | None) -> None:
    with pytest.raises(BadSetting, match="postgresql://USER@HOST/DATABASE"):
        _ = read_settings(database_url=url, database_password="correct horse").sql_url


@pytest.mark.parametrize(
    ("host", "settings", "is_fine"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("localhost", {}, True),
        ("0.0.0.0", {}, False),
        ("::", {}, False),
        ("192.168.1.7", {"public_url": "http://podcast.example.org"}, False),
        ("pod.example.org", {}, False),
        ("0.0.0.0", {"public_url": "https://podcast.example.org"}, True),
        ("0.0.0.0", {"insecure": True}, True),
    ],
)
def test_nobody_is_reached_from_outside_without_tls_by_accident(
    host: str, settings: dict[str, object], is_fine: bool
) -> None:
    if is_fine:
        check_reach(read_settings(**settings), host)
    else:
        with pytest.raises(BadSetting, match="NARRATE_PUBLIC_URL"):
            check_reach(read_settings(**settings), host)
