"""Fluxly's pages in a browser: at 320 pixels, in both schemes, without JavaScript, with the keyboard alone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from links.models import Link
from links.tests.factories import TARGET, make_clicks, make_link
from plans.services import set_plan
from tests.test_browser import NARROW, WIDE, browser, nameless, opened, overflow, owner, pytestmark, sign_in

__all__ = ["browser", "owner", "pytestmark"]
LONG = "https://example.com/" + "a-long-path-without-a-place-to-break" * 20
LINKS = "/dashboard/links/"


@pytest.fixture
def account(owner):
    """The owner's account on the plan that has everything."""
    account = owner.accounts.get()
    set_plan(account=account, product="fluxly", plan="full_stack")
    return account


def signed_in(browser, live_server, owner, **options) -> Page:
    page = opened(browser, live_server, **options)
    sign_in(page, owner)
    return page


def contrast(page: Page, selector: str) -> float:
    """Return the contrast of an element's text to what is behind it, as WCAG 2 has it (1 to 21)."""
    return page.locator(selector).first.evaluate(
        """element => {
            const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
            const light = colour => numbers(colour).slice(0, 3)
                .map(part => part / 255)
                .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
                .reduce((sum, part, index) => sum + part * [.2126, .7152, .0722][index], 0);
            const style = getComputedStyle(element);
            const text = element.tagName === 'rect' ? style.fill : style.color;
            let behind = element.tagName === 'rect' ? element.closest('.card') : element;
            while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
            const pair = [light(text), light(getComputedStyle(behind).backgroundColor)];
            return (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
        }"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_link_is_made_changed_and_deleted_on_a_phone_without_javascript(
    browser, live_server, owner, account, scheme
):
    page = signed_in(browser, live_server, owner, viewport=NARROW, color_scheme=scheme, java_script_enabled=False)
    page.goto(LINKS)
    page.get_by_role("link", name="Make your first link").click()
    page.get_by_label("Where it leads").fill(LONG)
    page.get_by_label("Short name").fill("from-a-phone")
    page.get_by_label("Tags").fill("spring, two words")
    page.get_by_role("button", name="Make the link").click()
    assert page.get_by_role("textbox", name="Short link").input_value().endswith("/r/from-a-phone")
    assert page.get_by_role("button", name="Copy").count() == 0
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Spring sale")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Spring sale")).to_be_visible()
    assert Link.objects.get().title == "Spring sale"
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Switched off", exact=True)).to_be_visible()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No links yet")).to_be_visible()
    assert not Link.objects.of(account).exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_links_scrolls_sideways_and_all_text_stands_out(browser, live_server, owner, account, scheme):
    link = make_link(account=account, target_url=LONG, custom_slug="x" * 64, title="y" * 200, tags=["z" * 40])
    make_link(account=account, custom_slug="locked-one", password="sesame")
    ended = make_link(account=account, custom_slug="ended-one")
    Link.objects.filter(pk=ended.pk).update(expires_at=timezone.now() - timedelta(days=1))
    page = signed_in(browser, live_server, owner, viewport=NARROW, color_scheme=scheme)
    of_link = [
        f"{LINKS}{link.link_id}/{name}" for name in ("", "edit/", "delete/", "analytics/", "analytics/?tz=x")
    ]
    visitors = ["/r/locked-one", "/r/ended-one", "/r/nothing-here", f"/r/{link.slug}+"]
    for path in [LINKS, f"{LINKS}?search=nothing", f"{LINKS}new/", f"{LINKS}api/", *of_link, *visitors]:
        page.goto(path)
        assert overflow(page) <= 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert contrast(page, "h1") >= 4.5, path
        assert contrast(page, "main p, main td, main dd") >= 4.5, path


def test_faults_are_beside_their_fields_and_the_first_has_the_focus(browser, live_server, owner, account):
    page = signed_in(browser, live_server, owner, viewport=NARROW, java_script_enabled=False)
    page.goto(f"{LINKS}new/")
    page.get_by_label("Where it leads").fill("https://example.com/kept")
    page.get_by_label("Short name").fill("admin")
    page.get_by_role("button", name="Make the link").click()
    faulty = page.get_by_label("Short name")
    expect(faulty).to_be_focused()
    expect(faulty).to_have_accessible_description(re.compile("Is a reserved word"))
    expect(page.get_by_label("Where it leads")).to_have_value("https://example.com/kept")


def test_a_link_is_made_with_the_keyboard_alone(browser, live_server, owner, account):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(f"{LINKS}new/")
    expect(page.get_by_label("Where it leads")).to_be_focused()
    page.keyboard.type(TARGET)
    names = []
    for _ in range(25):
        page.keyboard.press("Tab")
        focused = page.evaluate_handle("document.activeElement")
        names.append(focused.evaluate("e => e.name || e.textContent.trim()"))
        # The browser draws the focus inside its own field of date and time.
        if names[-1] != "expires_at":
            assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", names
        assert focused.evaluate("e => e.getBoundingClientRect().bottom <= innerHeight"), names
        if names[-1] == "Make the link":
            break
    order = list(dict.fromkeys(names))
    assert order[:3] == ["custom_slug", "title", "tags"]
    assert order[-2:] == ["is_active", "Make the link"]
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/lnk_\w+/$"))
    assert Link.objects.get().target_url == TARGET


def test_the_chart_is_drawn_and_stands_out(browser, live_server, owner, account):
    link = make_link(account=account)
    make_clicks(link, *[timezone.now()] * 3)
    for scheme in ("light", "dark"):
        page = signed_in(browser, live_server, owner, viewport=NARROW, color_scheme=scheme)
        page.goto(f"{LINKS}{link.link_id}/analytics/")
        chart = page.get_by_role("img", name="Clicks by day")
        expect(chart).to_have_accessible_description(re.compile("3 clicks, most on"))
        box = page.locator(".chart-plot rect").bounding_box()
        assert box is not None
        assert box["width"] >= 3
        assert box["height"] >= 100
        assert contrast(page, ".chart-plot rect") >= 3
        page.get_by_text("The same in numbers").click()
        expect(page.get_by_role("row", name=re.compile(r" 3$"))).to_be_visible()
        page.get_by_role("link", name="7 days").click()
        expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")


def test_the_copy_button_copies_the_short_link(browser, live_server, owner, account):
    link = make_link(account=account)
    page = signed_in(browser, live_server, owner, viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{LINKS}{link.link_id}/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link.short_url


def test_the_gate_lets_a_visitor_in_without_javascript(browser, live_server, account):
    link = make_link(account=account, password="open sesame")
    # A name that never resolves: the redirect is seen, and goes nowhere.
    Link.objects.update(target_url="http://secret.invalid/")
    page = opened(browser, live_server, viewport=NARROW, java_script_enabled=False)
    page.goto(f"/r/{link.slug}")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That is not the password")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("open sesame")
    with page.expect_request("http://secret.invalid/"):
        page.keyboard.press("Enter")


def test_no_page_of_links_asks_another_host_and_every_control_has_a_name(browser, live_server, owner, account):
    link = make_link(account=account, password="sesame")
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    own = [f"{LINKS}{link.link_id}/{name}" for name in ("", "edit/", "delete/", "analytics/")]
    for path in [LINKS, f"{LINKS}new/", f"{LINKS}api/", *own, f"/r/{link.slug}", f"/r/{link.slug}+", "/r/none"]:
        page.goto(path)
        assert nameless(page) == [], path
        assert page.locator("h1").count() == 1, path
        assert page.locator("html[lang=en]").count() == 1, path
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert faults == []
