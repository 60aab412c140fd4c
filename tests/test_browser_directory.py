"""The directory in a browser: with and without JavaScript, with the keyboard, at 320 pixels, in both schemes."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from providers.models import Provider, Source
from providers.services import Proposal, apply_update
from providers.tests.factories import make_provider
from tests.test_browser import NARROW, WIDE, browser, nameless, opened, overflow, pytestmark
from tests.test_browser_links import contrast

__all__ = ["browser", "pytestmark"]
HOSTILE = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"


def tiers(*prices: str) -> list[dict]:
    return [
        {"tier": size, "price": Decimal(price), "plan_name": size.capitalize()}
        for size, price in zip(("cumulus", "nimbus", "stratus"), prices, strict=False)
    ]


@pytest.fixture(autouse=True)
def listings():
    """Three genuine listings, and a demo one whose provider means harm and writes without a space."""
    for slug, name, country, prices in (
        ("alpine", "Alpine Nodes", "AT", ("5", "12", "30")),
        ("baltic", "Baltic Flux", "PL", ("7.5",)),
        ("vistula", "Vistula Cloud", "PL", ("9", "20")),
    ):
        provider = make_provider(slug=slug, name=name, fields={"country": country, "tiers": tiers("99")})
        fields = {
            "tiers": tiers(*prices),
            "total_nodes": len(name) * 100,
            "uptime_percentage": Decimal("99.95"),
            "long_description": "# Why us\n\nWe *care*. See [us](https://example.com).\n\n|a|b|\n|-|-|\n|1|2|",
            "languages": ["en"],
            "website": "https://example.com/" + "long" * 60,
        }
        apply_update(Proposal(provider=provider, fields=fields, source=Source.PUSH))
    Provider.objects.filter(slug="alpine").update(verified=True, flux_labs_partner=True)
    evil = make_provider(slug="evil", name=("W" * 20 + HOSTILE)[:80], is_demo=True)
    fields = {
        "description": "x" * 120 + HOSTILE[:80],
        "long_description": f"{HOSTILE}\n\n# {'W' * 300}\n\n`{'c' * 300}`\n\n|{'d' * 200}|b|\n|-|-|",
        "comments": "y" * 500,
        "tiers": [{"tier": "stratus", "price": Decimal("99999.99"), "plan_name": "P" * 60}],
        "country": "GB",
    }
    apply_update(Proposal(provider=evil, fields=fields, source=Source.PUSH))


PATHS = [
    *(
        "/providers",
        "/providers?country=PL&maxPrice=8&q=flux",
        "/providers?q=nothing+here",
        "/providers?demo=true",
    ),
    *("/providers?colour=red&maxPrice=x", "/providers/alpine", "/providers/evil", "/providers/country/pl"),
    *("/providers/tier/nimbus", "/providers/compare?p=alpine&p=baltic&p=vistula&p=evil", "/providers/compare"),
    *("/providers/compare?p=alpine", "/providers/compare?p=nobody", "/providers/country/fr"),
]


def names(page: Page) -> list[str]:
    """Return the names on the cards."""
    return page.locator(".listing h3").all_inner_texts()


def test_a_changed_filter_replaces_the_list_and_the_address_without_loading_the_page(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/providers")
    page.evaluate("window.marked = true")
    page.get_by_label("Country").select_option("PL")
    expect(page.locator(".listing")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/providers\?country=PL&sort=name$"))
    expect(page.get_by_role("status")).to_have_text("2 providers")
    page.get_by_label("Price up to").fill("8")
    page.get_by_label("Price up to").press("Tab")
    expect(page.locator(".listing")).to_have_count(1)
    page.get_by_label("Search").press_sequentially("nothing like it")
    expect(page.get_by_text("No provider fits all of this")).to_be_visible()
    assert page.evaluate("window.marked") is True
    page.get_by_role("link", name="Remove filter: “nothing like it”").click()
    assert names(page) == ["Baltic Flux"]
    expect(page.get_by_label("Price up to")).to_have_value("8")


def test_going_back_shows_the_earlier_list_and_its_form(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/providers?sort=-name")
    assert names(page) == ["Vistula Cloud", "Baltic Flux", "Alpine Nodes"]
    page.get_by_label("Country").select_option("AT")
    expect(page.locator(".listing")).to_have_count(1)
    page.go_back()
    expect(page.locator(".listing")).to_have_count(3)
    expect(page.get_by_label("Country")).to_have_value("")
    assert names(page) == ["Vistula Cloud", "Baltic Flux", "Alpine Nodes"]


def test_a_faulty_filter_is_told_in_place(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/providers")
    # The browser alone would keep such a price from being sent.
    page.get_by_label("Price up to").evaluate("field => { field.step = 'any'; }")
    page.get_by_label("Price up to").fill("1.234")
    page.get_by_label("Price up to").press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("Price up to")
    page.get_by_label("Price up to").fill("8")
    page.get_by_label("Price up to").press("Tab")
    expect(page.locator(".listing")).to_have_count(2)


def test_everything_is_found_and_compared_on_a_phone_without_javascript(browser, live_server):
    page = opened(browser, live_server, viewport=NARROW, java_script_enabled=False)
    page.goto("/providers")
    page.get_by_label("Node", exact=True).select_option("cumulus")
    page.get_by_label("Order").select_option("-nodes")
    page.get_by_text("More filters").click()
    page.get_by_label("Uptime").select_option("99.9")
    page.get_by_role("button", name="Show providers").click()
    assert names(page) == ["Vistula Cloud", "Alpine Nodes", "Baltic Flux"]
    assert page.url.endswith("/providers?tier=cumulus&sort=-nodes&minUptime=99.9")
    page.get_by_role("link", name="Remove filter: uptime from 99.9 %").click()
    page.get_by_label("Compare Vistula Cloud").check()
    page.get_by_label("Compare Alpine Nodes").check()
    page.get_by_role("button", name="Compare the ticked ones").click()
    row = page.get_by_role("row", name=re.compile("^Cumulus"))
    expect(row).to_contain_text("differs")
    expect(row).to_contain_text("$5.00 lowest")
    page.get_by_role("link", name="Add another").click()
    expect(page.get_by_label("Compare Alpine Nodes")).to_be_checked()
    page.get_by_label("Compare Baltic Flux").check()
    page.get_by_role("button", name="Compare the ticked ones").click()
    expect(page.locator(".compare thead th")).to_have_count(3)
    page.get_by_role("link", name="Remove Alpine Nodes").click()
    expect(page.locator(".compare thead th")).to_have_count(2)
    page.get_by_role("link", name="Baltic Flux", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Baltic Flux")


def test_filters_and_cards_are_reached_in_order_with_the_keyboard_alone(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/providers")
    page.get_by_label("Search").focus()
    order = []
    for _ in range(16):
        focused = page.locator(":focus")
        order.append(focused.evaluate("e => e.name || e.textContent.trim()"))
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", order
        expect(focused).to_be_in_viewport()
        page.keyboard.press("Tab")
    assert order[:7] == ["q", "country", "tier", "maxPrice", "sort", "More filters", "Show providers"]
    assert order[7:] == ["JSON", "CSV", "feed", "Alpine Nodes", "p", "Baltic Flux", "p", "Vistula Cloud", "p"]
    page.get_by_label("Compare Baltic Flux").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Compare Baltic Flux")).to_be_checked()
    page.get_by_role("link", name="Alpine Nodes").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/providers/alpine")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_the_directory_scrolls_sideways_and_all_text_stands_out(browser, live_server, scheme):
    page = opened(browser, live_server, viewport=NARROW, color_scheme=scheme)
    for path in PATHS:
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
        assert overflow(page) <= 0, path
        assert contrast(page, "h1") >= 4.5, path
        assert contrast(page, "main p") >= 4.5, path
    page.goto("/providers/alpine")
    for selector in (".badge.good", ".country-code", ".faint", ".changes del", ".legend li"):
        assert contrast(page, selector) >= 4.5, selector
    for line in page.locator(".chart-plot .line").all():
        assert line.evaluate("e => e.getBoundingClientRect().width") > 150


def test_lines_of_prices_differ_by_their_pattern_too(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/providers/alpine")
    expect(page.get_by_role("img", name="Price per month over time")).to_have_accessible_description(
        re.compile(r"Cumulus: \$5.00 now, between \$5.00 and \$99.00")
    )
    lines = page.locator(".chart-plot .line").all()
    looks = [
        line.evaluate("e => [getComputedStyle(e).strokeDasharray, getComputedStyle(e).stroke]") for line in lines
    ]
    assert len(lines) == len({dashes for dashes, _ in looks}) == len({colour for _, colour in looks}) == 3


def test_no_page_of_the_directory_asks_another_host_breaks_or_leaves_a_control_without_a_name(
    browser, live_server
):
    page = opened(browser, live_server, viewport=WIDE)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    for path in PATHS:
        page.goto(path)
        assert nameless(page) == [], path
        assert page.evaluate("window.broken") is None, path
        assert page.locator("h1").count() == 1, path
        ids = "() => [...document.querySelectorAll('[id]')].map(e => e.id)"
        found = page.evaluate(ids)
        assert len(found) == len(set(found)), path
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert faults == []


def test_the_badge_is_drawn_in_the_size_that_the_page_says(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/providers/alpine")
    badge = page.get_by_role("img", name=re.compile("Alpine Nodes: Flux provider, from"))
    size = badge.evaluate("e => [e.naturalWidth, e.naturalHeight, e.width, e.height]")
    assert size[:2] == size[2:]
    page.goto("/providers/alpine/badge.svg")
    for text in page.locator("text").all():
        width, wanted = text.evaluate("e => [e.getBBox().width, e.textLength.baseVal.value]")
        assert abs(width - wanted) < 1


def test_a_profile_prints_without_its_buttons(browser, live_server):
    page = opened(browser, live_server, viewport=WIDE)
    page.goto("/providers/alpine")
    page.emulate_media(media="print")
    expect(page.locator(".profile-actions")).to_be_hidden()
    expect(page.get_by_role("heading", name="Prices", exact=True)).to_be_visible()
