"""What the database and the services refuse, whoever calls them."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import make_account
from api.errors import InvalidFields, NotFound
from store import services
from store.models import Package, PackageType, Store
from store.tests.factories import make_category, make_package, make_server, make_store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("currency", ["EURO", "eur", "ZZZ", "CLF", ""])
def test_a_store_has_a_currency_that_can_be_written(currency):
    with pytest.raises(InvalidFields) as refusal:
        services.open_store(account=make_account(), name="A", currency=currency, timezone_name="Mars/Olympus")
    assert [error.field for error in refusal.value.errors] == ["currency", "timezone"]


def test_rows_of_another_store_are_refused_by_the_services_too():
    store, other = make_store(), make_store()
    references: list[tuple[str, Any]] = [("category", make_category(other)), ("servers", [make_server(other)])]
    for field, value in references:
        with pytest.raises(InvalidFields):
            services.create_package(store=store, name="A", price=Decimal(1), **{field: value})
    with pytest.raises(InvalidFields):
        services.add_category(store=store, name="A", parent=make_category(other))
    assert not Package.objects.exists()


def test_a_package_that_was_deleted_meanwhile_is_not_written():
    store = make_store()
    package = make_package(store)
    services.hide_package(package=package, store=store)
    with pytest.raises(NotFound):
        services.update_package(package=package, store=store, name="New")
    with pytest.raises(NotFound):
        services.hide_package(package=package, store=store)


@pytest.mark.parametrize(
    "fields", [{"price": Decimal(-1)}, {"type": "rent"}, {"type": PackageType.SUBSCRIPTION, "interval": None}]
)
def test_the_database_refuses_what_the_services_would(fields):
    package = make_package(make_store())
    with pytest.raises(IntegrityError), transaction.atomic():
        Package.objects.filter(pk=package.pk).update(**fields)


def test_a_store_id_is_taken_once():
    store = make_store()
    with pytest.raises(IntegrityError), transaction.atomic():
        Store.objects.create(account=make_account(), name="B", store_id=store.store_id)


def test_a_package_outlives_its_category():
    store = make_store()
    category = make_category(store)
    package = make_package(store, category=category)
    category.delete()
    package.refresh_from_db()
    assert package.category is None
