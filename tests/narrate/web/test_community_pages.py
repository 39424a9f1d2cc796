"""The community in a real Chromium: submit, vote, the queue's order, moderation, authors; on a phone, without scripts.

Every page on the way is judged by axe in light and dark, at both sizes, and pictured in the test's folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from narrate.home import open_home
from narrate.samples import posts_folder, sample_files
from narrate.samples.forum import ForumData, RunningForum
from narrate.settings import read_settings
from narrate.sources import Sources
from narrate.store import members, webhooks
from narrate.store.candidates import note_found
from narrate.store.sites import MAIN
from tests.candidates import a_candidate, a_key
from tests.chromium import PHONE
from tests.forum_posts import IDS, a_post
from tests.looking import look_at
from tests.visiting import START, Place, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAMPLE = next(str(path) for path in sample_files() if "two-clocks" in path.name)
EPISODE = "lesswrong:demoPostTwocLocks"
POST = f"https://www.lesswrong.com/posts/{IDS[0]}/a-post"


@pytest.fixture(scope="module")
def narrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one episode."""
    home = tmp_path_factory.mktemp("narrated") / "home"
    with open_home(read_settings(home=home, slots=1)) as opened:
        (outcome,) = opened.narrate([SAMPLE], "tone")
        opened.publish(MAIN, [outcome.post.key])  # type: ignore[union-attr]
    return home


@pytest.fixture
def place(tmp_path: Path, narrated: Path, forum: RunningForum) -> Iterator[Place]:
    home = tmp_path / "home"
    shutil.copytree(narrated, home)
    contents = {"html": "<p>One thing is certain.</p>" * 60, "wordCount": 800, "version": "1.0.0"}
    posts = [
        a_post(post_id, title=f"A post, number {n}", contents=contents, postedAt="2026-11-01T00:00:00Z")
        for n, post_id in enumerate(IDS[:2])
    ]
    posts[1]["isEvent"] = True
    forum.reset(ForumData.from_posts([*posts, *ForumData.from_folder(posts_folder()).posts.values()]))
    sources = Sources(lesswrong_url=forum.url, clock=lambda: 0.0, sleep=lambda _: None)
    with visiting(home, sources=sources) as running:
        with running.store.begin() as session:
            for n in range(1, 4):
                note_found(session, a_candidate(n, karma=90 - n), START, running.settings)
            note_found(
                session, a_candidate(7, won_review=2019, posted_at=START.replace(year=2019)), START, running.settings
            )
        yield running
    sources.close()


def sign_in(page: Page, place: Place, email: str = "ana@example.org") -> None:
    page.goto(f"{place.url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Mail me a link").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    page.goto(place.url + place.link())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Account", exact=True).wait_for()


def titles(page: Page) -> list[str]:
    return page.locator("li.entry .title").all_inner_texts()


def test_submit_a_new_post_a_known_one_and_a_refused_one(page: Page, place: Place, tmp_path: Path) -> None:
    page.goto(f"{place.url}/submit")
    look_at(page, tmp_path, "submit")
    page.get_by_label("Address of the post").fill(POST)
    page.keyboard.press("Enter")
    expect(page.locator("#preview")).to_contain_text("A post, number 0")
    look_at(page, tmp_path, "preview-signed-out")
    page.get_by_role("link", name="Sign in to ask for it").click()
    page.get_by_label("E-mail address").fill("ana@example.org")
    page.get_by_role("button", name="Mail me a link").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    page.goto(place.url + place.link())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Submit it").click()  # back where the way began, the post still there
    page.get_by_role("heading", name="Thank you: it is in the queue").wait_for()
    expect(page.locator("#budget")).to_contain_text("99 of 100")
    look_at(page, tmp_path, "submitted")

    page.goto(f"{place.url}/submit?url={IDS[0]}")
    expect(page.locator("#preview")).to_contain_text("It is in the queue already")
    look_at(page, tmp_path, "preview-known")
    page.goto(f"{place.url}/submit?url={IDS[1]}")
    expect(page.get_by_role("alert").filter(has_text="isn’t read here")).to_contain_text("it announces an event")
    look_at(page, tmp_path, "preview-refused")
    page.goto(f"{place.url}/submit?url=nonsense")
    expect(page.get_by_role("alert").first).to_contain_text("isn't a forum we know")
    look_at(page, tmp_path, "submit-wrong")


