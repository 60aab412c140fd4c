"""What only a browser can tell: width, focus, colour, requests, and life without JavaScript."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from accounts.tests.factories import make_account, make_user
from apikeys.models import ApiKey
from apikeys.tests.factories import make_key

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "correct horse"
NARROW, WIDE = {"width": 320, "height": 720}, {"width": 1200, "height": 800}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_cover,  # Others measure the code that these go over again.
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one chromium for the module. Its event loop makes Django believe that the tests are asynchronous."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless", "--disable-gpu", *quiet]
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def owner():
    """A person with a confirmed address and an account with keys of long names."""
    user = make_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    account = make_account(owner=user, name="A hosting company with quite a long name")
    make_key("fluxly", account=account, name="Continuous integration of the marketing site, second attempt")
    return user


def opened(browser: Browser, live_server, **options) -> Page:
    context: BrowserContext = browser.new_context(base_url=live_server.url, **options)
    return context.new_page()


def sign_in(page: Page, user) -> None:
    page.goto("/accounts/login/?next=/dashboard/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url("**/dashboard/")


def nameless(page: Page) -> list[str]:
    """Return the visible controls and links that a screen reader has no name for, as HTML."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]
            .filter(e => e.checkVisibility())
            .filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim()))
            .map(e => e.outerHTML)"""
    )
    return found


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


SIGNED_IN_PATHS = [
    "/dashboard/",
    "/dashboard/plans/",
    "/dashboard/members/",
    "/dashboard/security/",
    "/dashboard/keys/",
    "/dashboard/keys/fluxly/",
    "/dashboard/keys/fluxstore/",
    "/dashboard/keys/fluximage/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/sessions/",
]


def test_no_page_scrolls_sideways_on_a_narrow_phone(browser, live_server, owner):
    page = opened(browser, live_server, viewport=NARROW)
    for path in ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nothing-here/"):
        page.goto(path)
        assert overflow(page) <= 0, path
    sign_in(page, owner)
    key = ApiKey.objects.get()
    own = [f"/dashboard/keys/fluxly/{key.pk}/roll/", f"/dashboard/keys/fluxly/{key.pk}/revoke/"]
    for path in SIGNED_IN_PATHS + own:
        page.goto(path)
        assert overflow(page) <= 0, path
    page.goto("/dashboard/keys/fluxly/")
    # What is done to a key must be seen without a swipe that nothing hints at.
    link = page.get_by_role("link", name="Revoke").bounding_box()
    assert link is not None
    assert link["x"] + link["width"] <= NARROW["width"]


def test_the_tab_key_reaches_the_main_action_past_a_skip_link(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/")
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        names.append(focused.inner_text().strip())
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", names
        expect(focused).to_be_in_viewport()
    assert names[0] == "Skip to content"
    assert "Create an account" in names


def test_the_skip_link_leads_past_the_menu(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WIDE)
    sign_in(page, owner)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_sign_in_form_is_filled_with_the_keyboard_alone(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/accounts/login/")
    page.get_by_label("Email").focus()
    page.keyboard.type(owner.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/")


def test_the_dark_scheme_changes_page_and_text(browser, live_server):
    colours = {}
    for scheme in ("light", "dark"):
        page = opened(browser, live_server, color_scheme=scheme)
        page.goto("/")
        style = "e => { const s = getComputedStyle(e); return [s.backgroundColor, s.color]; }"
        colours[scheme] = page.locator("body").evaluate(style)
    (light_page, light_text), (dark_page, dark_text) = (map(_brightness, colours[s]) for s in ("light", "dark"))
    assert light_page > 200 > light_text
    assert dark_page < 100 < dark_text


def _brightness(colour: str) -> float:
    red, green, blue = (int(part) for part in colour[4:-1].split(","))
    return (red + green + blue) / 3


def test_no_page_asks_another_host_or_misses_a_file(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WIDE)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda response: faults.append(response.url) if response.status >= 400 else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in ("/", "/accounts/signup/"):
        page.goto(path)
    sign_in(page, owner)
    for path in SIGNED_IN_PATHS:
        page.goto(path)
    assert asked
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert faults == []


def test_everything_works_without_javascript(browser, live_server, owner):
    page = opened(browser, live_server, viewport=NARROW, java_script_enabled=False)
    sign_in(page, owner)
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("link", name="Manage Fluxly keys").click()
    page.get_by_label("Name").fill("From a phone")
    page.get_by_role("button", name="Generate").click()
    secret = page.get_by_label("Fluxly key").input_value()
    assert secret.startswith("fluxly_live_")
    assert page.get_by_role("button", name="Copy").count() == 0
    assert ApiKey.objects.filter(name="From a phone").count() == 1


def test_the_copy_button_copies_the_secret(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, owner)
    page.goto("/dashboard/keys/fluxly/")
    page.get_by_label("Name").fill("Copied")
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Fluxly key").input_value()


def test_every_form_control_has_a_name_and_every_page_one_heading(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WIDE)
    sign_in(page, owner)
    for path in ["/", *SIGNED_IN_PATHS]:
        page.goto(path)
        assert nameless(page) == [], path
        assert page.locator("h1").count() == 1, path
        assert page.title(), path
