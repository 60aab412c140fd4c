"""Stores, what is in them, and clients that may touch it."""

import itertools
from decimal import Decimal
from typing import Any

from rest_framework.test import APIClient

from accounts.tests.factories import make_account
from apikeys.tests.factories import client_for, make_key
from store import services
from store.models import Category, Package, Server, Store

_numbers = itertools.count(1)


def make_store(**overrides) -> Store:
    """Return a store of an account of its own unless told otherwise; prices are in EUR."""
    account = overrides.pop("account", None) or make_account()
    return services.open_store(account=account, **({"name": f"Store {next(_numbers)}"} | overrides))


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


def store_client(store: Store, *, scopes: dict | None = None, plan: str | None = None) -> APIClient:
    """Return a client with a key of the store; it may do everything unless told otherwise."""
    issued = make_key("fluxstore", account=store.account, resource=store.store_id, scopes=scopes, plan=plan)
    return client_for(issued.secret, header="x-api-key")
