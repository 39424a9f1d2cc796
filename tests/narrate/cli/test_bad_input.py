"""Every bad input ends in one clear line and the right exit code; nothing is half-published; the rest goes on."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from narrate.cli import run_command
from narrate.samples.forum import RunningForum
from tests.forum_posts import a_post

pytestmark = pytest.mark.slow

GOOD = "goodPost222222222"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forum: RunningForum) -> Path:
    """An empty working folder with a data folder in it, and a forum with one good post."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NARRATE_LESSWRONG_URL", forum.url)
    monkeypatch.setenv("NARRATE_VOICE", "tone")
    monkeypatch.setenv("NARRATE_SLOTS", "1")
    forum.data.add_post(a_post(GOOD, html="<p>A good post says this.</p>"))
    return tmp_path / "home"


def episode(*sources: str) -> int:
    return run_command(["episode", *sources])


def published() -> list[str]:
    """The GUIDs in ./site/feed.xml, newest first."""
    import feedparser

    feed = Path("site/feed.xml")
    return [entry.id for entry in feedparser.parse(feed.read_bytes()).entries] if feed.exists() else []


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was said on standard error, but for the line that names the source."""
    return [line for line in capsys.readouterr().err.splitlines() if not line.endswith(": not narrated")]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("a draft", {"draft": True}, "denied"),
    ("for members only", {"onlyVisibleToLoggedIn": True}, "logged"),
    ("not yet approved", {"authorIsUnreviewed": True}, ""),
    ("without contents", {"contents": None}, ""),
    ("with an empty body", {"contents": {"html": "<p> &nbsp; </p>", "version": "1.0.0"}}, ""),
    ("an event", {"isEvent": True}, "event"),
    ("a bare link", {"url": "https://example.org/", "contents": {"html": "", "version": "1.0.0"}}, ""),
]


@pytest.mark.parametrize(("what", "fields", "word"), REFUSED, ids=[what for what, _, _ in REFUSED])
def test_a_post_that_cant_be_read_is_one_line_and_the_next_one_is_narrated(
    what: str, fields: dict[str, Any], word: str, forum: RunningForum, capsys: pytest.CaptureFixture[str]
) -> None:
    forum.data.add_post(a_post("badPost2222222222", **fields))
    assert episode(f"{forum.url}/posts/badPost2222222222/x", GOOD) == 1
    (line,) = lines(capsys)
    assert line.startswith("narrate: ")
    assert len(line) > 40
    assert "fault of narrate" not in line
    assert published() == [f"lesswrong:{GOOD}"]


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/posts/abc",
        "https://lesswrong.com.evil.example/posts/goodPost222222222/x",
        "https://www.lesswrong.com@evil.example/posts/goodPost222222222/x",
        "javascript:alert(1)",
        "no-such-file.json",
        "",
    ],
)
def test_what_is_no_post_at_all_is_a_usage_error(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert episode(source, GOOD) == 2
    (line,) = lines(capsys)
    assert "fault of narrate" not in line
    assert published() == [f"lesswrong:{GOOD}"]


def test_a_missing_post_is_told_apart_from_a_wrong_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert episode("nonePost222222222") == 1
    (line,) = lines(capsys)
    assert "fault of narrate" not in line
    assert not Path("site/feed.xml").exists()


@pytest.mark.parametrize(
    "title",
    [
        "שלום עולם",
        "Joy 🎉🎉 and 漢字",
        "A\x00B\x07 <script>alert(1)</script> &amp; more",
        "long " * 100,
        "‮reversed‬",
        "A title of 𝑥² → ∞ %$#",
    ],
    ids=["right to left", "emoji", "control characters and markup", "500 characters", "override marks", "symbols"],
)
def test_any_title_makes_an_episode(title: str, forum: RunningForum) -> None:
    forum.data.add_post(a_post("oddTitLe222222222", html="<p>Words to say.</p>", title=title))
    assert episode("oddTitLe222222222") == 0
    assert published() == ["lesswrong:oddTitLe222222222"]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Unclosed <b>tags <i>everywhere<p>and </div></span> strays <ul><li>one<li>two",
        "<p>NUL \x00 and \x1b controls</p>",
        "<table>" + "<tr><td><table>" * 10 + "deep" + "</table></td></tr>" * 10 + "</table><p>after</p>",
        "<p>" + "<span>" * 3000 + "deep" + "</span>" * 3000 + "</p>",
        "<p>" + "x" * 5000 + " and a word</p>",
        "<p>سلام and 你好 and hello</p>",
        '<p>Math</p><p><span class="math-tex">\\(' + "x^{" * 500 + "}" * 500 + "\\)</span></p>",
    ],
    ids=["unclosed", "control", "nested tables", "nested spans", "5,000 letters", "scripts", "hopeless formula"],
)
def test_any_markup_makes_an_episode(html: str, forum: RunningForum) -> None:
    forum.data.add_post(a_post("oddHtmL2222222222", html=html))
    assert episode("oddHtmL2222222222") == 0


def test_a_post_of_a_picture_alone_names_the_picture(forum: RunningForum) -> None:
    forum.data.add_post(a_post("imagePost22222222", html='<figure><img src="https://x.example/a.png" alt=""></figure>'))
    assert episode("imagePost22222222") == 0
    (page,) = Path("site/episodes").glob("*.html")
    assert "image" in page.read_text(encoding="utf-8")


def test_400_kilobytes_of_formula_markup_are_read(forum: RunningForum) -> None:
    glyphs = '<span class="mjx-char"><span class="mjx-c">x</span></span>' * 40
    label = f'<span class="mjx-math" aria-label="x^2">{glyphs}</span>'
    formula = f'<span class="mjpage"><span class="mjx-chtml">{label}</span></span>'
    html = "".join(f"<p>Here is {formula} again.</p>" for _ in range(170))
    assert len(html) > 400_000
    forum.data.add_post(a_post("mathPost222222222", html=html))
    assert episode("mathPost222222222") == 0


def test_a_challenge_page_is_reported_and_not_fought(forum: RunningForum, capsys: pytest.CaptureFixture[str]) -> None:
    forum.faults.always("challenge")
    asked = len(forum.seen)
    assert episode(GOOD) == 1
    (line,) = lines(capsys)
    assert "fault of narrate" not in line
    assert len(forum.seen) - asked <= 2


def test_without_ffmpeg_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing() -> str:
        raise RuntimeError("none")

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", nothing)
    assert episode(GOOD) == 1
    (line,) = lines(capsys)
    assert "ffmpeg" in line
    assert "fault of narrate" not in line
    assert not Path("site/feed.xml").exists()


def test_without_libflite_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("voices.why_unavailable", lambda _: "libflite is missing: apt-get install libflite1")
    assert run_command(["episode", GOOD, "--voice", "flite-rms"]) == 1
    (line,) = lines(capsys)
    assert "apt-get install libflite1" in line


def test_a_full_disk_publishes_nothing_and_says_so(home: Path, tmp_path: Path) -> None:
    post = {
        "_id": "longPost222222222",
        "title": "Long",
        "contents": {"html": "<p>A sentence of some length, said often. </p>" * 120, "version": "1"},
    }
    (tmp_path / "long.json").write_text(json.dumps(post), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "narrate", "episode", "long.json"],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000)),
    )
    assert done.returncode == 1
    assert not Path("site/feed.xml").exists()
    said = [line for line in done.stderr.splitlines() if not line.endswith(": not narrated")]
    assert len(said) == 1
    assert "room" in said[0] or "full" in said[0]
    assert list((home / "scratch").iterdir()) == []
