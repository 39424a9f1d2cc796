"""What stands where on an episode's page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from narrate.audio.sounds import Mark, Piece, Recording
from narrate.pages import STATIC, render_episode
from narrate.pages.reading import Reading, read
from narrate.records import (
    Author,
    Chapter,
    Episode,
    EpisodeChapter,
    Figure,
    NoteRange,
    Omission,
    PostKey,
    Rewrite,
    Role,
    Script,
    StoredFile,
    Utterance,
)

POST = "https://www.lesswrong.com/posts/abc/a-post"
AT = datetime(2026, 1, 2, tzinfo=UTC)
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def utterance(id_: str, written: str, block: int | None, role: Role = "prose", *rewrites: Rewrite) -> Utterance:
    return Utterance(id=id_, block=block, written=written, spoken="a", role=role, pause_after_s=0.3, rewrites=rewrites)


P_SQUARED = Rewrite(start=3, end=5, rule="math", before="p²", after="p squared", tex="p^{2}")
SCRIPT = Script(
    key=PostKey("lesswrong", "abc"),
    title="A post",
    authors=("Ana",),
    source_url=POST,
    posted_at=AT,
    revision="1",
    text_sha256="",
    script_version="",
    voice_roles=(),
    chapters=(
        Chapter(
            title="A post",
            spoken_title="A post.",
            anchor=None,
            level=1,
            utterances=(
                utterance("frame-0", "A post, by Ana.", None, "aside"),
                utterance("b0-0", "First.", 0),
                utterance("b0-1", "So p² is small.", 0, "prose", P_SQUARED),
            ),
        ),
        Chapter(
            title="Results",
            spoken_title="Results.",
            anchor="Results",
            level=1,
            utterances=(
                utterance("b1-0", "Results", 1, "heading"),
                utterance("b3-0", "A slider.", 3, "aside"),
                utterance("b5-0", "One note.", 5, "aside"),
                utterance("b6-0", "Two notes.", 6, "aside"),
                utterance("b7-0", "A lone heading", 7, "heading"),
            ),
        ),
    ),
    omissions=(
        Omission(what="image", text="A slider", why="a picture", block=3, href="http://img.example/a.png"),
        Omission(what="code", text="print(0.7)", why="code is for the eye", block=2),
        Omission(what="embed", text="", why="can't be heard", block=3, href="javascript:alert(1)"),
        Omission(what="page furniture", text=HOSTILE, why="not part of the text", block=None),
    ),
    figures=(
        Figure(block=3, src="http://img.example/a.png", alt="A slider"),
        Figure(block=3, src="javascript:alert(1)", alt=""),
        Figure(block=3, src="/relative.png", alt=""),
    ),
    note_ranges=(NoteRange(first_id="b5-0", last_id="b6-0"),),
)
RECORDING = Recording(
    rate_hz=1000,
    n_samples=90_000,
    pieces=tuple(
        Piece(utterance_id=u.id, take_key="0" * 64, start_sample=n * 10_000, n_samples=9000)
        for n, u in enumerate(SCRIPT.utterances)
    ),
    marks=(Mark(title="A post", level=1, anchor=None, start_sample=0),),
)


def stored(suffix: str, mime: str) -> StoredFile:
    return StoredFile(path=f"recordings/lesswrong-abc/0123456789ab{suffix}", n_bytes=1_234_567, mime=mime)


EPISODE = Episode(
    key=SCRIPT.key, version="0" * 64, title="A post", authors=(Author(name="Ana"),), site="LessWrong", source_url=POST,
    posted_at=AT, ready_at=AT, released_at=AT, made_at=AT, revision="1", voice_id="tone", duration_ms=90_000,
    audio=stored(".mp3", "audio/mpeg"), cover=stored(".jpg", "image/jpeg"),
    chapters_json=stored(".chapters.json", "application/json+chapters"), transcript_vtt=stored(".vtt", "text/vtt"),
    transcript_srt=stored(".srt", "application/x-subrip"), transcript_json=stored(".words.json", "application/json"),
    chapters=(
        EpisodeChapter(start_ms=0, end_ms=30_000, title="A post", level=1, url=POST),
        EpisodeChapter(start_ms=30_000, end_ms=90_000, title="Results", level=1, url=f"{POST}#Results"),
    ),
    notes_html="", opening="First. So p² is small.", n_words=9,
)  # fmt: skip


@pytest.fixture
def reading() -> Reading:
    return read(EPISODE, SCRIPT, RECORDING)


def rendered(episode: Episode = EPISODE, script: Script = SCRIPT, **how: bool) -> dict[str, str]:
    made = render_episode(
        show_title="A show", base_url="https://pod.example", feed_url="https://pod.example/feed.xml", episode=episode,
        script=script, recording=RECORDING, **how,
    )  # fmt: skip
    return {path: content.decode() for path, content, _ in made}


def page(**changes: object) -> BeautifulSoup:
    return BeautifulSoup(rendered(**changes)["episodes/lesswrong-abc.html"], "lxml")  # type: ignore[arg-type]


def test_every_paragraph_is_there_once_with_its_time(reading: Reading) -> None:
    rows = [(p.id, p.start_s, p.text) for c in reading.chapters for p in (c.heading, *c.paragraphs)]
    assert rows == [
        ("", 0, "A post"),
        ("frame-0", 0, "A post, by Ana."),
        ("b0-0", 10, "First. So p² is small."),
        ("b1-0", 30, "Results"),
        ("b3-0", 40, "A slider."),
        ("b5-0", 50, "One note."),
        ("b6-0", 60, "Two notes."),
        ("b7-0", 70, "A lone heading"),
    ]


def test_a_formula_keeps_its_tex(reading: Reading) -> None:
    assert reading.chapters[0].paragraphs[1].pieces == (("First. So ", None), ("p²", "p^{2}"), (" is small.", None))


def test_what_isnt_spoken_stands_where_it_was(reading: Reading) -> None:
    left = {p.id: [o.what for o in p.left] for c in reading.chapters for p in c.paragraphs if p.left}
    assert left == {"b3-0": ["embed"]}
    assert [o.what for o in reading.chapters[1].heading.left] == ["code"]  # of block 2, after block 1
    assert [(left.what, placed) for left, placed in reading.omissions] == [
        ("image", True), ("code", True), ("embed", True), ("page furniture", False),
    ]  # fmt: skip


def test_only_pictures_of_the_web_are_shown_and_only_over_tls(reading: Reading) -> None:
    (picture,) = reading.chapters[1].paragraphs[0].pictures
    assert (picture.src, picture.href, picture.alt) == (
        "https://img.example/a.png",
        "http://img.example/a.png",
        "A slider",
    )
    assert picture.left
    assert picture.left.what == "image"


def test_notes_last_until_what_follows_them(reading: Reading) -> None:
    assert reading.notes == ((50, 70),)


def test_nothing_of_a_stranger_s_becomes_markup() -> None:
    evil = replace(EPISODE, title=HOSTILE, authors=(Author(name=HOSTILE, url="javascript:alert(1)"),), opening=HOSTILE)
    said = tuple(replace(u, written=HOSTILE, rewrites=()) for u in SCRIPT.utterances)
    chapters = tuple(
        replace(c, title=HOSTILE, utterances=said[:3] if n == 0 else said[3:]) for n, c in enumerate(SCRIPT.chapters)
    )
    for path, content in rendered(evil, replace(SCRIPT, chapters=chapters)).items():
        shown = BeautifulSoup(json.loads(content)["html"] if path.endswith(".json") else content, "lxml")
        assert [s.get("src") or s["type"] for s in shown.find_all("script")] in (
            ["application/ld+json", "../static/player.js", "../static/reading.js"], ["../static/player.js"], [],
        )  # fmt: skip
        assert not shown.find_all(onerror=True)
        assert not [a for a in shown.find_all(href=True) if a["href"].startswith("javascript")]


def test_a_page_with_a_post_s_text_belongs_to_the_post() -> None:
    shown = page()
    assert shown.find("link", rel="canonical")["href"] == POST  # type: ignore[index]
    assert shown.find("meta", attrs={"name": "robots"})["content"] == "noindex"  # type: ignore[index]
    assert page(may_index=True).find("meta", attrs={"name": "robots"}) is None


def test_other_sites_can_read_what_it_is() -> None:
    shown = page()
    meta = {m.get("property") or m.get("name"): m["content"] for m in shown.find_all("meta", content=True)}
    assert meta["og:audio"] == "https://pod.example/media/lesswrong-abc/0123456789ab.mp3"
    assert meta["og:image"].endswith(".jpg")
    assert meta["twitter:player"] == "https://pod.example/embed/lesswrong-abc.html"
    about = json.loads(shown.find("script", type="application/ld+json").string or "")  # type: ignore[union-attr]
    assert about["@type"] == "PodcastEpisode"
    assert about["associatedMedia"]["contentUrl"] == meta["og:audio"]
    assert about["associatedMedia"]["transcript"].endswith(".vtt")
    assert [(clip["name"], clip["startOffset"], clip["url"]) for clip in about["hasPart"]] == [
        ("A post", 0, "https://pod.example/episodes/lesswrong-abc.html?t=0"),
        ("Results", 30, "https://pod.example/episodes/lesswrong-abc.html?t=30"),
    ]


def test_a_site_of_files_answers_oembed_with_a_file() -> None:
    files = rendered()
    assert page().find("link", type="application/json+oembed")["href"] == "https://pod.example/embed/lesswrong-abc.json"  # type: ignore[index]
    assert json.loads(files["embed/lesswrong-abc.json"])["type"] == "rich"
    service = rendered(is_service=True)
    assert (
        "https://pod.example/oembed?url=https%3A%2F%2Fpod.example%2Fepisodes" in service["episodes/lesswrong-abc.html"]
    )
    assert set(service) == {"episodes/lesswrong-abc.html", "embed/lesswrong-abc.html"}


def test_pages_have_neither_inline_scripts_nor_inline_styles() -> None:
    for html in rendered().values():
        assert not re.search(r"<[^>]*\s(style|on\w+)=", re.sub(r'"html": ".*?iframe>"', "", html))
        assert "<style" not in html


def test_the_player_is_small() -> None:
    assert sum((STATIC / name).stat().st_size for name in ("player.js", "reading.js")) <= 15_000
