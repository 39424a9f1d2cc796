"""An episode's page in a real Chromium: it plays, the words light up, every way to a moment leads there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from starlette.responses import HTMLResponse

from tests.chromium import DESK, PHONE, until, watch
from tests.looking import look_at, violations
from tests.narrate.pages.conftest import EAR, LEGEND, OUTSIDE, Published, picture
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("player")]

SIZES = {"phone": PHONE, "desktop": DESK}


def now_s(page: Page) -> float:
    at: float = page.evaluate("player.currentTime")
    return at


def lit(page: Page) -> str:
    """The word that is lit."""
    word: str = page.evaluate("[...(CSS.highlights.get('word') || [])].join()")
    return word


def note_jumps(page: Page) -> None:
    """Have the page note (second, lit word) whenever the player is sent somewhere: it plays on before we can look."""
    page.evaluate(
        """() => { window.jumps = []; document.addEventListener("sought", () => jumps.push(
        [player.currentTime, [...(CSS.highlights.get("word") || [])].join()])); }"""
    )


def jumps(page: Page) -> list[tuple[float, str]]:
    return [(at_s, word) for at_s, word in page.evaluate("jumps")]


def is_playing(page: Page) -> bool:
    playing: bool = page.evaluate("!player.paused")
    return playing


def pause(page: Page) -> None:
    page.evaluate("player.pause()")


def test_it_plays_and_the_word_that_is_heard_is_lit(page: Page, published: Published) -> None:
    segments = json.loads(published.words(EAR))["segments"]
    page.goto(published.url(EAR))
    page.get_by_role("button", name="Play", exact=True).click()
    seen, heard_s = set(), 0.0
    while len(seen) < 3:
        until(page, f"player.currentTime > {heard_s + 0.4} && CSS.highlights.get('word').size")
        word, heard_s = page.evaluate("[[...CSS.highlights.get('word')].join(), player.currentTime]")
        near = [s["body"] for s in segments if abs(s["startTime"] - heard_s) < 1.5]
        assert word in near, (word, heard_s)
        seen.add(word)
    page.get_by_role("button", name="Pause").click()
    assert not is_playing(page)


def test_at_any_time_the_lit_word_is_the_transcript_s(page: Page, published: Published) -> None:
    segments = json.loads(published.words(EAR))["segments"][::7]
    page.goto(published.url(EAR))
    shown = page.evaluate(
        "times => times.map(t => { seek(t); return [...CSS.highlights.get('word')].join(); })",
        [(s["startTime"] + s["endTime"]) / 2 for s in segments],
    )
    wrong = [(s["body"], word) for s, word in zip(segments, shown, strict=True) if word not in s["body"] or not word]
    assert len(segments) > 100
    assert wrong == []


@pytest.mark.parametrize(("rest", "at_s"), [("?t=1:03", 63), ("#t=63.5,70", 63.5)])
def test_a_link_opens_at_its_second(page: Page, published: Published, rest: str, at_s: float) -> None:
    page.goto(published.url(EAR, rest))
    assert now_s(page) == pytest.approx(at_s, abs=0.01)
    assert not is_playing(page)
    page.evaluate("player.onplaying = () => { window.begun ??= player.currentTime; }; 0")
    page.keyboard.press("k")
    until(page, "window.begun !== undefined")
    assert page.evaluate("begun") == pytest.approx(at_s, abs=0.3)


def test_a_moment_may_be_written_in_many_ways_and_nonsense_is_none(page: Page, published: Published) -> None:
    written = {"83": 83, "1:23": 83, "83s": 83, "0:01:23.5": 83.5, "1:02:03": 3723, "0": 0}
    nonsense = ["soon", "-5", "1:2:3:4", "", "NaN", "1e3", "1:", "Infinity", "83 s", "<b>"]
    page.goto(published.url(EAR, "?t=99999"))
    assert now_s(page) == 0  # past the end
    assert page.evaluate("all => all.map(seconds)", [*written]) == [*written.values()]
    assert page.evaluate("all => all.map(text => isNaN(seconds(text)))", nonsense) == [True] * len(nonsense)


def test_a_key_s_address_keeps_the_moment(page: Page, published: Published) -> None:
    page.goto(f"{published.place.url}/episodes/lesswrong:{EAR.partition('-')[2]}?t=63#c2")
    assert page.url == published.url(EAR, "?t=63#c2")
    assert now_s(page) == 63


def test_a_click_on_a_word_plays_from_it(page: Page, published: Published) -> None:
    segments = json.loads(published.words(EAR))["segments"]
    word = next(s for s in segments if s["body"].startswith("tenancy"))
    page.goto(published.url(EAR))
    place = page.evaluate(
        """() => { const row = rows.find(row => read(row).whole.includes('tenancy'));
        const from = read(row).whole.indexOf('tenancy'), range = rangeOf(row, from, from + 7);
        row.scrollIntoView({block: 'center', behavior: 'instant'});
        const box = range.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }"""
    )
    note_jumps(page)
    page.mouse.click(*place)
    assert is_playing(page)
    assert jumps(page) == [(pytest.approx(word["startTime"], abs=0.02), word["body"])]


def test_a_chapter_plays_from_its_start_and_is_marked(page: Page, published: Published) -> None:
    page.goto(published.url(EAR))
    chapter = published.episodes[EAR].chapters[2]
    link = page.get_by_role("link", name=chapter.title)
    note_jumps(page)
    link.click()
    assert [at_s for at_s, _ in jumps(page)] == [pytest.approx(chapter.start_ms / 1000, abs=0.01)]
    until(page, f"player.currentTime > {chapter.start_ms / 1000}")
    expect(link).to_have_attribute("aria-current", "true")
    assert page.locator(".chapters [aria-current]").count() == 1
    expect(page.locator("#now")).to_have_text(chapter.title)


def test_keys(page: Page, published: Published) -> None:
    second_s = published.episodes[EAR].chapters[1].start_ms / 1000
    page.goto(published.url(EAR, "?t=20"))
    for key, at_s in (("l", 50), ("j", 35), ("ArrowRight", 40), ("ArrowLeft", 35), ("p", second_s), ("n", None)):
        page.keyboard.press(key)
        expected = published.episodes[EAR].chapters[2].start_ms / 1000 if at_s is None else at_s
        assert now_s(page) == pytest.approx(expected, abs=0.01), key
    page.keyboard.press(">")
    assert page.evaluate("player.playbackRate") == 1.1
    page.keyboard.press("<")
    page.keyboard.press("f")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press(" ")
    assert is_playing(page)
    page.keyboard.press("k")
    assert not is_playing(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("k")  # the dialog has the keyboard
    assert not is_playing(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_typed_into_the_search_is_no_command(page: Page, published: Published) -> None:
    page.goto(published.url(EAR))
    page.keyboard.press("/")
    page.keyboard.type("kitchen")
    assert not is_playing(page)
    expect(page.locator("#found")).to_have_text("1 of 4")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text("2 of 4")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#found")).to_have_text("4 of 4")
    assert page.evaluate("[...CSS.highlights.get('hit')].join().toLowerCase()") == "kitchen"
    assert page.evaluate("CSS.highlights.get('hits').size") == 4
    page.locator("#query").fill("can't plan   a route")  # the post has one space; quotation marks match their like
    expect(page.locator("#found")).to_have_text("1 of 1")
    page.locator("#query").fill("(no such thing")
    expect(page.locator("#found")).to_have_text("Not found")
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_be_hidden()


def test_speed_and_place_are_remembered(page: Page, published: Published) -> None:
    page.goto(published.url(EAR))
    page.locator("#speed").select_option("1.5")
    page.evaluate("seek(100)")
    page.reload()
    assert page.evaluate("[player.playbackRate, player.preservesPitch]") == [1.5, True]
    assert now_s(page) == pytest.approx(100, abs=0.1)
    page.goto(published.url(LEGEND))
    assert page.locator("#speed").input_value() == "1.5"
    assert now_s(page) == 0
    page.goto(published.url(EAR, "?t=30"))
    assert now_s(page) == 30


def scrolled_to(page: Page) -> float:
    """Where the page rests once it has come to rest."""
    at, before = page.evaluate("scrollY"), None
    while at != before:
        page.wait_for_timeout(300)
        at, before = page.evaluate("scrollY"), at
    return float(at)


def test_it_follows_until_the_reader_scrolls(page: Page, published: Published) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(published.url(EAR))
    page.evaluate("seek(200, true)")
    until(page, "scrollY > 500")
    page.mouse.wheel(0, -400)
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
    before = scrolled_to(page)
    page.evaluate("seek(300, true)")
    page.wait_for_timeout(600)
    assert page.evaluate("scrollY") == before
    page.locator("#follow").click()
    until(page, f"scrollY > {before} + 300")


def test_notes_can_be_skipped(page: Page, published: Published) -> None:
    page.goto(published.url(LEGEND))
    start_s, end_s = page.evaluate("notes[0]")
    page.locator("#skip").check()
    note_jumps(page)
    page.evaluate(f"seek({start_s - 1}, true)")
    until(page, "jumps.length == 2")
    page.evaluate(f"seek({start_s + 0.5})")  # whoever goes there wants to hear them
    until(page, f"player.currentTime > {start_s + 1.2}")
    assert [at_s for at_s, _ in jumps(page)] == pytest.approx([start_s - 1, end_s, start_s + 0.5], abs=0.01)


def test_it_goes_to_sleep_at_the_end_of_a_chapter(page: Page, published: Published) -> None:
    end_s = published.episodes[EAR].chapters[0].end_ms / 1000
    page.goto(published.url(EAR))
    page.locator("#sleep").select_option("chapter")
    page.evaluate(f"seek({end_s - 1}, true)")
    until(page, "player.paused")
    assert end_s - 0.1 <= now_s(page) < end_s + 1
    assert page.locator("#sleep").input_value() == ""


def test_a_quote_leads_to_the_post_and_to_the_second(page: Page, published: Published) -> None:
    page.goto(published.url(EAR))
    row = page.locator(".par", has_text="The eye is a generous reader")
    row.hover()
    row.get_by_role("button", name="Quote").click()
    expect(page.locator("#says")).to_have_text("Quote copied")
    quote = page.evaluate("navigator.clipboard.readText()")
    assert quote.startswith("> The eye is a generous reader. It sees")
    assert "[The Ear Is a Slow Reader, by Maren Vale-Oduya](https://www.lesswrong.com/posts/" in quote
    assert "#A_voice_in_the_kitchen:~:text=The%20eye%20is%20a%20generous%20reader," in quote
    start_s = row.get_attribute("data-t")
    assert f"]({published.url(EAR)}?t={start_s}#{row.get_attribute('id')})" in quote


def test_where_nothing_may_be_copied_the_reader_copies(page: Page, published: Published) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(published.url(EAR))
    row = page.locator(".par", has_text="The eye is a generous reader")
    row.get_by_role("link", name="Play from").focus()  # by keyboard
    row.get_by_role("button", name="Copy link").click()
    words = page.get_by_role("dialog", name="Copy this").get_by_role("textbox")
    expect(words).to_be_focused()
    assert words.input_value() == published.url(EAR, f"?t={row.get_attribute('data-t')}#{row.get_attribute('id')}")
    assert page.evaluate("getSelection().toString()") == words.input_value()


def test_media_keys_know_the_episode(page: Page, published: Published) -> None:
    page.goto(published.url(EAR))
    session = page.evaluate(
        "(({title, artist, album, artwork}) => [title, artist, album, artwork[0].src])(navigator.mediaSession.metadata)"
    )
    episode = published.episodes[EAR]
    assert session[:3] == [episode.title, "Maren Vale-Oduya", "LessWrong, narrated"]
    assert session[3].startswith(published.place.url)


def test_figures_come_from_elsewhere_and_tell_nobody_who_reads(page: Page, published: Published) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if not request.url.startswith("http://127") else None)
    page.goto(published.url(EAR))
    figure = page.locator(".transcript figure img").first
    figure.scroll_into_view_if_needed()
    until(page, "document.querySelector('.transcript figure img').naturalWidth == 640")
    assert asked
    assert all(request.url.startswith("https://") and "referer" not in request.headers for request in asked)


def test_from_disk_it_works_the_same(page: Page, published: Published) -> None:
    page.goto(published.file(EAR, "?t=60"))
    assert now_s(page) == 60
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "player.currentTime > 60.5")
    assert lit(page)
    page.keyboard.press("/")
    page.keyboard.type("kitchen")
    expect(page.locator("#found")).to_have_text("1 of 4")


def test_the_frame_holds_the_player_and_keeps_nothing(page: Page, published: Published) -> None:
    src = f"{published.place.url}/embed/{EAR}.html?t=60"
    blog = FastAPI()
    blog.get("/")(lambda: HTMLResponse(f'<!doctype html><title>A blog</title><iframe src="{src}"></iframe>'))
    with serving(blog) as elsewhere:
        page.goto(elsewhere)
        frame = page.frame_locator("iframe")
        frame.get_by_role("button", name="Play", exact=True).click()
        inside = page.frames[1]
        until(inside, "player.currentTime > 60.5")
        link = frame.get_by_role("link", name="The Ear Is a Slow Reader").first
        expect(link).to_have_attribute("href", published.url(EAR))
        assert inside.evaluate("[localStorage.length, document.cookie]") == [0, ""]
        assert frame.locator(".transcript").count() == 0


def test_without_scripts_everything_is_there(browser: Browser, published: Published) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(published.url(EAR))
    expect(page.locator("audio[controls]")).to_be_visible()
    expect(page.locator(".player")).to_be_hidden()
    chapter = published.episodes[EAR].chapters[2]
    href = page.get_by_role("link", name=chapter.title).get_attribute("href") or ""
    assert href.endswith(f".mp3#t={chapter.start_ms / 1000:g}")
    assert page.locator("track[kind=captions]").count() == 1
    assert page.locator(".par").count() > 40
    post = page.locator(".par.prose .post").first.get_attribute("href") or ""
    assert "#" in post
    assert ":~:text=" in post
    context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_looks_right(browser: Browser, published: Published, tmp_path: Path, size: str, scheme: str) -> None:
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    context.route(OUTSIDE, picture)
    page = context.new_page()
    problems = watch(page)
    page.goto(published.url(EAR))
    look_at(page, tmp_path, f"{size}-{scheme}")
    page.evaluate("seek(62)")
    page.evaluate("reveal(current)")
    if size == "phone":
        page.get_by_role("button", name="More controls").click()
    page.locator(".par.spoken .at").focus()
    page.keyboard.press("/")
    page.keyboard.type("reader")
    page.screenshot(path=tmp_path / f"{size}-{scheme}-search.png")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.evaluate("actions.help()")
    assert violations(page) == []
    page.goto(f"{published.place.url}/embed/{EAR}.html")
    look_at(page, tmp_path, f"{size}-{scheme}-frame")
    assert problems == []
    context.close()


def test_a_motionless_reader_gets_no_smooth_scroll(context: BrowserContext, published: Published) -> None:
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(published.url(EAR))
    page.evaluate("window.asked = []; window.scrollBy = (how) => asked.push(how.behavior); 0")
    page.evaluate("reveal(rows.at(12))")
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate("reveal(rows.at(12))")
    assert page.evaluate("asked") == ["instant", "smooth"]
