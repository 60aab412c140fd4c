"""Coupons, sales, gift cards and bans in the store owners' admin, by the rules and the words of the API."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.tests.pages import owner_of, signed_in
from audit.models import AuditEvent
from store import gift_codes
from store.models import Ban, Coupon, GiftCard, GiftCardEntry, Sale
from store.pricing import Scope
from store.services.cards import find_card, freeze
from store.services.coupons import take
from store.tests.factories import (
    make_ban,
    make_bare_order,
    make_card,
    make_category,
    make_coupon,
    make_package,
    make_sale,
    make_store,
)
from store.tests.team import EDIT, PII, make_member
from store.tests.test_store_admin_catalogue import ROOT, add, change, errors_of, events, the_only

pytestmark = pytest.mark.django_db
EMAIL = "jane.doe@example.com"
CODE = re.compile(rf"(?:[{gift_codes.ALPHABET}]{{4}}-){{4}}[{gift_codes.ALPHABET}]{{4}}")


@pytest.fixture
def store():
    return make_store(name="Alpha")


@pytest.fixture
def browser(store):
    return signed_in(owner_of(store.account))


def coupon_form(**fields):
    body = {"code": "SAVE10", "discount_type": "percentage", "discount_value": "10", "is_active": "on"}
    return body | {"applies_to": "store"} | fields


def sale_form(**fields):
    return {"name": "Summer", "discount_percentage": "25", "is_enabled": "on", "applies_to": "store"} | fields


def card_form(**fields):
    return {"amount": "20", "applies_to": "store"} | fields


FORMS: dict[str, Any] = {"coupon": coupon_form, "sale": sale_form, "giftcard": card_form}
MAKERS: dict[str, Any] = {"coupon": make_coupon, "sale": make_sale, "giftcard": make_card, "ban": make_ban}


@pytest.mark.parametrize("noun", FORMS)
def test_what_it_applies_to_is_one_question(browser, store, noun):
    category, package, foreign = make_category(store), make_package(store), make_package(make_store())
    form, model = FORMS[noun], MAKERS[noun](store).__class__
    model.objects.all().delete()
    needs, stray = "Must have at least one id for this scope", "Does not go with this scope"
    for fields, sentence in (
        ({"applies_to": "packages"}, needs),
        ({"applies_to": "categories"}, needs),
        ({"applies_to": "store", "packages": [package.pk]}, stray),
        ({"applies_to": "packages", "packages": [foreign.pk]}, "Select a valid choice"),
        ({"applies_to": "everything"}, "Select a valid choice"),
    ):
        assert sentence in errors_of(add(browser, noun, **form(**fields))), fields
    assert not model.objects.exists()
    wanted = form(applies_to="categories", categories=[category.pk])
    assert add(browser, noun, **wanted).status_code in {200, 302}
    row = model.objects.get()
    assert (row.reach_scope, list(row.categories.all())) == ("categories", [category])
    assert f"Categories: {category.name}" in browser.get(f"{ROOT}/{noun}/{row.pk}/change/").content.decode() or (
        noun == "sale"
    )


def test_a_coupon_is_made_and_what_was_promised_stays(browser, store):
    package = make_package(store)
    wanted = coupon_form(
        applies_to="every_package", discount_type="fixed", discount_value="2.50", max_uses="5",
        minimum_purchase_amount="10", valid_until_0="2099-01-01", valid_until_1="00:00",
    )  # fmt: skip
    assert add(browser, "coupon", **wanted).status_code == 302
    coupon: Any = the_only(Coupon)
    assert (coupon.package_scope, coupon.discount_value, coupon.max_uses) == ("all", Decimal("2.5"), 5)
    assert coupon.minimum_purchase_amount == 10
    page = browser.get(f"{ROOT}/coupon/{coupon.pk}/change/").content.decode()
    for name in ("code", "discount_type", "applies_to", "minimum_purchase_amount", "override_sales"):
        assert f'name="{name}"' not in page
    for player in ("a", "b"):
        take(coupon, player)
    body = coupon_form(discount_value="3", max_uses="1", code="OTHER", packages=[package.pk])
    assert "Must be at least 2, which is how often it was used" in errors_of(change(browser, coupon, **body))
    assert change(browser, coupon, **(body | {"max_uses": "2", "is_active": ""})).status_code == 302
    coupon.refresh_from_db()
    assert (coupon.code, coupon.discount_value, coupon.max_uses, coupon.is_active) == ("SAVE10", 3, 2, False)
    answer = browser.post(f"{ROOT}/coupon/{coupon.pk}/delete/", {"post": "yes"}, follow=True)
    assert "It is switched off now" in answer.content.decode()
    assert "deleted successfully" not in answer.content.decode()
    assert Coupon.objects.exists()
    assert len(events("coupon.switched_off")) == 1


@pytest.mark.parametrize(
    ("noun", "fields", "sentence"),
    [
        ("coupon", {"code": "with space"}, "Must be visible ASCII characters without spaces"),
        ("coupon", {"discount_value": "101"}, "Must be at most 100"),
        ("coupon", {"discount_value": "0"}, "Must be greater than 0"),
        ("coupon", {"discount_type": "fixed", "discount_value": "1.001"}, "Must have at most 2 decimals in EUR"),
        ("coupon", {"code": "TAKEN"}, "Another coupon of this store has it"),
        ("sale", {"discount_percentage": "100.5"}, "less than or equal to 100"),
        ("giftcard", {"amount": "0"}, "Must be greater than 0"),
        ("giftcard", {"amount": "10.001"}, "Must have at most 2 decimals in EUR"),
        ("giftcard", {"recipient_email": "jane"}, "Must be an e-mail address"),
        ("giftcard", {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "Must be in the future"),
        ("ban", {"reason": "x"}, "one of “Player”, “Player UUID”, “Address” is needed"),
        ("ban", {"reason": "x", "ip_address": "10.0.0.0/4"}, "Must not be wider than /8"),
        ("ban", {"reason": "x", "player_uuid": "1234"}, "Must be a UUID"),
        ("ban", {"reason": "", "player_username": "Steve"}, "This field is required"),
    ],
)
def test_what_the_api_refuses_is_refused_in_the_form(browser, store, noun, fields, sentence):
    make_coupon(store, code="Taken")
    form = FORMS.get(noun, lambda **fields: fields)
    assert sentence in errors_of(add(browser, noun, **form(**fields)))
    assert (Coupon.objects.count(), Sale.objects.count(), GiftCard.objects.count()) == (1, 0, 0)


def test_a_sale_is_made_changed_and_deleted(browser, store):
    package = make_package(store)
    assert add(browser, "sale", **sale_form(applies_to="packages", packages=[package.pk])).status_code == 302
    sale: Any = the_only(Sale)
    page = browser.get(f"{ROOT}/sale/").content.decode()
    assert f"Packages: {package.name}" in page
    assert "Running" in page
    assert (
        change(browser, sale, **sale_form(name="Autumn", is_enabled="", packages=[package.pk])).status_code == 302
    )
    sale.refresh_from_db()
    assert (sale.name, sale.reach_scope, sale.is_enabled, sale.packages.count()) == ("Autumn", "store", False, 0)
    assert browser.post(f"{ROOT}/sale/{sale.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Sale.objects.exists()


def test_times_are_typed_and_shown_in_the_zone_of_the_store():
    store = make_store(timezone_name="Asia/Kolkata")
    browser = signed_in(owner_of(store.account))
    wanted = sale_form(start_date_0="2030-01-01", start_date_1="12:00", end_date_0="", end_date_1="")
    assert add(browser, "sale", **wanted).status_code == 302
    sale: Any = the_only(Sale)
    assert f"{sale.start_date:%Y-%m-%d %H:%M}" == "2030-01-01 06:30"
    page = browser.get(f"{ROOT}/sale/{sale.pk}/change/").content.decode()
    assert 'value="12:00:00"' in page
    assert "In the store's time zone" in page


def test_the_code_of_a_new_card_is_on_the_page_that_made_it_and_on_no_other(browser, store):
    made = add(browser, "giftcard", **card_form(recipient_email=EMAIL, message="Hi", _once="token"))
    [code] = set(CODE.findall(made.content.decode()))
    card: Any = the_only(GiftCard)
    assert find_card(store, code) == card
    assert "no-store" in made["Cache-Control"]
    again = add(browser, "giftcard", **card_form(recipient_email=EMAIL, _once="token"))
    assert (again.status_code, GiftCard.objects.count()) == (302, 1)
    row = f"{ROOT}/giftcard/{card.pk}"
    pages = [f"{row}/{name}/" for name in ("change", "history", "adjust", "void", "delete")]
    for page in ["/store-admin/", f"{ROOT}/giftcard/", *pages]:
        assert not CODE.search(browser.get(page).content.decode()), page
    assert not any(code in str(value) for value in browser.session.values())


def test_a_card_is_adjusted_and_voided_and_its_ledger_says_why(browser, store):
    card: Any = make_card(store)
    row = f"{ROOT}/giftcard/{card.pk}"
    assert browser.post(f"{row}/adjust/", {"amount": "-5", "note": "Mistake"}).status_code == 302
    wrong = browser.post(f"{row}/adjust/", {"amount": "-50", "note": "More"})
    assert (wrong.status_code, "Takes more than the balance of 15.00" in wrong.content.decode()) == (400, True)
    assert browser.post(f"{row}/adjust/", {"amount": "1.001", "note": "More"}).status_code == 400
    assert browser.post(f"{row}/adjust/", {"amount": "1", "note": ""}).status_code == 400
    card.refresh_from_db()
    assert card.balance == 15
    page = browser.get(f"{row}/change/").content.decode()
    assert "Mistake" in page
    assert "-5.00 EUR" in page
    assert 'name="balance"' not in page
    assert 'name="amount"' not in page
    assert browser.post(f"{row}/void/", {"note": "Lost"}).status_code == 302
    assert browser.post(f"{row}/adjust/", {"amount": "1", "note": "x"}).status_code == 403
    card.refresh_from_db()
    assert (card.status, card.balance) == ("voided", 0)
    kinds = list(GiftCardEntry.objects.filter(card=card).order_by("created_at").values_list("kind", flat=True))
    assert kinds == ["issue", "adjust", "void"]
    assert len(events("gift_card.voided")) == 1


def test_a_frozen_card_says_so_and_can_be_let_go(browser, store):
    card: Any = make_card(store, bought_with=make_bare_order(store))
    row = f"{ROOT}/giftcard/{card.pk}"
    assert browser.post(f"{row}/unfreeze/").status_code == 403
    freeze([card])
    assert "Frozen" in browser.get(f"{row}/change/").content.decode()
    assert str(card.pk) in browser.get(f"{ROOT}/giftcard/?status=frozen").content.decode()
    assert str(card.pk) not in browser.get(f"{ROOT}/giftcard/?status=active").content.decode()
    assert browser.post(f"{row}/unfreeze/").status_code == 302
    card.refresh_from_db()
    assert card.status == "active"


def test_a_card_that_paid_is_not_deleted_and_the_page_says_what_to_do(browser, store):
    from store.services.cards import redeem

    card = make_card(store)
    redeem(card, Decimal(5), make_bare_order(store))
    answer = browser.post(f"{ROOT}/giftcard/{card.pk}/delete/", {"post": "yes"}, follow=True)
    assert "Void it instead" in answer.content.decode()
    assert GiftCard.objects.exists()


@pytest.mark.parametrize(
    ("permissions", "is_whole"), [([], False), ([EDIT], False), ([PII], True), ([EDIT, PII], True)]
)
def test_addresses_are_whole_only_for_who_may_see_them(store, permissions, is_whole):
    card: Any = make_card(store, recipient_email=EMAIL)
    browser = signed_in(make_member(store, *permissions))
    wanted = {"action": "export_csv", "_selected_action": [str(card.pk)]}
    export: Any = browser.post(f"{ROOT}/giftcard/", wanted)
    texts = [
        browser.get(f"{ROOT}/giftcard/").content.decode(),
        browser.get(f"{ROOT}/giftcard/{card.pk}/change/").content.decode(),
        b"".join(export.streaming_content).decode(),
    ]
    for text in texts:
        assert (EMAIL in text, "j***@example.com" in text) == (is_whole, not is_whole)
    if EDIT in permissions:
        seen = EMAIL if is_whole else "j***@example.com"
        answer = change(browser, card, recipient_email=seen, recipient_name="Jane")
        assert answer.status_code == 302
        card.refresh_from_db()
        assert (card.recipient_email, card.recipient_name) == (EMAIL, "Jane")


def test_a_ban_is_made_lifted_and_forgotten(browser, store):
    wanted = {"player_username": "Griefer", "ip_address": "203.0.113.7/24", "reason": "Griefing"}
    assert add(browser, "ban", **wanted).status_code == 302
    ban: Any = the_only(Ban)
    assert (ban.player_key, ban.ip_address, ban.is_active) == ("griefer", "203.0.113.0/24", True)
    listed = browser.get(f"{ROOT}/ban/?in_effect=yes").content.decode()
    assert "Griefer, 203.0.113.0/24" in listed
    assert change(browser, ban, player_username="Other", reason="Griefing", is_active="").status_code == 302
    ban.refresh_from_db()
    assert (ban.player_username, ban.is_active) == ("Griefer", False)
    listed = browser.get(f"{ROOT}/ban/?in_effect=yes").content.decode()
    assert "Griefer, 203.0.113.0/24" not in listed
    assert browser.post(f"{ROOT}/ban/{ban.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Ban.objects.exists()


def test_states_are_what_they_are_now(browser, store):
    now = timezone.now()
    make_ban(store, expires_at=now + timedelta(days=1))
    Ban.objects.update(expires_at=now)
    make_sale(store, start_date=now + timedelta(days=1))
    make_sale(store, end_date=now - timedelta(days=1))
    make_sale(store, is_enabled=False)
    make_coupon(store, is_active=False, max_uses=3)
    assert "Over" in browser.get(f"{ROOT}/ban/?in_effect=no").content.decode()
    sales = browser.get(f"{ROOT}/sale/?running=no").content.decode()
    assert all(word in sales for word in ("Planned", "Over", "Off"))
    coupons = browser.get(f"{ROOT}/coupon/?redeemable=no").content.decode()
    assert "Not now" in coupons
    assert "0 of 3" in coupons


@pytest.mark.parametrize("noun", MAKERS)
def test_who_only_looks_writes_nothing(store, noun):
    row = MAKERS[noun](store)
    browser = signed_in(make_member(store))
    assert browser.get(f"{ROOT}/{noun}/").status_code == 200
    assert browser.get(f"{ROOT}/{noun}/{row.pk}/change/").status_code == 200
    before = AuditEvent.objects.count()
    for path in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert browser.post(f"{ROOT}/{noun}/{path}", {"post": "yes"}).status_code == 403
    if noun == "giftcard":
        for action in ("adjust", "void", "unfreeze"):
            body = {"amount": "1", "note": "x"}
            assert browser.post(f"{ROOT}/{noun}/{row.pk}/{action}/", body).status_code == 403
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("action", ["adjust", "void", "unfreeze"])
def test_another_stores_card_is_not_there(browser, action):
    foreign: Any = make_card(make_store())
    answer = browser.post(f"{ROOT}/giftcard/{foreign.pk}/{action}/", {"amount": "1", "note": "x"})
    assert answer.status_code in {403, 404}
    foreign.refresh_from_db()
    assert (foreign.balance, foreign.voided_at) == (20, None)


def test_a_scope_that_lost_its_rows_says_that_it_covers_nothing(browser, store):
    category = make_category(store)
    make_sale(store, reach_scope=Scope.CATEGORIES, categories=[category])
    category.delete()
    assert "Categories: none any more" in browser.get(f"{ROOT}/sale/").content.decode()
