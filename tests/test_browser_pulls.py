"""The pages of a pull in a browser: at 320 pixels, with and without JavaScript."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from egress import addresses
from egress.client import fetch
from providers import fetching
from providers.models import HeldChange, PullSource, SyncRun
from providers.tests.factories import make_provider
from providers.tests.feeds import feed_server
from tests.test_browser import NARROW, WIDE, browser, nameless, overflow, owner, pytestmark
from tests.test_browser_providers import signed_in

__all__ = ["browser", "owner", "pytestmark"]
OWN = "/dashboard/providers/acme/"
BOXES = "[...document.querySelectorAll('.table-box')].map(box => box.scrollWidth - box.clientWidth)"
LONG = "a-long-word-without-a-place-to-break" * 5


@pytest.fixture
def provider(owner):
    return make_provider(account=owner.accounts.get(), slug="acme", name="Acme")


@pytest.fixture
def feed(monkeypatch):
    """A server on this machine that answers for every address."""
    addresses.open_networks(["127.0.0.0/8"])
    monkeypatch.setattr(fetching, "SCHEMES", frozenset({"http"}))
    try:
        with feed_server() as server:
            monkeypatch.setattr(fetching, "fetch", lambda url, **how: fetch(server.url(), **how))
            yield server
    finally:
        addresses.open_networks([])


def fill(page):
    page.get_by_label("Address").fill("https://feeds.example.com/fluxme.json")
    page.get_by_label("What it answers with").select_option("mapping")
    page.get_by_label("How we introduce ourselves").select_option("bearer")
    page.get_by_label("Token, password or value").fill("canary-1")
    page.get_by_label("Expression").fill("stats.online")
    page.get_by_label("Field").select_option("totalNodes")


def test_a_pull_is_set_up_and_tested_at_320_pixels_without_javascript(browser, live_server, owner, provider, feed):
    feed.says({"stats": {"online": 12, "share": 0.5}, "note": LONG})
    page = signed_in(browser, live_server, owner, viewport=NARROW, java_script_enabled=False)
    page.goto(OWN)
    page.get_by_role("link", name="Pull", exact=True).click()
    fill(page)
    page.get_by_role("button", name="Add a rule").click()
    second = page.get_by_role("group", name="Rule 2")
    second.get_by_label("Field").select_option("sla")
    second.get_by_label("Expression").fill("stats.share")
    second.get_by_text("Scale, round, map, default").click()
    second.get_by_label("Times").fill("100")
    page.get_by_label("Token, password or value").fill("canary-1")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("heading", name="Test: 2 fields would change")).to_be_visible()
    assert overflow(page) <= 0
    assert not PullSource.objects.exists()
    page.get_by_label("Token, password or value").fill("canary-1")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    rules = {"totalNodes": "stats.online", "sla": {"path": "stats.share", "scale": 100}}
    assert PullSource.objects.get().mapping == rules


def test_with_javascript_a_test_leaves_the_form_as_it_is_and_saving_works_after_it(
    browser, live_server, owner, provider, feed
):
    feed.says({"stats": {"online": 12}})
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(f"{OWN}pull/")
    fill(page)
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("heading", name="Test: 1 field would change")).to_be_visible()
    assert page.get_by_label("Token, password or value").input_value() == "canary-1"
    page.get_by_label("Expression").fill("stats..online")
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#trial").get_by_text("is not a JMESPath expression")).to_be_visible()
    page.get_by_label("Expression").fill("stats.online")
    page.get_by_label("Token, password or value").fill("canary-1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    assert feed.asked[0]["authorization"] == "Bearer canary-1"


def test_no_page_of_a_pull_scrolls_sideways_and_every_control_has_a_name(browser, live_server, owner, provider):
    PullSource.objects.create(
        provider=provider,
        url=f"https://feeds.example.com/{LONG}",
        host="feeds.example.com",
        mapping={"name": LONG},
    )
    HeldChange.objects.create(provider=provider, field="totalNodes", old=1000, new=1)
    fault = {"field": LONG[:100], "code": "max_length", "message": LONG}
    SyncRun.objects.create(
        provider=provider,
        trigger="schedule",
        started_at=timezone.now(),
        elapsed_ms=12,
        status="failed",
        invalid=[fault],
        ignored=[fault],
        error_code="bad_json",
        error_message=LONG,
    )
    page = signed_in(browser, live_server, owner, viewport=NARROW)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("pull/", "pull/remove/", "sync-log/"):
        page.goto(f"{OWN}{name}")
        assert overflow(page) <= 0, name
        boxes = page.evaluate(BOXES)
        assert max(boxes, default=0) == 0, name
        assert nameless(page) == [], name
        assert page.locator("h1").count() == 1, name
        assert page.evaluate("[...document.querySelectorAll('[id]')].length") == page.evaluate(
            "new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
        ), name
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_a_held_change_is_decided_with_the_keyboard(browser, live_server, owner, provider):
    HeldChange.objects.create(provider=provider, field="totalNodes", old=1000, new=1)
    page = signed_in(browser, live_server, owner, viewport=WIDE)
    page.goto(f"{OWN}sync-log/")
    page.get_by_role("button", name="Reject Nodes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not taken over: Nodes.")).to_be_visible()
    assert HeldChange.objects.get().state == "rejected"
