"""The price of a manual order, shown in the store owners' admin before the order is made."""

from decimal import Decimal

import pytest

from accounts.models import Role
from accounts.tests.factories import make_user
from audit.models import AuditEvent
from store.models import Customer, Order, StoreMember
from store.tests.factories import make_card, make_coupon, make_package, make_store
from store.tests.test_store_admin_orders import ROOT, new_order

pytestmark = pytest.mark.django_db
PRICE = {"_price": ""}


@pytest.fixture
def store(client):
    store = make_store(name="Alpha")
    person = make_user()
    store.account.memberships.create(user=person, role=Role.OWNER)
    client.force_login(person)
    return store


def ask(client, *lines, **fields):
    return client.post(f"{ROOT}add/", new_order(*lines, **PRICE, **fields))


def test_the_price_has_lines_coupon_card_and_what_is_left_to_pay(client, store):
    package = make_package(store, name="Wings", price=Decimal("20.00"))
    coupon = make_coupon(store, discount_value=Decimal(10))
    card = make_card(store, amount=Decimal(5))
    answer = ask(client, {"package": package.pk, "quantity": 2}, coupon_code=coupon.code, gift_card_code=card.code)
    price = answer.context["price"]
    assert price.lines == [
        {"name": "Wings × 2", "unit": "20.00 EUR each", "coupon": "-4.00 EUR", "total": "36.00 EUR"}
    ]
    assert [amount for _, amount in price.sums] == [
        *("40.00 EUR", "-4.00 EUR", "36.00 EUR", "-5.00 EUR", "31.00 EUR")
    ]
    assert "This order would cost 31.00 EUR" in answer.content.decode()
    assert card.code not in answer.content.decode()


def test_a_price_that_is_shown_writes_nothing_and_keeps_what_was_typed(client, store):
    package = make_package(store, global_limit=5)
    events = AuditEvent.objects.count()
    answer = ask(client, {"package": package.pk, "quantity": 3}, player_username="Alex")
    assert "Please correct" not in answer.content.decode()
    form, lines = answer.context["adminform"].form, answer.context["inline_admin_formsets"][0].formset
    assert (form["player_username"].value(), lines.forms[0]["quantity"].value()) == ("Alex", "3")
    package.refresh_from_db()
    assert package.sold == 0
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert AuditEvent.objects.count() == events


def test_an_order_is_made_by_the_form_that_showed_its_price(client, store):
    line = {"package": make_package(store).pk, "quantity": 1}
    assert ask(client, line, _once="one-form").context["price"]
    client.post(f"{ROOT}add/", new_order(line, _once="one-form"))
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "fields", "sentence"),
    [
        ({"quantity": 6}, {}, "Line 1"),
        ({"quantity": 1}, {"coupon_code": "NONE"}, "Does not exist"),
        ({"quantity": 1}, {"player_username": "ab"}, "at least 3 characters"),
        ({"quantity": "x"}, {}, "Enter a whole number"),
    ],
)
def test_a_price_is_refused_as_the_order_would_be(client, store, line, fields, sentence):
    package = make_package(store, global_limit=5)
    page = ask(client, {"package": package.pk} | line, **fields).content.decode()
    assert sentence in page
    assert "Please correct" in page
    assert "would cost" not in page


def test_what_was_priced_with_a_gift_card_is_not_saved_without_its_code(client, store):
    card, line = make_card(store), {"package": make_package(store).pk, "quantity": 1}
    assert 'name="_had_card"' in ask(client, line, gift_card_code=card.code).content.decode()
    answer = client.post(f"{ROOT}add/", new_order(line, _had_card="1"))
    assert "Type the code again" in answer.content.decode()
    assert 'name="_had_card"' in answer.content.decode()
    # Priced without a card, it may be saved without one.
    assert 'name="_had_card"' not in ask(client, line, _had_card="1").content.decode()
    client.post(f"{ROOT}add/", new_order(line, _had_card="1", gift_card_code=card.code))
    assert Order.objects.get().gift_card == card


def test_prices_are_for_those_who_may_make_orders(client, store):
    line = {"package": make_package(store).pk, "quantity": 1}
    person = make_user()
    StoreMember.objects.create(store=store, user=person, permissions=["IssueRefunds"])
    client.force_login(person)
    assert ask(client, line).status_code == 403


def test_a_package_of_another_store_has_no_price(client, store):
    other = make_package(make_store(), name="Foreign")
    page = ask(client, {"package": other.pk, "quantity": 1}).content.decode()
    assert "Foreign" not in page
    assert "would cost" not in page
