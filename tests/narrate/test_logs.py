"""Log lines tell which post and job, as JSON off a terminal, and never a secret."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from narrate import logs

SECRET = "s3cr3t-Zq9_x"


pytestmark = pytest.mark.usefixtures("logs_of_a_test")


def written(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        f"GET /feeds/private/{SECRET}.xml failed",
        f"https://pod.example.org/feeds/private/{SECRET}.xml",
        f"/sign-in/link?code={SECRET}&next=/queue",
        f"open /unsubscribe/{SECRET} now",
        f"Authorization: Bearer {SECRET}",
        f"{{'authorization': 'Bearer {SECRET}'}}",
        f"Cookie: __Host-narrate={SECRET}; theme=dark",
        f"narrate={SECRET}",
        f"postgresql+pg8000://narrate:{SECRET}@db.example.org/narrate",
        f"can't reach s3://key:{SECRET}@host/bucket",
        f"csrf={SECRET}",
        f"?token={SECRET}",
    ],
)
def test_a_secret_is_blotted_out_wherever_it_stands(text: str) -> None:
    assert SECRET not in logs.blot(text)
    stream = io.StringIO()
    logs.start(style="json", stream=stream)
    log = structlog.get_logger()
    log.info(text, more=text, inside={"list": [text, (text,)]}, error=ValueError(text))
    logging.getLogger("uvicorn.error").error("failed at %s", text)
    try:
        raise OSError(text)
    except OSError:
        log.exception("it broke")
    assert SECRET not in stream.getvalue()
    assert len(written(stream)) == 3


def test_what_is_a_secret_by_its_name_is_blotted_out() -> None:
    stream = io.StringIO()
    logs.start(style="json", stream=stream)
    structlog.get_logger().info("x", feed_token=SECRET, smtp_password=SECRET, headers={"Cookie": SECRET}, key="a:b")
    (line,) = written(stream)
    assert SECRET not in str(line)
    assert line["key"] == "a:b"


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=4, max_size=30))
def test_no_secret_of_any_letters_comes_through(secret: str) -> None:
    line = logs.blot(f"<a href='/feeds/private/{secret}.xml'> and /sign-in/link?code={secret} of bearer {secret}")
    assert line == "<a href='/feeds/private/…'> and /sign-in/link?code=… of bearer …"


def test_what_isnt_secret_is_left_alone() -> None:
    text = "https://www.lesswrong.com/posts/abc/a-title?commentId=x and narrate: 3 of 4 lines; s3://bucket/prefix"
    assert logs.blot(text) == text


def test_lines_are_json_off_a_terminal_and_say_what_they_are_about() -> None:
    stream = io.StringIO()
    logs.start(stream=stream)
    with structlog.contextvars.bound_contextvars(key="lesswrong:abc"):
        structlog.get_logger().warning("failed", stage="speaking")
        structlog.get_logger().debug("not at this level")
    (line,) = written(stream)
    assert {name: line[name] for name in ("event", "level", "key", "stage")} == {
        "event": "failed", "level": "warning", "key": "lesswrong:abc", "stage": "speaking",
    }  # fmt: skip
    assert str(line["timestamp"]).endswith("Z")


def test_starting_again_doesnt_write_twice() -> None:
    stream = io.StringIO()
    for _ in range(2):
        logs.start(style="json", stream=stream)
    structlog.get_logger().info("once")
    assert len(written(stream)) == 1


def test_lines_for_people_have_no_secret_either() -> None:
    stream = io.StringIO()
    logs.start(style="console", stream=stream)
    structlog.get_logger().info(f"/feeds/private/{SECRET}", token=SECRET)
    assert SECRET not in stream.getvalue()
    assert not stream.getvalue().startswith("{")
