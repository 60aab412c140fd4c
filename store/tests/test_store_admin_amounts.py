"""Amounts in the forms of the store owners' admin."""

from decimal import Decimal

import pytest

from accounts.tests.pages import owner_of, signed_in
from store.tests.factories import make_coupon, make_package, make_sale, make_store

pytestmark = pytest.mark.django_db


def initial(store, row):
    page = signed_in(owner_of(store.account)).get(f"/store-admin/store/{row._meta.model_name}/{row.pk}/change/")
    return {name: str(value) for name, value in page.context["adminform"].form.initial.items()}


@pytest.mark.parametrize(("currency", "price", "shown"), [("EUR", "4.49", "4.49"), ("JPY", "1500", "1500")])
def test_a_form_shows_amounts_with_the_decimals_of_the_currency(currency, price, shown):
    store = make_store(currency=currency)
    package = make_package(store, price=Decimal(price))
    package.refresh_from_db()
    assert initial(store, package)["price"] == shown


def test_a_percentage_keeps_the_decimals_that_it_has():
    store = make_store(currency="JPY")
    sale, coupon = make_sale(store, discount_percentage=Decimal("12.5")), make_coupon(store)
    assert initial(store, sale)["discount_percentage"] == "12.5"
    assert initial(store, coupon)["discount_value"] == "10"
