"""What closing an account does to its stores."""

import threading

import pytest
from django.apps import apps
from django.db import DatabaseError, models

from accounts import closing as accounts_closing
from accounts.tests.factories import make_account, make_user
from accounts.tests.pages import owner_of
from apikeys.tests.factories import client_for, make_key
from store import closing
from store.models import CommandType, Customer, Order, PackageCommand, Store, StoreMember
from store.pricing import Scope
from store.services import refunds, sums
from store.tests.factories import (
    make_ban,
    make_card,
    make_category,
    make_coupon,
    make_package,
    make_sale,
    make_server,
    make_store,
    store_client,
)
from store.tests.orders import bought, line, place
from tests.threads import at_once


def full_store() -> Store:
    """Return a store with rows in every table, which point at one another in every way."""
    store = make_store()
    server, category = make_server(store), make_category(store)
    below = make_category(store, name="Below", parent=category)
    package = make_package(store, category=below, servers=[server])
    renewing = make_package(store, type="subscription", required_packages=[package])
    for each in (package, renewing):
        PackageCommand.objects.create(package=each, server=server, type=CommandType.INITIAL, command="give")
    coupon = make_coupon(
        store, reach_scope=Scope.PACKAGES, package_scope="specific", packages=[package], override_sales=True
    )
    make_coupon(store, reach_scope=Scope.CATEGORIES, categories=[below])
    for make in (make_sale, make_card):
        make(store, reach_scope=Scope.CATEGORIES, categories=[below])
        make(store, reach_scope=Scope.PACKAGES, packages=[package])
    card = make_card(store)
    order = bought(
        store_client(store), line(package), line(renewing), couponCode=coupon.code, giftCardCode=card.code
    )
    sums.fold(store)
    make_card(store, bought_with=order)
    refunds.refund_order(order=order, store=store, amount=order.total_amount / 2, reason="no")
    make_ban(store)
    StoreMember.objects.create(store=store, user=make_user())
    return store


def rows() -> dict[str, int]:
    tables = apps.get_app_config("store").get_models(include_auto_created=True)
    return {table._meta.label: models.QuerySet(table).count() for table in tables}


@pytest.mark.django_db
def test_a_closed_account_leaves_nothing_of_its_stores_and_all_of_the_others(monkeypatch):
    full_store()
    others = rows()
    assert not [table for table, number in others.items() if number == 0]
    account = full_store().account
    make_store(account=account)
    monkeypatch.setattr(closing, "ROWS", 1)
    accounts_closing.close_account(account=account, actor=owner_of(account))
    assert rows() == others


@pytest.mark.django_db
@pytest.mark.parametrize("interruptions", [1, closing.ATTEMPTS])
def test_what_interrupts_the_end_of_a_store_does_not_stop_it_for_good(monkeypatch, interruptions):
    account = full_store().account
    left, remove = [DatabaseError] * interruptions, closing._remove_rows
    calls = iter([None, *left])

    def interrupted(store):
        remove(store)
        if (fault := next(calls, None)) is not None:
            raise fault

    monkeypatch.setattr(closing, "_remove_rows", interrupted)
    if interruptions == closing.ATTEMPTS:
        with pytest.raises(DatabaseError):
            accounts_closing.close_account(account=account, actor=owner_of(account))
        assert Store.objects.exists()
        assert accounts_closing.finish_all() == 1
    else:
        accounts_closing.close_account(account=account, actor=owner_of(account))
    assert not any(rows().values())


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_orders_that_are_made_while_the_account_closes_leave_none_behind():
    account = make_account()
    store = make_store(account=account)
    owner, package = owner_of(account), make_package(store)
    secrets = [make_key("fluxstore", account=account, resource=store.store_id).secret for _ in range(8)]
    begun = threading.Event()

    def run(n):
        if n == 0:
            begun.wait(10)
            return accounts_closing.close_account(account=account, actor=owner)
        client = client_for(secrets[n], header="x-api-key")
        seen: list[int] = []
        while not seen or seen[-1] in {200, 503}:
            seen.append(place(client, line(package), playerUsername=f"Player{n}").status_code)
            begun.set()
        return seen

    answers = at_once(8, run)[1:]
    assert any(200 in seen for seen in answers)
    # 400: the package was gone a moment before the key.
    assert {seen[-1] for seen in answers} <= {400, 401}
    assert not any(model.objects.exists() for model in (Order, Customer, Store))
