"""The store owners' admin in a browser: main path, phone, keyboard, both schemes, and life without scripts."""
# ruff: noqa: F811 - the fixture is imported under the name that the tests ask for

from decimal import Decimal
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect

from accounts.tests.factories import make_account, make_user
from store.models import GiftCard, Order, Package
from store.services import orders
from store.services.carts import Wish
from store.tests.factories import make_card, make_package, make_server, make_store
from tests.test_browser import (
    CHROMIUM,
    NARROW,
    WIDE,
    _brightness,
    browser,  # noqa: F401 - a fixture
    opened,
    overflow,
    sign_in,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.no_cover,  # Others measure the code that these go over again.
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
]

ORDERS = "/store-admin/store/order/"
MENU = "#nav-sidebar-apps a"
# Below 1,280 pixels the menu waits behind a button.
WITH_MENU = {"width": 1400, "height": 900}
NAME = "e => e.ariaLabel || e.name || e.innerText"


@pytest.fixture
def owner():
    """A person whose store sells one package."""
    user = make_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    store = make_store(account=make_account(owner=user), name="Pixelhaven")
    make_package(store, name="Dragon Wings", price=Decimal("12.00"), servers=[make_server(store)])
    make_card(store)
    return user


def faults_of(page: Page, origin: str) -> list[str]:
    """Return a list that fills with everything that went wrong in the page, or went to another host."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
    ours = (origin, "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(ours) else faults.append(asked.url))
    return faults


def test_an_owner_sells_and_gives_money_back(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WITH_MENU)
    faults = faults_of(page, live_server.url)
    sign_in(page, owner)
    page.get_by_role("link", name="Stores").first.click()
    page.locator("a[href^='/store-admin/']").first.click()
    expect(page.get_by_text("There are no orders yet.")).to_be_visible()
    page.locator(MENU, has_text="Orders").click()
    page.goto(f"{ORDERS}add/")
    page.get_by_label("Player", exact=False).first.fill("Steve")
    page.locator("#id_items-0-package").select_option(label="Dragon Wings")
    page.locator("#id_items-0-quantity").fill("2")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ORDERS}")
    page.get_by_role("link", name="Steve").click()
    expect(page.get_by_text("24.00 EUR").first).to_be_visible()
    page.get_by_role("link", name="Refund").click()
    page.get_by_label("Reason").fill("Bought by mistake")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("24.00 EUR went back.")).to_be_visible()
    assert Order.objects.get().status == "Refunded"
    assert faults == []


def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press the tab key until something of this name has the focus."""
    names: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        names.append(page.locator(":focus").evaluate(NAME) if page.locator(":focus:not(body)").count() else "")
        if name in names[-1]:
            return
    raise AssertionError(f"{name} is not among {names}")


@pytest.mark.parametrize("width", [WITH_MENU["width"], 390])
def test_money_goes_back_by_keyboard_alone(browser, live_server, owner, width):
    package = Package.objects.get()
    orders.create_order(store=package.store, player_username="Steve", items=[Wish(package.pk, 1)])
    page = opened(browser, live_server, viewport={"width": width, "height": 900})
    sign_in(page, owner)
    page.goto("/store-admin/")
    if width < WITH_MENU["width"]:
        tab_to(page, "Menu")
        page.keyboard.press("Enter")
        expect(page.locator("#nav-sidebar a").first).to_be_focused()
    tab_to(page, "Orders")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ORDERS}")
    tab_to(page, "Steve")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    tab_to(page, "Skip to content")
    page.keyboard.press("Enter")
    if width < WITH_MENU["width"]:
        tab_to(page, "More actions", most=8)
        page.keyboard.press("Enter")
    tab_to(page, "Refund", most=8)
    page.keyboard.press("Enter")
    page.wait_for_url("**/refund/")
    tab_to(page, "reason")
    page.keyboard.type("Bought by mistake")
    page.keyboard.press("Enter")
    expect(page.get_by_text("12.00 EUR went back.")).to_be_in_viewport()


def test_what_only_a_mouse_could_open_opens_by_keyboard(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WITH_MENU)
    faults = faults_of(page, live_server.url)
    sign_in(page, owner)
    page.goto(ORDERS)
    tab_to(page, "Filters")
    page.keyboard.press(" ")
    panel = page.locator("#changelist-filter")
    expect(panel.locator("a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Filters").first).to_be_focused()
    tab_to(page, owner.email)
    page.keyboard.press("Enter")
    expect(page.locator("nav a:focus", has_text="Light")).to_be_visible()
    tab_to(page, "Log out", most=6)
    assert faults == []


def test_the_search_of_a_list_has_the_name_of_the_list(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WITH_MENU)
    sign_in(page, owner)
    page.goto("/store-admin/store/coupon/add/")
    expect(page.get_by_role("searchbox", name="Packages")).to_be_visible()


def test_pages_fit_a_phone_and_follow_the_scheme(browser, live_server, owner):
    brightness = {}
    card = f"/store-admin/store/giftcard/{GiftCard.objects.get().pk}/change/"
    for scheme in ("light", "dark"):
        page = opened(browser, live_server, viewport=NARROW, color_scheme=scheme)
        faults = faults_of(page, live_server.url)
        sign_in(page, owner)
        own = (ORDERS, f"{ORDERS}add/", card, "/store-admin/api-keys/", "/store-admin/settings/")
        for path in ("/store-admin/", *own):
            page.goto(path)
            assert overflow(page) <= 0, path
        page.goto("/store-admin/")
        brightness[scheme] = _brightness(
            page.locator(".figure").first.evaluate(
                """e => { const c = document.createElement('canvas').getContext('2d');
                c.fillStyle = getComputedStyle(e).color; c.fillRect(0, 0, 1, 1);
                return `rgb(${[...c.getImageData(0, 0, 1, 1).data].slice(0, 3)})`; }"""
            )
        )
        assert faults == []
    assert brightness["light"] < 100
    assert brightness["dark"] > 200


def test_the_dashboard_and_lists_show_without_javascript(browser, live_server, owner):
    page = opened(browser, live_server, viewport=WIDE, java_script_enabled=False)
    sign_in(page, owner)
    page.goto("/store-admin/")
    expect(page.get_by_role("heading", name="Last 7 days")).to_be_visible()
    page.locator(MENU, has_text="Orders").click()
    expect(page.get_by_text("0 orders")).to_be_visible()
