"""Members in a real Chromium: sign in by mail and by passkey, prove an account, end it; on a phone, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from narrate.samples.forum import RunningForum
from narrate.sources import Sources
from narrate.store import members, passkeys
from tests.chromium import DESK, PHONE
from tests.looking import look_at, violations
from tests.visiting import Place, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def place(tmp_path: Path, forum: RunningForum) -> Iterator[Place]:
    sources = Sources(lesswrong_url=forum.url, clock=lambda: 0.0, sleep=lambda _: None)
    with visiting(tmp_path / "home", sources=sources, host="localhost") as running:  # passkeys need a name
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


def test_sign_in_by_mail_change_settings_sign_out(page: Page, place: Place, tmp_path: Path) -> None:
    page.goto(f"{place.url}/account")
    page.get_by_role("link", name="Sign in").last.click()
    look_at(page, tmp_path, "sign-in")
    page.get_by_label("E-mail address").fill("ana@mailinator.com")
    page.get_by_role("button", name="Mail me a link").click()
    assert "thrown away" in page.get_by_role("alert").first.inner_text()
    look_at(page, tmp_path, "sign-in-refused")
    page.get_by_label("E-mail address").fill("ana@example.org")
    page.get_by_role("button", name="Mail me a link").click()
    look_at(page, tmp_path, "sign-in-sent")
    page.goto(place.url + place.link())
    look_at(page, tmp_path, "sign-in-link")
    page.keyboard.press("Enter")  # the button has the focus
    page.get_by_role("heading", name="Account", exact=True).wait_for()
    look_at(page, tmp_path, "account")
    page.get_by_label("Mail me once a day").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").get_by_text("Saved.").wait_for()
    assert page.get_by_label("Mail me once a day").is_checked()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{place.url}/account")
    page.get_by_role("heading", name="Please sign in").wait_for()
    look_at(page, tmp_path, "please-sign-in")


def test_the_look_at_a_page_sees_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><main><h1 style='color:#aaa'>Hardly seen</h1><input></main>")
    assert {line.partition(" ")[0] for line in violations(page)} == {"color-contrast", "label"}
    page.close()


def test_a_used_link_says_so(page: Page, place: Place, tmp_path: Path) -> None:
    sign_in(page, place)
    page.goto(place.url + place.link())
    assert page.get_by_role("heading", name="This link no longer works").is_visible()
    look_at(page, tmp_path, "link-used")


@pytest.fixture
def authenticator(context: BrowserContext, page: Page) -> str:
    """A device with passkeys, as the browser's own protocol plays one."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added: str = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return added


def test_a_passkey_is_added_signs_in_and_can_be_removed(
    page: Page, place: Place, authenticator: str, tmp_path: Path
) -> None:
    sign_in(page, place)
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/account?done=passkey")
    look_at(page, tmp_path, "passkey-added")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{place.url}/sign-in?next=/account%3Fdone%3Dsaved")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account?done=saved")
    with place.store.begin() as session:
        member = members.find_by_email(session, "ana@example.org")
        assert member is not None
        (kept,) = passkeys.list_passkeys(session, member.id)
        assert kept.used_at == place.clock()
    page.get_by_role("button", name="Remove Passkey of").click()
    page.get_by_role("status").wait_for()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{place.url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("opens nothing here").wait_for()
    look_at(page, tmp_path, "passkey-refused")


def test_an_answer_of_a_passkey_is_good_once(page: Page, place: Place, authenticator: str) -> None:
    sign_in(page, place)
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/account?done=passkey")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{place.url}/sign-in")
    with page.expect_request("**/sign-in/passkey?next=*") as sent:
        page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account")
    body = sent.value.post_data
    assert body
    replayed = place.visitor().post(
        "/sign-in/passkey", content=body.encode(), headers={"Content-Type": "application/json"}
    )
    assert replayed.status_code == 422


def test_a_code_in_the_biography_proves_a_lesswrong_account(
    page: Page, place: Place, forum: RunningForum, tmp_path: Path
) -> None:
    user = next(user for user in forum.data.users.values() if not user["deleted"])
    sign_in(page, place)
    code = page.locator("#code").inner_text()
    page.get_by_label("Your profile’s address").fill(str(user["slug"]))
    page.get_by_role("button", name="Look there now").click()
    page.get_by_text("hold your code yet").wait_for()
    look_at(page, tmp_path, "not-proved")
    user["htmlBio"] = f"<p>Hello! {code}</p>"
    page.goto(f"{place.url}/account")
    page.get_by_label("Your profile’s address").fill(f"https://www.lesswrong.com/users/{user['slug']}")
    page.get_by_role("button", name="Look there now").click()
    page.get_by_role("status").get_by_text("is proved").wait_for()
    look_at(page, tmp_path, "proved")


def test_an_account_is_deleted(page: Page, place: Place, tmp_path: Path) -> None:
    sign_in(page, place)
    page.get_by_text("Delete this account").click()
    page.get_by_label("I mean it").check()
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_role("heading", name="Your account is deleted").wait_for()
    look_at(page, tmp_path, "deleted")
    with place.store.begin() as session:
        assert members.count_members(session) == 0


def test_everything_but_passkeys_works_without_javascript(browser: Browser, place: Place, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    sign_in(page, place)
    page.get_by_label("What is it for?").fill("my notebook")
    page.get_by_role("button", name="Make a token").click()
    assert page.locator("#new-token").inner_text().startswith("narrate_")
    assert page.get_by_text("needs JavaScript").is_visible()
    page.screenshot(path=tmp_path / "without-javascript.png", full_page=True)
    page.get_by_role("button", name="Remove my notebook").click()
    page.get_by_role("button", name="Give it a new address").click()
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    context.close()


def test_two_tabs_one_signed_out_meanwhile_end_with_a_word_and_no_harm(
    context: BrowserContext, page: Page, place: Place
) -> None:
    sign_in(page, place)
    other = context.new_page()
    other.goto(f"{place.url}/account")
    other.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Please sign in").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_look_well_on_a_wide_screen_too(browser: Browser, place: Place, tmp_path: Path, scheme: str) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, place)
    look_at(page, tmp_path, f"account-{scheme}")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{place.url}/sign-in")
    look_at(page, tmp_path, f"sign-in-{scheme}")
    context.close()