def test_what_was_read_already_is_one_press_away(page: Page, place: Place, tmp_path: Path) -> None:
    with place.store.begin() as session:
        note_found(session, place.service.sources.candidate(EPISODE), START, place.settings)
    page.goto(f"{place.url}/go?url=https://www.lesswrong.com/posts/demoPostTwocLocks/x")
    page.get_by_role("heading", name="The Town with Two Clocks", level=1).wait_for()
    expect(page.get_by_role("navigation", name="Site").get_by_role("link", name="Queue")).to_be_visible()


def test_votes_are_cast_in_place_and_the_order_follows(page: Page, place: Place, tmp_path: Path) -> None:
    sign_in(page, place)
    page.goto(f"{place.url}/queue")
    assert titles(page) == [a_candidate(n).title for n in (1, 2, 3)]
    third = page.locator("li.entry").nth(2)
    third.get_by_role("button", name="Vote for").click()
    expect(third.locator(".tally")).to_have_text("1 vote, 1 yours")
    third.get_by_role("button", name="One more vote").click()
    expect(third.locator(".tally")).to_have_text("2 votes, 2 yours")
    expect(page.locator("#budget")).to_contain_text("96 of 100")
    assert page.url == f"{place.url}/queue"  # nothing was loaded anew
    look_at(page, tmp_path, "queue-voted")
    page.reload()
    assert titles(page) == [a_candidate(n).title for n in (3, 1, 2)]
    first = page.locator("li.entry").first
    first.get_by_role("button", name="Take back").click()
    expect(first.locator(".tally")).to_have_text("1 vote, 1 yours")
    page.get_by_role("link", name="Classics").click()
    assert titles(page) == [a_candidate(7).title]
    look_at(page, tmp_path, "queue-classics")


def test_a_vote_too_many_is_said_beside_it(page: Page, place: Place, tmp_path: Path) -> None:
    sign_in(page, place)
    page.goto(f"{place.url}/queue")
    first, second = page.locator("li.entry").nth(0), page.locator("li.entry").nth(1)
    for n in range(1, 11):
        first.get_by_role("button", name="ote for" if n == 1 else "One more vote").click()
        expect(first.locator(".tally")).to_contain_text(f"{n} yours")
    expect(page.locator("#budget")).to_contain_text("0 of 100")
    second.get_by_role("button", name="Vote for").click()
    expect(second.locator(".error")).to_contain_text("1 more points")
    expect(second.locator(".tally")).to_have_text("0 votes")
    look_at(page, tmp_path, "queue-no-points")


def test_two_tabs_voting_give_one_truth(context: BrowserContext, page: Page, place: Place) -> None:
    sign_in(page, place)
    page.goto(f"{place.url}/queue")
    other = context.new_page()
    other.goto(f"{place.url}/queue")
    page.locator("li.entry").first.get_by_role("button", name="Vote for").click()
    expect(page.locator("#budget")).to_contain_text("99 of 100")
    other.locator("li.entry").first.get_by_role("button", name="Vote for").click()  # it shows none of mine yet
    expect(other.locator("#budget")).to_contain_text("99 of 100")
    expect(other.locator("li.entry").first.locator(".tally")).to_have_text("1 vote, 1 yours")


def test_the_keyboard_alone_votes(page: Page, place: Place) -> None:
    sign_in(page, place)
    page.goto(f"{place.url}/queue")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if "ote for" in (page.evaluate("document.activeElement.getAttribute('aria-label')") or ""):
            break
    page.keyboard.press("Enter")
    expect(page.locator("li.entry").first.locator(".tally")).to_have_text("1 vote, 1 yours")
    assert "ote for" in page.evaluate("document.activeElement.getAttribute('aria-label')")  # the focus stays
    page.keyboard.press("Enter")
    expect(page.locator("li.entry").first.locator(".tally")).to_have_text("2 votes, 2 yours")


