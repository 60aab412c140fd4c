"""Stores, what is in them, and clients that may touch it."""

import itertools
from decimal import Decimal
from typing import Any

from rest_framework.test import APIClient

from accounts.tests.factories import make_account
from apikeys.tests.factories import client_for, make_key
from store import services
from store.models import Ban, Category, Coupon, Customer, GiftCard, Order, Package, Sale, Server, Store
from store.pricing import Scope
from store.services import bans, cards, coupons, sales

_numbers = itertools.count(1)


def make_store(**overrides) -> Store:
    """Return a store of an account of its own unless told otherwise; prices are in EUR."""
    account = overrides.pop("account", None) or make_account()
    fields: dict[str, Any] = {"name": f"Store {next(_numbers)}", "by_operator": True} | overrides
    return services.open_store(account=account, **fields)


def make_server(store: Store, **overrides) -> Server:
    """Return a server of the store."""
    return services.add_server(store=store, **({"name": f"Server {next(_numbers)}"} | overrides))


def make_category(store: Store, **overrides) -> Category:
    """Return a category of the store."""
    return services.add_category(store=store, **({"name": f"Category {next(_numbers)}"} | overrides))


def make_package(store: Store, **overrides) -> Package:
    """Return a package of the store at 9.99."""
    fields: dict[str, Any] = {"name": f"Package {next(_numbers)}", "price": Decimal("9.99")} | overrides
    return services.create_package(store=store, **fields)


def make_coupon(store: Store, **overrides) -> Coupon:
    """Return a coupon of 10 % on the whole store."""
    fields: dict[str, Any] = {
        "code": f"CODE{next(_numbers)}",
        "discount_type": "percentage",
        "discount_value": Decimal(10),
        "reach_scope": Scope.STORE,
    }
    return coupons.create_coupon(store=store, **(fields | overrides))


def make_sale(store: Store, **overrides) -> Sale:
    """Return a running sale of 25 % on the whole store."""
    fields: dict[str, Any] = {
        "name": f"Sale {next(_numbers)}",
        "discount_percentage": Decimal(25),
        "reach_scope": Scope.STORE,
    }
    return sales.create_sale(store=store, **(fields | overrides))


def make_card(store: Store, **overrides) -> GiftCard:
    """Return a gift card of 20.00 for the whole store, with its code in `code`."""
    fields: dict[str, Any] = {"amount": Decimal("20.00"), "reach_scope": Scope.STORE} | overrides
    return cards.issue_card(store=store, **fields)


def make_ban(store: Store, **overrides) -> Ban:
    """Return a ban of the player Griefer for good."""
    fields: dict[str, Any] = {"player_username": "Griefer", "reason": "Griefing"} | overrides
    return bans.create_ban(store=store, **fields)


def make_bare_order(store: Store, total: str = "20.00") -> Order:
    """Return a paid order that has no lines, as a row to point at."""
    number = next(_numbers)
    customer = Customer.objects.create(store=store, player_key=f"p{number}", player_username=f"P{number}")
    return Order.objects.create(
        store=store,
        customer=customer,
        player_username=customer.player_username,
        status="Paid",
        payment_provider="Manual",
        payment_currency=store.currency,
        subtotal=Decimal(total),
        total_amount=Decimal(total),
    )


def store_client(store: Store, *, scopes: dict | None = None, plan: str | None = None) -> APIClient:
    """Return a client with a key of the store; it may do everything unless told otherwise."""
    issued = make_key("fluxstore", account=store.account, resource=store.store_id, scopes=scopes, plan=plan)
    return client_for(issued.secret, header="x-api-key")
