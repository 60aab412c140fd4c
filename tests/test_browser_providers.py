"""A provider's own pages in a browser: at 320 pixels, without JavaScript, with the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from api.parsers import loads
from api.renderers import dumps
from providers.models import Provider
from providers.serializers import read_push
from providers.tests.factories import FULL_BODY, make_provider, owner_of, push
from tests.test_browser import NARROW, WIDE, browser, nameless, opened, overflow, owner, pytestmark, sign_in

__all__ = ["browser", "owner", "pytestmark"]
OWN = "/dashboard/providers/"
LONG = "a-long-word-without-a-place-to-break" * 5


@pytest.fixture
def provider(owner):
    """A listing with every field filled, of the signed-in person's account."""
    account = owner.accounts.get()
    fields, _ = read_push(loads(dumps(FULL_BODY)))
    return make_provider(account=account, slug="acme", name="Acme", fields=fields)


def signed_in(browser, live_server, owner, **options) -> Page:
    page = opened(browser, live_server, **options)
    sign_in(page, owner)
    return page


def test_a_listing_is_edited_at_320_pixels_without_javascript(browser, live_server, owner, provider):
    page = signed_in(browser, live_server, owner, viewport=NARROW, java_script_enabled=False)
    page.goto(OWN)
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Add a price").click()
    added = page.get_by_role("group", name="Price 4")
    added.get_by_label("Node size").select_option("Nimbus")
    added.get_by_label("Price a month").fill("21,50")
    added.get_by_label("Plan").fill("Big")
    page.get_by_role("button", name="Remove price 1").click()
    page.get_by_label("Nodes", exact=True).fill("123")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Price: must be a number")).to_be_visible()
    page.get_by_role("group", name="Price 3").get_by_label("Price a month").fill("21.50")
    page.get_by_role("checkbox", name="Telegram").check()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    after = Provider.objects.get()
    prices = [(tier.tier, tier.plan_name, str(tier.price)) for tier in after.tiers.all()]
    assert prices == [("nimbus", "Nimbus", "17.99"), ("stratus", "Stratus", "35.99"), ("nimbus", "Big", "21.50")]
    assert (after.total_nodes, after.support_channels) == (123, ["email", "discord", "phone", "telegram"])


def test_enter_in_a_field_saves_and_does_not_add_a_row(browser, live_server, owner, provider):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(f"{OWN}acme/edit/")
    page.get_by_label("Description").fill("Typed and entered")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    assert Provider.objects.get().description == "Typed and entered"


def test_no_page_of_a_listing_scrolls_sideways_on_a_narrow_phone(browser, live_server, owner, provider):
    push(owner_of(provider), "acme", {"name": LONG[:80], "description": LONG, "comments": LONG, "totalNodes": 7})
    page = signed_in(browser, live_server, owner, viewport=NARROW)
    for name in ("", "edit/", "keys/", "changes/"):
        page.goto(f"{OWN}acme/{name}")
        assert overflow(page) <= 0, name
    make_provider(account=owner.accounts.get(), name=LONG[:79] + "b")
    page.goto(OWN)
    assert overflow(page) <= 0


def test_every_control_of_a_listing_has_a_name_and_no_other_host_is_asked(browser, live_server, owner, provider):
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    for name in ("", "edit/", "keys/", "changes/"):
        page.goto(f"{OWN}acme/{name}")
        assert nameless(page) == [], name
        assert page.locator("h1").count() == 1, name
        assert page.evaluate("[...document.querySelectorAll('[id]')].length") == page.evaluate(
            "new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
        ), name
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert faults == []


def test_the_pages_follow_the_dark_scheme(browser, live_server, owner, provider):
    page = signed_in(browser, live_server, owner, viewport=WIDE, color_scheme="dark")
    page.goto(f"{OWN}acme/edit/")
    for place in ("fieldset", "input[name=name]", "select[name=country]"):
        style = page.locator(place).first.evaluate("e => getComputedStyle(e).backgroundColor")
        assert max(int(part) for part in style[4:-1].split(",")) < 100, place
