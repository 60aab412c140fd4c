"""Signing in with a wallet in a browser: a wallet in the page, one elsewhere, and life without JavaScript."""

import json

import pytest
from playwright.sync_api import expect

from cloud import services
from cloud.tests.factories import post
from cloud.tests.wallets import EthereumWallet
from tests.test_browser import NARROW, WIDE, browser, nameless, opened, overflow, owner, pytestmark, sign_in

__all__ = ["browser", "owner", "pytestmark"]
WALLET = EthereumWallet(51)


@pytest.fixture(autouse=True)
def address_of_the_server(live_server, settings):
    settings.BASE_URL = live_server.url


def phrase_of(page):
    return page.locator("#phrase").input_value()


def test_an_ethereum_wallet_in_the_browser_signs_its_person_in(browser, live_server, owner):
    services.link_identity(user=owner, zelid=WALLET.zelid)
    page = opened(browser, live_server, viewport=WIDE)
    page.expose_function("signed", WALLET.sign)
    page.add_init_script(
        "window.ethereum = { request: async ({ method, params }) => method === 'personal_sign'"
        f" ? await window.signed(params[0]) : [{json.dumps(WALLET.zelid)}] }};"
    )
    page.goto("/id/signin")
    page.get_by_role("button", name="MetaMask").click()
    page.wait_for_url("**/dashboard/")


def test_a_wallet_that_refuses_is_quoted_and_the_form_stays_usable(browser, live_server):
    page = opened(browser, live_server, viewport=NARROW)
    page.add_init_script("window.ssp = { request: async () => ({ status: 'ERROR', data: 'Not today.' }) };")
    page.goto("/id/signin")
    page.get_by_role("button", name="SSP").click()
    expect(page.locator("#wallet-error")).to_contain_text("The wallet did not sign (“Not today.”). Try again")
    phrase = phrase_of(page)
    page.get_by_label("Flux ID").fill(WALLET.zelid)
    page.get_by_label("Signature", exact=True).fill(WALLET.sign(phrase))
    # Enter sends what was typed, not the button that stands first on the page.
    page.get_by_label("Flux ID").press("Enter")
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()


def test_the_page_goes_on_when_a_wallet_elsewhere_has_answered(browser, live_server, owner):
    services.link_identity(user=owner, zelid=WALLET.zelid)
    page = opened(browser, live_server, viewport=NARROW)
    page.goto("/id/signin")
    page.get_by_text("ZelCore is on my phone").click()
    assert overflow(page) <= 0
    assert nameless(page) == []
    phrase = phrase_of(page)
    fields = {"zelid": WALLET.zelid, "loginPhrase": phrase, "signature": WALLET.sign(phrase)}
    assert post("/id/verifylogin", fields).status_code == 200
    page.wait_for_url("**/dashboard/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_javascript_on_a_phone_a_pasted_signature_signs_in(browser, live_server, owner, scheme):
    page = opened(browser, live_server, viewport=NARROW, java_script_enabled=False, color_scheme=scheme)
    page.goto("/id/signin")
    page.get_by_text("ZelCore is on my phone").click()
    assert page.locator(".qr svg").is_visible()
    assert page.get_by_role("button", name="Copy").count() == 0
    phrase = phrase_of(page)
    page.get_by_label("Flux ID").fill(WALLET.zelid)
    page.get_by_label("Signature", exact=True).fill(WALLET.sign(phrase))
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.locator("#header").input_value().startswith(f"zelid={WALLET.zelid}&signature=0x")


def test_a_phrase_that_runs_out_says_so_and_shuts_the_form(browser, live_server, owner):
    page = opened(browser, live_server, viewport=NARROW)
    page.clock.install()
    page.goto("/id/signin")
    expect(page.locator("#phrase-left")).to_have_text("15 minutes left")
    page.clock.fast_forward("15:01")
    expect(page.get_by_role("alert").filter(has_text="This phrase has run out")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_disabled()
    sign_in(page, owner)
    page.goto("/dashboard/flux-id/")
    expect(page.get_by_role("link", name="Link a Flux ID")).to_be_visible()