def test_without_scripts_everything_works(browser: Browser, place: Place, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    sign_in(page, place)
    page.goto(f"{place.url}/submit?url={IDS[0]}")
    page.get_by_role("button", name="Submit it").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.goto(f"{place.url}/queue")
    entry = page.locator("li.entry").filter(has_text=a_candidate(2).title)
    entry.get_by_role("button", name="Vote for").click()
    entry = page.locator("li.entry").filter(has_text=a_candidate(2).title)
    expect(entry.locator(".tally")).to_have_text("1 vote, 1 yours")
    assert page.url.endswith(f"#{a_key(2).slug}")
    entry.get_by_role("button", name="Take back").click()
    expect(page.locator("#budget")).to_contain_text("99 of 100")  # the submission's point stays spent
    page.goto(f"{place.url}/authors?url={IDS[0]}")
    page.get_by_text("Don’t narrate my posts", exact=True).first.click()
    page.get_by_label("Address of one of your posts").fill(IDS[0])
    page.get_by_role("button", name="Don’t narrate my posts").click()
    expect(page.get_by_role("status")).to_be_visible()
    context.close()


def test_an_operator_looks_after_it_all(page: Page, browser: Browser, place: Place, tmp_path: Path) -> None:
    visitor = browser.new_page()
    visitor.goto(f"{place.url}/authors?url={POST}")
    look_at(visitor, tmp_path, "author-empty")
    visitor.get_by_text("Don’t narrate my posts", exact=True).first.click()
    visitor.get_by_label("Address of one of your posts").fill(POST)
    visitor.get_by_label("How can we tell").fill("I have put a line into my biography.")
    look_at(visitor, tmp_path, "author-form")
    visitor.get_by_role("button", name="Don’t narrate my posts").click()
    expect(visitor.get_by_role("status")).to_contain_text("nothing more of yours is read")
    visitor.close()

    sign_in(page, place, "op@example.org")
    with place.store.begin() as session:
        member = members.find_by_email(session, "op@example.org")
        assert member is not None
        members.set_operator(session, member.id, True)
        webhooks.add(session, "https://example.org/hook", member.id, START)
    page.goto(f"{place.url}/queue")
    page.get_by_role("link", name="Admin").click()
    look_at(page, tmp_path, "admin")
    page.get_by_role("link", name="1 wishes of authors").click()
    look_at(page, tmp_path, "admin-authors")
    page.get_by_role("button", name="It was them: confirm").click()
    expect(page.locator("article")).to_contain_text("confirmed")

    page.get_by_role("navigation", name="Admin").get_by_role("link", name="Queue").click()
    look_at(page, tmp_path, "admin-queue")
    page.get_by_role("link", name=a_candidate(2).title).click()
    page.get_by_text("Hold", exact=True).first.click()
    page.locator("#reason-hold").fill("looks like a duplicate")
    look_at(page, tmp_path, "admin-entry")
    page.get_by_role("button", name="Hold").click()
    expect(page.locator("dl.facts").first).to_contain_text("held: looks like a duplicate")
    page.get_by_text("Withdraw for good", exact=True).first.click()
    page.locator("#reason-withdraw").fill("its author wrote to us")
    page.get_by_role("button", name="Withdraw for good").click()
    expect(page.locator("dl.facts").first).to_contain_text("withdrawn: its author wrote to us")
    look_at(page, tmp_path, "admin-withdrawn")
    for part in ("Reports", "Members", "Trouble", "Log"):
        page.get_by_role("navigation", name="Admin").get_by_role("link", name=part).click()
        look_at(page, tmp_path, f"admin-{part.lower()}")
    expect(page.locator("tbody")).to_contain_text("its author wrote to us")
    page.goto(f"{place.url}/queue")
    assert a_candidate(2).title not in titles(page)


def test_pages_for_everyone_read_well_in_every_dress(page: Page, place: Place, tmp_path: Path) -> None:
    for path, name in (
        ("/", "front"), ("/queue", "queue"), ("/about", "about"), ("/authors", "authors"), ("/api/docs", "api"),
        ("/authors/nobody-yet", "author"), (f"/episodes/{EPISODE}", "episode"), ("/nothing-here", "nothing"),
    ):  # fmt: skip
        page.goto(place.url + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for width in (360, 1200):
                page.set_viewport_size({"width": width, "height": 900})
                look_at(page, tmp_path, f"{name}-{scheme}-{width}")


def test_an_empty_queue_teaches(browser: Browser, tmp_path: Path) -> None:
    with visiting(tmp_path / "empty") as place:
        page = browser.new_page()
        page.goto(f"{place.url}/queue")
        expect(page.locator(".empty")).to_contain_text("Nothing waits in this lane.")
        look_at(page, tmp_path, "queue-empty")
        page.close()
