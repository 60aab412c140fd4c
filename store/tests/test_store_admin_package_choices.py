"""Choosing packages in the store owners' admin, with scripts and without."""

import pytest

from accounts.models import Role
from accounts.tests.factories import make_user
from store.models import Sale
from store.store_admin import package_choices
from store.tests.factories import make_package, make_store

pytestmark = pytest.mark.django_db

ROOT = "/store-admin/store/"


@pytest.fixture
def store(client):
    store = make_store(name="Alpha")
    person = make_user()
    store.account.memberships.create(user=person, role=Role.OWNER)
    client.force_login(person)
    make_package(store, name="Wings")
    make_package(make_store(), name="Foreign")
    return store


@pytest.mark.parametrize("noun", ["coupon", "sale", "giftcard", "package"])
def test_a_few_packages_are_listed_in_the_page(client, store, noun):
    page = client.get(f"{ROOT}{noun}/add/").content.decode()
    assert "Wings" in page
    assert "Foreign" not in page
    assert "<noscript>Hold Ctrl" in page
    assert "Hold down" not in page


@pytest.mark.parametrize("noun", ["coupon", "sale", "giftcard", "package"])
def test_many_packages_are_searched_for_and_the_page_says_what_that_takes(client, store, noun, monkeypatch):
    monkeypatch.setattr(package_choices, "MOST", 0)
    page = client.get(f"{ROOT}{noun}/add/").content.decode()
    assert "Wings" not in page
    assert "<noscript>Searching takes JavaScript" in page


@pytest.mark.parametrize("most", [0, 200])
def test_what_was_chosen_is_kept_either_way(client, store, most, monkeypatch):
    monkeypatch.setattr(package_choices, "MOST", most)
    package = make_package(store, name="Elite")
    body = {"name": "Week", "discount_percentage": "10", "applies_to": "packages", "packages": [package.pk]}
    client.post(f"{ROOT}sale/add/", body)
    sale = Sale.objects.get()
    assert [row.name for row in sale.packages.all()] == ["Elite"]
    page = client.get(f"{ROOT}sale/{sale.pk}/change/").content.decode()
    assert f'<option value="{package.pk}" selected' in page
